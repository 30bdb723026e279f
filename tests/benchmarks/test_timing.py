"""The arithmetic of the benchmark; nothing here is timed."""

from benchmarks.timing import ratio, rounds, summary


def test_rounds_interleave_and_ratios_are_taken_round_by_round():
    times = {"a": [1.0, 2.0, 9.0], "b": [2.0, 2.0, 3.0]}
    assert ratio(times, "a", "b") == 1.0
    assert summary(times) == {"a": 2e6, "b": 2e6}
    calls = []
    rounds({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, count=2, seconds=0.0)
    assert calls == ["a"] * 3 + ["b"] * 3 + ["a", "b"] * 2
