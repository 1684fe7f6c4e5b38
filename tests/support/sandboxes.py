"""Sandboxes in tests: what needs one is left out where there is none, unless there has to be."""

import os

import pytest

from jobsmith.sources import sandboxes

MUST = "JOBSMITH_NEEDS_SANDBOX"
"""Set where bubblewrap is installed for the tests: without it they fail."""


def need_sandboxes() -> None:
    """Leave the test out, or have it fail, where there can be no sandbox."""
    if refusal := sandboxes.refusal():
        if os.environ.get(MUST):
            pytest.fail(f"NO SANDBOX: {refusal}")
        pytest.skip(f"NO SANDBOX: {refusal}")
