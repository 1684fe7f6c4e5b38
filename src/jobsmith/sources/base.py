"""Which sources there are."""

from dataclasses import dataclass
from pathlib import Path

from django.apps import AppConfig, apps

from jobsmith.conf import conf
from jobsmith.models import GitRepository, Job

from .entries import entries
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
    """``folder``, ``app:inventory``, ``package:name``, ``git:slug``."""
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
    """All sources of this installation: installed packages first, then the folder."""
    return [*_apps(), *_distributed(), *_folder()]


def packages() -> list[SourceRef]:
    """The packages with a ``jobs`` module: apps, those that entry points name, and our own."""
    return [*_apps(), *_distributed(), system()]


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


def _distributed() -> list[SourceRef]:
    """Packages that entry points name; their code is looked for, not imported."""
    taken = {app.name for app in apps.get_app_configs()}
    return [
        SourceRef(
            key=f"package:{name}",
            kind=Job.SourceKind.PLUGIN,
            title=name,
            path=Path(path),
            package=package,
        )
        for name, package, path in entries()
        if package not in taken and modules_of_package(package, Path(path))
    ]


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
