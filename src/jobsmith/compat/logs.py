"""``celery.utils.log``: loggers of modules, recorded while their job runs."""

import logging

__all__ = ["get_logger", "get_task_logger"]

get_logger = get_task_logger = logging.getLogger
