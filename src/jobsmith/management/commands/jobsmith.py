"""``manage.py jobsmith …``: the same command in any Django project."""

from argparse import REMAINDER
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from jobsmith.cli.main import main


class Command(BaseCommand):
    """Hands its arguments to the ``jobsmith`` command."""

    help = "Run, follow and look after jobs: manage.py jobsmith --help"
    requires_system_checks = ()

    def run_from_argv(self, argv: list[str]) -> None:
        """Options, ``--help`` included, are the command's own, not Django's."""
        main(args=argv[2:], prog_name=f"{argv[0]} jobsmith")

    def add_arguments(self, parser: CommandParser) -> None:
        """Everything is passed on."""
        parser.add_argument("arguments", nargs=REMAINDER)

    def handle(self, *_args: Any, **options: Any) -> None:
        """For ``call_command("jobsmith", "sync")``."""
        main(args=options["arguments"], prog_name="jobsmith", standalone_mode=False)
