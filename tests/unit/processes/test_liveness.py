"""Lock files tell who lives; those of the dead are removed, those of the living never."""

import os
from pathlib import Path
from threading import Thread

from jobsmith.processes.liveness import dead_workers, hold, is_held, lock_path, remove_unheld


def test_a_lock_that_is_held_is_not_removed(tmp_path: Path) -> None:
    path = lock_path(tmp_path, "a")
    descriptor = hold(path)
    assert not remove_unheld(path)
    assert is_held(path) is True
    assert dead_workers(tmp_path) == []
    os.close(descriptor)


def test_a_lock_that_was_let_go_is_removed_once(tmp_path: Path) -> None:
    path = lock_path(tmp_path, "a")
    os.close(hold(path))
    assert dead_workers(tmp_path) == ["a"]
    assert remove_unheld(path)
    assert not remove_unheld(path)
    assert is_held(path) is None


def test_who_locks_always_holds_the_file_that_has_the_name(tmp_path: Path) -> None:
    """Somebody sweeps all the time; a worker that starts meanwhile must not lose its lock."""
    path = lock_path(tmp_path, "a")
    stop: list[bool] = []

    def sweep() -> None:
        while not stop:
            remove_unheld(path)

    sweepers = [Thread(target=sweep) for _ in range(2)]
    for each in sweepers:
        each.start()
    try:
        for _ in range(300):
            descriptor = hold(path)
            assert os.path.samestat(path.stat(), os.fstat(descriptor))
            os.close(descriptor)
    finally:
        stop.append(True)
        for each in sweepers:
            each.join()


def test_a_lock_file_of_another_user_says_nothing(tmp_path: Path) -> None:
    path = lock_path(tmp_path, "a")
    os.close(hold(path))
    path.chmod(0)
    expected = False if os.geteuid() == 0 else None
    assert is_held(path) is expected
