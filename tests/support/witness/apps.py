"""The app of the witness."""

import json
import os
import sys
from pathlib import Path

from django.apps import AppConfig
from django.core.signals import request_finished


class WitnessConfig(AppConfig):
    name = "tests.support.witness"
    label = "witness"

    def ready(self) -> None:
        request_finished.connect(tell)


def tell(**_: object) -> None:
    """Write name and file of every module, whole or not at all."""
    modules = {name: str(getattr(each, "__file__", "")) for name, each in [*sys.modules.items()]}
    place = Path(os.environ["TEST_WITNESS"], f"{os.getpid()}.json")
    draft = place.with_suffix(f".{os.urandom(4).hex()}")
    draft.write_text(json.dumps(modules))
    draft.replace(place)
