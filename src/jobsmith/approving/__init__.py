"""What an approval binds, who may give it, and whether a run may start by it."""

from .binding import approval_of, fits, hash_of, is_bound
from .claiming import why_not
from .deciding import awaiting, has_enough, is_approver, is_own, withdrawable
from .facts import Facts, asks_for_dry_run, facts_of_request, facts_of_run, has_dry_run
from .rules import (
    definition_for,
    expected_words,
    is_gated,
    is_watched,
    looks_at_standing,
    looks_by_pattern,
)

__all__ = [
    "Facts",
    "approval_of",
    "asks_for_dry_run",
    "awaiting",
    "definition_for",
    "expected_words",
    "facts_of_request",
    "facts_of_run",
    "fits",
    "has_dry_run",
    "has_enough",
    "hash_of",
    "is_approver",
    "is_bound",
    "is_gated",
    "is_own",
    "is_watched",
    "looks_at_standing",
    "looks_by_pattern",
    "why_not",
    "withdrawable",
]
