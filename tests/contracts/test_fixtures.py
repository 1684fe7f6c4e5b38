"""Our answers against real ones of the peer: status, keys, their order, types and sentences.

The fixtures lie outside the repository; ``JOBSMITH_FIXTURES`` names their folder.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from jobsmith.actions.tokens import create_token
from jobsmith.models import Job, JobLogEntry, JobQueue, JobResult, Worker
from jobsmith.specs import VariableSpec
from tests.support.factories import make_admin, make_job, make_result, make_spec, make_worker

FOLDER = Path(os.environ.get("JOBSMITH_FIXTURES", Path(__file__).parent / "fixtures"))
MISSING = "00000000-0000-0000-0000-000000000000"

pytestmark = pytest.mark.django_db


def fixture(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return found


class Scene:
    """One of each record, like the peer's when its answers were taken."""

    def __init__(self) -> None:
        self.user = make_admin("bench")
        self.user.last_login = timezone.now()
        self.user.save()
        _, plain = create_token(self.user)
        self.client = APIClient(HTTP_AUTHORIZATION=f"Token {plain}")
        self.worker = make_worker()
        self.noop = make_job(make_spec("Bench NoOp"))
        self.many = make_job(make_spec("Bench Many Vars", *VARIABLES, supports_dryrun=True))
        self.queue = JobQueue.objects.get(name="default")

    def result(self, **fields: Any) -> JobResult:
        now = timezone.now()
        result = make_result(
            self.noop,
            **{
                "user": self.user,
                "status": "SUCCESS",
                "task_name": self.noop.class_path,
                "date_started": now,
                "date_done": now,
                "worker": "w1",
                "result": {"pid": 1, "t_start": 1.5},
                **dict.fromkeys(COUNTS, 0),
                **fields,
            },
        )
        JobLogEntry.objects.create(
            job_result=result, seq=1, message="x", created=now, log_level="warning"
        )
        return result


COUNTS = [f"{level}_log_count" for level in ("debug", "success", "info", "warning", "error")]

VARIABLES = (
    VariableSpec(
        name="string",
        type="StringVar",
        label="String!",
        description="A string",
        min_length=2,
        max_length=40,
        default="abc",
        regex="^[a-z][a-z0-9-]*$",
    ),
    VariableSpec(name="text", type="TextVar", description="Some text", required=False),
    VariableSpec(name="integer", type="IntegerVar", min_value=1, max_value=100, default=7),
    VariableSpec(name="boolean", type="BooleanVar", required=False, default=True),
    VariableSpec(
        name="choice", type="ChoiceVar", choices=[["a", "Apple"], ["b", "Banana"]], default="b"
    ),
    VariableSpec(
        name="multichoice",
        type="MultiChoiceVar",
        required=False,
        choices=[["r", "Red"], ["g", "Green"], ["b", "Blue"]],
    ),
    VariableSpec(
        name="obj",
        type="ObjectVar",
        description="A job queue",
        required=False,
        model="jobsmith.jobqueue",
    ),
    VariableSpec(name="multiobj", type="MultiObjectVar", required=False, model="jobsmith.jobqueue"),
    VariableSpec(name="file", type="FileVar", required=False),
    VariableSpec(name="ip", type="IPAddressVar", required=False),
    VariableSpec(name="ip_mask", type="IPAddressWithMaskVar", required=False),
    VariableSpec(name="network", type="IPNetworkVar", required=False, min_prefix_length=8),
    VariableSpec(name="json_var", type="JSONVar", required=False, default={"a": [1, 2]}),
    VariableSpec(
        name="dryrun",
        type="DryRunVar",
        description="Check to run job in dryrun mode.",
        required=False,
        default=False,
    ),
)


@pytest.fixture
def scene() -> Scene:
    if not FOLDER.is_dir():
        pytest.skip(f"no fixtures in {FOLDER}")
    return Scene()


