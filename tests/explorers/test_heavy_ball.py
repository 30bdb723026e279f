"""The closed forms of momentum on one eigen-mode, in Python and in JavaScript."""

import numpy as np
import pytest

from descent import RULES, minimize
from descent.explorers import heavy_ball
from descent.explorers.momentum_phases import MODE

PLACES = [(a, beta) for a in np.linspace(0.013, 4.19, 40) for beta in np.linspace(0, 0.98, 26)]
DOUBLE = [((1 + sign * beta**0.5) ** 2, beta) for sign in (-1, 1) for beta in (0.1, 0.36, 0.9)]


def _numpy(a, beta):
    return np.linalg.eigvals(np.array([[1 + beta - a, -beta], [1, 0]]))


def _by_height(values):
    return sorted(values, key=lambda z: (round(z.real, 9), z.imag))


@pytest.fixture(scope="module")
def javascript(in_node):
    code = "answer(given.map(([a, beta]) => [eigenvalues(a, beta), contraction(a, beta), region(a, beta)]));"
    return in_node("momentum_phases", code, PLACES + DOUBLE)


def test_eigenvalues_equal_numpys():
    for a, beta in PLACES:
        if abs((1 + beta - a) ** 2 - 4 * beta) < 1e-3:
            continue  # near a double eigenvalue NumPy loses half its digits
        ours, theirs = (_by_height(f(a, beta)) for f in (heavy_ball.eigenvalues, _numpy))
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


def test_eigenvalues_solve_the_equation_also_where_they_meet():
    for a, beta in PLACES + DOUBLE:
        first, second = heavy_ball.eigenvalues(a, beta)
        assert first + second == pytest.approx(1 + beta - a, rel=1e-12, abs=1e-12)
        assert first * second == pytest.approx(beta, rel=1e-12, abs=1e-12)
        assert abs(first) >= abs(second) * (1 - 1e-12)


def test_javascript_equals_python(javascript):
    for (a, beta), (values, factor, region) in zip(PLACES + DOUBLE, javascript, strict=True):
        theirs = [complex(*value) for value in values]
        ours = heavy_ball.eigenvalues(a, beta)
        # a rounding error d under a root that is nearly 0 becomes sqrt(d), as for NumPy
        slack = 1e-7 if (a, beta) in DOUBLE else 1e-12
        np.testing.assert_allclose(theirs, ours, rtol=slack, atol=slack)
        assert factor == pytest.approx(heavy_ball.contraction(a, beta), rel=slack)
        assert region == heavy_ball.region(a, beta)


def test_contraction_is_the_spectral_radius():
    for a, beta in PLACES:
        assert heavy_ball.contraction(a, beta) == pytest.approx(max(abs(_numpy(a, beta))), abs=1e-7)


def test_regions_are_told_by_the_eigenvalues():
    seen = set()
    for a, beta in PLACES:
        values = _numpy(a, beta)
        if max(abs(values)) >= 1:
            expected = "unstable"
        elif abs(values[0].imag) > 0:
            expected = "oscillating"
        else:
            expected = "monotone" if min(values.real) >= 0 and a < 1 else "alternating"
        assert heavy_ball.region(a, beta) == expected, (a, beta)
        seen.add(expected)
    assert all(heavy_ball.region(*place) == "critical" for place in DOUBLE[:3])
    assert seen | {"critical"} == set(heavy_ball.REGIONS)


def test_errors_do_what_their_region_says():
    for a, beta in PLACES:
        errors = minimize(RULES["momentum"], MODE, lr=a, beta=beta, steps=40).iterates[:, 0]
        errors = errors[np.abs(errors) > 1e-9]
        name = heavy_ball.region(a, beta)
        if name == "monotone":
            assert (np.diff(errors) < 0).all()
            assert (errors > 0).all()
        if name == "alternating":
            assert (errors[1:] * errors[:-1] < 0).all()


def test_names_stand_in_their_regions():
    for name, place in heavy_ball.PLACES.items():
        assert heavy_ball.region(*place) == name


@pytest.mark.parametrize("rate", heavy_ball.CONTRACTIONS)
def test_levels_hold_what_contracts_by_their_rate(rate):
    corners = np.array(heavy_ball.level(rate))
    for a, beta in corners:
        assert heavy_ball.contraction(a, beta) == pytest.approx(rate, abs=1e-7)
    (left, right), (outer_left, outer_right) = corners[:2, 0], corners[:1:-1, 0]
    for a, beta in PLACES:
        share = beta / rate**2
        inside = share <= 1 and left + share * (outer_left - left) <= a <= right + share * (
            outer_right - right
        )
        assert inside == (heavy_ball.contraction(a, beta) <= rate)


def test_best_beta_at_a_learning_rate_is_critical():
    for a in (0.01, 0.2, 1.0, 2.5, 3.6):
        betas = np.linspace(0, 0.99, 2000)
        found = betas[np.argmin([heavy_ball.contraction(a, beta) for beta in betas])]
        assert found == pytest.approx((1 - a**0.5) ** 2, abs=1e-3)
