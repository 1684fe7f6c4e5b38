"""When things recur: crontabs and wall clocks. No records, no settings, no clock of its own."""

from .crontab import BadCrontab, Crontab
from .due import Rule, due_times

__all__ = ["BadCrontab", "Crontab", "Rule", "due_times"]
