"""Every optimiser of the book as a pure update rule, in the order of the book.

A rule is `rule(theta, grad, state, t, *, lr, ...) -> (theta, state)`: the parameters, the gradient at
them, the method's memory and the step's number (from 1) go in; new parameters and new memory come out.
Nothing is changed in place, and only operators are used, so the same lines run on NumPy arrays, on
torch tensors of any device and dtype, and in the browser.

Conventions: the momentum buffer is v <- beta*v + g with the learning rate outside; epsilon is outside
the root; decoupled weight decay multiplies theta by 1 - lr*weight_decay before the step.
Each display equation that a line implements is named behind it by its label in the book.
"""

import inspect
from collections.abc import Callable
from typing import Any, Protocol, cast

from descent.inputs import namespace


class Rule(Protocol):
    """An update rule, with what `rule` has noted about it.

    `init(theta, **hyper)` gives the start state; `query(theta, state, t, **hyper)` the point at which the
    next gradient is wanted; `defaults` the hyper-parameters that have one; `source` the publication.
    """

    __name__: str
    state_names: tuple[str, ...]
    hyper_names: tuple[str, ...]
    defaults: dict[str, float]
    source: str
    elementwise: bool
    init: Callable[..., tuple]
    query: Callable[..., Any]

    def __call__(
        self, theta: Any, grad: Any, state: tuple, t: int, **hyper: Any
    ) -> tuple[Any, tuple]:
        """One step."""
        ...


RULES: dict[str, Rule] = {}


def rule(
    *,
    source: str,
    state: str = "",
    init: Callable[..., tuple] | None = None,
    query: Callable[..., Any] | None = None,
    elementwise: bool = True,
) -> Callable[[Callable], Rule]:
    """Notes on a function what an executor must know of it, and lists it in `RULES`.

    `state` names the memory, in order; it starts as zeros unless `init` says otherwise. `query` says
    where the gradient is wanted (default: at theta). The function itself is returned, unwrapped.
    """
    names = tuple(state.split())

    def zeros(theta: Any, **hyper: Any) -> tuple:
        return tuple(namespace(theta).zeros_like(theta) for _ in names)

    def here(theta: Any, state: tuple, t: int, **hyper: Any) -> Any:
        return theta

    def mark(function: Callable) -> Rule:
        marked = cast(Rule, function)
        hyper = [
            p
            for p in inspect.signature(function).parameters.values()
            if p.kind is inspect.Parameter.KEYWORD_ONLY
        ]
        marked.state_names = names
        marked.hyper_names = tuple(p.name for p in hyper)
        marked.defaults = {p.name: p.default for p in hyper if p.default is not p.empty}
        marked.source = source
        marked.elementwise = elementwise
        marked.init = init or zeros
        marked.query = query or here
        RULES[function.__name__] = marked
        return marked

    return mark


@rule(source="Cauchy 1847")
def gradient_descent(theta, grad, state, t, *, lr):
    """Gradient descent: theta <- theta - lr * grad.

    `theta` and `grad` have the same shape; `lr` > 0. No state.
    Source: Cauchy (1847); the stability bound lr < 2/L is proved in chapter 2.
    """
    return theta - lr * grad, state  # eq-gradient-descent
