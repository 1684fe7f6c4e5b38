"""``jobsmith audit``: prove that the trail of changes is whole."""

import click

from jobsmith.audit import BATCH, is_sealed_as, verify
from jobsmith.audit import seal as seal_batch


@click.group()
def audit() -> None:
    """Prove that the trail of changes is whole."""


@audit.command("verify")
@click.option("--head", metavar="NUMBER:SEAL", default="", help="A head that was noted earlier.")
def verify_trail(head: str) -> None:
    """Walk the chain of seals from its first change, and print its head: note it elsewhere.

    Exit code 1 names the first change that is missing or was edited, or says that the head that
    was noted earlier is no longer part of the chain.
    """
    verdict = verify()
    click.echo(f"Sealed    {verdict.sealed}")
    click.echo(f"Unsealed  {verdict.unsealed}")
    click.echo(f"Head      {verdict.sealed}:{verdict.head}")
    if verdict.broken_at is not None:
        _fail(f"Change number {verdict.broken_at} is missing or was edited.")
    if head and not is_sealed_as(*_parts(head)):
        _fail(f"The chain no longer holds {head}: changes were taken away or sealed anew.")


@audit.command("seal")
def seal_trail() -> None:
    """Seal what waits now; the scheduler does so every few seconds."""
    total = count = seal_batch()
    while count == BATCH:
        count = seal_batch()
        total += count
    click.echo(f"Sealed {total} changes.")


def _parts(head: str) -> tuple[int, str]:
    number, _, text = head.partition(":")
    if not number.isdecimal() or not text:
        raise click.BadParameter("Give it as it was printed: NUMBER:SEAL.", param_hint="--head")
    return int(number), text


def _fail(sentence: str) -> None:
    click.echo(f"jobsmith: {sentence}", err=True)
    raise SystemExit(1)
