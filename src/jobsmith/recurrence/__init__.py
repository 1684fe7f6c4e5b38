"""When things recur: crontabs, rules and wall clocks. No records, no settings, no own clock."""

from .blackout import FORMS, BadWindow, Blackout, Window
from .crontab import BadCrontab, BadRule, Crontab
from .due import Rule, due_times
from .fate import Fate, Pace, fate_of
from .rrule import BadRrule, Rrule

__all__ = [
    "FORMS",
    "BadCrontab",
    "BadRrule",
    "BadRule",
    "BadWindow",
    "Blackout",
    "Crontab",
    "Fate",
    "Pace",
    "Rrule",
    "Rule",
    "Window",
    "due_times",
    "fate_of",
]
