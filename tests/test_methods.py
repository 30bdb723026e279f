"""What every rule promises: its note, its purity, and the identities between rules."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from descent.methods import RULES, checked
from descent.problems import rotation

ROTATION_EQUIVARIANT = {
    "gradient_descent",
    "momentum",
    "momentum_classical",
    "momentum_ema",
    "momentum_ema_corrected",
    "nesterov",
    "nesterov_lookahead",
}
SCALE_INVARIANT = {  # of the gradients, where eps = 0
    "adagrad",
    "rmsprop",
    "rmsprop_centered",
    "rmsprop_momentum",
    "adam",
    "adamw",
    "amsgrad",
}
every_rule = pytest.mark.parametrize("name", RULES)


def gradients(seed: int, steps: int = 12, dim: int = 6) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(steps, dim)) * 10.0 ** rng.integers(-4, 2, size=dim)


def walk(name, start, sequence, lr=0.1, state=None, **hyper):
    """All positions and the last state of a rule along a gradient sequence."""
    rule = RULES[name]
    theta, state = start, rule.init(start, **hyper) if state is None else state
    positions = [theta]
    for t, grad in enumerate(sequence, start=1):
        theta, state = rule(theta, grad, state, t, lr=lr, **hyper)
        positions.append(theta)
    return np.array(positions), state


seeds = st.integers(0, 2**32 - 1)


@every_rule
def test_the_note_is_complete(name):
    rule = RULES[name]
    assert rule.__name__ == name
    assert rule.source
    assert rule.hyper_names[0] == "lr"
    assert set(rule.defaults) <= set(rule.hyper_names)
    summary, _, rest = inspect.getdoc(rule).partition("\n\n")
    assert len(summary) <= 100
    assert all(f"`{parameter}`" in rest for parameter in rule.hyper_names if parameter != "lr")


@every_rule
def test_every_line_that_computes_names_its_equation(name):
    body = inspect.getsource(RULES[name]).rpartition('"""')[2]
    for line in body.strip().splitlines():
        unpacks = line.strip().endswith("= state")
        repairs = "rounding" in line
        delegates = line.strip().startswith("return adam(")
        assert unpacks or repairs or delegates or "  # eq-" in line, line


@every_rule
@given(seed=seeds)
@settings(max_examples=20, deadline=None)
def test_pure(name, seed):
    rule = RULES[name]
    sequence = gradients(seed)
    start = sequence[0] * 2 + 1
    for array in (start, *sequence):
        array.setflags(write=False)
    theta, state = start, rule.init(start)
    assert len(state) == len(rule.state_names)
    for t, grad in enumerate(sequence, start=1):
        for array in (theta, *state):
            array.setflags(write=False)
        once, again = (rule(theta, grad, state, t, lr=0.1) for _ in range(2))
        np.testing.assert_array_equal(once[0], again[0])
        assert all(
            (one == two).all() and one.shape == start.shape
            for one, two in zip(once[1], again[1], strict=True)
        )
        theta, state = once


@every_rule
def test_two_runs_do_not_touch_each_other(name):
    rule, sequence = RULES[name], gradients(3)
    alone, _ = walk(name, np.ones(6), sequence)
    a = b = np.ones(6)
    state_a, state_b = rule.init(a), rule.init(b)
    for t, grad in enumerate(sequence, start=1):
        a, state_a = rule(a, grad, state_a, t, lr=0.1)
        b, state_b = rule(b, -3 * grad, state_b, t, lr=0.1)
    np.testing.assert_array_equal(a, alone[-1])


@every_rule
@given(seed=seeds)
@settings(max_examples=10, deadline=None)
def test_a_pause_changes_nothing(name, seed):
    sequence = gradients(seed)
    whole, _ = walk(name, np.ones(6), sequence)
    half, state = walk(name, np.ones(6), sequence[:5])
    theta = half[-1]
    for t, grad in enumerate(sequence[5:], start=6):
        theta, state = RULES[name](theta, grad, state, t, lr=0.1)
    np.testing.assert_array_equal(theta, whole[-1])


