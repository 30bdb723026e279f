"""A formula of the step, as a schedule: its arguments checked once, then asked for any step."""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial, wraps
from itertools import pairwise
from typing import Any, Concatenate, ParamSpec, Protocol, cast

from descent.inputs import count, number

P = ParamSpec("P")


@dataclass(frozen=True)
class Schedule:
    """A formula with its arguments: `schedule(step)` is its value at step 0, 1, … .

    Written out, it is the code that makes it.
    """

    maker: "Maker"
    arguments: dict[str, Any]

    def __call__(self, step: int) -> float:
        """The value at `step`, a whole number from 0; TypeError or ValueError for anything else."""
        return float(self.maker.formula(count("step", step), **self.arguments))

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return f"{self.maker.__name__}({arguments})"


class Maker(Protocol[P]):
    """What `schedule` makes of a formula: its arguments without the step in, a Schedule out."""

    __name__: str
    formula: Callable[..., float]
    source: str

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Schedule:
        """The schedule with these arguments."""
        ...


def _milestones(name: str, value: Any) -> tuple[int, ...]:
    """`value` as a tuple of rising whole numbers from 1."""
    if not isinstance(value, Iterable):
        raise TypeError(f"{name} must be a list of steps, got {type(value).__name__}: {value!r}")
    steps = tuple(count(f"{name}[{i}]", step, at_least=1) for i, step in enumerate(value))
    if any(later <= earlier for earlier, later in pairwise(steps)):
        raise ValueError(f"{name} must rise, got {value!r}")
    return steps


def askable(name: str, value: Any) -> Callable[..., Any]:
    """`value`, if it can be asked for a step."""
    if not callable(value):
        raise TypeError(
            f"{name} must be a schedule, step -> lr, such as constant(0.1), "
            f"got {type(value).__name__}: {value!r}"
        )
    return value


_rate = partial(number, above=0)
_fraction = partial(number, above=0, at_most=1)
_length = partial(count, at_least=1)

# An argument means the same, and has the same range, in every schedule.
ARGUMENTS: dict[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(["base_lr", "max_lr", "low_lr", "high_lr", "power"], _rate),
    "final_lr": partial(number, at_least=0),
    **dict.fromkeys(["factor", "gamma"], _fraction),
    **dict.fromkeys(["every", "period", "growth", "timescale"], _length),
    **dict.fromkeys(["total_steps", "decay_steps"], _length),
    **dict.fromkeys(["steps", "warmup_steps", "stable_steps"], count),
    "warmup_fraction": partial(number, above=0, below=1),
    **dict.fromkeys(["start_div", "final_div"], partial(number, at_least=1)),
    **dict.fromkeys(["low", "high"], partial(number, at_least=0, below=1)),
    "milestones": _milestones,
    **dict.fromkeys(["first", "then"], askable),
}

SCHEDULES: dict[str, Maker[...]] = {}


def schedule(*, source: str) -> Callable[[Callable[Concatenate[int, P], float]], Maker[P]]:
    """Turns a formula `(step, ...) -> float` into the maker of its schedules; lists it in SCHEDULES.

    The maker takes the formula's other arguments, raises TypeError or ValueError that names the one
    that is wrong, and returns a Schedule. `maker.formula` is the formula itself.
    """

    def mark(formula: Callable[Concatenate[int, P], float]) -> Maker[P]:
        signature = inspect.signature(formula)
        signature = inspect.Signature(list(signature.parameters.values())[1:])

        @wraps(formula)
        def make(*args: P.args, **kwargs: P.kwargs) -> Schedule:
            try:
                bound = signature.bind(*args, **kwargs)
            except TypeError as error:
                raise TypeError(f"{make.__name__}{signature}: {error}") from None
            bound.apply_defaults()
            checked = {
                name: ARGUMENTS[name](name, value) for name, value in bound.arguments.items()
            }
            return Schedule(maker, checked)

        maker = cast(Maker[P], make)
        maker.formula, maker.source = formula, source
        make.__signature__ = signature  # type: ignore[attr-defined]
        SCHEDULES[make.__name__] = maker
        return maker

    return mark
