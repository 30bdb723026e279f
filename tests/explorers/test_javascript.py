"""The JavaScript's numbers are those of `descent`."""

import numpy as np
import pytest

from descent import RULES, minimize, problem
from descent.explorers import settings

STEPS = 100
HYPER = {
    "beta": 0.83,
    "rho": 0.91,
    "beta1": 0.71,
    "beta2": 0.93,
    "eps": 3e-3,
}  # no default anywhere
PAIRS = [(surface, method) for surface in settings.SURFACES for method in settings.METHODS]


def _run_of(surface, method):
    names = settings.METHODS[method][1]
    start = np.add(problem(surface).start, [0.31, -0.17]).tolist()
    rate = 0.37 * settings.learning_rate(surface, method)
    return {"start": start, "lr": rate, **{name: HYPER[name] for name in names}}


@pytest.fixture(scope="module")
def runs():
    return {f"{s} {m}": _run_of(s, m) for s, m in PAIRS}


@pytest.fixture(scope="module")
def javascript(in_node, runs):
    code = f"""
    const runs = Object.entries(given).map(([key, settings]) => {{
        const [surface, method] = key.split(" ");
        return [key, minimize(RULES[method], SURFACES[surface], {{ ...settings, steps: {STEPS} }})];
    }});
    answer(Object.fromEntries(runs));"""
    return in_node("trajectories", code, runs)


@pytest.mark.parametrize(("surface", "method"), PAIRS)
def test_runs_equal_descent(javascript, runs, surface, method):
    settings_ = dict(runs[f"{surface} {method}"])
    start = np.array(settings_.pop("start"))
    ours = minimize(RULES[method], problem(surface), steps=STEPS, start=start, **settings_)
    theirs = javascript[f"{surface} {method}"]
    assert not ours.diverged
    assert not theirs["diverged"]
    np.testing.assert_allclose(theirs["points"], ours.iterates, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(theirs["losses"], ours.losses, rtol=1e-12, atol=1e-12)
    moved = np.linalg.norm(ours.iterates[-1] - start)
    assert moved > 0.1  # a run that stands still would prove nothing


@pytest.mark.parametrize("method", settings.METHODS)
def test_single_steps_equal_descent_whatever_the_gradients(in_node, method):
    rng = np.random.default_rng(7)
    gradients = (rng.normal(size=(50, 2)) * 10.0 ** rng.integers(-6, 2, size=(50, 1))).tolist()
    gradients[3] = [0.0, 0.0]
    hyper = {"lr": 0.21, **{name: HYPER[name] for name in settings.METHODS[method][1]}}
    code = """
    const rule = RULES[given.method];
    const points = [0.5, -1.5].map((theta, i) => {
        let state = Array(rule.state).fill(0);
        return given.gradients.map((g, k) => {
            [theta, state] = rule.step(theta, g[i], state, k + 1, given.hyper);
            return theta;
        });
    });
    answer(points);"""
    given = {"method": method, "hyper": hyper, "gradients": gradients}
    theirs = np.array(in_node("trajectories", code, given)).T
    theta = np.array([0.5, -1.5])
    state = RULES[method].init(theta)
    for t, grad in enumerate(gradients, start=1):
        theta, state = RULES[method](theta, np.array(grad), state, t, **hyper)
        np.testing.assert_allclose(theirs[t - 1], theta, rtol=1e-12, atol=1e-12)


def test_divergence_is_reported_and_no_number_is_infinite(in_node):
    code = """
    const { points, losses, diverged } = minimize(
        RULES.gradient_descent, SURFACES.rosenbrock, { start: [-1.2, 1], lr: 0.05, steps: 400 });
    answer({ diverged, steps: points.length - 1, finite: [...points.flat(), ...losses].every(Number.isFinite) });"""
    ours = minimize(RULES["gradient_descent"], problem("rosenbrock"), lr=0.05, steps=400)
    assert ours.diverged
    assert in_node("trajectories", code) == {
        "diverged": True,
        "steps": ours.steps,
        "finite": True,
    }


def test_contours_are_closed_and_lie_on_their_level(in_node):
    code = """
    const grid = sample((p) => Math.log(SURFACES.himmelblau.value(p) + 1e-12), [[-6, 6], [-6, 6]], 193, 193);
    answer(loops(grid, Math.log(4)));"""
    found = in_node("trajectories", code)
    surface = problem("himmelblau")
    assert len(found) == len(surface.minimisers)
    for loop in map(np.array, found):
        values = [surface.value(point) for point in loop]
        np.testing.assert_allclose(values, 4, rtol=0.05)
        cell = np.hypot(*2 * [12 / 192])
        assert np.linalg.norm(np.roll(loop, 1, axis=0) - loop, axis=1).max() < 2 * cell


def test_contours_close_along_the_frame(in_node):
    code = """
    const grid = sample(([x]) => x, [[-1, 1], [-1, 1]], 5, 5);
    answer(loops(grid, 0.1));"""
    (loop,) = map(np.array, in_node("trajectories", code))
    assert loop[:, 0].max() == pytest.approx(0.1)
    assert (loop.min(axis=0) < -1).all()  # the rest runs outside the frame
    assert loop[:, 1].max() > 1


def test_facts_are_descents_own(in_node):
    facts = in_node("trajectories", "answer(FACTS.trajectories);")
    for name, surface in facts["surfaces"].items():
        known = problem(name)
        assert surface["start"] == known.start.tolist()
        np.testing.assert_array_equal(surface["minimisers"], known.minimisers)
        (left, right), (bottom, top) = surface["frame"]
        assert (right - left) / (top - bottom) == pytest.approx(4 / 3)
        (x0, x1), (y0, y1) = known.window
        assert left <= x0 < x1 <= right
        assert bottom <= y0 < y1 <= top
    for name, method in facts["methods"].items():
        assert all(RULES[name].defaults[key] == value for key, value in method["defaults"].items())


@pytest.mark.parametrize(("surface", "method"), PAIRS)
def test_suggested_learning_rates_get_somewhere(surface, method):
    known, steps = problem(surface), settings.SURFACES[surface][1]
    run = minimize(RULES[method], known, lr=settings.learning_rate(surface, method), steps=steps)
    assert not run.diverged
    assert run.losses[-1] < 0.2 * run.losses[0]
