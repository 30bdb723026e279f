"""The runner on an experiment that costs nothing."""

import json
import math

import pytest
from experiments import runner
from experiments.runner import Experiment, run

CODE = ("experiments.runner:line",)


class Squares:
    """Squares 1, 2, 3, …, and counts how often it had to."""

    def __init__(self, upto, code=CODE, fails_at=None):
        self.asked, self.fails_at = [], fails_at
        self.experiment = Experiment(
            name="squares",
            about="squares numbers",
            minutes=0.1,
            measure=self.measure,
            plan=lambda ask: {"sum": sum(ask(x=x)["square"] for x in range(1, upto + 1))},
            table=lambda findings: f"the sum is {findings['sum']}",
            code=code,
        )

    def measure(self, x):
        if x == self.fails_at:
            raise KeyboardInterrupt
        self.asked.append(x)
        return {"square": x * x, "curve": [x, x * x]}


def go(squares, folder):
    said = []
    content = run(squares.experiment, folder / "results", folder / "cache", said.append)
    return content, said


def test_results_hold_every_row_and_where_they_come_from(tmp_path):
    content, said = go(Squares(3), tmp_path)
    assert json.loads((tmp_path / "results" / "squares.json").read_text()) == content
    assert content["findings"] == {"sum": 14}
    assert [row["settings"] for row in content["rows"]] == [{"x": 1}, {"x": 2}, {"x": 3}]
    assert content["rows"][1]["numbers"] == {"square": 4, "curve": [2, 4]}
    assert content["code"] == {"digest": Squares(3).experiment.digest, "of": list(CODE)}
    assert set(content["versions"]) == {"python", "numpy", "torch"}
    assert "x=2  ->  square=4" in said[1]
    assert "the sum is 14" in "\n".join(said)
    assert not list(tmp_path.rglob("*.part"))


def test_a_row_is_computed_once(tmp_path):
    stopped = Squares(5, fails_at=4)
    with pytest.raises(KeyboardInterrupt):
        go(stopped, tmp_path)
    assert stopped.asked == [1, 2, 3]
    assert not (tmp_path / "results").exists()
    resumed = Squares(5)
    content, said = go(resumed, tmp_path)
    assert resumed.asked == [4, 5]
    assert content["findings"] == {"sum": 55}
    assert ["kept" in text for text in said[:5]] == [True] * 3 + [False] * 2


@pytest.mark.parametrize("what", ["code", "version"])
def test_a_row_of_other_code_is_computed_again(tmp_path, monkeypatch, what):
    go(Squares(2), tmp_path)
    other = Squares(2, code=("experiments.runner:shown",) if what == "code" else CODE)
    if what == "version":
        monkeypatch.setattr(runner, "version", lambda name: "0")
    go(other, tmp_path)
    assert other.asked == [1, 2]


def test_what_is_no_json_number_is_not_written(tmp_path):
    squares = Squares(1)
    squares.measure = lambda x: {"square": math.nan}
    experiment = Experiment(**{**vars(squares.experiment), "measure": squares.measure})
    with pytest.raises(ValueError, match="JSON"):
        run(experiment, tmp_path / "results", tmp_path / "cache", print)
    assert not list(tmp_path.rglob("*.json"))
