"""The life of a repository: first sync, new commits, broken ones, jobs that come and go."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from jobsmith.actions.enqueue_job import enqueue_job
from jobsmith.actions.sync_repository import sync_repository
from jobsmith.engines.inline import run_now
from jobsmith.errors import NotAllowed, NotFound
from jobsmith.inputs.codec import CleanInputs
from jobsmith.models import GitRepository, Job, JobResult, ObjectChange, Source
from tests.support.factories import grant, make_user
from tests.support.git_server import GitFolder, GitServer

from .conftest import TOKEN, jobs, says

Sync = Callable[..., JobResult]
KEY = "git:nets_of_tests"


def lines(result: JobResult) -> list[tuple[str, str, str]]:
    rows = result.job_log_entries.order_by("seq")
    return [(each.log_level, each.grouping, each.message) for each in rows]


def shape(result: JobResult) -> list[tuple[str, str]]:
    return [(level, grouping) for level, grouping, _ in lines(result)]


def accept(name: str, user: Any) -> JobResult:
    job = Job.objects.get(name=name)
    Job.objects.filter(pk=job.pk).update(enabled=True)
    return enqueue_job(job, user=user, inputs=CleanInputs())


def test_a_first_sync_offers_the_jobs(
    folder: GitFolder, repository: GitRepository, sync: Sync
) -> None:
    head = folder.commit(jobs(a=says("one"), b=says("x", "Pong")))
    result = sync()
    assert (result.status, result.cause_detail) == ("SUCCESS", "")
    assert shape(result) == [
        ("info", "initialization"),
        ("info", "run"),
        ("info", "ensure_git_repository"),
        ("info", "main"),
        ("info", "jobs"),
        ("info", "jobs"),
        ("success", "post_run"),
    ]
    assert repository.current_head == head
    found = Job.objects.filter(git_repository=repository).order_by("name")
    assert [(each.class_path, each.source, each.enabled) for each in found] == [
        ("nets_of_tests.jobs.a.Ping", "git", False),
        ("nets_of_tests.jobs.b.Pong", "git", False),
    ]
    logged = result.job_log_entries.filter(grouping="jobs").values_list(
        "log_object", "absolute_url"
    )
    assert sorted(logged) == [(each.name, each.get_absolute_url()) for each in found]


def test_the_trail_names_who_asked_for_a_sync_and_its_run(
    folder: GitFolder, repository: GitRepository, sync: Sync, boss: Any
) -> None:
    folder.commit(jobs(a=says("1"), b=says("2", "Pong")))
    result = sync()
    noted = ObjectChange.objects.filter(change_context="job").order_by("time", "pk")
    assert [each.object_label for each in noted] == [
        "jobsmith.job",
        "jobsmith.job",
        "jobsmith.gitrepository",
    ]
    assert {(each.user, each.request_id) for each in noted} == {(boss, result.pk)}
    job, head = noted[0], noted.last()
    assert job.change_context_detail == f"{result.class_path}: sync git:nets_of_tests"
    assert head is not None
    assert head.after is not None
    assert head.after["current_head"] == repository.current_head


def test_a_run_executes_the_commit_that_it_was_accepted_with(
    folder: GitFolder, sync: Sync, boss: Any
) -> None:
    heads, waiting = [], []
    for number in range(3):
        heads.append(folder.commit(jobs(a=says(f"word {number}"))))
        assert sync().status == "SUCCESS"
        waiting += [accept("Ping", boss) for _ in range(2)]
    folder.git("checkout", "--quiet", "--orphan", "other")
    folder.commit(jobs(a=says("forced")))
    folder.git("branch", "-M", "other", "main")
    assert sync().status == "SUCCESS"
    ran = [run_now(each) for each in [*waiting, accept("Ping", boss)]]
    words = [word for number in range(3) for word in [f"word {number}"] * 2]
    assert [each.result for each in ran] == [*words, "forced"]
    labels = [each.source_label.split()[1] for each in ran[:-1]]
    assert labels == [head[:10] for head in heads for _ in range(2)]


def test_a_broken_commit_is_kept_out_and_named(
    folder: GitFolder, repository: GitRepository, sync: Sync, boss: Any
) -> None:
    good = folder.commit(jobs(a=says("good")))
    sync()
    folder.commit({"jobs/a.py": says("bad"), "jobs/z.py": "x = 1\n\n1 / 0\n"})
    result = sync()
    assert result.status == "FAILURE"
    assert "nets_of_tests/jobs/z.py:3: ZeroDivisionError" in result.cause_detail
    assert ("error", "jobs") in shape(result)
    [problem] = Source.objects.get(key=KEY).problems.all()
    assert (problem.file, problem.line) == ("nets_of_tests/jobs/z.py", 3)
    assert repository.current_head == good
    assert Job.objects.get(name="Ping").installed
    assert run_now(accept("Ping", boss)).result == "good"
    folder.commit({"jobs/z.py": None})
    assert sync().status == "SUCCESS"
    assert not Source.objects.get(key=KEY).problems.exists()
    assert run_now(accept("Ping", boss)).result == "bad"


def test_a_token_of_another_server_is_a_problem(
    folder: GitFolder, repository: GitRepository, sync: Sync
) -> None:
    folder.commit(jobs(a=says("one")))
    GitRepository.objects.update(sealed_token="v1.nobody.has.this.key")
    result = sync()
    assert result.status == "FAILURE"
    [problem] = Source.objects.get(key=KEY).problems.all()
    assert problem.message == result.cause_detail
    repository.refresh_from_db()
    assert repository.retry_at is not None


def test_jobs_that_are_gone_or_renamed_are_no_longer_installed(
    folder: GitFolder, sync: Sync
) -> None:
    folder.commit(jobs(a=says("1"), b=says("2", "Pong"), c=says("3", "Peng")))
    sync()
    kept = Job.objects.get(name="Ping").pk
    folder.commit({"jobs/b.py": says("2", "Pang"), "jobs/c.py": None})
    result = sync()
    assert result.status == "SUCCESS"
    rows = Job.objects.filter(source_key=KEY).values_list("name", "installed")
    assert dict(rows) == {"Ping": True, "Pang": True, "Pong": False, "Peng": False}
    assert Job.objects.get(name="Ping").pk == kept
    warned = result.job_log_entries.filter(log_level="warning").values_list("log_object", flat=True)
    assert sorted(warned) == ["Peng", "Pong"]


def test_a_dry_run_changes_nothing(
    folder: GitFolder, repository: GitRepository, sync: Sync
) -> None:
    result = sync(dry_run=True)
    assert (result.status, result.name) == ("FAILURE", "Git Repository: Dry-Run")
    folder.commit(jobs(a=says("1")))
    sync()
    before = repository.current_head
    folder.commit({"jobs/a.py": says("2", "Pong")})
    result = sync(dry_run=True)
    assert result.status == "SUCCESS"
    told = [message for _, grouping, message in lines(result) if grouping == "jobs"]
    assert told == [
        "Would create the job record Pong.",
        "Would mark the job record Ping as no longer installed.",
    ]
    assert repository.current_head == before
    assert list(Job.objects.filter(source_key=KEY).values_list("name")) == [("Ping",)]
    assert not Source.objects.get(key=KEY).problems.exists()


def test_a_server_that_refuses_leaves_the_old_code_serving(
    folder: GitFolder, server: GitServer, repository: GitRepository, sync: Sync, boss: Any
) -> None:
    folder.commit(jobs(a=says("good")))
    sync()
    server.token = "another-token-99"
    result = sync()
    assert result.status == "FAILURE"
    assert "The server refused the user name or the token." in result.cause_detail
    [problem] = Source.objects.get(key=KEY).problems.all()
    assert problem.message == "The server refused the user name or the token."
    assert run_now(accept("Ping", boss)).result == "good"
    server.token = TOKEN
    folder.git("branch", "-m", "main", "trunk")
    assert "no branch, tag or commit called main" in sync().cause_detail
    assert run_now(accept("Ping", boss)).result == "good"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"jobs.py": ""}, "no __init__.py at its top"),
        ({"__init__.py": ""}, "neither a jobs.py nor a package jobs"),
    ],
)
def test_a_repository_without_jobs_says_so(
    folder: GitFolder, sync: Sync, files: dict[str, str], said: str
) -> None:
    folder.commit(files)
    assert said in sync().cause_detail


def test_a_repository_that_provides_no_jobs_has_none(
    folder: GitFolder, repository: GitRepository, sync: Sync
) -> None:
    folder.commit(jobs(a=says("1")))
    sync()
    repository.provided_contents = []
    repository.save()
    assert sync().status == "SUCCESS"
    assert not Job.objects.filter(source_key=KEY, installed=True).exists()


def test_two_repositories_may_have_the_same_files(
    folder: GitFolder, server: GitServer, repository: GitRepository, sync: Sync, boss: Any
) -> None:
    folder.commit(jobs(a=says("1")))
    sync()
    other = GitRepository.objects.create(
        name="Other",
        slug="other_of_tests",
        remote_url=repository.remote_url,
        sealed_token=repository.sealed_token,
        provided_contents=["extras.job"],
    )
    assert run_now(sync_repository(other, user=boss)).status == "SUCCESS"
    found = Job.objects.filter(installed=True, source="git").values_list("module_name", "name")
    assert dict(found) == {"nets_of_tests.jobs.a": "Ping", "other_of_tests.jobs.a": "Ping (2)"}


def test_a_sync_takes_the_right_to_change_the_repository(
    folder: GitFolder, repository: GitRepository, sync: Sync
) -> None:
    folder.commit(jobs(a=says("1")))
    with pytest.raises(NotAllowed):
        sync(user=make_user("reader", "view_gitrepository", "run_job", "view_job"))
    far = make_user("far")
    grant(far, "change", GitRepository, {"name": "another"})
    with pytest.raises(NotFound):
        sync(user=far)
    near = make_user("near")
    grant(near, "change", GitRepository, {"name": "Nets"})
    assert sync(user=near).status == "SUCCESS"


def test_whoever_may_run_jobs_cannot_sync_through_the_job_itself(
    folder: GitFolder, repository: GitRepository, sync: Sync
) -> None:
    folder.commit(jobs(a=says("1")))
    first = sync()
    runner = make_user("runner", "run_job", "view_job", "view_gitrepository")
    inputs = CleanInputs(values={"repository": repository})
    result = run_now(enqueue_job(first.job_model, user=runner, inputs=inputs))
    assert result.status == "FAILURE"
    assert "permission" in result.cause_detail


def test_the_token_is_in_no_table(
    folder: GitFolder, server: GitServer, repository: GitRepository, sync: Sync
) -> None:
    folder.commit(jobs(a=says("1")))
    sync()
    server.token = "another-token-99"
    sync()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            assert not any(TOKEN in str(row) for row in cursor.fetchall()), table


def test_code_that_writes_to_every_channel_at_import_forges_nothing(
    folder: GitFolder, repository: GitRepository, sync: Sync
) -> None:
    hostile = "import os\nfor n in range(3, 200):\n    try:\n        os.write(n, b'forged')\n"
    hostile += "    except OSError:\n        pass\n"
    folder.commit(jobs(a=hostile + says("1")))
    result = sync()
    assert (result.status, result.cause) == ("FAILURE", "refused:source_broken")
    assert "does not load" in result.cause_detail
    assert not any("forged" in message for _, _, message in lines(result))


def test_what_a_sync_changes_is_noted_once(folder: GitFolder, sync: Sync) -> None:
    folder.commit(jobs(a=says("1")))
    sync()
    folder.commit({"jobs/a.py": says("2", "Pong")})
    sync()
    mine = Job.objects.filter(source_key=KEY).values_list("pk", flat=True)
    noted = ObjectChange.objects.filter(changed_object_id__in=[str(each) for each in mine])
    found = sorted(noted.values_list("object_repr", "action"))
    assert found == [("Ping", "create"), ("Ping", "update"), ("Pong", "create")]
    details = set(noted.values_list("change_context_detail", flat=True))
    assert details == {f"jobsmith.system.jobs.GitRepositorySync: sync {KEY}"}
