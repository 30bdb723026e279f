"""Gradients and Hessians against complex steps, minimisers, curvature, torch."""

import numpy as np
import pytest
import torch

from descent.problems import (
    PROBLEMS,
    Problem,
    linear_regression,
    problem,
    quadratic,
    rotation,
    smoothness_bound,
    softmax_regression,
)

RNG = np.random.default_rng(1)
X, Y, LABELS = RNG.normal(size=(12, 3)), RNG.normal(size=12), np.arange(12) % 4
ALL = {
    **{name: maker() for name, maker in PROBLEMS.items()},
    "turned": quadratic(50, degrees=25, smallest=0.3, dim=5),
    "linear": linear_regression(X, Y),
    "softmax": softmax_regression(X, LABELS, weight_decay=0.3),
}
every_problem = pytest.mark.parametrize("name", ALL)
with_hessian = pytest.mark.parametrize("name", [name for name in ALL if ALL[name].hessian])


def points(toy: Problem) -> list[np.ndarray]:
    rng = np.random.default_rng(7)
    return [toy.start, *(rng.normal(size=toy.start.shape) for _ in range(3))]


def derivative(f, theta: np.ndarray) -> np.ndarray:
    """The derivative along each coordinate by a complex step: no cancellation, so exact to rounding."""
    steps = np.eye(theta.size).reshape(-1, *theta.shape)
    return np.array([np.imag(f(theta + 1e-30j * step)) / 1e-30 for step in steps])


@every_problem
def test_gradient(name):
    toy = ALL[name]
    for theta in points(toy):
        measured = derivative(toy.value, theta).reshape(theta.shape)
        np.testing.assert_allclose(toy.gradient(theta), measured, rtol=1e-11, atol=1e-13)


@every_problem
def test_gradient_by_central_differences(name):
    toy, h = ALL[name], 1e-5
    for theta in points(toy):
        for step in np.eye(theta.size).reshape(-1, *theta.shape):
            slope = (toy.value(theta + h * step) - toy.value(theta - h * step)) / (2 * h)
            assert slope == pytest.approx((toy.gradient(theta) * step).sum(), rel=1e-6, abs=1e-6)


@with_hessian
def test_hessian(name):
    toy = ALL[name]
    for theta in points(toy):
        measured = derivative(toy.gradient, theta)
        np.testing.assert_allclose(toy.hessian(theta), measured, rtol=1e-11, atol=1e-13)


@every_problem
def test_minimisers_are_minima(name):
    toy = ALL[name]
    assert bool(toy.minimisers) or name == "softmax"
    for point in toy.minimisers:
        np.testing.assert_allclose(toy.gradient(point), 0, atol=1e-11)
        assert np.linalg.eigvalsh(toy.hessian(point)).min() > 0
        nearby = point + 1e-3 * RNG.normal(size=(20, *point.shape))
        assert all(toy.value(point) < toy.value(other) for other in nearby)


@pytest.mark.parametrize("name", ["rosenbrock", "himmelblau", "beale", "quadratic"])
def test_known_minima_are_zero(name):
    for point in ALL[name].minimisers:
        assert ALL[name].value(point) == pytest.approx(0, abs=1e-24)


