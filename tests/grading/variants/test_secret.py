import pytest

from descent.cli import main
from descent.grading.course import Course, CourseError
from descent.grading.variants import secret


@pytest.fixture
def course(tmp_path):
    course = Course(tmp_path / "course")
    course.root.mkdir()
    (course.root / "secret_seed").write_text("0123456789abcdef" * 2 + "\n")
    return course


def mode(path):
    return path.stat().st_mode & 0o777


def test_a_backup_is_for_its_owners_eyes_and_restores_the_secret(course, tmp_path):
    file, other = tmp_path / "kept", Course(tmp_path / "other")
    other.root.mkdir()
    saved = secret.backup(course, file)
    assert secret.restore(other, file) == saved == secret.fingerprint(course.seed)
    assert other.seed == course.seed
    assert (mode(file), mode(other.root / "secret_seed")) == (0o600, 0o600)


def test_the_same_secret_may_be_written_again(course, tmp_path):
    file = tmp_path / "kept"
    secret.backup(course, file)
    file.chmod(0o644)
    secret.backup(course, file)
    assert mode(file) == 0o600
    secret.restore(course, file)


def test_nothing_else_is_written_over(course, tmp_path):
    file = tmp_path / "letter"
    file.write_text("Dear Ada")
    with pytest.raises(CourseError, match="exists and holds something else"):
        secret.backup(course, file)
    assert file.read_text() == "Dear Ada"
    file.write_text("f" * 32)
    with pytest.raises(CourseError, match="exists and holds something else"):
        secret.restore(course, file)
    assert course.seed == "0123456789abcdef" * 2


def test_only_a_secret_is_restored(course, tmp_path):
    (course.root / "secret_seed").unlink()
    for content in ("", "Dear Ada", "0" * 31, "0" * 33, "\xff"):
        file = tmp_path / "letter"
        file.write_bytes(content.encode("latin-1"))
        with pytest.raises(CourseError, match=r"holds no secret|cannot be read"):
            secret.restore(course, file)
    with pytest.raises(CourseError, match="cannot be read"):
        secret.restore(course, tmp_path / "missing")
    assert not (course.root / "secret_seed").exists()


def test_what_cannot_be_written_is_said(course, tmp_path):
    with pytest.raises(CourseError, match="cannot be written"):
        secret.backup(course, tmp_path / "no" / "such" / "folder")


def test_a_fingerprint_gives_nothing_of_the_secret_away():
    prints = {secret.fingerprint(f"{k:032x}") for k in range(1000)}
    assert len(prints) == 1000
    assert not any(f"{k:032x}".startswith(p) for k, p in enumerate(sorted(prints)))


def test_the_command_prints_the_fingerprint(course, tmp_path, capsys):
    file = tmp_path / "kept"
    assert main(["secret", "backup", str(file), "--course", str(course.root)]) == 0
    assert secret.fingerprint(course.seed) in capsys.readouterr().out
    file.write_text("f" * 32)
    assert main(["secret", "restore", str(file), "--course", str(course.root)]) == 2
    assert "never written over" in capsys.readouterr().err
