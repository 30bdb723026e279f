import numpy as np
import pytest

from descent.derivatives import numerical_gradient
from descent.problems import PROBLEMS, linear_regression, problem, softmax_regression


@pytest.mark.parametrize("name", PROBLEMS)
def test_equals_the_gradients_of_the_test_problems(name):
    p = problem(name)
    point = np.array([0.7, -0.4])
    np.testing.assert_allclose(
        numerical_gradient(p.value, point, 1e-5), p.gradient(point), rtol=1e-7
    )


def test_equals_the_gradients_of_the_regressions():
    rng = np.random.default_rng(1)
    X, theta, Theta = rng.normal(size=(8, 3)), rng.normal(size=3), rng.normal(size=(3, 4))
    line = linear_regression(X, rng.normal(size=8))
    softmax = softmax_regression(X, np.array([0, 1, 2, 3, 0, 1, 2, 3]), weight_decay=0.1)
    for p, at in ((line, theta), (softmax, Theta)):
        np.testing.assert_allclose(
            numerical_gradient(p.value, at, 1e-5), p.gradient(at), rtol=1e-6, atol=1e-9
        )


def test_is_the_central_difference():
    assert numerical_gradient(lambda x: x[0] ** 3, np.array([1.0]), 0.5) == pytest.approx(3.25)


def test_error_falls_with_the_square_of_h():
    errors = [
        abs(numerical_gradient(lambda x: np.sin(x[0]), [1.0], h)[0] - np.cos(1))
        for h in (0.1, 0.01)
    ]
    assert errors[0] / errors[1] == pytest.approx(100, rel=0.01)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 1, 2)])
def test_any_shape(shape):
    x = np.arange(np.prod(shape, dtype=int), dtype=float).reshape(shape) + 1
    result = numerical_gradient(lambda x: (x**2).sum(), x, 1e-3)
    assert result.shape == shape
    np.testing.assert_allclose(result, 2 * x, rtol=1e-9)


@pytest.mark.parametrize("dtype", [int, np.float32, np.uint8])
def test_other_numbers_become_float64(dtype):
    result = numerical_gradient(lambda x: (x**2).sum(), np.array([1, 2], dtype=dtype), 1e-5)
    assert result.dtype == np.float64
    np.testing.assert_allclose(result, [2, 4], rtol=1e-9)


def test_leaves_x_alone_and_gives_each_call_its_own_array():
    x = np.array([1.0, 2.0])
    x.flags.writeable = False
    asked = []
    numerical_gradient(lambda p: asked.append(p) or p.sum(), x, 0.5)
    np.testing.assert_array_equal(asked, [[1.5, 2], [0.5, 2], [1, 2.5], [1, 1.5]])


@pytest.mark.parametrize(
    ("f", "x", "h", "error", "said"),
    [
        (np.sum, ["a"], 1e-5, TypeError, "x must hold floating-point numbers"),
        (np.sum, [np.nan], 1e-5, ValueError, "x must be finite"),
        (np.sum, [1.0], 0, ValueError, "h must be a finite number > 0, got 0"),
        (np.sum, [1.0], "small", TypeError, "h must be a real number"),
        (lambda x: x, [1.0, 2.0], 1e-5, TypeError, r"f\(x \+ h\) must be a real number"),
        (
            lambda x: np.inf,
            [1.0],
            1e-5,
            ValueError,
            r"f\(x \+ h\) must be a finite number, got inf",
        ),
    ],
)
def test_bad_input_is_named(f, x, h, error, said):
    with pytest.raises(error, match=said):
        numerical_gradient(f, x, h)
