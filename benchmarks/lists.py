"""How fast long lists answer on PostgreSQL, first page and last, for two users.

DATABASE_URL=postgres://… python benchmarks/lists.py seed [--results 1000000] [--logs 10000000]
DATABASE_URL=postgres://… python benchmarks/lists.py measure [--rounds 9]

`seed` makes an empty database of its own tables full; never name one that holds anything. One run
gets a tenth of all log lines. `measure` asks each address over the test client, in one process,
and prints the median in milliseconds and the number of queries.
"""

import argparse
import os
import statistics
import tempfile
import time
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jobsmith_server.settings.base")
os.environ.setdefault("JOBSMITH_HOME", tempfile.mkdtemp(prefix="jobsmith-bench-"))
os.environ.setdefault("JOBSMITH_SECRET_KEY", "benchmark-" + "x" * 40)
os.environ.setdefault("JOBSMITH_ALLOWED_HOSTS", "testserver")

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.contrib.contenttypes.models import ContentType  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from jobsmith.models import Job, JobLogEntry, JobQueue, JobResult, ObjectPermission  # noqa: E402

JOBS, USERS = 50, 20
INDEXES = ("jobsmith_log_text", "jobsmith_log_level")

RESULTS = """
INSERT INTO jobsmith_jobresult (id, job_model_id, name, task_name, user_id, date_created,
    date_started, date_done, status, cause, cause_detail, class_path, source, source_key,
    source_digest, source_label, task_args, task_kwargs, sealed_kwargs, celery_kwargs, priority,
    soft_time_limit, time_limit, console_log, door, waiting_reason, attempt, progress_text,
    canceled_by_user_name, cancel_type, log_count, console_count, result)
SELECT gen_random_uuid(), j.id, j.name, 'bench.Job', u.id, now() - n * interval '7 seconds',
    now() - n * interval '7 seconds', now() - n * interval '6 seconds',
    CASE WHEN n %% 50 = 0 THEN 'FAILURE' ELSE 'SUCCESS' END, '', '', 'bench.Job', 'local', 'folder',
    '', '', '[]', '{}', '', '{"queue": "default"}', 0, 0, 0, false, 'api', '', 1, '', '', '', 10, 0,
    '{"ok": true}'
FROM generate_series(1, %s) AS n
JOIN (SELECT id, name, row_number() OVER (ORDER BY name) - 1 AS k FROM jobsmith_job) j
    ON j.k = n %% %s
JOIN (SELECT id, row_number() OVER (ORDER BY username) - 1 AS k FROM users_user) u
    ON u.k = n %% %s
"""
LOGS = """
INSERT INTO jobsmith_joblogentry (id, job_result_id, seq, log_level, "grouping", message, created,
    log_object, absolute_url)
SELECT gen_random_uuid(), %s, n, CASE WHEN n %% 100 = 0 THEN 'error' ELSE 'info' END, 'run',
    'device ' || n || ' of rack ' || n %% 977 || ' answered ' || md5(n::text), now(), '', ''
FROM generate_series(1, %s) AS n
"""
MORE_LOGS = """
INSERT INTO jobsmith_joblogentry (id, job_result_id, seq, log_level, "grouping", message, created,
    log_object, absolute_url)
SELECT gen_random_uuid(), r.id, n, CASE WHEN n = 9 THEN 'warning' ELSE 'info' END, 'run',
    'step ' || n || ' of ' || r.name, r.date_created, '', ''
FROM (SELECT id, name, date_created FROM jobsmith_jobresult ORDER BY date_created DESC LIMIT %s) r
CROSS JOIN generate_series(1, 9) AS n
"""


