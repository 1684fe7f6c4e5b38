"""Fetch a Git repository and have its newest commit serve, if it loads.

The work of the run that `sync_repository` asks for. The same actor must be allowed it then.
"""

from collections.abc import Sequence
from typing import Protocol

from django.utils import timezone

from jobsmith import policies
from jobsmith.catalog.commits import Commit, difference, keep_out, serve_commit
from jobsmith.catalog.sync import SyncReport
from jobsmith.errors import SealBroken, SourceBroken
from jobsmith.models import GitRepository, Job
from jobsmith.policies import Actor
from jobsmith.sources import needs, trees
from jobsmith.sources.base import SourceRef
from jobsmith.sources.base import repository as ref_of
from jobsmith.sources.belonging import File
from jobsmith.sources.git.fetch import Fetched, fetch
from jobsmith.sources.inspect import Inspection
from jobsmith.sources.inspect_here import inspect_here
from jobsmith.specs import Problem, place_of

from .remotes import next_try, remote_of

MAY_PASS = frozenset({"packages_missing", "load_ended"})
"""What an index out of reach or a busy machine makes, too: polls try such a commit again."""
SAID = 100
"""So many problems are told line by line."""


class Say(Protocol):
    """Writes a line to the log of the run."""

    def __call__(self, level: str, message: str, grouping: str, obj: object = None) -> None:
        """``grouping`` tells the step."""


def pull_repository(
    repository: GitRepository, *, user: Actor, say: Say, dry_run: bool = False
) -> None:
    """Fetch, inspect and switch; with ``dry_run`` only tell what would be done.

    Raises NotAllowed, NotFound, or SourceBroken when the commit cannot be fetched or does not
    load: then the last good commit goes on serving, and the source's problems say why. SourceBroken
    too, with nothing changed, when the repository is another one by now or none.
    """
    policies.require_on(user, "change", repository)
    ref = ref_of(repository)
    try:
        commit = _inspected(repository, ref, say, dry_run=dry_run)
    except _Refused as refused:
        _tell_problems(refused.problems, say)
        if not dry_run:
            keep_out(repository, ref, refused.problems)
            _note_try(repository, refused.head)
        raise SourceBroken(refused.message) from refused
    if dry_run:
        _tell_difference(ref, commit, say)
    else:
        _tell_report(ref, serve_commit(repository, ref, commit), say)
        _note_try(repository, commit.head)


def _note_try(repository: GitRepository, head: str) -> None:
    """Keep what came of it for the next poll, which goes by it."""
    tried = {"tried_head": head, "retry_at": None} if head else {"retry_at": next_try()}
    repository.unchanged().update(**tried)


class _Refused(SourceBroken):
    """A commit is kept out."""

    def __init__(self, message: str, problems: Sequence[Problem], head: str = "") -> None:
        """``head`` is the commit that never loads; "" where another try may do better."""
        super().__init__(message)
        self.problems = problems
        self.head = head


def _inspected(repository: GitRepository, ref: SourceRef, say: Say, *, dry_run: bool) -> Commit:
    """The newest commit, if it loads."""
    read_at = timezone.now()
    say("info", f'Fetching {repository.branch} of Git repository "{repository}".', "run")
    try:
        fetched = fetch(remote_of(repository))
        _know_host(repository, fetched.host_key, say, pin=not dry_run)
    except (SourceBroken, SealBroken) as error:
        problem = Problem(code="fetch_failed", message=error.message)
        raise _Refused(error.message, [problem]) from error
    text = f"The current hash is {fetched.head} ({fetched.summary})."
    say("info", text, "ensure_git_repository", repository)
    made, inspection = _read(repository, ref, fetched, say)
    return Commit(head=fetched.head, made=made, inspection=inspection, read_at=read_at)