@every_rule
@given(seed=seeds)
@settings(max_examples=10, deadline=None)
def test_each_coordinate_goes_its_own_way(name, seed):
    assert RULES[name].elementwise
    sequence = gradients(seed)
    whole, _ = walk(name, np.ones(6), sequence)
    for i in range(6):
        np.testing.assert_array_equal(
            walk(name, np.ones(1), sequence[:, [i]])[0][:, 0], whole[:, i]
        )


@every_rule
@pytest.mark.parametrize("shape", [(), (0,), (3, 2), (2, 1, 2)])
def test_every_shape(name, shape):
    rng = np.random.default_rng(0)
    flat, folded = np.ones(int(np.prod(shape))), np.ones(shape)
    sequence = rng.normal(size=(4, *shape))
    np.testing.assert_array_equal(
        walk(name, folded, sequence)[0].reshape(5, -1),
        walk(name, flat, sequence.reshape(4, -1))[0],
    )


@every_rule
def test_without_gradients_nothing_moves_and_nothing_is_nan(name):
    hyper = {"weight_decay": 0.0} if name == "adamw" else {}
    positions, state = walk(name, np.ones(3), np.zeros((5, 3)), **hyper)
    assert (positions == 1).all()
    assert all(np.isfinite(array).all() for array in state)


@pytest.mark.parametrize("name", sorted(ROTATION_EQUIVARIANT))
@given(seed=seeds, degrees=st.floats(-180, 180))
@settings(max_examples=25, deadline=None)
def test_turning_the_axes_turns_the_way(name, seed, degrees):
    turn, sequence = rotation(degrees), gradients(seed, dim=2)
    start = np.array([1.0, -2.0])
    straight, _ = walk(name, start, sequence)
    turned, _ = walk(name, turn @ start, sequence @ turn.T)
    np.testing.assert_allclose(
        turned, straight @ turn.T, rtol=1e-12, atol=1e-12 * abs(straight).max()
    )


@pytest.mark.parametrize("name", sorted(set(RULES) - ROTATION_EQUIVARIANT))
def test_adaptive_rules_see_the_axes(name):
    turn, sequence = rotation(45), np.array([[1.0, 0.1], [1.0, -0.1]])
    start = np.array([1.0, -2.0])
    straight, _ = walk(name, start, sequence)
    turned, _ = walk(name, turn @ start, sequence @ turn.T)
    moved = np.abs(straight[-1] - start).max()
    assert np.abs(turned - straight @ turn.T).max() > 0.1 * moved


@pytest.mark.parametrize("name", sorted(SCALE_INVARIANT))
@given(seed=seeds, power=st.integers(-30, 30))
@settings(max_examples=25, deadline=None)
def test_scaled_gradients_take_the_same_way_without_eps(name, seed, power):
    sequence = gradients(seed)
    one, _ = walk(name, np.ones(6), sequence, eps=0.0)
    two, _ = walk(name, np.ones(6), sequence * 2.0**power, eps=0.0)
    np.testing.assert_array_equal(one, two)  # powers of two: not even rounding differs


def test_scale_matters_where_eps_does():
    sequence = gradients(1)
    one, _ = walk("adam", np.ones(6), sequence, eps=1e-3)
    two, _ = walk("adam", np.ones(6), sequence * 2.0**-10, eps=1e-3)
    assert np.abs(one - two).max() > 1e-3


@pytest.mark.parametrize("name", ["momentum", "momentum_classical", "momentum_ema", "nesterov"])
@given(seed=seeds)
@settings(max_examples=25, deadline=None)
def test_momentum_without_beta_is_gradient_descent(name, seed):
    sequence = gradients(seed)
    plain, _ = walk("gradient_descent", np.ones(6), sequence)
    np.testing.assert_array_equal(walk(name, np.ones(6), sequence, beta=0.0)[0], plain)


