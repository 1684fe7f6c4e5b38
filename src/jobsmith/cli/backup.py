"""``jobsmith backup`` and ``jobsmith restore``: all that lasts, in one file."""

import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import click
from django.conf import settings
from django.db import connection
from django.utils import timezone

from jobsmith import __version__
from jobsmith.conf import conf

from .database_copies import NoCopy, copy_from, copy_to, refuse_full
from .preparing import needs_migration

FORMAT = 1
ABOUT, DATABASE, FILES, KEY = "about.json", "database", "files", "secret.key"


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--with-key", is_flag=True, help="Put secret.key in, which opens all sealed inputs.")
def backup(file: Path, with_key: bool) -> None:
    """Write the database and the files of runs into FILE (.tar.gz), while everything serves."""
    if _is_there(file):
        raise NoCopy(f"{file} is there already. Name a file that is not.")
    home = conf().home
    with _whole(file) as archive:
        about = {
            "format": FORMAT,
            "version": __version__,
            "database": connection.vendor,
            "key": _mark_of(settings.SECRET_KEY.encode()),
        }
        _add_text(archive, ABOUT, json.dumps(about | {"made_at": timezone.now().isoformat()}))
        with tempfile.TemporaryDirectory(dir=file.parent) as folder:
            copy_to(Path(folder) / DATABASE)
            archive.add(Path(folder) / DATABASE, DATABASE)
        if (home / FILES).is_dir():  # after the database: a file too many does no harm
            archive.add(home / FILES, FILES)
        if with_key and (home / KEY).exists():
            archive.add(home / KEY, KEY)
    click.echo(f"{file}: {file.stat().st_size:,} bytes.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def restore(file: Path) -> None:
    """Fill an empty database and home folder from FILE, which `jobsmith backup` made."""
    home = conf().home
    try:
        with tarfile.open(file) as archive:
            about = _refuse_unfit(archive)
            refuse_full()
            _put_back(archive, home)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise NoCopy(f"{file} cannot be restored: {error}") from error
    click.echo(f"Restored into {home} and the database.")
    for sentence in _left_to_do(home, about):
        click.echo(sentence)


def _is_there(file: Path) -> bool:
    try:
        return file.exists()
    except OSError as error:
        raise NoCopy(f"{file} cannot be written: {error.strerror}") from error


@contextmanager
def _whole(file: Path) -> Iterator[tarfile.TarFile]:
    """An archive that is there when it is whole, and for its owner only."""
    draft = file.with_name(f"{file.name}.draft")
    try:
        with (
            os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as raw,
            tarfile.open(fileobj=raw, mode="w:gz") as archive,
        ):
            yield archive
        draft.rename(file)
    except OSError as error:
        raise NoCopy(f"{file} cannot be written: {error}") from error
    finally:
        draft.unlink(missing_ok=True)


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(text.encode()), 0o600
    archive.addfile(member, BytesIO(text.encode()))


def _mark_of(key: bytes) -> str:
    """Enough to tell that a key is another one, and too little to find it by."""
    return sha256(key).hexdigest()[:8]


def _refuse_unfit(archive: tarfile.TarFile) -> dict[str, Any]:
    """What the backup says about itself."""
    about: dict[str, Any] = {}
    if ABOUT in archive.getnames() and (found := archive.extractfile(ABOUT)):
        about = json.load(found)
    if about.get("format") != FORMAT:
        raise NoCopy("This is no backup that this version of Jobsmith can read.")
    if about["database"] != connection.vendor:
        made, here = about["database"], connection.vendor
        raise NoCopy(
            f"The backup is of {made}, and DATABASE_URL names {here}. Name a {made} database."
        )
    return about


def _put_back(archive: tarfile.TarFile, home: Path) -> None:
    """Files first: once the database is there, all is."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    for member in archive.getmembers():
        if member.name == KEY or member.name.split("/", 1)[0] == FILES:
            archive.extract(member, home, filter="data")
    with tempfile.TemporaryDirectory(dir=home) as folder:
        archive.extract(DATABASE, folder, filter="data")
        copy_from(Path(folder) / DATABASE)


def _left_to_do(home: Path, about: dict[str, Any]) -> Iterator[str]:
    key = home / KEY
    keys = [settings.SECRET_KEY.encode(), key.read_bytes().strip() if key.exists() else b""]
    if about["key"] not in map(_mark_of, keys):
        yield (
            "THE SECRET KEY IS ANOTHER ONE than when the backup was made: sealed inputs cannot be "
            f"opened. Put secret.key of then into {home}, or set JOBSMITH_SECRET_KEY to it."
        )
    if needs_migration():
        yield "The backup is of an older version: run `jobsmith post_upgrade`."
    yield "Runs that were going on then end as worker_lost once a worker or scheduler is started."
