"""``billiard.einfo``: the type of what hooks get as ``einfo``."""

from jobsmith.jobs.execute import ExceptionInfo

__all__ = ["ExceptionInfo"]
