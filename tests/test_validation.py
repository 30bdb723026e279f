import numpy as np
import pytest

from descent.validation import mean_interval, t_quantile


@pytest.mark.parametrize(
    ("p", "degrees", "printed"),  # from the tables in Fisher & Yates (1963) and NIST
    [
        (0.975, 1, 12.7062047),
        (0.975, 4, 2.7764451),
        (0.975, 9, 2.2621572),
        (0.95, 9, 1.8331129),
        (0.995, 19, 2.8609346),
        (0.975, 1000, 1.9623391),
        (0.5, 5, 0.0),
    ],
)
def test_t_quantiles(p, degrees, printed):
    assert t_quantile(p, degrees) == pytest.approx(printed, rel=1e-7, abs=1e-12)


def test_interval_by_hand():
    mean, low, high = mean_interval(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    assert mean == 3
    assert (high - mean, mean - low) == pytest.approx((2.7764451 * (2.5 / 5) ** 0.5,) * 2)


@pytest.mark.parametrize(("n", "level"), [(5, 0.95), (10, 0.8)])
def test_intervals_cover_as_they_say(n, level):
    rng = np.random.default_rng(0)
    draws = 4000
    intervals = [mean_interval(rng.normal(size=n), level) for _ in range(draws)]
    covered = np.mean([low <= 0 <= high for _, low, high in intervals])
    assert abs(covered - level) < 4 * (level * (1 - level) / draws) ** 0.5


@pytest.mark.parametrize(
    ("samples", "error", "message"),
    [
        (np.array([1.0]), ValueError, r"shape \(n,\) with n >= 2, got \(1,\)"),
        (np.ones((2, 2)), ValueError, r"shape \(n,\) with n >= 2"),
        (np.array([1, 2]), TypeError, "samples must hold floating-point"),
        (np.array([1.0, np.nan]), ValueError, "samples must be finite"),
    ],
)
def test_bad_samples_are_named(samples, error, message):
    with pytest.raises(error, match=message):
        mean_interval(samples)


def test_bad_levels_are_named():
    for level in (0, 1, 95):
        with pytest.raises(ValueError, match="level must be"):
            mean_interval(np.ones(3), level)
