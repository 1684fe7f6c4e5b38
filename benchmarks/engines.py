"""The same server under each engine, one after the other on one machine; prints JSON.

python benchmarks/engines.py [--postgres postgres://postgres@127.0.0.1:5432/postgres]
    [--redis redis://127.0.0.1:6379/9] [--rabbitmq amqp://guest:guest@127.0.0.1:5672//]
    [--port 8112] [--runs 300]

Each is a real ``jobsmith up`` on an empty home and, but for the first, a PostgreSQL database of its
own, which is dropped afterwards. Times are milliseconds, rates are runs a second.
"""

import argparse
import json
import os
import platform
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from doors import JOBS, ROUNDS, Server, _median_and_p95, _served


class OnPostgreSQL(Server):
    """Read from PostgreSQL."""

    def rows(self, query: str, *values: object) -> list[Any]:
        """Read the database."""
        with psycopg.connect(self._environ["DATABASE_URL"]) as connection:
            return connection.execute(query.replace("?", "%s"), values).fetchall()


def main() -> None:
    """Measure and print."""
    options = _options()
    found = {}
    for name, engine, broker in (
        ("local on SQLite", "local", ""),
        ("local on PostgreSQL", "local", ""),
        ("Celery on Redis and PostgreSQL", "celery", options.redis),
        ("Celery on RabbitMQ and PostgreSQL", "celery", options.rabbitmq),
    ):
        given = {"JOBSMITH_ENGINE": engine, "JOBSMITH_BROKER_URL": broker}
        with _database(options.postgres if "PostgreSQL" in name else "") as url:
            found[name] = _measure(options, given | ({"DATABASE_URL": url} if url else {}))
    machine = {
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
    }
    print(json.dumps({"machine": machine, "runs": options.runs, "engines": found}, indent=1))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", default="postgres://postgres@127.0.0.1:5432/postgres")
    parser.add_argument("--redis", default="redis://127.0.0.1:6379/9")
    parser.add_argument("--rabbitmq", default="amqp://guest:guest@127.0.0.1:5672//")
    parser.add_argument("--port", type=int, default=8112)
    parser.add_argument("--runs", type=int, default=300)
    return parser.parse_args()


@contextmanager
def _database(server: str) -> Iterator[str]:
    """The address of an empty database; none for SQLite."""
    if not server:
        yield ""
        return
    name = f"bench_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{server.rpartition('/')[0]}/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _measure(options: argparse.Namespace, given: dict[str, str]) -> dict[str, Any]:
    kind = OnPostgreSQL if "DATABASE_URL" in given else Server
    with tempfile.TemporaryDirectory(prefix="jobsmith-engines-") as folder:
        jobs = Path(folder) / "jobs"
        jobs.mkdir()
        (jobs / "bench.py").write_text(JOBS)
        given |= {"JOBSMITH_JOBS_ROOT": str(jobs), "JOBSMITH_ENABLED_ON_CREATE": "folder"}
        with _served(Path(folder) / "home", options.port, kind, **given) as server:
            server.sign_in()
            return _latency(server) | _drain(server, options.runs)


def _latency(server: Server) -> dict[str, float]:
    job, answered, started = server.job_id("NoOp"), [], []
    for number in range(ROUNDS):
        began = time.time()
        key = server.post_run(job)
        answered.append((time.time() - began) * 1000)
        time.sleep(0.15)
        server.wait_for_runs(number + 1)
        query = "SELECT result FROM jobsmith_jobresult WHERE id = ?"
        first_line = float(server.rows(query, key.replace("-", ""))[0][0])
        started.append((first_line - began) * 1000)
    both = (*_median_and_p95(answered), *_median_and_p95(started))
    names = ("answer median", "answer p95", "first line median", "first line p95")
    return {name: round(each, 1) for name, each in zip(names, both, strict=True)}


def _drain(server: Server, runs: int) -> dict[str, float]:
    """How fast a queue that is full empties."""
    job, worker = server.job_id("NoOp"), server.processes()["worker"]
    worker.suspend()
    with ThreadPoolExecutor(4) as clients:
        began = time.time()
        list(clients.map(lambda _: server.post_run(job), range(runs)))
        accepted = time.time() - began
    began = time.time()
    worker.resume()
    server.wait_for_runs(ROUNDS + runs)
    drained = time.time() - began
    return {
        "accepted a second": round(runs / accepted, 1),
        "drained a second": round(runs / drained, 1),
    }


if __name__ == "__main__":
    main()
