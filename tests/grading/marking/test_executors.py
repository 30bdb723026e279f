"""Workers of this machine: where they run, what reaches them, and how they end."""

import contextlib
import multiprocessing
import os
import signal
import sys
import time
from concurrent.futures import wait

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from descent.grading.course import CourseError
from descent.grading.marking import worker
from descent.grading.marking.executors import Local, executor, lost
from descent.grading.marking.journal import library_digest
from descent.grading.sandbox.limits import Limits

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere workers are not placed")

meeting = {}  # which forked workers inherit


def place():
    """Of a worker; no other call is taken by it before all have met."""
    meeting["of all"].wait(60)
    return os.sched_getaffinity(0), os.sched_getscheduler(0)


@contextlib.contextmanager
def workers(jobs):
    """Ends them, also where a test fails."""
    local = Local(jobs)
    try:
        yield local
    finally:
        local.close(now=True)


def places(local):
    """The processors of each worker, all of which are asked at once: they are forked at the first call."""
    meeting["of all"] = multiprocessing.get_context("fork").Barrier(local.slots)
    found = [future.result() for future in [local.submit(place) for _ in range(local.slots)]]
    assert {policy for _, policy in found} == {os.SCHED_BATCH}
    return sorted(sorted(processors) for processors, _ in found)


@pytest.fixture(params=[1, 2])
def processors(request):
    """Those that this process may use: the first of the machine's, or the first two."""
    before, policy = os.sched_getaffinity(0), os.sched_getscheduler(0)
    if len(before) < request.param:
        pytest.skip("this machine has one processor")
    allowed = sorted(before)[: request.param]
    os.sched_setaffinity(0, allowed)
    yield allowed
    after = sorted(os.sched_getaffinity(0)), os.sched_getscheduler(0)
    os.sched_setaffinity(0, before)
    assert after == (allowed, policy)  # workers alone are moved


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_each_has_a_processor_of_its_own_where_there_are_as_many(processors, jobs):
    own = [[processor] for processor in processors]
    with workers(jobs) as local:
        assert places(local) == (own if jobs == len(processors) else [processors] * jobs)


def test_those_that_replace_the_dead_have_processors_of_their_own_again(processors):
    with workers(len(processors)) as local:
        died = local.submit(os._exit, 1)
        wait([died])
        assert lost(died.exception())
        assert places(local) == [[own] for own in processors]


@pytest.mark.parametrize("call", ["sched_setaffinity", "sched_setscheduler"])
def test_where_a_worker_may_not_be_moved_it_works_where_it_is(monkeypatch, call):
    def refused(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, call, refused)
    with workers(len(os.sched_getaffinity(0))) as local:
        assert local.submit(pow, 2, 3).result() == 8


@pytest.mark.parametrize("name", ["local", "dask"])
def test_an_interrupt_is_the_parents_business(name):
    if name == "dask":
        pytest.importorskip("distributed")
    one = executor(name, 1)
    try:
        pid = one.submit(os.getpid).result(60)
        os.kill(pid, signal.SIGINT)
        assert one.submit(os.getpid).result(60) == pid
    finally:
        one.close(now=True)


def test_a_worker_of_dask_that_is_killed_is_lost_as_one_of_this_machine_is():
    pytest.importorskip("distributed")
    import dask

    with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
        one = executor("dask", 1)
        try:
            assert lost(one.submit(os._exit, 1).exception(60))
            assert not lost(one.submit(int, "x").exception(60))
            assert not lost(None)
        finally:
            one.close(now=True)


def test_where_no_worker_of_dask_starts_that_is_one_sentence(monkeypatch):
    distributed = pytest.importorskip("distributed")

    def failing(**_):
        raise RuntimeError("Nanny failed to start.")

    monkeypatch.setattr(distributed, "LocalCluster", failing)
    with pytest.raises(CourseError, match="did not start: Nanny failed to start"):
        executor("dask", 1)


def test_those_at_work_are_ended_when_it_is_over_now():
    local = Local(2)
    pid = local.submit(os.getpid).result()
    for _ in range(4):
        local.submit(time.sleep, 600)
    local.close(now=True)
    assert not os.path.exists(f"/proc/{pid}")


def threads(terms):
    """Of a worker, once it can mark: those that a product of matrices takes."""
    threadpool_limits(2)
    worker.sandbox_level(terms)
    return {pool["num_threads"] for pool in threadpool_info()}


def test_matrices_take_one_thread_of_a_worker():
    terms = worker.Terms((), "", Limits(), 0, library_digest())
    with workers(1) as local:
        assert local.submit(threads, terms).result() == {1}
