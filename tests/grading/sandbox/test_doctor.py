import pytest

from descent.grading.sandbox import doctor, ladder


def test_every_level_has_its_words():
    for level in ladder.NAMES:
        first = next(iter(doctor.rows(level)))
        assert f"level {level} of 3" in first.found
        assert bool(first.advice) == (level < 2)


@pytest.mark.parametrize(
    ("setting", "value", "found", "cure"),
    [
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "AppArmor", "userns,"),
        ("kernel/unprivileged_userns_clone", "0", "userns_clone is 0", "userns_clone=1"),
        ("user/max_user_namespaces", "0", "namespaces is 0", "max_user_namespaces=15000"),
        ("kernel/other", "0", "not allowed here", "container"),
    ],
)
def test_why_there_are_no_namespaces_and_what_to_do(
    tmp_path, monkeypatch, setting, value, found, cure
):
    monkeypatch.setenv(ladder.MOST_VARIABLE, "2")  # as if they were forbidden
    path = tmp_path / setting
    path.parent.mkdir()
    path.write_text(value + "\n")
    row = doctor._namespaces(tmp_path)
    assert found in row.found
    assert any(cure in line for line in row.advice)


def test_a_kernel_without_landlock(monkeypatch):
    monkeypatch.setattr(ladder, "landlock_version", lambda: 0)
    row = doctor._landlock()
    assert "no (" in row.found
    assert "5.13" in row.advice[0]


def test_a_kernel_without_filters(tmp_path):
    (tmp_path / "status").write_text("Name:\tx\nSeccomp:\t0\n")
    assert "no: without it" in doctor._filter(tmp_path / "status").found


def test_how_many_at_a_time_the_memory_allows(monkeypatch):
    monkeypatch.setattr(doctor.machine, "free_memory", lambda: 2**30)
    row = doctor._processors()
    assert "1.0 GiB of memory free" in row.found
    assert "--jobs 1 " in row.advice[0]
    monkeypatch.setattr(doctor.machine, "free_memory", lambda: None)
    assert doctor._processors().advice == ()


def test_what_is_not_there_is_said_with_the_way_to_it(monkeypatch):
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    monkeypatch.delenv("CXX", raising=False)
    assert "g++" in doctor._compiler().advice[0]
    assert "no Chromium" in doctor._browser().found
    assert doctor._commands().advice[0].startswith("for plain nbgrader: export PATH=")
    missing = doctor._library("nbgrader-that-is-not-there")
    assert missing.found == "not installed"
