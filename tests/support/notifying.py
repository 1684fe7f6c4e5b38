"""A process that tells and sends, and kills itself where it hurts.

``python -m tests.support.notifying SEED``: it dies by SIGKILL between looking whom to tell and the
COMMIT, right after it, when a message was taken and not sent, and when it was sent and that is not
noted yet.
"""

import os
import random
import signal
import sys
import time
from datetime import timedelta
from typing import Any

import django


def main(seed: int) -> None:
    """Until nothing waits."""
    django.setup()
    from jobsmith.actions import deliver, tell_events
    from jobsmith.errors import Busy
    from jobsmith.models import NotificationDelivery, NotificationEvent

    chance = random.Random(seed)
    deliver.LEASE = timedelta(seconds=2)

    def dying(where: Any, name: str) -> None:
        real = getattr(where, name)

        def die_or_do(*arguments: Any) -> Any:
            if chance.random() < 0.2:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments)

        setattr(where, name, die_or_do)

    for each in (tell_events._deliver, tell_events._settle):
        dying(tell_events, each.__name__)
    for each in (deliver._sending, deliver._settle):
        dying(deliver, each.__name__)
    deliveries = deliver.Deliveries()
    waiting = NotificationDelivery.objects.filter(state="waiting")
    while NotificationEvent.objects.filter(waits=True).exists() or waiting.exists():
        try:
            tell_events.tell_some(1)
            deliveries.turn()
        except Busy:
            continue
        time.sleep(0.05)


if __name__ == "__main__":
    main(int(sys.argv[1]))