def _know_host(repository: GitRepository, shown: str, say: Say, *, pin: bool) -> None:
    """Tell the key of a server that is new to us; from then on it has to show this one.

    Raises SourceBroken when another sync has meanwhile pinned another key.
    """
    if not shown or repository.host_key:
        return
    said = f"The server shows the host key {shown}."
    if not pin:
        say("warning", f"{said} The first sync will pin it.", "ensure_git_repository", repository)
        return
    same = GitRepository.objects.filter(pk=repository.pk, remote_url=repository.remote_url)
    same.filter(host_key="").update(host_key=shown)
    if not same.filter(host_key=shown).exists():
        raise SourceBroken(f"{said} Meanwhile another one was pinned. Sync again.")
    say("warning", f"{said} It is pinned from now on.", "ensure_git_repository", repository)


def _read(
    repository: GitRepository, ref: SourceRef, fetched: Fetched, say: Say
) -> tuple[trees.Snapshot, Inspection]:
    """The commit as a tree, and the jobs in it; raises `_Refused` when it does not load."""
    files = {f"{ref.prefix}/{name}": file for name, file in fetched.files.items()}
    # What the code asks for is said at the top of its tree, wherever that came from.
    files |= {name: fetched.files[name] for name in needs.NAMES if name in fetched.files}
    made = trees.made_of(files)
    if not repository.provides_jobs:
        say("info", "It provides no jobs.", "main")
        return made, Inspection(specs=(), problems=fetched.problems)
    say("info", "Reading its jobs.", "main")
    _must_be_package(repository, fetched.head, files)
    try:
        with trees.laid_out(files) as root:
            found = inspect_here(ref, root)
    except SourceBroken as error:  # it could not be read at all, which is not its own fault
        raise _Refused(error.message, [Problem(code=error.code, message=error.message)]) from error
    problems = (*fetched.problems, *found.problems)
    broken = [each for each in problems if each.severity == "error"]
    if broken:
        message = f"Commit {fetched.head[:10]} does not load: {_line(broken[0])}"
        may_pass = any(each.code in MAY_PASS for each in broken)
        raise _Refused(message, problems, "" if may_pass else fetched.head)
    return made, Inspection(specs=found.specs, problems=problems)


def _must_be_package(repository: GitRepository, head: str, files: dict[str, File]) -> None:
    top = f"{ref_of(repository).prefix}/"
    where = f"The folder {repository.subfolder}" if repository.subfolder else "The repository"
    if f"{top}__init__.py" not in files:
        missing = f"{where} has no __init__.py at its top, so it is no package."
    elif f"{top}jobs.py" not in files and f"{top}jobs/__init__.py" not in files:
        missing = f"{where} has neither a jobs.py nor a package jobs at its top."
    else:
        return
    raise _Refused(missing, [Problem(code="no_jobs", message=missing)], head)


def _tell_problems(problems: Sequence[Problem], say: Say) -> None:
    for each in problems[:SAID]:
        say("error" if each.severity == "error" else "warning", _line(each), "jobs")
    if len(problems) > SAID:
        say("error", f"{len(problems) - SAID} more problems are not told here.", "jobs")


def _line(problem: Problem) -> str:
    place = place_of(problem.file, problem.line)
    return f"{place}: {problem.message}" if place else problem.message


def _tell_difference(ref: SourceRef, commit: Commit, say: Say) -> None:
    _tell_problems(commit.inspection.problems, say)
    found = difference(ref, commit.inspection)
    for name in found.created:
        say("info", f"Would create the job record {name}.", "jobs")
    for name in found.refreshed:
        say("info", f"Would refresh the job record {name}.", "jobs")
    for name in found.removed:
        say("warning", f"Would mark the job record {name} as no longer installed.", "jobs")


def _tell_report(ref: SourceRef, report: SyncReport, say: Say) -> None:
    _tell_problems(report.problems, say)
    rows = {job.class_path: job for job in Job.objects.filter(source_key=ref.key)}
    for path in report.created:
        say("info", "Created the job record", "jobs", rows.get(path))
    for path in report.refreshed:
        say("info", "Refreshed the job record", "jobs", rows.get(path))
    for path in report.removed:
        say("warning", "Marked the job record as no longer installed", "jobs", rows.get(path))
