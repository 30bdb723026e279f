import multiprocessing
import signal

import pytest

from descent.grading.course import CourseError
from descent.grading.marking.lock import locked


def hold(path, ready):
    with locked(path):
        ready.set()
        signal.pause()


def test_a_second_run_is_told_who_has_it(tmp_path):
    path = tmp_path / "journal" / "lock"
    with locked(path), pytest.raises(CourseError, match=r"Another run \(process \d+ on .*, since"):
        locked(path).__enter__()
    with locked(path):  # free again
        pass


def test_a_lock_dies_with_its_holder(tmp_path):
    context = multiprocessing.get_context("fork")
    ready = context.Event()
    holder = context.Process(target=hold, args=(tmp_path / "lock", ready))
    holder.start()
    assert ready.wait(20)
    with pytest.raises(CourseError, match=f"process {holder.pid} "):
        locked(tmp_path / "lock").__enter__()
    holder.kill()
    holder.join()
    with locked(tmp_path / "lock"):
        pass
