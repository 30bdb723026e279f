import functools

import pytest

import descent
from descent import check, hint
from descent.checks import EXERCISES
from descent.checks.notebook import SEED_VARIABLE, missing
from descent.checks.result import Result, Test

right = EXERCISES["largest_stable_lr"].reference


def test_finds_the_answer_in_the_notebook_that_calls():
    result = eval("check('largest_stable_lr')", {"check": check, "largest_stable_lr": right})
    assert (result.state, result.score) == ("passed", 2.0)


def test_takes_a_function_or_a_namespace():
    assert check("largest_stable_lr", right).state == "passed"
    assert check("largest_stable_lr", {"largest_stable_lr": right}).state == "passed"
    assert check("hand_step", 1.6).state == "passed"


def test_takes_callable_objects_defaults_and_decorated_functions():
    class Wall:
        def __call__(self, H, spare=None):
            return right(H)

    assert check("largest_stable_lr", Wall()).state == "passed"
    assert check("largest_stable_lr", functools.partial(lambda a, H: right(H), 1)).state == "passed"


def test_names_the_nearest_definition():
    result = check("largest_stable_lr", {"largest_stabel_lr": right})
    assert (result.state, result.score, result.points) == ("not attempted", 0.0, 2.0)
    assert "you have `largest_stabel_lr`; rename it" in result.message
    assert "has its cell been run?" in check("largest_stable_lr", {}).message
    assert "has its cell been run?" in missing("largest_stable_lr", ["_largest_stable_lr"]).message


@pytest.mark.parametrize("name", ["largest_stabel_lr", "", 3, None, ["list"], {}])
def test_unknown_names_are_answered_not_raised(name):
    result = check(name, right)
    assert (result.state, result.score) == ("ungradable", 0.0)
    assert result.message.startswith("unknown exercise")
    assert repr(result)
    assert result._repr_html_()


def test_unknown_names_come_with_the_nearest():
    assert "did you mean 'largest_stable_lr'?" in check("largest_stabel_lr", right).message


@pytest.mark.parametrize("level", ["secret", None, [1]])
def test_unknown_levels_are_answered_not_raised(level):
    result = check("largest_stable_lr", right, level=level)
    assert (result.state, result.score) == ("ungradable", 0.0)
    assert result.message.startswith("unknown level")


def test_hidden_cases_come_from_the_secret_seed(monkeypatch):
    seen = []

    def spy(H):
        seen.append(float(H.sum()))
        return right(H)

    def sums(level):
        seen.clear()
        check("largest_stable_lr", spy, level=level)
        return list(seen)

    without = sums("hidden")
    assert len(without) == 5 * len(sums("public"))
    monkeypatch.setenv(SEED_VARIABLE, "secret")
    public, secret = sums("public"), sums("hidden")
    assert secret != without
    monkeypatch.delenv(SEED_VARIABLE)
    assert sums("public") == public


def test_hints_go_from_the_first_to_the_last():
    hints = EXERCISES["gradient_descent"].hints
    assert hint("gradient_descent") == hints[0]
    assert [hint("gradient_descent", number) for number in (1, 2.0, 3)] == list(hints)


@pytest.mark.parametrize(
    ("name", "number", "said"),
    [
        ("gradient_descent", 0, "number must be 1 to 3 for gradient_descent, got 0"),
        ("gradient_descent", 4, "got 4"),
        ("gradient_descent", 1.5, "got 1.5"),
        ("gradient_decent", 1, "did you mean 'gradient_descent'?"),
    ],
)
def test_hints_that_do_not_exist_are_named(name, number, said):
    with pytest.raises(ValueError, match=said.replace("?", r"\?")):
        hint(name, number)


def test_the_package_offers_check_and_hint():
    assert descent.check is check
    assert descent.hint is hint


RESULT = Result(
    "scaled",
    "failed",
    3.0,
    (Test("<first>", 2.0, 2.0, True), Test("second", 1.0, 0.0, False, "2 < 3.")),
    message="It raised <Error>.",
    detail="Because.",
)


def test_reports_as_text():
    assert repr(RESULT).splitlines() == [
        "scaled: failed, 2 of 3 points",
        "It raised <Error>.",
        "Because.",
        "  ok   <first> (2/2)",
        "  FAIL second (0/1): 2 < 3.",
    ]


def test_a_test_that_passed_and_earned_nothing_says_why():
    tests = (Test("the rule", 2.0, 0.0, False, "Got 1."), Test("the rest", 1.0, 0.0, True))
    assert repr(Result("f", "failed", 3.0, tests)).splitlines()[1:] == [
        "  FAIL the rule (0/2): Got 1.",
        "  ok   the rest (0/1): counts once the first line is right",
    ]


def test_one_point_is_no_points():
    one = Result("f", "passed", 1.0, (Test("t", 1.0, 1.0, True),))
    assert repr(one).splitlines()[0] == "f: passed, 1 of 1 point"
    assert "1 of 1 point<" in one._repr_html_()


def test_reports_as_html_without_trusting_what_came_back():
    html = RESULT._repr_html_()
    assert "<strong>scaled</strong>: failed, 2 of 3 points" in html
    assert "It raised &lt;Error&gt;." in html
    assert "&lt;first&gt;" in html
    assert "<Error>" not in html


def test_scores_are_python_floats():
    assert type(RESULT.score) is float
    assert type(check("hand_step", 1.6).score) is float
    assert type(check("hand_step", 1.5).score) is float
