"""Jobs of our own that are refused something: a sentence with a code, as at the doors."""

from dataclasses import replace

from jobsmith import errors
from jobsmith.jobs.execute import Outcome
from jobsmith.lifecycle import REFUSED


def in_words(outcome: Outcome) -> Outcome:
    """The outcome with its code as the cause, where one of our errors ended the run.

    A traceback through our own code tells people nothing that the sentence does not.
    """
    result = outcome.result
    if not isinstance(result, dict) or result.get("exc_module") != errors.__name__:
        return outcome
    kind = getattr(errors, str(result["exc_type"]))
    return replace(outcome, cause=f"{REFUSED}{kind.code}", traceback=None)
