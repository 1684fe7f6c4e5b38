"""A client that was written for somebody else: `pynautobot`, unchanged, against a live server."""

import textwrap
from collections.abc import Iterator
from typing import Any

import pynautobot
import pytest
from pynautobot.core.query import RequestError

from tests.support.served import Server, wait_until

pytestmark = pytest.mark.slow

JOBS = '''
    """Jobs for a client."""
    from jobsmith.jobs import FileVar, IntegerVar, Job, register_jobs


    class Double(Job):
        """Doubles."""

        number = IntegerVar(default=1)

        def run(self, number):
            self.logger.info("The number is %s", number)
            return number * 2


    class Fails(Job):
        """Fails."""

        def run(self):
            self.logger.error("It went wrong", extra={"grouping": "late"})
            raise RuntimeError("no luck")


    class Reads(Job):
        """Reads an uploaded file."""

        text = FileVar()

        def run(self, text):
            return text.read().decode().upper()


    class Chatty(Job):
        """Says a lot."""

        def run(self):
            for number in range(1, 1001):
                self.logger.info("line %s", number)


    register_jobs(Double, Fails, Reads, Chatty)
'''


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("client")
    root = home / "jobs"
    root.mkdir()
    (root / "wire.py").write_text(textwrap.dedent(JOBS))
    served = Server(home, root)
    try:
        served.start()
        yield served
    finally:
        served.kill()


@pytest.fixture(scope="module")
def token(server: Server) -> str:
    return server.command("token", "create", "admin").stdout.strip()


@pytest.fixture
def client(server: Server, token: str) -> Any:
    return pynautobot.api(f"http://127.0.0.1:{server.port}", token=token)


def finished(client: Any, name: str, **data: Any) -> Any:
    """A run of the job, waited for with the client's own means."""
    return client.extras.jobs.run_and_wait(
        job_name=name, data=data, interval=1, max_rechecks=30
    ).job_result


def test_it_connects_and_learns_what_there_is(client: Any) -> None:
    assert client.version == "3.2"
    assert client.status()["celery-workers-running"] == 1
    assert "job_results" in dir(client.extras)
    assert "paths" in client.openapi()


def test_it_lists_filters_counts_and_gets(client: Any) -> None:
    assert {"Double", "Fails"} <= {str(each) for each in client.extras.jobs.all()}
    assert client.extras.jobs.count(name=["Double", "Fails"]) == 2
    job = client.extras.jobs.get(name="Double")
    assert (job.module_name, job.job_class_name) == ("wire", "Double")
    assert client.extras.jobs.get("Double").id == job.id == client.extras.jobs.get(job.id).id
    assert client.extras.jobs.get("No such job") is None
    assert [str(each) for each in client.extras.jobs.filter("doub")] == ["Double"]
    with pytest.raises(RequestError, match="Unknown filter field"):
        list(client.extras.jobs.filter(nonsense=1))


def test_it_overrides_and_releases_a_field(client: Any) -> None:
    job = client.extras.jobs.get(name="Double")
    with pytest.raises(RequestError, match="grouping_override"):
        job.update({"grouping": "Mine"})
    assert job.update({"grouping": "Mine", "grouping_override": True})
    job = client.extras.jobs.get(job.id)
    assert job.grouping == "Mine"
    job.grouping_override = False
    assert job.save()
    assert client.extras.jobs.get(job.id).grouping != "Mine"
    changed = client.extras.jobs.update([{"id": job.id, "hidden": True, "hidden_override": True}])
    assert [each.hidden for each in changed] == [True]
    client.extras.jobs.update(id=job.id, data={"hidden_override": False})


def test_it_runs_and_waits_for_success_and_failure(client: Any) -> None:
    good = finished(client, "Double", number=21)
    assert (str(good.status), good.result) == ("SUCCESS", 42)
    bad = finished(client, "Fails")
    assert str(bad.status) == "FAILURE"
    assert "no luck" in bad.traceback
    mine = list(client.extras.job_results.filter(job_model="Fails"))
    assert bad.id in {each.id for each in mine}
    lines = client.extras.job_logs.filter(job_result=bad.id, log_level="error")
    assert ("It went wrong", "late") in {(each.message, each.grouping) for each in lines}


