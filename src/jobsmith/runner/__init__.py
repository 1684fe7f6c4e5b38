"""Runs: the supervisor, the processes of runs, limits, the log writer and rescue."""
