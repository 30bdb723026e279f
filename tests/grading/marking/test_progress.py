from descent.grading.marking.journal import Mark
from descent.grading.marking.progress import Progress, _words


def test_the_last_line_is_always_there_and_not_every_other(capsys):
    progress = Progress()
    for done in range(1, 101):
        progress(done, 100, Mark(f"student {done}", "02", "key", ()))
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].startswith("  100 of 100: student 100, 0.0")
    assert lines[-1].endswith("0 s left")
    assert len(lines) < 10


def test_durations_are_as_exact_as_estimates_are():
    assert [_words(x) for x in (4.4, 600, 9000)] == ["4 s", "10 min", "2.5 h"]