@given(seed=seeds)
@settings(max_examples=25, deadline=None)
def test_special_cases_of_one_another(seed):
    sequence, ones = gradients(seed), np.ones(6)

    def same(one, two):
        np.testing.assert_array_equal(one[0], two[0])

    def close(one, two):
        np.testing.assert_allclose(one[0], two[0], rtol=1e-12, atol=1e-13)

    close(walk("rmsprop_momentum", ones, sequence, beta=0.0), walk("rmsprop", ones, sequence))
    same(walk("adamw", ones, sequence, weight_decay=0.0), walk("adam", ones, sequence))
    growing = np.sort(np.abs(sequence), axis=0)  # v never falls: its maximum is itself
    same(walk("amsgrad", ones, growing), walk("adam", ones, growing))
    close(walk("momentum_classical", ones, sequence), walk("momentum", ones, sequence))
    close(walk("momentum_ema", ones, sequence, lr=0.5), walk("momentum", ones, sequence, lr=0.05))
    close(
        walk("adam", ones, sequence, beta1=0.0, beta2=0.0),
        walk("rmsprop", ones, sequence, rho=0.0),
    )


@given(seed=seeds, lr=st.floats(1e-4, 1.0))
@settings(max_examples=25, deadline=None)
def test_adams_first_step_is_lr_in_each_coordinate(seed, lr):
    sequence = gradients(seed, steps=1)
    for name in ("adam", "amsgrad"):
        positions, _ = walk(name, np.zeros(6), sequence, lr=lr, eps=0.0)
        np.testing.assert_allclose(positions[1], -lr * np.sign(sequence[0]), rtol=1e-12)


def test_amsgrad_never_steps_on_a_smaller_v():
    sequence = np.array([[1.0], *[[1e-3]] * 30])
    _, (_, v, v_max) = walk("amsgrad", np.ones(1), sequence, beta2=0.5)
    assert v < 1e-3 < 0.49 < v_max


def test_adamw_decays_where_there_is_no_gradient():
    positions, _ = walk("adamw", np.full(2, 3.0), np.zeros((1, 2)), lr=0.1, weight_decay=0.2)
    np.testing.assert_array_equal(positions[1], (1 - 0.1 * 0.2) * 3.0)


def test_centred_rmsprop_survives_a_constant_gradient():
    positions, _ = walk("rmsprop_centered", np.zeros(3), np.full((2000, 3), 0.1), rho=0.5, lr=1e-9)
    assert np.isfinite(positions).all()


def test_adagrad_starts_from_its_accumulator():
    (s,) = RULES["adagrad"].init(np.zeros(3, dtype=np.float32), initial_accumulator=0.25)
    assert s.dtype == np.float32
    assert (s == 0.25).all()


def test_lookahead_asks_ahead():
    rule, theta, state = RULES["nesterov_lookahead"], np.array([1.0]), (np.array([2.0]),)
    assert rule.query(theta, state, 1, lr=0.1, beta=0.5) == 1 - 0.1 * 0.5 * 2
    assert RULES["nesterov"].query(theta, state, 1, lr=0.1, beta=0.5) is theta


@pytest.mark.parametrize(
    ("hyper", "kind", "words"),
    [
        (
            {"beta3": 0.9},
            TypeError,
            "adam has no hyper-parameter 'beta3'; besides lr it has: beta1",
        ),
        ({"beta1": 1.0}, ValueError, "beta1 must be a finite number >= 0 and < 1, got 1.0"),
        ({"eps": -1.0}, ValueError, "eps must be a finite number >= 0, got -1.0"),
        ({"beta2": "0.9"}, TypeError, "beta2 must be a real number, got str: '0.9'"),
        ({"eps": float("nan")}, ValueError, "eps must be a finite number >= 0, got nan"),
    ],
)
def test_wrong_hyper_parameters_are_named(hyper, kind, words):
    with pytest.raises(kind, match=words):
        checked(RULES["adam"], hyper)


def test_right_hyper_parameters_come_back_as_floats():
    assert checked(RULES["adam"], {"beta1": 0, "eps": np.float32(0.5)}) == {
        "beta1": 0.0,
        "eps": 0.5,
    }
    with pytest.raises(TypeError, match="besides lr it has: none"):
        checked(RULES["gradient_descent"], {"beta": 0.9})
