"""Every optimiser of the book as a pure update rule, in the order of the book.

A rule is `rule(theta, grad, state, t, *, lr, ...) -> (theta, state)`: the parameters, the gradient
at them, the method's memory and the step's number (from 1) go in; new parameters and new memory
come out. Nothing is changed in place, and functions other than operators come from the array's own
library, so the same lines run on NumPy arrays, on torch tensors of any device and dtype, and in the
browser.

Conventions: the momentum buffer is v <- beta*v + g with the learning rate outside; epsilon is
outside the root; decoupled weight decay multiplies theta by 1 - lr*weight_decay before the step.
Each display equation that a line implements is named behind it by its label in the book.
"""

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any, Protocol, cast

from descent.inputs import namespace, number


class Rule(Protocol):
    """An update rule, with what `rule` has noted about it.

    `init(theta, **hyper)` gives the start state; `query(theta, state, t, **hyper)` the point at
    which the next gradient is wanted; `defaults` the hyper-parameters that have one; `source` the
    publication; `elementwise` whether each coordinate goes its own way.
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


def at_theta(theta: Any, state: tuple, t: int, **hyper: Any) -> Any:
    """The query of most rules: the next gradient is wanted at theta itself."""
    return theta


def rule(
    *,
    source: str,
    state: str = "",
    init: Callable[..., tuple] | None = None,
    query: Callable[..., Any] | None = None,
    elementwise: bool = True,
    table: dict[str, Rule] = RULES,
) -> Callable[[Callable], Rule]:
    """Notes on a function what an executor must know of it, and lists it in `table`.

    `state` names the memory, in order; it starts as zeros unless `init` says otherwise. `query`
    says where the gradient is wanted (default: at theta). The function itself is returned.
    """
    names = tuple(state.split())

    def zeros(theta: Any, **hyper: Any) -> tuple:
        return tuple(namespace(theta).zeros_like(theta) for _ in names)

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
        marked.query = query or at_theta
        table[function.__name__] = marked
        return marked

    return mark


_FADING = ("beta", "beta1", "beta2", "rho")  # factors by which a memory fades: in [0, 1)


def checked(rule: Rule, hyper: Mapping[str, float]) -> dict[str, float]:
    """`hyper` as floats, if they are the hyper-parameters of `rule` besides lr, each in its range.

    Raises TypeError for a name that the rule does not have or a missing one, ValueError for a
    number outside its range: beta, beta1, beta2 and rho in [0, 1), all others >= 0.
    """
    for name in hyper:
        if name not in rule.hyper_names or name == "lr":
            others = ", ".join(other for other in rule.hyper_names if other != "lr") or "none"
            raise TypeError(
                f"{rule.__name__} has no hyper-parameter {name!r}; besides lr it has: {others}"
            )
    missing = [name for name in rule.hyper_names if name not in {"lr", *rule.defaults, *hyper}]
    if missing:
        raise TypeError(f"{rule.__name__} needs {', '.join(missing)}")
    return {
        name: number(name, value, at_least=0, below=1 if name in _FADING else math.inf)
        for name, value in hyper.items()
    }


@rule(source="Cauchy 1847")
def gradient_descent(theta, grad, state, t, *, lr):
    """Gradient descent: theta <- theta - lr * grad.

    `theta` and `grad` have the same shape; `lr` > 0. No state.
    Source: Cauchy (1847); the stability bound lr < 2/L is proved in chapter 2.
    """
    return theta - lr * grad, state  # eq-gradient-descent


@rule(state="v", source="Polyak 1964")
def momentum(theta, grad, state, t, *, lr, beta=0.9):
    """Momentum (heavy ball), as in torch: v <- beta*v + g; theta <- theta - lr*v.

    `v`: a sum of past gradients that fades by `beta` in [0, 1) a step; 0 is gradient descent.
    `lr` stays outside the velocity, so a schedule acts on the whole step at once.
    Source: Polyak (1964); this form: Sutskever et al. (2013) and torch.optim.SGD.
    """
    (v,) = state
    v = beta * v + grad  # eq-momentum-velocity
    return theta - lr * v, (v,)  # eq-momentum-step


@rule(state="v", source="Polyak 1964")
def momentum_classical(theta, grad, state, t, *, lr, beta=0.9):
    """Momentum with the learning rate in the velocity: v <- beta*v + lr*g; theta <- theta - v.

    `beta` in [0, 1). The same iterates as `momentum` while lr is constant, others under a schedule:
    a gradient keeps the lr of the step at which it came.
    Source: Polyak (1964).
    """
    (v,) = state
    v = beta * v + lr * grad  # eq-momentum-classical-velocity
    return theta - v, (v,)  # eq-momentum-classical-step


@rule(state="m", source="Polyak 1964")
def momentum_ema(theta, grad, state, t, *, lr, beta=0.9):
    """Momentum as a moving average: m <- beta*m + (1 - beta)*g; theta <- theta - lr*m.

    `beta` in [0, 1). The same iterates as `momentum` with learning rate lr*(1 - beta).
    """
    (m,) = state
    m = beta * m + (1 - beta) * grad  # eq-momentum-ema-mean
    return theta - lr * m, (m,)  # eq-momentum-ema-step


@rule(state="m", source="Kingma & Ba 2015, section 3")
def momentum_ema_corrected(theta, grad, state, t, *, lr, beta=0.9):
    """`momentum_ema` with the bias of its zero start removed: m_hat = m / (1 - beta^t).

    `beta` in [0, 1). m_hat is a weighted mean of the gradients so far, with weights that sum to 1.
    Source of the correction: Kingma & Ba (2015), section 3.
    """
    (m,) = state
    m = beta * m + (1 - beta) * grad  # eq-momentum-ema-mean
    m_hat = m / (1 - beta**t)  # eq-momentum-ema-correction
    return theta - lr * m_hat, (m,)  # eq-momentum-ema-corrected-step


@rule(state="v", source="Nesterov 1983; Sutskever et al. 2013")
def nesterov(theta, grad, state, t, *, lr, beta=0.9):
    """Nesterov's method, as in torch: v <- beta*v + g; theta <- theta - lr*(g + beta*v).

    `beta` in [0, 1). theta stands for the look-ahead point of `nesterov_lookahead`, so that the
    gradient is taken where the parameters are.
    Source: Nesterov (1983), in the form of torch.optim.SGD(nesterov=True).
    """
    (v,) = state
    v = beta * v + grad  # eq-nesterov-velocity
    return theta - lr * (grad + beta * v), (v,)  # eq-nesterov-step


def _look_ahead(theta: Any, state: tuple, t: int, *, lr: float, beta: float = 0.9) -> Any:
    (v,) = state
    return theta - lr * beta * v  # eq-nesterov-lookahead-query


@rule(state="v", query=_look_ahead, source="Nesterov 1983; Sutskever et al. 2013")
def nesterov_lookahead(theta, grad, state, t, *, lr, beta=0.9):
    """Nesterov's method, with the gradient asked for where the velocity is about to lead.

    v <- beta*v + g(theta - lr*beta*v); theta <- theta - lr*v. `beta` in [0, 1).
    `grad` must be the gradient at `nesterov_lookahead.query(theta, state, t, lr=lr, beta=beta)`.
    Source: Nesterov (1983), as written by Sutskever et al. (2013).
    """
    (v,) = state
    v = beta * v + grad  # eq-nesterov-lookahead-velocity
    return theta - lr * v, (v,)  # eq-nesterov-lookahead-step


def _accumulated(theta: Any, *, initial_accumulator: float = 0.0, **hyper: Any) -> tuple:
    return (namespace(theta).full_like(theta, initial_accumulator),)


@rule(state="s", init=_accumulated, source="Duchi, Hazan & Singer 2011")
def adagrad(theta, grad, state, t, *, lr=1e-2, lr_decay=0.0, initial_accumulator=0.0, eps=1e-10):
    """Adagrad: s <- s + g^2; theta <- theta - lr_t * g / (sqrt(s) + eps).

    `s`: the sum of squared gradients, from `initial_accumulator` >= 0 (which `init` reads).
    lr_t = lr / (1 + (t - 1)*lr_decay), `lr_decay` >= 0; `eps` >= 0, outside the root.
    Each coordinate has its own factor lr_t / (sqrt(s) + eps); at a constant lr it never grows.
    Source: Duchi, Hazan & Singer (2011); lr_decay as in torch.optim.Adagrad.
    """
    (s,) = state
    s = s + grad**2  # eq-adagrad-sum
    lr_t = lr / (1 + (t - 1) * lr_decay)  # eq-adagrad-lr
    return theta - lr_t * grad / (s**0.5 + eps), (s,)  # eq-adagrad-step


@rule(state="v", source="Tieleman & Hinton 2012")
def rmsprop(theta, grad, state, t, *, lr=1e-2, rho=0.99, eps=1e-8):
    """RMSprop: v <- rho*v + (1 - rho)*g^2; theta <- theta - lr * g / (sqrt(v) + eps).

    `v`: a moving average of squared gradients, `rho` in [0, 1); `eps` >= 0, outside the root.
    Source: Tieleman & Hinton (2012), lecture 6e.
    """
    (v,) = state
    v = rho * v + (1 - rho) * grad**2  # eq-rmsprop-v
    return theta - lr * grad / (v**0.5 + eps), (v,)  # eq-rmsprop-step


@rule(state="v m", source="Graves 2013, equations 38-41")
def rmsprop_centered(theta, grad, state, t, *, lr=1e-2, rho=0.99, eps=1e-8):
    """Centred RMSprop: theta <- theta - lr * g / (sqrt(v - m^2) + eps), v - m^2 being a variance.

    `v`, `m`: moving averages of g^2 and g, both with `rho` in [0, 1); `eps` >= 0.
    Source: Graves (2013), equations 38-41; eps outside the root as in torch.optim.RMSprop.
    """
    v, m = state
    v = rho * v + (1 - rho) * grad**2  # eq-rmsprop-v
    m = rho * m + (1 - rho) * grad  # eq-rmsprop-mean
    variance = v - m**2  # eq-rmsprop-variance
    variance = namespace(variance).clip(variance, 0, None)  # rounding may leave -1e-17
    return theta - lr * grad / (variance**0.5 + eps), (v, m)  # eq-rmsprop-centered-step


@rule(state="v b", source="Tieleman & Hinton 2012; torch.optim.RMSprop")
def rmsprop_momentum(theta, grad, state, t, *, lr=1e-2, rho=0.99, beta=0.9, eps=1e-8):
    """RMSprop with momentum: b <- beta*b + g / (sqrt(v) + eps); theta <- theta - lr*b.

    `v`: a moving average of squared gradients, `rho` in [0, 1). `b`: a velocity, `beta` in [0, 1);
    0 is `rmsprop`. `eps` >= 0, outside the root.
    Source: torch.optim.RMSprop(momentum=beta).
    """
    v, b = state
    v = rho * v + (1 - rho) * grad**2  # eq-rmsprop-v
    b = beta * b + grad / (v**0.5 + eps)  # eq-rmsprop-momentum-velocity
    return theta - lr * b, (v, b)  # eq-rmsprop-momentum-step


@rule(state="v u", source="Zeiler 2012, algorithm 1")
def adadelta(theta, grad, state, t, *, lr=1.0, rho=0.9, eps=1e-6):
    """Adadelta: theta <- theta - lr*d, d = sqrt(u + eps) / sqrt(v + eps) * g, so that units agree.

    `v`, `u`: moving averages of squared gradients and squared steps d, `rho` in [0, 1).
    `eps` >= 0 is inside both roots: it is what starts the first step. `lr` = 1 is the paper's.
    Source: Zeiler (2012), algorithm 1.
    """
    v, u = state
    v = rho * v + (1 - rho) * grad**2  # eq-adadelta-v
    d = (u + eps) ** 0.5 / (v + eps) ** 0.5 * grad  # eq-adadelta-d
    u = rho * u + (1 - rho) * d**2  # eq-adadelta-u
    return theta - lr * d, (v, u)  # eq-adadelta-step


@rule(state="m v", source="Kingma & Ba 2015, algorithm 1")
def adam(theta, grad, state, t, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Adam: theta <- theta - lr * m_hat / (sqrt(v_hat) + eps).

    `m`, `v`: moving averages of g and g^2, `beta1`, `beta2` in [0, 1); m_hat = m / (1 - beta1^t),
    v_hat = v / (1 - beta2^t) are free of the bias of a zero start. `eps` >= 0, outside the root.
    Source: Kingma & Ba (2015), algorithm 1.
    """
    m, v = state
    m = beta1 * m + (1 - beta1) * grad  # eq-adam-m
    v = beta2 * v + (1 - beta2) * grad**2  # eq-adam-v
    m_hat = m / (1 - beta1**t)  # eq-adam-m-hat
    v_hat = v / (1 - beta2**t)  # eq-adam-v-hat
    return theta - lr * m_hat / (v_hat**0.5 + eps), (m, v)  # eq-adam-step


