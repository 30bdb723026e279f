"""Each message names the argument, what came, and what was expected."""

import array_api_strict
import numpy as np
import pytest
import torch

from descent.inputs import count, floating, is_finite, lookup, namespace, number, unknown


def test_namespace_is_the_library_of_the_array():
    assert namespace(np.ones(2)) is np
    assert namespace(np.float64(1)) is np
    assert namespace(torch.ones(2)) is torch
    assert namespace(torch.nn.Parameter(torch.ones(2))) is torch
    assert namespace(array_api_strict.ones(2)) is array_api_strict


def test_namespace_of_scalars_that_do_not_know_it():
    """NumPy 2.0, which runs in browsers, has scalars without `__array_namespace__`."""
    old_scalar = type("float32", (), {"__module__": "numpy", "dtype": np.dtype("float32")})()
    assert namespace(old_scalar) is np


@pytest.mark.parametrize("value", [[1.0], 1.0, None, "array"])
def test_namespace_of_what_is_no_array(value):
    words = f"expected a NumPy array or a torch tensor, got {type(value).__name__}"
    with pytest.raises(TypeError, match=words):
        namespace(value)


@pytest.mark.parametrize("asarray", [np.asarray, torch.tensor])
def test_is_finite(asarray):
    assert is_finite(asarray([1.0, -2.0]))
    assert is_finite(asarray([1, 2]))
    for bad in (np.nan, np.inf, -np.inf):
        assert not is_finite(asarray([1.0, bad]))


def test_is_finite_of_python_floats():
    assert is_finite(1.0)
    assert not is_finite(float("nan"))


@pytest.mark.parametrize(
    "array",
    [
        np.ones((2, 3)),
        np.float32(1),
        np.ones(2, dtype=np.float16),
        torch.ones(2),
        torch.ones(2, dtype=torch.float16),
        torch.ones(2, dtype=torch.bfloat16),
        array_api_strict.ones(2),
        np.ones(0),
    ],
)
def test_floating_lets_floats_through_unchanged(array):
    assert floating("theta", array) is array


@pytest.mark.parametrize(
    "array",
    [np.ones(2, dtype=int), np.ones(2, dtype=bool), np.ones(2, dtype=complex), torch.ones(2).int()],
)
def test_floating_refuses_other_numbers(array):
    words = f"theta must hold floating-point numbers, got dtype {array.dtype}; write theta with"
    with pytest.raises(TypeError, match=words):
        floating("theta", array)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("asarray", [np.asarray, torch.tensor])
def test_floating_refuses_what_is_not_finite(asarray, bad):
    with pytest.raises(ValueError, match=rf"theta must be finite, got .*{bad}"):
        floating("theta", asarray([1.0, bad]))


@pytest.mark.parametrize(
    "value", [1, 1.0, np.float32(1), np.int64(1), np.array(1.0), torch.tensor(1)]
)
def test_number_returns_a_python_float(value):
    result = number("lr", value, at_least=0)
    assert type(result) is float
    assert result == 1.0


@pytest.mark.parametrize("value", [None, "1", b"1", True, [1.0], 1j, np.ones(2), torch.ones(2)])
def test_number_refuses_what_is_no_number(value):
    words = f"lr must be a real number, got {type(value).__name__}"
    with pytest.raises(TypeError, match=words):
        number("lr", value)


@pytest.mark.parametrize(
    ("bounds", "good", "bad", "words"),
    [
        ({"above": 0}, 1e-300, 0.0, "a finite number > 0, got 0.0"),
        ({"at_least": 0}, 0.0, -1e-300, "a finite number >= 0, got -1e-300"),
        ({"below": 1}, 0.999, 1.0, "a finite number < 1, got 1.0"),
        ({"at_most": 1}, 1.0, 1.001, "a finite number <= 1, got 1.001"),
        ({"at_least": 0, "below": 1}, 0.0, 1.0, "a finite number >= 0 and < 1, got 1.0"),
        ({}, -1e300, np.nan, "a finite number, got nan"),
        ({"above": 0}, 5.0, np.inf, "a finite number > 0, got inf"),
        ({}, 0.0, -np.inf, "a finite number, got -inf"),
    ],
)
def test_number_keeps_to_its_bounds(bounds, good, bad, words):
    assert number("lr", good, **bounds) == good
    with pytest.raises(ValueError, match=f"^lr must be {words}$"):
        number("lr", bad, **bounds)


@pytest.mark.parametrize("value", [3, np.int32(3), np.array(3)])
def test_count_returns_an_int(value):
    assert type(count("steps", value)) is int
    assert count("steps", value) == 3


@pytest.mark.parametrize("value", [3.0, "3", None, True, np.float64(3), [3]])
def test_count_refuses_what_is_not_whole(value):
    words = f"steps must be a whole number, got {type(value).__name__}"
    with pytest.raises(TypeError, match=words):
        count("steps", value)


def test_count_keeps_to_its_bound():
    assert count("steps", 0) == 0
    assert count("dim", 2, at_least=2) == 2
    with pytest.raises(ValueError, match=r"^steps must be at least 0, got -1$"):
        count("steps", -1)
    with pytest.raises(ValueError, match=r"^dim must be at least 2, got 1$"):
        count("dim", 1, at_least=2)


def test_unknown_names_the_nearest():
    assert unknown("rule", "adm", {"sgd", "adam"}) == (
        "unknown rule 'adm' (did you mean 'adam'?); known: adam, sgd"
    )
    assert unknown("rule", "zzz", ["b", "a"]) == "unknown rule 'zzz'; known: a, b"
    assert unknown("rule", 7, ["a"]) == "unknown rule 7; known: a"


def test_lookup():
    assert lookup("rule", "adam", {"adam": 1}) == 1
    with pytest.raises(
        ValueError, match=r"unknown rule 'Adam' \(did you mean 'adam'\?\); known: adam"
    ):
        lookup("rule", "Adam", {"adam": 1})
