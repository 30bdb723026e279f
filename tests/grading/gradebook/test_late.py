from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from descent.grading.course import Course, CourseError
from descent.grading.gradebook import late
from descent.grading.gradebook.records import opened

DUE = datetime(2026, 2, 1, 12)


@pytest.mark.parametrize(
    ("after", "days"), [(-5, 0), (0, 0), (1 / 3600, 1), (24, 1), (24.01, 2), (240, 10)]
)
def test_a_day_begun_is_a_day(after, days):
    assert late.days_late(DUE + timedelta(hours=after), DUE) == days


def test_what_is_not_known_is_not_late():
    assert late.days_late(None, DUE) == late.days_late(DUE, None) == 0


@pytest.mark.parametrize(
    ("days", "free", "used", "beyond"),
    [
        ([1, 0, 2], 0, [0, 0, 0], [1, 0, 2]),
        ([1, 0, 3], 2, [1, 1, 2], [0, 0, 2]),
        ([5], 9, [5], [0]),
        ([], 3, [], []),
    ],
)
def test_free_days_are_used_up_in_order(days, free, used, beyond):
    assert late.charged(days, free) == list(zip(used, beyond, strict=True))


def written(tmp_path, text):
    (tmp_path / "extensions.csv").write_text(text, encoding="utf-8")
    return late.extensions(Course(tmp_path), ["02", "03"])


def test_extensions_are_read_as_spreadsheets_write_them(tmp_path):
    granted = written(tmp_path, "\ufeffstudent,assignment,days\r\nada, 02 ,2\r\n\r\nbob,03,0.5\r\n")
    assert granted.of("ada", "02") == timedelta(days=2)
    assert granted.of("bob", "03") == timedelta(hours=12)
    assert granted.of("ada", "03") == timedelta(0)


def test_extensions_are_read_as_a_german_excel_writes_them(tmp_path):
    (tmp_path / "extensions.csv").write_bytes(
        "student;assignment;days\nzoë;02;2\n".encode("cp1252")
    )
    assert late.extensions(Course(tmp_path), ["02"]).of("zoë", "02") == timedelta(days=2)


def test_without_the_file_the_gradebook_keeps_its_own(tmp_path):
    assert late.extensions(Course(tmp_path), []) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "first line must be student,assignment,days"),
        ("who,what\n", "first line must be"),
        ("student,assignment,days\nada,04,1\n", "line 2: .*04"),
        ("student,assignment,days\nada,02,soon\n", "line 2: days must be a number .* 'soon'"),
        ("student,assignment,days\nada,02,-1\n", "days must be"),
        ("student,assignment,days\nada,02,nan\n", "days must be"),
        ('student,assignment,days\n"ada,02,1\n', "line 2: unexpected end of data"),
        ("student,assignment,days\nada,02\n", "line 2: expected student,assignment,days"),
    ],
)
def test_what_cannot_be_meant_is_said(tmp_path, text, said):
    with pytest.raises(CourseError, match=said):
        written(tmp_path, text)


@pytest.mark.parametrize(
    "said",
    [
        "soon",
        "2026-02-30 12:00",
        "2026-02-01 12:00 Nowhere",
        "",
        "2026-02-01",  # its first minute, or its last?
        "2026-02-01 Europe/Berlin",
        "2026-02-01 12:00+01:00 Europe/Berlin",
    ],
)
def test_when_it_is_due_must_be_a_time(tmp_path, said):
    with pytest.raises(CourseError, match="2026-02-01 23:59 Europe/Berlin"):
        late.due_time(Course(tmp_path), said)


@pytest.mark.parametrize(
    ("said", "hour"),
    [
        ("2026-07-01 23:59 Europe/Berlin", 21),
        ("2026-07-01 23:59+02:00", 21),
        ("2026-07-01T23:59Z", 23),
        ("2026-07-01 23:59", 23),
        ("2026-07-01 23:59 Europe/Lisbon", 22),
    ],
)
def test_when_it_is_due_is_meant_in_utc(tmp_path, said, hour):
    assert late.due_time(Course(tmp_path), said) == datetime(2026, 7, 1, hour, 59)


def test_the_course_has_a_clock_of_its_own(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text(
        "c = get_config()\nc.Descent.time_zone = 'Asia/Tokyo'"
    )
    course = Course(tmp_path)
    assert late.due_time(course, "2026-07-01 09:00") == datetime(2026, 7, 1)
    assert late.due_time(course, "2026-07-01 09:00 UTC") == datetime(2026, 7, 1, 9)


def test_when_it_is_due_stands_in_the_gradebook(tmp_path):
    late.set_due(Course(tmp_path), ["02"], DUE)
    with opened(Course(tmp_path)) as book:
        assert book.find_assignment("02").duedate == DUE


@pytest.mark.parametrize("change", [datetime(2026, 3, 28, 23, 59), datetime(2026, 10, 24, 23, 59)])
def test_a_day_ends_at_the_same_time_by_the_clock_where_clocks_change(change):
    berlin = ZoneInfo("Europe/Berlin")

    def utc(local):
        return local.replace(tzinfo=berlin).astimezone(UTC).replace(tzinfo=None)

    day, minute = timedelta(days=1), timedelta(minutes=1)
    for days in range(4):
        last = utc(change + days * day)
        assert late.days_late(last, utc(change), clock=berlin) == days
        assert late.days_late(last + minute, utc(change), clock=berlin) == days + 1
        assert late.days_late(last, utc(change), days * day, berlin) == 0
        assert late.days_late(last + minute, utc(change), days * day, berlin) == 1


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-02-01 12:00:00 UTC\nmore", DUE),
        ("\ufeff2026-02-01 12:00", DUE),
        ("2026-02-01T13:00:00+01:00", DUE),
        ("2026-02-01 13:00:00 Europe/Berlin", DUE),
        ("10", None),  # of this month, on the day that it is read
        ("01.02.2026 12:00", None),
        ("2026-02-01", None),
        ("2026-99-01 12:00", None),
        ("9" * 99, None),
        ("", None),
    ],
)
def test_when_it_came_is_what_can_mean_one_thing_alone(tmp_path, said, meant):
    folder = tmp_path / "submitted" / "ada" / "02"
    folder.mkdir(parents=True)
    assert late.handed_in(Course(tmp_path), "ada", "02") is None
    (folder / "timestamp.txt").write_text(said, encoding="utf-8")
    assert late.handed_in(Course(tmp_path), "ada", "02") == meant


@pytest.mark.parametrize("said", ["0001-01-01 00:00", "9999-12-31 23:59:59"])
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_the_ends_of_the_calendar_stop_nobodys_late_days(tmp_path, said, zone):
    note = tmp_path / "submitted" / "ada" / "02" / "timestamp.txt"
    note.parent.mkdir(parents=True)
    note.write_text(said)
    came = late.handed_in(Course(tmp_path), "ada", "02")
    assert late.days_late(came, DUE, clock=ZoneInfo(zone)) >= 0
