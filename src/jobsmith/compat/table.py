"""Which module of ours answers for which of the peer's."""

HERE = "jobsmith.compat"

SERVED = {
    "nautobot.apps.choices": f"{HERE}.choices",
    "nautobot.apps.jobs": f"{HERE}.jobs",
    "nautobot.core.celery": f"{HERE}.tasks",
    "nautobot.extras.choices": f"{HERE}.choices",
    "nautobot.extras.jobs": f"{HERE}.jobs",
    "nautobot.extras.models": f"{HERE}.records",
    "celery.exceptions": f"{HERE}.exceptions",
    "celery.utils.log": f"{HERE}.logs",
    "billiard.einfo": f"{HERE}.einfo",
    "billiard.exceptions": f"{HERE}.exceptions",
}
"""Each offers the names in its ``__all__``; any other name is told as missing."""

TOPS = frozenset(name.partition(".")[0] for name in SERVED)
