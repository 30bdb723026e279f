import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch import nn

from descent.signals import clip_by_global_norm, clip_by_value

elements = st.floats(-1e3, 1e3, allow_subnormal=False)
shapes = st.sampled_from([(), (3,), (2, 2), (0,), (1, 2, 2)])
lists = st.lists(shapes.flatmap(lambda shape: arrays(np.float64, shape, elements=elements)))
bounds = st.floats(1e-3, 1e3)


def length(grads):
    return math.sqrt(sum(float((np.asarray(g) ** 2).sum()) for g in grads))


def gradients(scale=1.0):
    rng = np.random.default_rng(0)
    return [scale * rng.normal(size=shape) for shape in [(3, 4), (4,), ()]]


@given(lists, bounds)
def test_the_length_is_cut_and_the_direction_stays(grads, max_norm):
    clipped, norm = clip_by_global_norm(grads, max_norm)
    assert isinstance(norm, float)
    assert norm == pytest.approx(length(grads), rel=1e-12, abs=1e-150)
    assert length(clipped) == pytest.approx(min(norm, max_norm), rel=1e-12, abs=1e-150)
    factor = min(1, max_norm / norm) if norm else 1
    for before, after in zip(grads, clipped, strict=True):
        assert before.shape == after.shape
        np.testing.assert_allclose(after, factor * before, rtol=1e-12, atol=1e-150)


@pytest.mark.parametrize("max_norm", [0.01, 1.0, 3.0, 100.0])
def test_it_is_that_of_torch_up_to_its_guard(max_norm):
    """torch divides by ‖g‖ + 1e-6 where we divide by ‖g‖: a relative 1e-6/‖g‖."""
    grads = gradients()
    parameters = [nn.Parameter(torch.zeros(g.shape, dtype=torch.float64)) for g in grads]
    for parameter, grad in zip(parameters, grads, strict=True):
        parameter.grad = torch.tensor(grad)
    theirs = float(nn.utils.clip_grad_norm_(parameters, max_norm))
    clipped, norm = clip_by_global_norm(grads, max_norm)
    assert norm == pytest.approx(theirs, rel=1e-14)
    for ours, parameter in zip(clipped, parameters, strict=True):
        np.testing.assert_allclose(ours, parameter.grad, rtol=1.1e-6 / norm)


@pytest.mark.parametrize(
    ("dtype", "scale"), [(np.float32, 1e30), (np.float32, 1e-41), (np.float64, 1e300)]
)
@pytest.mark.parametrize("asarray", [np.asarray, torch.tensor])
def test_neither_overflow_nor_underflow(dtype, scale, asarray):
    """Where torch's own clip_grad_norm_ turns a finite 1e30 into zeros."""
    grads = [asarray((scale * g).astype(dtype)) for g in map(np.asarray, gradients())]
    true = math.hypot(*(float(x) for g in grads for x in np.asarray(g).ravel()))
    clipped, norm = clip_by_global_norm(grads, scale / 2)
    assert norm == pytest.approx(true, rel=1e-5 if scale > 1 else 1e-3)
    for before, after in zip(grads, clipped, strict=True):
        assert after.dtype == before.dtype
        factor = scale / 2 / true
        np.testing.assert_allclose(after, np.asarray(before) * factor, rtol=1e-5, atol=1e-45)


def test_torch_does_lose_them():
    parameter = nn.Parameter(torch.zeros(3))
    parameter.grad = torch.full((3,), 1e30)
    nn.utils.clip_grad_norm_([parameter], 1.0)
    assert parameter.grad.tolist() == [0, 0, 0]
    (ours,), _ = clip_by_global_norm([torch.full((3,), 1e30)], 1.0)
    np.testing.assert_allclose(ours, [3**-0.5] * 3, rtol=1e-6)


def test_a_norm_beyond_the_largest_float_is_cut_all_the_same():
    (clipped,), norm = clip_by_global_norm([np.full(4, 1.7e308)], 1.0)
    assert norm == math.inf
    np.testing.assert_allclose(clipped, 0.5)


def test_zero_and_no_gradients():
    (clipped,), norm = clip_by_global_norm([np.zeros(3)], 1.0)
    assert norm == 0
    assert clipped.tolist() == [0, 0, 0]
    assert clip_by_global_norm([], 1.0) == ([], 0.0)


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("asarray", [np.array, torch.tensor])
def test_what_is_not_finite_raises_unless_told_otherwise(bad, asarray):
    grads = [asarray([1.0, 2.0]), asarray([bad, 3.0])]
    with pytest.raises(ValueError, match=r"grads\[1\] must be finite"):
        clip_by_global_norm(grads, 1.0)
    kept, norm = clip_by_global_norm(grads, 1.0, raise_on_nonfinite=False)
    assert not math.isfinite(norm)
    assert all(a is b for a, b in zip(kept, grads, strict=True))


@pytest.mark.parametrize("asarray", [np.array, torch.tensor])
def test_by_value_is_that_of_torch_and_turns_the_gradient(asarray):
    grads = gradients(3)
    parameters = [nn.Parameter(torch.zeros(g.shape, dtype=torch.float64)) for g in grads]
    for parameter, grad in zip(parameters, grads, strict=True):
        parameter.grad = torch.tensor(grad)
    nn.utils.clip_grad_value_(parameters, 1.5)
    clipped = clip_by_value([asarray(g) for g in grads], 1.5)
    for ours, parameter in zip(clipped, parameters, strict=True):
        np.testing.assert_array_equal(ours, parameter.grad)
    cut = np.concatenate([np.ravel(g) for g in clipped])
    assert abs(cut).max() == 1.5
    full = np.concatenate([np.ravel(g) for g in grads])
    assert cut @ full < 0.999 * np.linalg.norm(cut) * np.linalg.norm(full)


@pytest.mark.parametrize("clip", [clip_by_global_norm, clip_by_value])
def test_gradients_are_not_written_into(clip):
    grads = gradients(100)
    before = [np.array(g) for g in grads]
    clip(grads, 1.0)
    for a, b in zip(grads, before, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: clip_by_global_norm(gradients(), 0), ValueError, "max_norm must be .* > 0, got 0"),
        (
            lambda: clip_by_global_norm([np.arange(3)], 1),
            TypeError,
            r"grads\[0\] must hold floating",
        ),
        (lambda: clip_by_value(gradients(), -1), ValueError, "limit must be .* > 0, got -1"),
        (lambda: clip_by_value([np.array([np.nan])], 1), ValueError, r"grads\[0\] must be finite"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
