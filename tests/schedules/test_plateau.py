"""Reduce on plateau: by hand, and against torch over random scores."""

import pickle

import numpy as np
import pytest

from descent.schedules import ReduceOnPlateau


def test_waits_for_patience_updates_in_a_row():
    plateau = ReduceOnPlateau(1.0, factor=0.5, patience=2)
    rates = [plateau.update(score) for score in [5, 6, 4, 4, 4, 4, 4, 3]]
    assert rates == [1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25]
    assert plateau.lr == 0.25
    assert plateau.best == 3


def test_a_gain_of_min_delta_or_less_is_none():
    plateau = ReduceOnPlateau(1.0, factor=0.5, patience=1, min_delta=0.25)
    assert [plateau.update(score) for score in [5, 4.75, 4.5]] == [1, 0.5, 0.5]
    assert plateau.best == 4.5  # measured from the best, not from the last


def test_stops_at_the_lowest_rate():
    plateau = ReduceOnPlateau(1.0, factor=0.1, patience=1, min_lr=0.05)
    assert [plateau.update(1) for _ in range(4)] == [1, 0.1, 0.05, 0.05]


def test_what_is_stored_goes_on_alike():
    scores = np.random.default_rng(0).normal(size=40)
    whole, part = (
        ReduceOnPlateau(1.0, patience=2, cooldown=3),
        ReduceOnPlateau(1.0, patience=2, cooldown=3),
    )
    expected = [whole.update(score) for score in scores]
    for score in scores[:17]:
        part.update(score)
    part = pickle.loads(pickle.dumps(part))
    assert [part.update(score) for score in scores[17:]] == expected[17:]


@pytest.mark.parametrize("patience", [1, 3])
@pytest.mark.parametrize("cooldown", [0, 1, 4])
@pytest.mark.parametrize("min_delta", [0.0, 0.3])
def test_equals_torch(patience, cooldown, min_delta):
    torch = pytest.importorskip("torch")
    sgd = torch.optim.SGD([torch.zeros(1)], lr=0.5)
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(
        sgd,
        factor=0.7,
        patience=patience - 1,
        threshold=min_delta,
        threshold_mode="abs",
        cooldown=cooldown,
        min_lr=1e-3,
        eps=0,
    )
    ours = ReduceOnPlateau(0.5, 0.7, patience, min_delta, cooldown, 1e-3)
    r = np.random.default_rng(1)
    for step, noise in enumerate(r.normal(size=200)):
        score = float(noise + 30 / (step + 1))
        theirs.step(score)
        assert ours.update(score) == pytest.approx(sgd.param_groups[0]["lr"], rel=1e-13)
    assert ours.lr < 0.5


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: ReduceOnPlateau(0), ValueError, "lr must be a finite number > 0"),
        (lambda: ReduceOnPlateau(1, factor=1), ValueError, "factor must be .* > 0 and < 1"),
        (lambda: ReduceOnPlateau(1, patience=0), ValueError, "patience must be at least 1"),
        (lambda: ReduceOnPlateau(1, min_delta=-1), ValueError, "min_delta must be .* >= 0"),
        (lambda: ReduceOnPlateau(1, cooldown=-1), ValueError, "cooldown must be at least 0"),
        (lambda: ReduceOnPlateau(1, min_lr=2), ValueError, "min_lr must be .* <= 1"),
        (lambda: ReduceOnPlateau(1).update(np.nan), ValueError, "score must be a finite number"),
    ],
)
def test_bad_input_is_named(call, error, said):
    with pytest.raises(error, match=said):
        call()
