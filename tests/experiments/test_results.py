"""results/ holds what the experiments find today: the code is the same, and rows come out again."""

import hashlib
import json

import numpy as np
import pytest
from experiments import NAMES, fair_comparison
from experiments.runner import RESULTS, find

PATHS = {name: RESULTS / f"{name}.json" for name in NAMES}
STORED = {name: json.loads(path.read_text()) for name, path in PATHS.items() if path.exists()}


@pytest.mark.parametrize("name", NAMES)
def test_results_are_of_the_code_as_it_is(name):
    assert name in STORED, f"run python -m experiments {name}"
    experiment = find(name)
    assert STORED[name]["code"] == {"digest": experiment.digest, "of": list(experiment.code)}, (
        f"results/{name}.json is of other code: run python -m experiments {name}"
    )
    assert STORED[name]["command"] == f"python -m experiments {name}"
    assert set(STORED[name]["versions"]) == {"python", "numpy", "torch"}


@pytest.mark.parametrize("name", STORED)
def test_findings_follow_from_the_rows(name):
    rows = {json.dumps(row["settings"]): row["numbers"] for row in STORED[name]["rows"]}
    asked = []

    def ask(**settings):
        asked.append(json.dumps(settings))
        return rows[asked[-1]]

    found = json.loads(json.dumps(find(name).plan(ask)))
    assert asked == [json.dumps(row["settings"]) for row in STORED[name]["rows"]]
    assert_close(found, STORED[name]["findings"], 1e-4)


def assert_close(found, stored, tolerance):
    if isinstance(stored, dict):
        assert list(found) == list(stored)
        for name, value in stored.items():
            assert_close(found[name], value, tolerance)
    elif isinstance(stored, list):
        assert len(found) == len(stored)
        for one, other in zip(found, stored, strict=True):
            assert_close(one, other, tolerance)
    elif isinstance(stored, float):
        assert found == pytest.approx(stored, rel=tolerance, abs=1e-5)
    else:
        assert found == stored


@pytest.mark.parametrize("name", STORED)
def test_a_row_comes_out_again(name, monkeypatch):
    """Any row may be the one: which, the content of the file decides."""
    monkeypatch.setattr(fair_comparison, "EXECUTOR", "eager")  # saves compiling
    experiment, path = find(name), PATHS[name]
    rows = [
        row
        for row in STORED[name]["rows"]
        if all(row["settings"][key] == value for key, value in experiment.rerun.items())
    ]
    seed = int(hashlib.sha256(path.read_bytes()).hexdigest()[:8], 16)
    row = rows[np.random.default_rng(seed).integers(len(rows))]
    try:
        found = experiment.measure(**row["settings"])
    except FileNotFoundError as error:  # data that is not on this machine
        pytest.skip(str(error))
    assert experiment.tolerance
    for number, tolerance in experiment.tolerance.items():
        assert found[number] == pytest.approx(row["numbers"][number], rel=tolerance), row


@pytest.mark.parametrize("name", STORED)
def test_results_name_no_machine(name):
    text = PATHS[name].read_text()
    assert not [word for word in ("/home", "/root", "/tmp", "/work", "\\\\") if word in text]
