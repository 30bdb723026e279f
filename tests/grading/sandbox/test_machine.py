"""How much of the machine may be used, also in a container."""

import os

import pytest

from descent.grading.sandbox import machine


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux says which")
def test_processors_are_those_that_may_be_used(tmp_path):
    before = os.sched_getaffinity(0)
    assert machine.processors(tmp_path) == len(before)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert machine.processors(tmp_path) == 1
    finally:
        os.sched_setaffinity(0, before)


@pytest.mark.parametrize(
    ("quota", "share"),
    [("max", None), ("-1", None), ("50000", 1), ("100000", 1), ("150000", 2), ("9900000", 99)],
)
def test_a_containers_share_of_the_processors_counts(tmp_path, monkeypatch, quota, share):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)), raising=False)
    new, old = tmp_path / "new", tmp_path / "old" / "cpu"
    new.mkdir()
    (new / "cpu.max").write_text(f"{quota} 100000\n")
    old.mkdir(parents=True)
    (old / "cpu.cfs_quota_us").write_text(f"{quota}\n")
    (old / "cpu.cfs_period_us").write_text("100000\n")
    for container in (new, old.parent):
        assert machine.processors(container) == min(64, share or 64)


def test_a_containers_limit_of_memory_counts(tmp_path):
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable: 1048576 kB\n")

    def free(folder):
        return machine.free_memory(folder, tmp_path / "meminfo")

    assert free(tmp_path) == 2**30
    new, old = tmp_path / "new", tmp_path / "old" / "memory"
    old.mkdir(parents=True)
    new.mkdir()
    for folder, most, used in (
        (new, "memory.max", "memory.current"),
        (old, "memory.limit_in_bytes", "memory.usage_in_bytes"),
    ):
        (folder / most).write_text(f"{100 * 2**20}\n")
        (folder / used).write_text(f"{60 * 2**20}\n")
        (folder / "memory.stat").write_text(f"cache 7\ninactive_file {5 * 2**20}\n")
    assert free(new) == free(old.parent) == 45 * 2**20
    (new / "memory.max").write_text("max\n")
    assert free(new) == 2**30
    assert machine.free_memory(new, tmp_path / "absent") is None
