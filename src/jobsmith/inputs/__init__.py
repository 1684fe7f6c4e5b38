"""Inputs of a run: one form for every door, their JSON form, and the vault for secrets."""
