"""Processes: fork servers, frames, confinement and the process table. Knows no records."""
