"""The clock: what starts by itself, and what must not be forgotten."""
