"""Where submissions are marked: in processes of this machine, or on dask's workers, wherever these are."""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.queues import SimpleQueue
from typing import Any, Protocol

from descent.grading.course import CourseError

_WAIT = 60  # seconds within which a cluster must have a worker
_CALM = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"  # dask's workers run it first
_LOST = (BrokenProcessPool, CancelledError)


def lost(error: BaseException | None) -> bool:
    """Whether a future raised this because its worker has died; dask, which need not be installed, has a class for it."""
    return isinstance(error, _LOST) or type(error).__name__ == "KilledWorker"


class Executor(Protocol):
    """Runs functions elsewhere, several at a time."""

    @property
    def slots(self) -> int:
        """How many at a time."""
        ...

    def submit(self, function: Callable, /, *arguments: Any) -> Future:
        """Begins a call; function and arguments are picklable."""
        ...

    def close(self, *, now: bool) -> None:
        """Ends all workers: when they have done what they are at, or now."""
        ...


class Local:
    """Processes of this machine; they end with their parent. Those that died are replaced."""

    def __init__(self, jobs: int) -> None:
        self.slots = jobs
        self._pool = self._new()

    def _new(self) -> ProcessPoolExecutor:
        if sys.platform != "linux":
            context = multiprocessing.get_context("spawn")
            return ProcessPoolExecutor(self.slots, context, initializer=_begin)
        forked = multiprocessing.get_context("fork")
        places, processors = forked.SimpleQueue(), os.sched_getaffinity(0)
        for place in processors if len(processors) == self.slots else ():
            places.put(place)  # one for each worker
        return ProcessPoolExecutor(self.slots, forked, initializer=_settle, initargs=(places,))

    def submit(self, function: Callable, /, *arguments: Any) -> Future:
        """Begins a call in one of the processes."""
        try:
            return self._pool.submit(function, *arguments)
        except BrokenProcessPool:
            self._pool.shutdown(wait=False)
            self._pool = self._new()
            return self._pool.submit(function, *arguments)

    def close(self, *, now: bool) -> None:
        """Ends the processes."""
        workers = list((self._pool._processes or {}).values()) if now else []
        for worker in workers:
            worker.terminate()
        self._pool.shutdown(cancel_futures=True)


def _settle(places: "SimpleQueue[int]") -> None:
    """A worker and its children take turns: they need not interrupt each other, nor leave their processor.

    places: where there are as many processors as workers, one for each.
    """
    _begin()
    with contextlib.suppress(OSError):  # where that is not allowed
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        if not places.empty():
            os.sched_setaffinity(0, {places.get()})


def _begin() -> None:
    """A worker's first act: interrupts are its parent's business, and it ends when that does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


class Dask:
    """Dask's workers: those of the scheduler at `address`, or of a cluster of its own on this machine.

    Workers need no folder of the course: what they are to mark, and the secret from which the cases are
    drawn, comes to them with each call, over the cluster's own connections, and marks come back.
    """

    def __init__(self, address: str, jobs: int) -> None:
        try:
            from distributed import Client, LocalCluster
        except ImportError:
            raise CourseError(
                "--executor dask needs a package that is not installed here: pip install distributed"
            ) from None
        self._cluster = None
        if not address:
            nothing: Any = None  # no dashboard
            try:
                self._cluster = LocalCluster(
                    n_workers=jobs, threads_per_worker=1, dashboard_address=nothing, preload=[_CALM]
                )
            except RuntimeError as error:
                raise CourseError(
                    f"dask's workers did not start: {error} Nothing was graded."
                ) from None
        try:
            self._client = Client(address or self._cluster)
        except (OSError, ValueError) as error:
            raise CourseError(f"no dask scheduler answers at {address}: {error}") from None
        try:
            self._client.wait_for_workers(1, timeout=_WAIT)
        except TimeoutError:
            self.close(now=True)
            raise CourseError(
                f"the dask scheduler at {address} has no workers: start some, on machines that have this "
                "same library installed"
            ) from None
        self._pool = self._client.get_executor(pure=False)

    @property
    def slots(self) -> int:
        """The threads of all workers."""
        threads: Any = self._client.nthreads()
        return max(1, sum(threads.values()))

    def submit(self, function: Callable, /, *arguments: Any) -> Future:
        """Begins a call on one of the workers."""
        return self._pool.submit(function, *arguments)

    def close(self, *, now: bool) -> None:
        """Leaves the scheduler, and ends the cluster if it is its own."""
        self._client.close()
        if self._cluster:
            self._cluster.close()


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """An interrupt waits for the block's end: raised in a callback, as dask has one for Python's garbage, it would be lost."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    for number in came[:1]:
        signal.raise_signal(number)


def executor(name: str, jobs: int) -> Executor:
    """The executor of this name: "local", "dask", or "dask:" and a scheduler's address."""
    kind, _, address = name.partition(":")
    return Dask(address, jobs) if kind == "dask" else Local(jobs)