def compare(ours: Any, theirs: Any, where: str = "body") -> None:
    """Every key of theirs is in ours, in the same order and of the same type; ours come after."""
    if theirs is None or ours is None:
        assert ours is theirs, where
    elif isinstance(theirs, dict):
        assert isinstance(ours, dict), where
        if not where.endswith(OPAQUE):
            assert list(ours)[: len(theirs)] == list(theirs), where
            for key in theirs:
                compare(ours[key], theirs[key], f"{where}.{key}")
    elif isinstance(theirs, list):
        assert isinstance(ours, list), where
        assert ours or not theirs, f"{where}: nothing to compare with"
        for one, other in zip(ours, theirs, strict=False):  # theirs had other numbers of rows
            compare(one, other, f"{where}[]")
    else:
        assert type(ours) is type(theirs), f"{where}: {ours!r} {theirs!r}"


OPAQUE = ("config_data", "task_kwargs", "installed-apps", "default", ".result")


def check(answer: Any, name: str) -> Any:
    """Status, version and shape of an answer against a fixture."""
    theirs = fixture(name)["response"]
    assert answer.status_code == theirs["status"], answer.content
    assert answer.get("API-Version") == theirs["headers"].get("API-Version")
    if answer.content:
        compare(answer.json(), theirs["body"])
        return answer.json()
    return None


def exact(answer: Any, name: str) -> None:
    """The same sentence, word by word."""
    check(answer, name)
    assert answer.json() == fixture(name)["response"]["body"]


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("jobs-list", "?limit=1"),
        ("jobs-list-bad-limit", "?limit=abc&name=Bench NoOp"),
        ("jobs-list-depth1", "?limit=1&depth=1"),
        ("jobs-list-exclude-m2m", "?limit=1&exclude_m2m=true"),
        ("jobs-list-filter", "?name=Bench%20NoOp&enabled=true"),
        ("jobs-list-q", "?q=many&limit=1"),
        ("jobs-list-filter-unknown", "?nonsense=1"),
        ("jobs-list-filter-bad-value", "?id=not-a-uuid"),
        ("job-detail-by-name", "Bench%20NoOp/"),
        ("job-detail-missing", f"{MISSING}/"),
    ],
)
def test_reading_jobs_looks_as_clients_know_it(scene: Scene, name: str, query: str) -> None:
    theirs = fixture(name)["response"]["body"]
    answer = scene.client.get(f"/api/extras/jobs/{query}")
    if isinstance(theirs, dict) and "results" in theirs:
        theirs_next = theirs.pop("next")
        ours = answer.json()
        assert (ours.pop("next") is None) in (True, theirs_next is None)
        assert (answer.status_code, list(ours)) == (200, list(theirs))
        compare(ours["results"], theirs["results"])
    elif answer.status_code == 200:
        check(answer, name)
    else:
        exact(answer, name)


def test_variables_look_as_clients_know_them(scene: Scene) -> None:
    ours = check(scene.client.get(f"/api/extras/jobs/{scene.many.pk}/variables/"), "job-variables")
    theirs = fixture("job-variables")["response"]["body"]
    assert [{key: our[key] for key in their} for our, their in zip(ours, theirs, strict=True)] == (
        theirs
    )
    check(scene.client.get(f"/api/extras/jobs/{scene.noop.pk}/variables/"), "job-variables-none")


@pytest.mark.parametrize("name", ["job-patch", "job-patch-back", "job-patch-bad"])
def test_editing_jobs_answers_as_clients_know_it(scene: Scene, name: str) -> None:
    body = fixture(name)["request"]["body"]
    answer = scene.client.patch(f"/api/extras/jobs/{scene.noop.pk}/", body, format="json")
    (check if answer.status_code == 200 else exact)(answer, name)


def test_methods_that_are_not_there_answer_as_clients_know_it(scene: Scene) -> None:
    jobs, result = "/api/extras/jobs/", scene.result()
    exact(scene.client.post(jobs, {"name": "x"}, format="json"), "job-post-not-allowed")
    exact(scene.client.put(f"{jobs}{scene.noop.pk}/", {}, format="json"), "job-put-bad")
    exact(scene.client.get(f"{jobs}{scene.noop.pk}/run/"), "run-get-not-allowed")
    url = f"/api/extras/job-results/{result.pk}/"
    exact(scene.client.patch(url, {"name": "x"}, format="json"), "result-patch-not-allowed")


