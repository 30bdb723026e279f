import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from descent.book.proof import proofs, proved
from descent.checks.catalogue import EXERCISES, VARIED
from descent.checks.exercise import Probe
from descent.checks.prove import holes, matrix, prove

STABLE = EXERCISES["largest_stable_lr"]
WRONG = {version.name: version for version in STABLE.wrong}


@pytest.fixture(scope="module")
def folder():
    """Where the site's page of proofs keeps them, for as long as what they prove is the same."""
    return proofs(Path(__file__).parents[2])


@pytest.mark.parametrize("label", VARIED)
def test_no_exercise_and_no_variant_has_a_hole(label, folder):
    assert holes([proved(VARIED[label], folder)]) == []


def holes_of(**changes):
    return holes([prove(replace(STABLE, **changes), right_seeds=3, wrong_seeds=1)])


def test_an_exercise_in_order_has_none():
    assert holes_of() == []


def test_finds_a_wrong_version_that_is_accepted():
    lucky = replace(WRONG["trace"], name="lucky", program=STABLE.right[0])
    found = holes_of(wrong=(*STABLE.wrong, lucky))
    assert "largest_stable_lr: lucky: accepted at level public, seed 0" in found
    assert "largest_stable_lr: lucky: not named" in found


def test_finds_a_wrong_version_that_is_named_as_another():
    twin = replace(WRONG["trace"], name="twin")
    assert holes_of(wrong=(*STABLE.wrong, twin)) == ["largest_stable_lr: twin: named 'trace'"]
    assert holes_of(wrong=(*STABLE.wrong, replace(twin, twins=("trace",)))) == []


def test_finds_a_wrong_version_without_a_name_of_its_own():
    random = replace(
        WRONG["trace"], name="random", program=lambda H: np.random.default_rng().random()
    )
    assert holes_of(wrong=(*STABLE.wrong, random)) == ["largest_stable_lr: random: not named"]


def test_finds_a_dead_probe():
    double = replace(STABLE.probes[0], name="once more")
    found = holes_of(probes=(*STABLE.probes, double))
    assert "largest_stable_lr: no wrong version is rejected by 'once more' alone" in found


def test_finds_a_dead_rule_on_arguments():
    versions = tuple(version for name, version in WRONG.items() if "in place" not in name)
    (found,) = holes_of(wrong=versions)
    assert "'the arguments are left as they were' alone" in found


def test_a_test_rejects_only_what_it_rejects_under_every_seed():
    def seldom_wrong_on_diagonals(H):
        diagonal = np.count_nonzero(H) <= len(H)
        return STABLE.reference(H) if diagonal and H[0, 0] < 19 else 0.0

    version = replace(WRONG["trace"], program=seldom_wrong_on_diagonals)
    (row,) = prove(replace(STABLE, wrong=(version,)), right_seeds=0).rows
    assert row.rejected_by == {"random Hessians"}


def test_finds_a_right_version_that_is_refused():
    found = holes_of(right=(*STABLE.right[:4], WRONG["trace"].program))
    assert len(found) == 3  # one for each seed
    assert all(re.match("largest_stable_lr: right version 4 refused", line) for line in found)


def test_finds_a_right_version_that_is_refused_now_and_then():
    def often_right(H):
        return STABLE.reference(H) if H[0, 0] < 18 else 0.0

    found = holes([prove(replace(STABLE, right=(*STABLE.right[:4], often_right)), wrong_seeds=1)])
    assert 0 < len(found) < 50


def test_asks_for_five_right_versions():
    assert holes_of(right=STABLE.right[:4]) == [
        "largest_stable_lr: only 4 right versions, at least 5 wanted"
    ]


def test_finds_a_probe_whose_cases_fit_the_tolerance_badly():
    flat = Probe("flat", 0.5, lambda rng: (np.diag([rng.uniform(1e-9, 1), 1.0]),))
    assert holes_of(probes=(flat, *STABLE.probes[1:])) != []


def test_matrix_shows_who_rejects_whom():
    text = matrix([prove(STABLE, right_seeds=1, wrong_seeds=1)])
    assert f"largest_stable_lr: {len(STABLE.wrong)} wrong, 5 right versions" in text
    assert re.search(r"one over L +\(1\) \(2\) \(3\)  \.   rejected and named", text)
    assert re.search(r"symmetrised in place +\.   \.   \.  \(4\)  rejected and named", text)
    broken = replace(STABLE, wrong=(replace(WRONG["trace"], program=STABLE.right[0]),))
    assert "accepted at level public" in matrix([prove(broken, right_seeds=1, wrong_seeds=1)])