def test_a_run_by_a_record_and_by_its_id(client: Any) -> None:
    job = client.extras.jobs.get(name="Double")
    by_record = job.run(data={"number": 2}, commit=True, class_path="ignored")
    by_id = client.extras.jobs.run(job_id=job.id, data={"number": 3}, task_queue="default")
    for run in (by_record, by_id):
        assert run.scheduled_job is None
        assert str(run.job_result.status) in ("PENDING", "STARTED", "SUCCESS")
    with pytest.raises(RequestError, match="is not a valid choice"):
        client.extras.jobs.run(job_id=job.id, task_queue="nowhere")


def test_a_file_goes_by_multipart(client: Any, server: Server, token: str) -> None:
    url = f"http://127.0.0.1:{server.port}/api/extras/jobs/Reads/run/"
    answer = client.http_session.post(
        url,
        files={"text": ("note.txt", b"hello", "text/plain")},
        headers={"authorization": f"Token {token}"},
    )
    assert answer.status_code == 201, answer.text
    pk = answer.json()["job_result"]["id"]
    wait_until(lambda: str(client.extras.job_results.get(pk).status) == "SUCCESS")
    assert client.extras.job_results.get(pk).result == "HELLO"


@pytest.mark.parametrize("threading", [False, True])
def test_it_pages_through_a_thousand(server: Server, token: str, threading: bool) -> None:
    base = f"http://127.0.0.1:{server.port}"
    client = pynautobot.api(base, token=token, threading=threading, max_workers=4)
    run = finished(client, "Chatty")
    lines = [each.message for each in client.extras.job_logs.filter(job_result=run.id)]
    assert len(lines) >= 1000
    numbered = [each for each in lines if each.startswith("line ")]
    assert sorted(numbered) == sorted(f"line {number}" for number in range(1, 1001))


def test_it_writes_notes_tags_and_queues_and_deletes_them(client: Any) -> None:
    job = client.extras.jobs.get(name="Double")
    job.notes.create({"note": "Watch this one."})
    assert [each.note for each in job.notes.list()] == ["Watch this one."]
    tag = client.extras.tags.create(name="nightly", color="00ff00", content_types=["extras.job"])
    assert job.update({"tags": [tag.id]})
    assert [each.id for each in client.extras.jobs.filter(tags="nightly")] == [job.id]
    queues = client.extras.job_queues.create(
        [{"name": name, "queue_type": "celery"} for name in ("north", "south")]
    )
    assert client.extras.job_queues.delete([each.id for each in queues])
    assert tag.delete()
    assert client.extras.job_queues.get(name="north") is None


def test_it_deletes_runs_and_sees_the_trail(client: Any) -> None:
    run = finished(client, "Double", number=1)
    assert client.extras.job_results.get(run.id).delete()
    assert client.extras.job_results.get(run.id) is None
    last = next(iter(client.extras.object_changes.filter(changed_object_id=run.id)))
    assert (last.action.value, last.user_name) == ("delete", "admin")


def test_a_wrong_token_is_told(server: Server) -> None:
    def ask() -> Any:  # 2.x asks as soon as it is made
        stranger = pynautobot.api(f"http://127.0.0.1:{server.port}", token="0" * 40)
        return stranger.extras.jobs.get(name="Double")

    with pytest.raises(RequestError, match="Invalid token"):
        ask()


def test_it_asks_by_graphql(client: Any) -> None:
    finished(client, "Double", number=4)
    found = client.graphql.query(
        "query($n: [String]) { job_results(job_model: $n, limit: 1) { status result } }",
        variables={"n": ["Double"]},
    )
    assert found.json["data"]["job_results"][0]["status"] == "SUCCESS"
    with pytest.raises(pynautobot.core.graphql.GraphQLException, match="nonsense"):
        client.graphql.query("{ nonsense }")
    saved = client.extras.graphql_queries.create(name="names", query="{ jobs { name } }")
    assert {"name": "Double"} in saved.run()["data"]["jobs"]
