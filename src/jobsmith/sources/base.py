"""Which sources there are."""

from dataclasses import dataclass
from pathlib import Path

from django.apps import AppConfig, apps

from jobsmith.conf import conf
from jobsmith.models import GitRepository, Job

from .modules import modules_of_package

FOLDER = "folder"
OURS = "jobsmith"
"""Our own app has a room called ``jobs``, which holds no jobs."""
SYSTEM = "system"
"""Key of the jobs that Jobsmith itself brings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRef:
    """A place that job classes come from."""

    key: str
    """``folder``, ``app:inventory``, ``git:slug``."""
    kind: str
    """One of Job.SourceKind."""
    title: str
    """For everybody who sees jobs, so it does not tell where on the server they lie."""
    path: Path
    """The folder, or that of the installed package."""
    package: str = ""
    """Dotted name of an installed package."""
    prefix: str = ""
    """Name of the package that the files of a repository are, at the top of its trees."""

    @property
    def is_package(self) -> bool:
        """Whether workers have the code already."""
        return bool(self.package)


def configured() -> list[SourceRef]:
    """All sources of this installation: installed apps first, then the folder."""
    return [*_apps(), *_folder()]


def packages() -> list[SourceRef]:
    """The packages with a ``jobs`` module: installed apps, and our own jobs."""
    return [*_apps(), system()]


def named(key: str) -> SourceRef | None:
    """The source of that key; repositories are read by a run of their own."""
    return next((ref for ref in configured() if ref.key == key), None)


def system() -> SourceRef:
    """Our own jobs. Their records are made when one is first needed."""
    return SourceRef(
        key=SYSTEM,
        kind=Job.SourceKind.PLUGIN,
        title="Jobsmith",
        path=Path(__file__).parent.parent / "system",
        package=f"{OURS}.system",
    )


def repository(row: GitRepository) -> SourceRef:
    """The source that a repository is; its files come from trees only."""
    return SourceRef(
        key=f"git:{row.slug}",
        kind=Job.SourceKind.GIT,
        title=row.name,
        path=Path(),
        prefix=row.slug,
    )


def _apps() -> list[SourceRef]:
    return [_package(app) for app in apps.get_app_configs() if _has_jobs(app)]


def _folder() -> list[SourceRef]:
    root = conf().jobs_root
    if root is None:
        return []
    return [SourceRef(key=FOLDER, kind=Job.SourceKind.LOCAL, title=root.name, path=root)]


def _has_jobs(app: AppConfig) -> bool:
    return app.name != OURS and bool(modules_of_package(app.name, Path(app.path)))


def _package(app: AppConfig) -> SourceRef:
    return SourceRef(
        key=f"app:{app.label}",
        kind=Job.SourceKind.PLUGIN,
        title=str(app.verbose_name),
        path=Path(app.path),
        package=app.name,
    )