@pytest.mark.parametrize(
    "name",
    [
        *("run-ok", "run-ok-empty-body", "run-ok-many", "run-objectvar-by-dict", "run-by-name"),
        *("run-bad-queue", "run-two-queues", "run-data-not-dict", "run-unknown-variable"),
        *("run-missing-required", "run-bad-values", "run-bad-uuid", "run-missing-job"),
        *("run-multiobjectvar-by-dicts", "run-disabled", "run-no-worker"),
    ],
)
def test_running_answers_as_clients_know_it(scene: Scene, name: str) -> None:
    theirs = fixture(name)
    path = _our_path(scene, theirs["request"]["path"])
    body = _our_body(scene, theirs["request"].get("body"))
    if name == "run-disabled":
        Job.objects.update(enabled=False)
    if name == "run-no-worker":
        Worker.objects.all().delete()
    answer = scene.client.post(path, body, format="json")
    if name in ("run-bad-values", "run-no-worker"):
        # We say more than the peer does in these: an address without a mask, and what to do.
        check(answer, name) if name == "run-no-worker" else _says_at_least(answer, theirs)
    elif answer.status_code == 201:
        check(answer, name)
    else:
        exact(answer, name)


@pytest.mark.parametrize(
    "name",
    [
        *("crontab", "daily", "future", "immediately"),
        *("bad-crontab", "bad-interval", "no-name", "past"),
    ],
)
def test_scheduling_answers_as_clients_know_it(scene: Scene, name: str) -> None:
    theirs = fixture(f"run-schedule-{name}")
    path = _our_path(scene, theirs["request"]["path"])
    answer = scene.client.post(path, theirs["request"]["body"], format="json")
    # The peer's sentence about a crontab is one for programmers.
    (check if answer.status_code == 201 or name == "bad-crontab" else exact)(
        answer, f"run-schedule-{name}"
    )
    Worker.objects.all().delete()
    body = fixture("run-no-worker-scheduled")["request"]["body"]
    check(scene.client.post(path, body, format="json"), "run-no-worker-scheduled")


def test_schedules_look_as_clients_know_them(scene: Scene) -> None:
    body = fixture("run-schedule-daily")["request"]["body"]
    url = f"/api/extras/jobs/{scene.noop.pk}/run/"
    made = scene.client.post(url, body, format="json").json()["scheduled_job"]
    url = "/api/extras/scheduled-jobs/"
    own = f"{url}{made['id']}/"
    for address, name in ((own, ""), (f"{own}?depth=1", "-depth1")):
        theirs = fixture(f"scheduled-job-detail{name}")["response"]["body"]
        ours = scene.client.get(address).json()
        # As its database had sorted them.
        assert ours.pop("celery_kwargs").keys() == theirs.pop("celery_kwargs").keys()
        compare(ours, theirs)
    assert list(scene.client.get(url).json()["results"][0]) == list(made)
    exact(scene.client.patch(own, {"enabled": False}, format="json"), "scheduled-job-patch")
    exact(scene.client.post(url, {}, format="json"), "scheduled-job-post-not-allowed")
    assert check(scene.client.delete(own), "scheduled-job-delete") is None


def _says_at_least(answer: Any, theirs: dict[str, Any]) -> None:
    assert answer.status_code == 400
    ours = answer.json()["errors"]
    for variable, sentences in theirs["response"]["body"]["errors"].items():
        assert ours.get(variable) == sentences, variable


def _our_path(scene: Scene, path: str) -> str:
    many = "c8d41f38-4a0a-4aef-be16-9cd80ee7922f"
    if MISSING in path or "Bench" in path:
        return path
    return f"/api/extras/jobs/{(scene.many if many in path else scene.noop).pk}/run/"


def _our_body(scene: Scene, body: Any) -> Any:
    queue = "f892833f-5d71-4671-a56a-70dcb504ec11"
    return json.loads(json.dumps(body).replace(queue, str(scene.queue.pk)))


@pytest.mark.parametrize("name", ["run-missing-object", "run-bad-ip"])
def test_what_breaks_the_peer_is_a_400_here(scene: Scene, name: str) -> None:
    body = fixture(name)["request"]["body"]
    answer = scene.client.post(f"/api/extras/jobs/{scene.many.pk}/run/", body, format="json")
    assert (answer.status_code, list(answer.json())) == (400, ["errors"])


