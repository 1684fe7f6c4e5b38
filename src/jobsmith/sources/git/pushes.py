"""What Git servers send when somebody has pushed."""

import json

from jobsmith.signatures import Message

PUSHES = ("push", "Push Hook", "Tag Push Hook")
"""What GitHub, Gitea and GitLab call it."""
MAX_REF = 255


def pushed_ref(message: Message) -> str:
    """The full name of the branch or tag that was pushed; "" when the message is about nothing
    like that."""
    if message.event and message.event not in PUSHES:
        return ""
    try:
        ref = json.loads(message.text).get("ref")
    except (ValueError, RecursionError, AttributeError):
        return ""
    is_ref = isinstance(ref, str) and ref.startswith("refs/") and ref.isprintable()
    return ref[:MAX_REF] if is_ref else ""


def means(ref: str, branch: str) -> bool:
    """Whether that full name is the branch or tag of a repository."""
    return ref in (f"refs/heads/{branch}", f"refs/tags/{branch}")
