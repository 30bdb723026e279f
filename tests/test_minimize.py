"""How a run begins, goes on and ends; what it says about bad input."""

import tracemalloc

import numpy as np
import pytest
import torch

from descent import RULES, Trajectory, minimize, problem
from descent.minimize import follow
from descent.problems import Problem, softmax_regression

GD, TOY = RULES["gradient_descent"], problem("quadratic")


def test_every_iterate_is_the_one_that_the_formula_gives():
    run = minimize(GD, TOY, lr=0.3, steps=4)
    H, theta = TOY.hessian(TOY.start), TOY.start
    for k in range(5):
        np.testing.assert_allclose(run.iterates[k], theta, rtol=1e-14)
        assert run.losses[k] == pytest.approx(theta @ H @ theta / 2, rel=1e-14)
        assert run.gradient_norms[k] == pytest.approx(np.linalg.norm(H @ theta), rel=1e-14)
        theta = theta - 0.3 * H @ theta
    assert (run.stopped, run.steps) == ("steps", 4)
    np.testing.assert_array_equal(run.final, run.iterates[-1])
    np.testing.assert_allclose(run.distances(np.zeros(2)), np.linalg.norm(run.iterates, axis=1))


def test_no_steps_give_the_start_alone():
    run = minimize(GD, TOY, lr=0.3, steps=0)
    np.testing.assert_array_equal(run.iterates, [TOY.start])
    assert (run.stopped, run.steps, run.diverged) == ("steps", 0, False)


@pytest.mark.parametrize("name", RULES)
def test_every_rule_descends(name):
    lr = 1.0 if name == "adadelta" else 0.05
    run = minimize(RULES[name], TOY, lr=lr, steps=400)
    assert run.stopped in {"steps", "gradient"}
    assert run.losses[-1] < run.losses[0] * (0.99 if name == "adadelta" else 0.2)


def test_stops_at_a_small_gradient():
    run = minimize(GD, TOY, lr=0.3, steps=10_000, gradient_tolerance=1e-3)
    assert run.stopped == "gradient"
    assert run.gradient_norms[-1] <= 1e-3 < run.gradient_norms[-2]


def test_stops_at_a_small_loss():
    run = minimize(GD, TOY, lr=0.3, steps=10_000, loss_tolerance=0.5)
    assert run.stopped == "loss"
    assert run.losses[-1] <= 0.5 < run.losses[-2]
    exactly = minimize(GD, TOY, lr=0.3, loss_tolerance=run.losses[-1])
    assert exactly.steps == run.steps


def test_a_start_at_the_minimum_stays():
    run = minimize(GD, TOY, lr=0.3, start=np.zeros(2))
    assert (run.stopped, run.steps) == ("gradient", 0)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("surface", ["quadratic", "rosenbrock", "beale"])
@pytest.mark.parametrize("lr", [3.0, 1e8, 1e300])
def test_divergence_is_said_and_never_nan(name, surface, lr):
    run = minimize(RULES[name], problem(surface), lr=lr, steps=300)
    for record in (run.iterates, run.losses, run.gradient_norms):
        assert np.isfinite(record).all()
        assert len(record) == run.steps + 1
    if name == "gradient_descent":
        assert run.diverged
        assert run.stopped == "diverged"
        assert run.steps < 300


def test_torch_diverges_in_words_too():
    start = torch.tensor(TOY.start)
    run = minimize(GD, TOY, lr=3.0, steps=300, start=start)
    assert run.diverged
    assert run.iterates.isfinite().all()


def test_a_gradient_whose_norm_overflows_is_divergence():
    steep = Problem("steep", lambda x: 1e-200 * x.sum(), lambda x: 1e200 * x, np.ones(2))
    with pytest.raises(ValueError, match="start must have a finite loss and gradient on steep"):
        minimize(GD, steep, lr=0.1)


def test_losses_may_be_python_floats():
    plain = Problem("plain", lambda x: float(x @ x), lambda x: 2 * x, np.ones(2))
    run = minimize(GD, plain, lr=0.25, steps=3)
    np.testing.assert_allclose(run.losses, 2 * 0.25 ** np.arange(4))


