"""The Celery app: its settings, its one task and its one command."""

from typing import Any

from celery import Celery
from celery.worker.control import control_command
from django.core.exceptions import ImproperlyConfigured

from jobsmith.conf import conf

from .desk import desk
from .runs import Runs

HINT_SECONDS = 60
"""An older message says nothing that workers have not found by themselves."""
CONNECT_SECONDS, SEND_SECONDS = 2, 5


def _broker() -> str:
    if url := conf().broker_url:
        return url
    raise ImproperlyConfigured(
        "JOBSMITH ENGINE is 'celery', which needs BROKER_URL, such as redis://host:6379/0."
    )


def _is_redis(url: str) -> bool:
    return url.startswith(("redis", "sentinel"))


def transport_options(url: str, *, read: bool = False) -> dict[str, Any]:
    """How long a broker that does not answer is waited for.

    A worker of RabbitMQ reads only what has come; whoever sends waits for answers (``read``).
    """
    if _is_redis(url):
        return {
            "socket_connect_timeout": CONNECT_SECONDS,
            "socket_timeout": SEND_SECONDS,
            "socket_keepalive": True,
            "health_check_interval": 10,
        }
    reading = {"read_timeout": SEND_SECONDS} if read else {}
    return {"connect_timeout": CONNECT_SECONDS, "write_timeout": SEND_SECONDS} | reading


# The host may have a Celery app of its own, which stays the current one.
app = Celery("jobsmith", fixups=[], set_as_current=False)
app.conf.update(
    broker_url=_broker(),
    broker_connection_timeout=CONNECT_SECONDS,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_heartbeat=10,
    broker_transport_options=transport_options(_broker()),
    accept_content=["json"],
    task_serializer="json",
    task_ignore_result=True,
    task_default_queue=conf().default_queue,
    worker_consumer="jobsmith.engines.celery.consumer:Consumer",
    worker_pool="threads",
    worker_concurrency=conf().slots,
    # A hint belongs to whoever has a free slot. Not `worker_disable_prefetch`: it waits a second
    # before it takes the next one.
    worker_prefetch_multiplier=1,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
)
app.steps["worker"].add(Runs)


@app.task(  # type: ignore[untyped-decorator]
    name="jobsmith.hint", typing=False, expires=HINT_SECONDS
)
def hint(*_args: object, **_kwargs: object) -> None:
    """A row waits in one of our queues; which one is decided by a look at all rows.

    So nothing of a message is believed. It is held while all slots are taken: others may have
    the next one.
    """
    desk.look_and_wait()


@control_command(name="jobsmith_look")  # type: ignore[untyped-decorator]
def look(_state: object) -> dict[str, str]:
    """Something changed that concerns every worker, such as a run that was cancelled."""
    desk.look()
    return {"ok": "looking"}
