from descent.checks.result import Result, Test
from descent.grading.marking.journal import Mark
from descent.grading.marking.table import table


def mark(student, state="failed", earned=0.0, message="", diagnosis="", **more):
    tests = (Test("t", 4.0, earned, False),)
    result = Result("f", state, 4.0, tests, message, diagnosis=diagnosis)
    return Mark(student, "02", "k", (result,), **more)


def test_every_student_has_a_line_that_says_what_there_is():
    lines = table(
        [
            mark("ada", "passed", 4.0, "Everything is right."),
            mark("b", diagnosis="ascent"),
            mark("c", earned=2.5, message="It raised ValueError."),
            mark("d", "not attempted", message="There is no answer here yet."),
            mark("e", "ungradable", reason="The file is empty."),
            mark("f", "passed", 4.0, remarks=("The file is called x.",)),
        ]
    ).splitlines()
    assert [" ".join(line.split()) for line in lines] == [
        "student mark Q1",
        "ada 4/4 4",
        "b 0/4 0 Q1: ascent",
        "c 2.5/4 2.5 Q1: It raised ValueError.",
        "d 0/4 -",
        "e ungradable - The file is empty.",
        "f 4/4 4 The file is called x.",
        "",
        "Q1 is f",
        "Marks are the grader's; those by hand and late days count in the report and the exports.",
    ]