def test_a_schedule_is_asked_for_each_step_once_in_order():
    asked = []

    def lr(step):
        asked.append(step)
        return 0.3 / (step + 1)

    run = minimize(GD, TOY, lr=lr, steps=5)
    assert asked == [0, 1, 2, 3, 4]
    theta = TOY.start
    for step in range(5):
        theta = theta - 0.3 / (step + 1) * TOY.gradient(theta)
    np.testing.assert_allclose(run.final, theta, rtol=1e-13)


def test_a_schedule_may_rest():
    run = minimize(GD, TOY, lr=lambda step: 0.0, steps=3)
    np.testing.assert_array_equal(run.final, TOY.start)


def test_hyper_parameters_reach_the_rule_and_its_start():
    run = minimize(RULES["adagrad"], TOY, lr=0.1, steps=1, initial_accumulator=3.0, eps=0.0)
    grad = TOY.gradient(TOY.start)
    np.testing.assert_allclose(run.final, TOY.start - 0.1 * grad / (3 + grad**2) ** 0.5)


def test_lookahead_is_asked_at_its_query():
    seen = []
    spy = Problem("spy", TOY.value, lambda x: seen.append(x) or TOY.gradient(x), TOY.start)
    rule, hyper = RULES["nesterov_lookahead"], {"lr": 0.1, "beta": 0.5}
    run = minimize(rule, spy, steps=2, **hyper)
    v = TOY.gradient(TOY.start)
    ahead = run.iterates[1] - 0.1 * 0.5 * v
    assert any(np.allclose(point, ahead, rtol=1e-14) for point in seen)
    expected = run.iterates[1] - 0.1 * (0.5 * v + TOY.gradient(ahead))
    np.testing.assert_allclose(run.final, expected, rtol=1e-13)


@pytest.mark.parametrize("name", RULES)
def test_torch_walks_the_same_way(name):
    ours = minimize(RULES[name], TOY, lr=0.05, steps=30)
    theirs = minimize(RULES[name], TOY, lr=0.05, steps=30, start=torch.tensor(TOY.start))
    assert isinstance(theirs, Trajectory)
    for record in ("iterates", "losses", "gradient_norms"):
        np.testing.assert_allclose(
            getattr(theirs, record).numpy(), getattr(ours, record), rtol=1e-9, atol=1e-12
        )
    np.testing.assert_allclose(
        theirs.distances(torch.zeros(2)).numpy(), ours.distances(np.zeros(2)), rtol=1e-9
    )


@pytest.mark.parametrize("name", RULES)
def test_float32_stays_float32(name):
    for start in (TOY.start.astype("float32"), torch.tensor(TOY.start, dtype=torch.float32)):
        run = minimize(RULES[name], TOY, lr=lambda step: np.float64(0.05), steps=5, start=start)
        assert run.iterates.dtype == run.losses.dtype == run.gradient_norms.dtype == start.dtype


@pytest.mark.parametrize(("steps", "every"), [(10, 3), (9, 3), (2, 5), (0, 4), (7, 1)])
def test_a_thinned_run_is_the_same_run(steps, every):
    whole = minimize(RULES["adam"], TOY, lr=0.1, steps=steps)
    thin = minimize(RULES["adam"], TOY, lr=0.1, steps=steps, every=every)
    kept = sorted({*range(0, steps + 1, every), steps})
    assert thin.step_numbers.tolist() == kept
    assert (thin.steps, thin.stopped) == (whole.steps, whole.stopped)
    for record in ("iterates", "losses", "gradient_norms"):
        np.testing.assert_array_equal(getattr(thin, record), getattr(whole, record)[kept])


def test_a_thinned_run_keeps_the_point_where_it_stopped():
    whole = minimize(GD, TOY, lr=0.3, gradient_tolerance=1e-3)
    thin = minimize(GD, TOY, lr=0.3, gradient_tolerance=1e-3, every=1000)
    assert (thin.steps, len(thin.losses)) == (whole.steps, 2)
    np.testing.assert_array_equal(thin.final, whole.final)
    burst = minimize(GD, TOY, lr=3.0, steps=3000, every=1000)
    assert burst.diverged
    assert burst.steps == minimize(GD, TOY, lr=3.0, steps=3000).steps


