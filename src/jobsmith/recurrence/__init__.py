"""When things recur: crontabs, rules and wall clocks. No records, no settings, no own clock."""

from .crontab import BadCrontab, BadRule, Crontab
from .due import Rule, due_times
from .rrule import BadRrule, Rrule

__all__ = ["BadCrontab", "BadRrule", "BadRule", "Crontab", "Rrule", "Rule", "due_times"]