def main() -> None:
    """Seed or measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("seed", "measure"))
    parser.add_argument("--results", type=int, default=1_000_000)
    parser.add_argument("--logs", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    assert connection.vendor == "postgresql", "this benchmark is about PostgreSQL"
    if options.what == "seed":
        seed(options.results, options.logs)
    else:
        measure(options.rounds)


def seed(results: int, logs: int) -> None:
    """Fill an empty database, indexes of log lines last."""
    call_command("migrate", verbosity=0)
    assert not JobResult.objects.exists(), "this database is not empty"
    _people_and_jobs()
    with connection.cursor() as cursor:
        _step("results", lambda: cursor.execute(RESULTS, [results, JOBS, USERS]))
        defined = _drop_indexes(cursor)
        long_run = JobResult.objects.order_by("-date_created").first()
        assert long_run is not None
        _step("one long log", lambda: cursor.execute(LOGS, [long_run.pk, logs // 10]))
        JobResult.objects.filter(pk=long_run.pk).update(name="long", log_count=logs // 10)
        others = (logs - logs // 10) // 9
        _step(
            "other logs",
            lambda: cursor.execute(
                MORE_LOGS.replace(
                    "FROM jobsmith_jobresult", "FROM jobsmith_jobresult WHERE name <> 'long'"
                ),
                [others],
            ),
        )
        for each in defined:
            _step("index", lambda each=each: cursor.execute(each))
        _step("vacuum", lambda: cursor.execute("VACUUM ANALYZE"))


def _people_and_jobs() -> None:
    users = get_user_model()
    users._default_manager.create_superuser("admin", password="benchmark-only")
    users._default_manager.bulk_create(users(username=f"user{n:02d}") for n in range(USERS - 1))
    queue = JobQueue.objects.get_or_create(name="default")[0]
    for number in range(JOBS):
        Job.objects.create(
            module_name="bench",
            job_class_name=f"Job{number}",
            name=f"Job {number:02d}",
            grouping="Bench",
            default_job_queue=queue,
            installed=False,
        )
    mine = users._default_manager.get(username="user07")
    for model, constraints in (
        (JobResult, {"user": "$user"}),
        (JobLogEntry, {"job_result__user": "$user"}),
        (Job, {"name__lt": "Job 10"}),
    ):
        right = ObjectPermission.objects.create(
            name=model.__name__, actions=["view"], constraints=constraints
        )
        right.object_types.add(ContentType.objects.get_for_model(model))
        right.users.add(mine)


def _drop_indexes(cursor: Any) -> list[str]:
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE indexname = ANY(%s)", [list(INDEXES)]
    )
    found = cursor.fetchall()
    for name, _ in found:
        cursor.execute(f"DROP INDEX {name}")
    return [definition for _, definition in found]


def _step(name: str, act: Any) -> None:
    began = time.monotonic()
    act()
    print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)


def measure(rounds: int) -> None:
    """Ask each address as both users."""
    for username in ("admin", "user07"):
        user = get_user_model()._default_manager.get(username=username)
        client = Client()
        client.force_login(user)
        print(f"\n{username}\n{'ms':>8} {'queries':>8}  count      address")
        for title, path in _addresses(user).items():
            print(_measured(client, title, path, rounds), flush=True)


def _addresses(user: Any) -> dict[str, str]:
    """First and last pages of results and logs, over REST and as pages."""
    own = JobResult.objects.all() if user.is_superuser else JobResult.objects.filter(user=user)
    total = own.count()
    job = own.exclude(name="long").order_by("-date_created").values_list("job_model").first()[0]
    of_job = own.filter(job_model=job).count()
    long_run = JobResult.objects.get(name="long")
    run = long_run if user.is_superuser else own.order_by("-date_created").first()
    assert run is not None
    lines = run.log_count
    rest, logs = "/api/extras/job-results/?limit=50", f"/api/extras/job-logs/?job_result={run.pk}"
    page = f"/runs/{run.pk}/log/"
    return {
        "results, first": rest,
        "results, last": f"{rest}&offset={max(0, total - 50)}",
        "results of a job, first": f"{rest}&job_model={job}",
        "results of a job, last": f"{rest}&job_model={job}&offset={max(0, of_job - 50)}",
        "failed results, first": f"{rest}&status=FAILURE",
        "log of a run, first": f"{logs}&limit=50",
        "log of a run, last": f"{logs}&limit=50&offset={max(0, lines - 50)}",
        "errors of a run": f"{logs}&limit=50&log_level=error",
        "text in a run": f"{logs}&limit=50&q=rack 123",
        "catalogue": "/",
        "catalogue, failing": "/?state=failing",
        "page of runs": "/runs/",
        "page of a job's runs": f"/runs/?job={job}",
        "page of a run": f"/runs/{run.pk}/",
        "its log, first": f"{page}?after=0&limit=500",
        "its log, last": f"{page}?after={max(0, lines - 500)}&limit=500",
        "its log, errors": f"{page}?after=0&limit=500&level=error",
        "its log, text": f"{page}?after=0&limit=500&q=rack 123",
    }


def _measured(client: Client, title: str, path: str, rounds: int) -> str:
    times, answer = [], client.get(path)
    for _ in range(rounds):
        began = time.perf_counter()
        answer = client.get(path)
        b"".join(answer.streaming_content) if answer.streaming else answer.content
        times.append((time.perf_counter() - began) * 1000)
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    count = answer.json().get("count", "") if "json" in answer["Content-Type"] else ""
    median = statistics.median(times)
    return f"{median:8.1f} {len(captured):8}  {count!s:10} {answer.status_code} {title}"


if __name__ == "__main__":
    main()
