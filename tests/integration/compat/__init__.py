"""The names of the peer for job code."""