@rule(state="m v", source="Loshchilov & Hutter 2019, algorithm 2")
def adamw(theta, grad, state, t, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
    """AdamW: theta shrinks by the factor 1 - lr*weight_decay, then takes Adam's step.

    `weight_decay` >= 0 does not pass through the moments: decay is decoupled from the gradient.
    `beta1`, `beta2` and `eps` as in `adam`.
    Source: Loshchilov & Hutter (2019), algorithm 2, with lr as a factor of the decay as in torch.
    """
    theta = (1 - lr * weight_decay) * theta  # eq-adamw-decay
    return adam(theta, grad, state, t, lr=lr, beta1=beta1, beta2=beta2, eps=eps)


@rule(state="m v v_max", source="Reddi, Kale & Kumar 2018, algorithm 2")
def amsgrad(theta, grad, state, t, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """AMSGrad: Adam with v_max, the largest v so far, in the place of v.

    v_max <- max(v_max, v), before the bias correction; theta <- theta - lr*m_hat / (sqrt(v_hat) + eps),
    v_hat = v_max / (1 - beta2^t). `beta1`, `beta2` in [0, 1); `eps` >= 0, outside the root.
    Source: Reddi, Kale & Kumar (2018), algorithm 2; bias correction as in torch.optim.Adam.
    """
    m, v, v_max = state
    m = beta1 * m + (1 - beta1) * grad  # eq-adam-m
    v = beta2 * v + (1 - beta2) * grad**2  # eq-adam-v
    v_max = namespace(v).maximum(v_max, v)  # eq-amsgrad-max
    m_hat = m / (1 - beta1**t)  # eq-adam-m-hat
    v_hat = v_max / (1 - beta2**t)  # eq-amsgrad-v-hat
    return theta - lr * m_hat / (v_hat**0.5 + eps), (m, v, v_max)  # eq-adam-step
