"""Interleaved rounds, so that what else the machine does hits all competitors alike."""

import gc
import statistics
import time
from collections.abc import Callable, Mapping


def rounds(
    competitors: Mapping[str, Callable[[], None]], count: int = 30, seconds: float = 0.02
) -> dict[str, list[float]]:
    """Seconds of one call of each competitor, `count` times, in turns after two calls to warm up.

    Each turn repeats the call for about `seconds` and gives the mean.
    """
    repeats = {}
    for name, call in competitors.items():
        call()
        call()
        start = time.perf_counter()
        call()
        repeats[name] = max(1, round(seconds / (time.perf_counter() - start)))
    times: dict[str, list[float]] = {name: [] for name in competitors}
    gc.disable()
    try:
        for _ in range(count):
            for name, call in competitors.items():
                start = time.perf_counter()
                for _ in range(repeats[name]):
                    call()
                times[name].append((time.perf_counter() - start) / repeats[name])
    finally:
        gc.enable()
    return times


def summary(times: Mapping[str, list[float]]) -> dict[str, float]:
    """The median of each competitor, in microseconds."""
    return {name: round(1e6 * statistics.median(values), 2) for name, values in times.items()}


def ratio(times: Mapping[str, list[float]], name: str, to: str) -> float:
    """The median over the rounds of `name` divided by `to` in the same round."""
    return statistics.median(a / b for a, b in zip(times[name], times[to], strict=True))