def test_a_thinned_run_holds_what_it_keeps():
    wide = Problem("wide", lambda x: (x**2).sum() / 2, lambda x: x, np.ones(10_000))
    tracemalloc.start()
    minimize(GD, wide, lr=0.01, steps=500, every=250)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 15 * wide.start.nbytes  # 501 of them otherwise


def test_the_start_is_not_moved():
    start = np.array([1.0, 2.0])
    run = minimize(GD, TOY, lr=0.1, steps=3, start=start)
    np.testing.assert_array_equal(start, [1.0, 2.0])
    run.iterates[0] = 0
    np.testing.assert_array_equal(start, [1.0, 2.0])


def test_matrices_are_walked_too():
    rng = np.random.default_rng(0)
    X, labels = rng.normal(size=(9, 3)), np.arange(9) % 4
    run = minimize(GD, softmax_regression(X, labels, weight_decay=0.1), lr=0.5, steps=300)
    assert run.iterates.shape == (301, 3, 4)
    assert run.gradient_norms[-1] < 1e-3 < run.gradient_norms[0]
    away = np.linalg.norm(run.iterates[7] - run.final)
    assert run.distances(run.final)[7] == pytest.approx(away, rel=1e-14)


def test_a_thousand_steps_unless_told_otherwise():
    assert minimize(GD, TOY, lr=0.01).steps == 1000


def test_a_trajectory_is_a_record():
    run = minimize(GD, TOY, lr=0.3, steps=1)
    with pytest.raises(AttributeError):
        run.stopped = "loss"


def test_follow_walks_given_gradients():
    grads = np.array([[1.0, 2.0], [0.5, -1.0]])
    way = follow(RULES["momentum"], np.zeros(2), grads, lr=lambda k: 0.1 * (k + 1), beta=0.5)
    np.testing.assert_allclose(way, [[0, 0], [-0.1, -0.2], [-0.1 - 0.2 * 1.0, -0.2 - 0.2 * 0.0]])
    with pytest.raises(TypeError, match="momentum has no hyper-parameter 'rho'"):
        follow(RULES["momentum"], np.zeros(2), grads, lr=lambda k: 0.1, rho=0.5)


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        ({"lr": 0}, ValueError, "lr must be a finite number > 0, got 0"),
        ({"lr": -0.1}, ValueError, "lr must be a finite number > 0, got -0.1"),
        ({"lr": np.nan}, ValueError, "lr must be a finite number > 0, got nan"),
        ({"lr": np.inf}, ValueError, "lr must be a finite number > 0, got inf"),
        ({"lr": "0.1"}, TypeError, "lr must be a real number, got str: '0.1'"),
        ({"lr": lambda step: -1.0}, ValueError, r"lr\(0\) must be a finite number >= 0, got -1.0"),
        ({"lr": lambda step: None}, TypeError, r"lr\(0\) must be a real number, got NoneType"),
        ({"steps": -1}, ValueError, "steps must be at least 0, got -1"),
        ({"steps": 10.0}, TypeError, "steps must be a whole number, got float: 10.0"),
        (
            {"start": np.array([1, 2])},
            TypeError,
            "start must hold floating-point numbers, got dtype int64",
        ),
        ({"start": [1.0, 2.0]}, TypeError, "expected a NumPy array or a torch tensor, got list"),
        ({"start": np.array([1.0, np.nan])}, ValueError, "start must be finite"),
        (
            {"start": np.ones(3)},
            ValueError,
            r"start must have shape \(2,\) for quadratic.*, got \(3,\)",
        ),
        ({"every": 0}, ValueError, "every must be at least 1, got 0"),
        ({"beta": 0.9}, TypeError, "gradient_descent has no hyper-parameter 'beta'"),
        ({"gradient_tolerance": -1.0}, ValueError, "gradient_tolerance must be .* >= 0, got -1.0"),
        ({"loss_tolerance": np.nan}, ValueError, "loss_tolerance must be a finite number, got nan"),
        ({"rule": "adam"}, TypeError, "rule must be a rule of descent.RULES, .* got 'adam'"),
        ({"problem": "quadratic"}, TypeError, "problem must be a Problem, .* got 'quadratic'"),
    ],
)
def test_bad_input(arguments, kind, words):
    with pytest.raises(kind, match=words):
        minimize(**{"rule": GD, "problem": TOY, "lr": 0.1} | arguments)