def test_broken_bodies_answer_as_clients_know_it(scene: Scene) -> None:
    url = f"/api/extras/jobs/{scene.noop.pk}/run/"
    exact(scene.client.post(url, "{bad", content_type="application/json"), "run-bad-json")
    exact(scene.client.post(url, "x", content_type="text/plain"), "run-bad-content-type")
    exact(APIClient().post(url, {"data": {}}, format="json"), "run-no-token")


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("result-detail", {}),
        ("result-detail-depth1", {}),
        ("result-detail-failed-fail", {"status": "FAILURE", "result": {"soft": True}}),
        ("result-detail-soft-limit", {"status": "FAILURE", "traceback": "Traceback"}),
        (
            "result-detail-running",
            {"status": "STARTED", "date_done": None, **dict.fromkeys(COUNTS)},
        ),
    ],
)
def test_a_result_looks_as_clients_know_it(scene: Scene, name: str, fields: Any) -> None:
    url = f"/api/extras/job-results/{scene.result(**fields).pk}/"
    check(scene.client.get(url + ("?depth=1" if "depth1" in name else "")), name)


def test_lists_of_results_look_as_clients_know_them(scene: Scene) -> None:
    scene.result(status="FAILURE", traceback="x")
    url = "/api/extras/job-results/"
    ours = scene.client.get(f"{url}?status=FAILURE").json()
    theirs = fixture("results-list-filter-status")["response"]["body"]
    compare(ours["results"], theirs["results"])
    exact(scene.client.get(f"{url}?status=NONSENSE"), "results-list-filter-bad-status")
    exact(scene.client.get(f"{url}{MISSING}/"), "result-missing")


def test_logs_look_as_clients_know_them(scene: Scene) -> None:
    result = scene.result()
    check(scene.client.get(f"/api/extras/job-results/{result.pk}/logs/"), "result-logs")
    url = f"/api/extras/job-logs/?job_result={result.pk}&log_level=warning"
    check(scene.client.get(url), "job-logs-filter")


def test_cancelling_answers_as_clients_know_it(scene: Scene) -> None:
    done = scene.result(status="REVOKED")
    url = f"/api/extras/job-results/{done.pk}"
    exact(scene.client.post(f"{url}/cancel/", {}, format="json"), "result-cancel-again")
    assert check(scene.client.delete(f"{url}/"), "result-delete") is None
    running = scene.result(status="STARTED", date_done=None, **dict.fromkeys(COUNTS))
    url = f"/api/extras/job-results/{running.pk}/cancel/"
    preview = check(scene.client.get(url), "result-cancel-preview")
    assert preview["job_status"] == "RUNNING"
    ours = scene.client.post(url, {}, format="json").json()
    theirs = fixture("result-cancel")["response"]["body"]
    assert list(ours)[: len(theirs)] == list(theirs)


@pytest.mark.parametrize(
    ("name", "path", "accept"),
    [
        ("api-status", "/api/status/", "*/*"),
        ("status-no-worker", "/api/status/", "*/*"),
        ("api-version-header", "/api/status/", "application/json; version=3.0"),
        ("api-version-bad", "/api/status/", "application/json; version=9.9"),
        ("not-found-route", "/api/extras/nonsense/", "*/*"),
        ("job-queues-list", "/api/extras/job-queues/", "*/*"),
    ],
)
def test_the_rest_of_the_tree_answers_as_clients_know_it(
    scene: Scene, name: str, path: str, accept: str
) -> None:
    answer = scene.client.get(path, HTTP_ACCEPT=accept)
    if name.startswith(("api-status", "status", "api-version-header")):
        assert list(answer.json())[:-1] == list(fixture(name)["response"]["body"])
        assert answer["API-Version"] == fixture(name)["response"]["headers"]["API-Version"]
    else:
        check(answer, name)


def test_without_a_token_the_answer_is_the_peers(scene: Scene) -> None:
    exact(APIClient().get("/api/extras/jobs/"), "api-no-token")
    wrong = APIClient(HTTP_AUTHORIZATION="Token wrong")
    exact(wrong.get("/api/extras/jobs/"), "api-bad-token")
