"""A maintenance window without the maintenance: watch progress, warnings and cancel."""

import random
import time
from typing import Any

from jobsmith.jobs import BooleanVar, FloatVar, IntegerVar, Job, StringVar, Table, register_jobs

name = "Try it out"

HOLD = 0.1
"""Seconds between two looks at whether somebody pressed cancel."""


class Rehearsal(Job):
    """Takes as long as it is told to, says what it does, and can be stopped at any time."""

    title = StringVar(default="Rehearsal", max_length=60, regex=r"^[\w .,:-]+$")
    steps = IntegerVar(default=12, min_value=1, max_value=1000)
    seconds = FloatVar(
        label="Seconds a step", default=1.0, min_value=0.0, max_value=60, required=False
    )
    warnings = BooleanVar(
        default=True, description="Every fourth step has something to complain about."
    )
    end_badly = BooleanVar(description="The last step fails.")

    class Meta:
        name = "Maintenance rehearsal"
        description = "A slow job in many steps, to watch progress and warnings and to try cancel."
        read_only = True
        soft_time_limit = 3600
        time_limit = 3660

    def before_start(self, task_id: str, args: Any, kwargs: dict[str, Any]) -> None:
        self.logger.info("Checking that nobody else is in the room")

    def run(
        self, title: str, steps: int, seconds: float | None, warnings: bool, end_badly: bool
    ) -> Table:
        self.logger.info("%s: %d steps", title, steps)
        done: list[list[Any]] = []
        for step in range(1, steps + 1):
            self.progress(step - 1, steps, f"Step {step} of {steps}")
            took = self._wait(seconds or 0)
            if self.cancelled:
                self.logger.warning("Stopped on request in step %d; tidying up", step)
                break
            self._tell(step, took, warnings)
            done.append([step, f"{took:.2f} s"])
        else:
            self.progress(steps, steps, "All steps done")
        if end_badly:
            self.fail("The last step did not work, as you asked")
        return Table(["Step", "Took"], done, title=title)

    def _wait(self, seconds: float) -> float:
        """Pass the time in small pieces, so that cancel is noticed."""
        start = time.monotonic()
        end = start + seconds * random.uniform(0.7, 1.3)  # noqa: S311 - no secret depends on it
        while (left := end - time.monotonic()) > 0 and not self.cancelled:
            time.sleep(min(HOLD, left))
        return time.monotonic() - start

    def _tell(self, step: int, took: float, warnings: bool) -> None:
        group = {"grouping": f"step {step}", "object": f"host-{step:02d}"}
        self.logger.debug("Took %.3f s", took, extra=group)
        if warnings and step % 4 == 0:
            self.logger.warning("host-%02d answered slowly", step, extra=group)
        else:
            self.logger.success("host-%02d is ready", step, extra=group)

    def on_success(self, retval: Any, task_id: str, args: Any, kwargs: dict[str, Any]) -> None:
        self.logger.info("The window may be closed")


register_jobs(Rehearsal)