@every_problem
def test_torch_gives_the_same(name):
    toy = ALL[name]
    for point in points(toy):
        theta = torch.tensor(point, requires_grad=True)
        value = toy.value(theta)
        value.backward()
        assert value.item() == pytest.approx(float(toy.value(point)), rel=1e-13)
        np.testing.assert_allclose(theta.grad, toy.gradient(point), rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(
            toy.gradient(torch.tensor(point)), toy.gradient(point), rtol=1e-13, atol=1e-13
        )


@every_problem
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_in_dtype_out(name, dtype):
    toy = ALL[name]
    for theta in (toy.start.astype(dtype), torch.tensor(toy.start, dtype=getattr(torch, dtype))):
        assert toy.gradient(theta).dtype == theta.dtype
        assert toy.value(theta).dtype == theta.dtype


@every_problem
def test_start_is_given_afresh_and_arguments_stay(name):
    toy = ALL[name]
    theta = toy.start.copy()
    theta.setflags(write=False)
    toy.value(theta), toy.gradient(theta)
    assert np.isfinite(toy.value(theta))
    assert toy.window is None or len(toy.window) == 2


def test_whole_numbers_are_not_truncated():
    toy = quadratic()
    assert toy.value(np.array([1, 1])) == toy.value(np.array([1.0, 1.0])) == pytest.approx(2.1)
    with pytest.raises(TypeError, match="theta must hold floating-point numbers, got dtype torch"):
        toy.value(torch.tensor([1, 1]))


@pytest.mark.parametrize("degrees", [0, 30, -100])
@pytest.mark.parametrize("condition", [1, 20, 1e4])
def test_quadratic_has_the_curvature_asked_for(condition, degrees):
    toy = quadratic(condition, degrees=degrees, smallest=0.5, dim=4)
    np.testing.assert_allclose(toy.curvature(), (0.5, 0.5 * condition), rtol=1e-9)
    spectrum = np.linalg.eigvalsh(toy.hessian(toy.start))
    np.testing.assert_allclose(spectrum, 0.5 * np.geomspace(1, condition, 4), rtol=1e-9)


def test_the_running_toy():
    toy = problem("quadratic")
    np.testing.assert_array_equal(toy.hessian(toy.start), np.diag([0.2, 4.0]))
    np.testing.assert_array_equal(toy.start, [-5.0, -2.0])


def test_options_reach_the_maker():
    assert problem("quadratic", condition=50).curvature() == pytest.approx((0.2, 10.0))


@pytest.mark.parametrize(
    ("name", "start"),
    [("rosenbrock", [-1.2, 1.0]), ("himmelblau", [0.0, -1.0]), ("beale", [1.0, 1.0])],
)
def test_customary_starts(name, start):
    np.testing.assert_array_equal(problem(name).start, start)


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_window_shows_start_and_minimisers(name):
    toy = problem(name)
    for point in (toy.start, *toy.minimisers):
        for place, (low, high) in zip(point, toy.window, strict=True):
            assert low < place < high


def test_turning_the_valley_turns_everything():
    straight, turned, turn = quadratic(30), quadratic(30, degrees=40), rotation(40)
    theta = np.array([0.3, -0.8])
    assert turned.value(turn @ theta) == pytest.approx(straight.value(theta), rel=1e-13)
    np.testing.assert_allclose(turned.start, turn @ straight.start, rtol=1e-13)
    np.testing.assert_allclose(turn @ turn.T, np.eye(2), atol=1e-15)
    np.testing.assert_allclose(rotation(90) @ [1, 0], [0, 1], atol=1e-15)  # anticlockwise


def test_the_hessian_is_a_copy():
    toy = quadratic()
    toy.hessian(toy.start)[:] = 0
    np.testing.assert_array_equal(toy.hessian(toy.start), np.diag([0.2, 4.0]))


def test_linear_regression_finds_least_squares():
    np.testing.assert_allclose(ALL["linear"].minimisers[0], np.linalg.lstsq(X, Y)[0], rtol=1e-12)
    residual = X @ ALL["linear"].start - Y
    assert ALL["linear"].value(ALL["linear"].start) == pytest.approx((residual**2).mean())


def test_softmax_is_bounded_by_its_smoothness():
    toy, bound = ALL["softmax"], smoothness_bound(X, weight_decay=0.3)
    rng = np.random.default_rng(2)
    for _ in range(20):
        a, b = rng.normal(size=(2, 3, 4))
        change = np.linalg.norm(toy.gradient(a) - toy.gradient(b))
        assert change <= bound * np.linalg.norm(a - b)


def test_softmax_survives_huge_scores():
    toy = softmax_regression(X, LABELS)
    assert np.isfinite(toy.value(1e5 * np.ones((3, 4)) * np.arange(4)))
    assert toy.value(toy.start) == pytest.approx(np.log(4))


def test_curvature_elsewhere_and_where_it_is_unknown():
    rosenbrock = ALL["rosenbrock"]
    expected = np.linalg.eigvalsh(rosenbrock.hessian(np.array([0.5, 0.5])))[[0, -1]]
    assert rosenbrock.curvature(np.array([0.5, 0.5])) == pytest.approx(tuple(expected))
    with pytest.raises(ValueError, match="softmax regression: no Hessian"):
        ALL["softmax"].curvature()


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (
            lambda: problem("quadratik"),
            ValueError,
            "unknown problem 'quadratik' .did you mean 'quadratic'",
        ),
        (lambda: problem("xyz"), ValueError, "known: beale, himmelblau, quadratic, rosenbrock"),
        (lambda: quadratic(0.5), ValueError, "condition must be .* >= 1, got 0.5"),
        (lambda: quadratic(smallest=0), ValueError, "smallest must be .* > 0, got 0"),
        (lambda: quadratic(dim=1), ValueError, "dim must be at least 2, got 1"),
        (lambda: quadratic(dim=2.0), TypeError, "dim must be a whole number, got float"),
        (lambda: quadratic(degrees="30"), TypeError, "degrees must be a real number, got str"),
        (lambda: linear_regression(X, Y[:-1]), ValueError, r"got \(12, 3\) and \(11,\)"),
        (lambda: linear_regression(X[:0], Y[:0]), ValueError, r"n and d at least 1"),
        (lambda: linear_regression(X, Y[:, None]), ValueError, r"got \(12, 3\) and \(12, 1\)"),
        (lambda: linear_regression(X.astype(int), Y), TypeError, "X must hold floating-point"),
        (lambda: linear_regression(X, LABELS), TypeError, "y must hold floating-point"),
        (lambda: linear_regression(X * np.nan, Y), ValueError, "X must be finite"),
        (lambda: softmax_regression(X, Y), TypeError, "labels must be whole numbers, got dtype"),
        (lambda: softmax_regression(X, LABELS - 1), ValueError, "labels must be 0 or more, got -1"),
        (lambda: softmax_regression(X, LABELS, weight_decay=-1), ValueError, "weight_decay must"),
        (lambda: smoothness_bound(X, weight_decay=-1), ValueError, "weight_decay must"),
    ],
)
def test_bad_input(call, kind, words):
    with pytest.raises(kind, match=words):
        call()
