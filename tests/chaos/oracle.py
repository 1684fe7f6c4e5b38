"""What the journal says of what the database says."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, NamedTuple

from .journal import Line

FINAL = ("SUCCESS", "FAILURE", "REVOKED")


class Row(NamedTuple):
    """A run as its record tells of it."""

    status: str
    cause: str
    attempt: int
    name: str
    log_count: int
    created: Any
    done: Any
    worker: Any


@dataclass(slots=True)
class Verdict:
    """What came of it; clean when there is nothing in any list."""

    accepted: int = 0
    executions: int = 0
    ended: dict[str, int] = field(default_factory=dict)
    """How many runs ended how."""
    lost: list[str] = field(default_factory=list)
    """Accepted, and there is no record, or one that says it succeeded and it never reached its
    end."""
    stuck: list[str] = field(default_factory=list)
    """They have not come to an end."""
    doubled: list[str] = field(default_factory=list)
    """What was asked for once was begun twice."""
    overlapped: list[str] = field(default_factory=list)
    """Two executions of one run were alive at once."""
    changed: list[str] = field(default_factory=list)
    """They had ended, and then they had ended otherwise."""
    torn: list[str] = field(default_factory=list)
    """They succeeded, and lines of their log are missing."""
    unfounded: list[str] = field(default_factory=list)
    """They failed, and nobody had done anything to them."""
    misfired: list[str] = field(default_factory=list)
    """Due times and changes with no run, or with more than one."""
    worst_recovery: float = 0.0
    """Seconds from the last sign of life of a run that lost its process to its recorded end."""

    @property
    def faults(self) -> dict[str, list[str]]:
        """What must not be."""
        return {
            name: value for name, value in asdict(self).items() if value and type(value) is list
        }


def judge(
    accepted: Mapping[str, tuple[int, float]],
    lines: Iterable[Line],
    rows: Mapping[str, Row],
    *,
    changed: Iterable[str] = (),
    calm: bool = False,
) -> Verdict:
    """Compare; where it was ``calm``, nothing may have failed."""
    said = _by_run(lines)
    verdict = Verdict(accepted=len(accepted), executions=sum(map(len, said.values())))
    verdict.ended = dict(Counter(_how(each) for each in rows.values()))
    verdict.changed = list(changed)
    for run in accepted:
        if run not in rows:
            verdict.lost.append(f"{run}: accepted, and there is no record of it")
    for run, row in rows.items():
        _judge_row(verdict, run, row, said.get(run, {}), calm)
    _judge_executions(verdict, said)
    return verdict


Said = dict[int, list[Line]]
"""Lines of one run, by process."""


def _by_run(lines: Iterable[Line]) -> dict[str, Said]:
    found: dict[str, Said] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        found[line.run][line.pid].append(line)
    return found


def _how(row: Row) -> str:
    return f"{row.status} {row.cause}".strip()


def _judge_row(verdict: Verdict, run: str, row: Row, said: Said, calm: bool) -> None:
    reached = any(line.what == "end" for each in said.values() for line in each)
    if row.status not in FINAL:
        verdict.stuck.append(f"{run}: {row.status}")
    elif row.status == "SUCCESS" and not reached:
        verdict.lost.append(f"{run}: said to have succeeded, and it never reached its end")
    elif row.status == "SUCCESS" and row.name == "Note" and row.log_count < 2:
        verdict.torn.append(f"{run}: {row.log_count} lines of 2")
    elif row.status == "FAILURE" and calm:
        verdict.unfounded.append(f"{run}: {row.cause}")
    if row.status == "FAILURE" and said and row.done is not None:
        last = max(line.wall for each in said.values() for line in each)
        verdict.worst_recovery = max(verdict.worst_recovery, round(_wall(row.done) - last, 2))


def _judge_executions(verdict: Verdict, said: Mapping[str, Said]) -> None:
    asked: dict[int, list[str]] = defaultdict(list)
    for run, executions in said.items():
        for pid, lines in executions.items():
            asked[lines[0].number] += [f"{run} in process {pid}"]
        spans = sorted((each[0].monotonic, each[-1].monotonic) for each in executions.values())
        if any(later[0] < former[1] for former, later in pairwise(spans)):
            verdict.overlapped.append(f"{run}: {spans}")
    for number, begun in asked.items():
        if len(begun) > 1:
            verdict.doubled.append(f"{number}: {', '.join(begun)}")


def _wall(moment: Any) -> float:
    if isinstance(moment, datetime):
        return moment.timestamp()
    return datetime.fromisoformat(str(moment)).replace(tzinfo=UTC).timestamp()
