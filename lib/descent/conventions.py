"""One name, many formulas: what papers, torch, Keras and optax mean by the same method.

`CONVENTIONS` lists them: each entry is a rule that runs, with that library's defaults. `difference`
measures how far one ends from the book's rule; the converters turn one convention's numbers into
another's. The entries are tested against torch itself and against stored runs of Keras and optax.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from descent.inputs import count, namespace, number
from descent.methods import RULES, Rule, adam, adamw, amsgrad, momentum_ema, rule
from descent.minimize import follow

VARIANTS: dict[str, Rule] = {}  # the formulas that the book's own rules do not cover


def ema_to_classical(lr: float, beta: float) -> float:
    """The learning rate lr*(1 - beta) with which `momentum` walks as `momentum_ema` does with lr.

    lr > 0; beta in [0, 1).
    """
    return number("lr", lr, above=0) * (1 - number("beta", beta, at_least=0, below=1))


def classical_to_ema(lr: float, beta: float) -> float:
    """The learning rate lr/(1 - beta) with which `momentum_ema` walks as `momentum` does with lr.

    lr > 0; beta in [0, 1).
    """
    return number("lr", lr, above=0) / (1 - number("beta", beta, at_least=0, below=1))


def eps_after_correction(eps: float, beta2: float, t: int) -> float:
    """The eps of the book's Adam at step t that does what Keras's `epsilon` does.

    Keras adds it to sqrt(v) before the bias correction: eps / sqrt(1 - beta2^t), largest at t = 1.
    eps >= 0; beta2 in [0, 1); t counts from 1. Source: Kingma & Ba (2015), end of section 2.
    """
    eps = number("eps", eps, at_least=0)
    beta2 = number("beta2", beta2, at_least=0, below=1)
    return eps / (1 - beta2 ** count("t", t, at_least=1)) ** 0.5


def decay_with_lr(weight_decay: float, lr: float) -> float:
    """torch's weight_decay for a paper's that is not multiplied by the learning rate: weight_decay/lr.

    weight_decay >= 0; lr > 0.
    """
    return number("weight_decay", weight_decay, at_least=0) / number("lr", lr, above=0)


def lookahead_to_nesterov(theta: Any, v: Any, *, lr: float, beta: float) -> Any:
    """The point theta - lr*beta*v of `nesterov` that belongs to theta and v of `nesterov_lookahead`."""
    return theta - lr * beta * v


def nesterov_to_lookahead(theta: Any, v: Any, *, lr: float, beta: float) -> Any:
    """The point theta + lr*beta*v of `nesterov_lookahead` that belongs to theta and v of `nesterov`."""
    return theta + lr * beta * v


@rule(state="v", table=VARIANTS, source="torch.optim.SGD(momentum=beta, dampening=beta)")
def momentum_dampened(theta, grad, state, t, *, lr, beta=0.9):
    """`momentum_ema` whose first gradient enters whole: m <- g at t = 1."""
    if t == 1:
        return theta - lr * grad, (grad,)
    return momentum_ema(theta, grad, state, t, lr=lr, beta=beta)


@rule(state="v", table=VARIANTS, source="keras.optimizers.SGD(nesterov=True)")
def nesterov_classical(theta, grad, state, t, *, lr, beta=0.9):
    """`nesterov` with lr in the velocity: v <- beta*v + lr*g; theta <- theta - (lr*g + beta*v)."""
    (v,) = state
    v = beta * v + lr * grad
    return theta - (lr * grad + beta * v), (v,)


@rule(
    state="s",
    init=RULES["adagrad"].init,
    table=VARIANTS,
    source="keras.optimizers.Adagrad; optax.adagrad",
)
def adagrad_eps_inside(theta, grad, state, t, *, lr=1e-3, initial_accumulator=0.1, eps=1e-7):
    """`adagrad` with eps inside the root: theta <- theta - lr * g / sqrt(s + eps)."""
    (s,) = state
    s = s + grad**2
    return theta - lr * grad / (s + eps) ** 0.5, (s,)


@rule(state="v", table=VARIANTS, source="keras.optimizers.RMSprop; optax.rmsprop")
def rmsprop_eps_inside(theta, grad, state, t, *, lr=1e-3, rho=0.9, eps=1e-7):
    """`rmsprop` with eps inside the root: theta <- theta - lr * g / sqrt(v + eps)."""
    (v,) = state
    v = rho * v + (1 - rho) * grad**2
    return theta - lr * grad / (v + eps) ** 0.5, (v,)


@rule(state="v m", table=VARIANTS, source="keras.optimizers.RMSprop(centered=True); optax.rmsprop")
def rmsprop_centered_eps_inside(theta, grad, state, t, *, lr=1e-3, rho=0.9, eps=1e-7):
    """`rmsprop_centered` with eps inside the root: theta <- theta - lr * g / sqrt(v - m^2 + eps)."""
    v, m = state
    v = rho * v + (1 - rho) * grad**2
    m = rho * m + (1 - rho) * grad
    return theta - lr * grad / (v - m**2 + eps) ** 0.5, (v, m)


@rule(state="v b", table=VARIANTS, source="keras.optimizers.RMSprop(momentum=beta); optax.rmsprop")
def rmsprop_momentum_eps_inside(theta, grad, state, t, *, lr=1e-3, rho=0.9, beta=0.9, eps=1e-7):
    """`rmsprop_momentum` with eps inside the root and lr inside the velocity."""
    v, b = state
    v = rho * v + (1 - rho) * grad**2
    b = beta * b + lr * grad / (v + eps) ** 0.5
    return theta - b, (v, b)


@rule(state="m v", table=VARIANTS, source="keras.optimizers.Adam")
def adam_eps_before(theta, grad, state, t, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-7):
    """`adam` with eps added to sqrt(v) before the bias correction."""
    eps = eps_after_correction(eps, beta2, t)
    return adam(theta, grad, state, t, lr=lr, beta1=beta1, beta2=beta2, eps=eps)


@rule(state="m v", table=VARIANTS, source="keras.optimizers.AdamW")
def adamw_eps_before(
    theta, grad, state, t, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-7, weight_decay=4e-3
):
    """`adamw` with eps added to sqrt(v) before the bias correction."""
    eps = eps_after_correction(eps, beta2, t)
    moments = {"beta1": beta1, "beta2": beta2, "eps": eps}
    return adamw(theta, grad, state, t, lr=lr, weight_decay=weight_decay, **moments)


@rule(state="m v v_max", table=VARIANTS, source="keras.optimizers.Adam(amsgrad=True)")
def amsgrad_eps_before(theta, grad, state, t, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-7):
    """`amsgrad` with eps added to sqrt(v_max) before the bias correction."""
    eps = eps_after_correction(eps, beta2, t)
    return amsgrad(theta, grad, state, t, lr=lr, beta1=beta1, beta2=beta2, eps=eps)


@rule(state="m v v_max", table=VARIANTS, source="optax.amsgrad")
def amsgrad_corrected(theta, grad, state, t, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """`amsgrad` that keeps the largest bias-corrected v, which the noisy first steps make large."""
    m, v, v_max = state
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    v_max = namespace(v).maximum(v_max, v / (1 - beta2**t))
    m_hat = m / (1 - beta1**t)
    return theta - lr * m_hat / (v_max**0.5 + eps), (m, v, v_max)


@rule(state="m v v_max", table=VARIANTS, source="Reddi, Kale & Kumar 2018, algorithm 2")
def amsgrad_uncorrected(theta, grad, state, t, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """`amsgrad` without bias correction: theta <- theta - lr * m / (sqrt(v_max) + eps)."""
    m, v, v_max = state
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    v_max = namespace(v).maximum(v_max, v)
    return theta - lr * m / (v_max**0.5 + eps), (m, v, v_max)


@rule(state="m v", table=VARIANTS, source="torch.optim.Adam(weight_decay=...)")
def adam_l2(theta, grad, state, t, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
    """`adam` on the gradient of an L2 penalty, g + weight_decay*theta: coupled decay."""
    grad = grad + weight_decay * theta
    return adam(theta, grad, state, t, lr=lr, beta1=beta1, beta2=beta2, eps=eps)


@rule(state="m v", table=VARIANTS, source="Loshchilov & Hutter 2019, algorithm 2")
def adamw_paper(
    theta, grad, state, t, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2
):
    """`adamw` whose decay is not multiplied by lr: theta shrinks by 1 - weight_decay."""
    theta = (1 - weight_decay) * theta
    return adam(theta, grad, state, t, lr=lr, beta1=beta1, beta2=beta2, eps=eps)


@dataclass(frozen=True)
class Convention:
    """What a library, or a paper, means by a method.

    method: the book's rule that it is compared with. library: "paper", "torch", "keras" or "optax".
    call: how it is written there. rule: its formula; the rule's docstring says how it differs.
    defaults: the library's own, besides lr, in the book's names (none: it leaves the choice open).
    """

    method: str
    library: str
    call: str
    rule: Rule
    defaults: dict[str, float]


# method | library | call | formula | defaults
_TABLE = """
momentum | paper | Polyak (1964) | momentum_classical |
momentum | torch | SGD(momentum=beta) | momentum |
momentum | keras | SGD(momentum=beta) | momentum_classical |
momentum | optax | sgd(momentum=beta) | momentum |
momentum_ema | torch | SGD(momentum=beta, dampening=beta) | momentum_dampened |
momentum_ema | optax | ema(decay=beta, debias=False) | momentum_ema |
momentum_ema_corrected | optax | ema(decay=beta) | momentum_ema_corrected |
nesterov | torch | SGD(momentum=beta, nesterov=True) | nesterov |
nesterov | keras | SGD(momentum=beta, nesterov=True) | nesterov_classical |
nesterov | optax | sgd(momentum=beta, nesterov=True) | nesterov |
adagrad | torch | Adagrad | adagrad | initial_accumulator=0 eps=1e-10
adagrad | keras | Adagrad | adagrad_eps_inside | initial_accumulator=0.1 eps=1e-7
adagrad | optax | adagrad | adagrad_eps_inside | initial_accumulator=0.1 eps=1e-7
rmsprop | torch | RMSprop | rmsprop | rho=0.99 eps=1e-8
rmsprop | keras | RMSprop | rmsprop_eps_inside | rho=0.9 eps=1e-7
rmsprop | optax | rmsprop | rmsprop_eps_inside | rho=0.9 eps=1e-8
rmsprop_centered | torch | RMSprop(centered=True) | rmsprop_centered | rho=0.99 eps=1e-8
rmsprop_centered | keras | RMSprop(centered=True) | rmsprop_centered_eps_inside | rho=0.9 eps=1e-7
rmsprop_centered | optax | rmsprop(centered=True) | rmsprop_centered_eps_inside | rho=0.9 eps=1e-8
rmsprop_momentum | torch | RMSprop(momentum=beta) | rmsprop_momentum | rho=0.99 eps=1e-8
rmsprop_momentum | keras | RMSprop(momentum=beta) | rmsprop_momentum_eps_inside | rho=0.9 eps=1e-7
rmsprop_momentum | optax | rmsprop(momentum=beta) | rmsprop_momentum_eps_inside | rho=0.9 eps=1e-8
adadelta | torch | Adadelta | adadelta | rho=0.9 eps=1e-6
adadelta | keras | Adadelta | adadelta | rho=0.95 eps=1e-7
adadelta | optax | adadelta | adadelta | rho=0.9 eps=1e-6
adam | paper | Kingma & Ba (2015), algorithm 1 | adam | beta1=0.9 beta2=0.999 eps=1e-8
adam | torch | Adam | adam | beta1=0.9 beta2=0.999 eps=1e-8
adam | keras | Adam | adam_eps_before | beta1=0.9 beta2=0.999 eps=1e-7
adam | optax | adam | adam | beta1=0.9 beta2=0.999 eps=1e-8
adamw | paper | Loshchilov & Hutter (2019), algorithm 2 | adamw_paper |
adamw | torch | AdamW | adamw | beta1=0.9 beta2=0.999 eps=1e-8 weight_decay=1e-2
adamw | torch | Adam(weight_decay=...) | adam_l2 | beta1=0.9 beta2=0.999 eps=1e-8
adamw | keras | AdamW | adamw_eps_before | beta1=0.9 beta2=0.999 eps=1e-7 weight_decay=4e-3
adamw | keras | Adam(weight_decay=...) | adamw_eps_before | beta1=0.9 beta2=0.999 eps=1e-7
adamw | optax | adamw | adamw | beta1=0.9 beta2=0.999 eps=1e-8 weight_decay=1e-4
amsgrad | paper | Reddi, Kale & Kumar (2018) | amsgrad_uncorrected |
amsgrad | torch | Adam(amsgrad=True) | amsgrad | beta1=0.9 beta2=0.999 eps=1e-8
amsgrad | keras | Adam(amsgrad=True) | amsgrad_eps_before | beta1=0.9 beta2=0.999 eps=1e-7
amsgrad | optax | amsgrad | amsgrad_corrected | beta1=0.9 beta2=0.999 eps=1e-8
"""


def _read(line: str) -> Convention:
    method, library, call, formula, defaults = (cell.strip() for cell in line.split("|"))
    pairs = (default.split("=") for default in defaults.split())
    return Convention(
        method, library, call, (RULES | VARIANTS)[formula], {k: float(v) for k, v in pairs}
    )


CONVENTIONS: tuple[Convention, ...] = tuple(map(_read, _TABLE.strip().splitlines()))

# What the libraries call the book's hyper-parameters.
NAMES = {
    "torch": {
        "momentum": "beta",
        "alpha": "rho",
        "initial_accumulator_value": "initial_accumulator",
    },
    "keras": {
        "momentum": "beta",
        "beta_1": "beta1",
        "beta_2": "beta2",
        "epsilon": "eps",
        "initial_accumulator_value": "initial_accumulator",
    },
    "optax": {
        "momentum": "beta",
        "decay": "rho",
        "b1": "beta1",
        "b2": "beta2",
        "initial_accumulator_value": "initial_accumulator",
    },
}


# Set alike wherever a rule has them; eps is large enough to show where it stands.
_COMMON = {
    **{"beta": 0.9, "rho": 0.9, "beta1": 0.9, "beta2": 0.999, "eps": 1e-3},
    **{"weight_decay": 0.1, "initial_accumulator": 0.0, "lr_decay": 0.0},
}


def difference(convention: Convention, *, defaults: bool) -> float:
    """max |difference of theta| between the convention and the book's rule of the same name.

    Over 1,000 steps on the same gradients (eight coordinates, scales 1e-3 … 1, seed 0), at lr 0.01,
    from step 500 on 0.001. defaults: with each side's own defaults; otherwise with the same
    hyper-parameters on both sides (eps = 1e-3), so that only the formulas differ.
    """
    rng = np.random.default_rng(0)
    scales = np.geomspace(1e-3, 1, 8)
    start, gradients = rng.normal(size=8), scales * (rng.normal(size=(1000, 8)) + 0.3)

    def end(rule: Rule, own: Mapping[str, float]) -> Any:
        common = {name: value for name, value in _COMMON.items() if name in rule.hyper_names}
        return follow(
            rule,
            start,
            gradients,
            lr=lambda step: 0.01 if step < 500 else 0.001,
            **(own if defaults else common),
        )

    book = end(RULES[convention.method], {})
    return float(np.abs(end(convention.rule, convention.defaults) - book).max())
