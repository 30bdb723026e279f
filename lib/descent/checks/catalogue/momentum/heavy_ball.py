"""`best_heavy_ball`: the learning rate and beta that are fastest on a quadratic."""

import math

import numpy as np

from descent.checks.exercise import Exercise, Probe, Wrong
from descent.stepsize import best_heavy_ball


def _ordinary(rng):
    mu = float(10 ** rng.uniform(-2, 1))
    return mu, mu * float(10 ** rng.uniform(0.5, 4))


def _round_bowl(rng):
    mu = float(10 ** rng.uniform(-2, 1))
    return mu, mu


def _scale(arguments, index, expected):
    """lr relative to itself; beta, a factor below 1 that may be 0, as it is."""
    return np.ones(()) if index else np.abs(expected)


def _textbook(mu, L):
    lr = 4 / (math.sqrt(L) + math.sqrt(mu)) ** 2
    return lr, ((math.sqrt(L) - math.sqrt(mu)) / (math.sqrt(L) + math.sqrt(mu))) ** 2


def _by_condition(mu, L):
    root = np.sqrt(L / mu)
    return np.array([4 / (mu * (root + 1) ** 2), ((root - 1) / (root + 1)) ** 2])


def _rate_first(mu, L):
    lr = (2 / (L**0.5 + mu**0.5)) ** 2
    rate = 1 - (lr * mu) ** 0.5  # critically damped in the flattest direction
    return [lr, rate * rate]


def _hyperbolic(mu, L):
    x = math.log(L / mu) / 4
    return 1 / (math.sqrt(L * mu) * math.cosh(x) ** 2), math.tanh(x) ** 2


def _expanded(mu, L):
    total = mu + L + 2 * math.sqrt(mu * L)
    return 4 / total, np.float64((L - mu) ** 2 / total**2)


def _by_bisection(mu, L):
    """The lr at which the flattest and the steepest direction shrink alike."""
    low, high = 1 / L, 4 / L
    for _ in range(200):
        lr = (low + high) / 2
        if 1 - math.sqrt(lr * mu) > math.sqrt(lr * L) - 1:
            low = lr
        else:
            high = lr
    return lr, (math.sqrt(lr * L) - 1) ** 2


def _best(lr=None, beta=None):
    """The best heavy ball, but for a wrong `lr` or `beta`, functions of sqrt(mu) and sqrt(L)."""

    def program(mu, L):
        right_lr, right_beta = best_heavy_ball(mu, L)
        a, b = mu**0.5, L**0.5
        return (lr(a, b) if lr else right_lr), (beta(a, b) if beta else right_beta)

    return program


def _divides_by_difference(mu, L):
    a, b = np.sqrt(mu), np.sqrt(L)
    return (2 * (b - a) / (L - mu)) ** 2, ((b - a) ** 2 / (L - mu)) ** 2


HEAVY_BALL = Exercise(
    name="best_heavy_ball",
    title="The best heavy ball",
    section="sec-momentum-tuning",
    difficulty=2,
    minutes=12,
    signature="best_heavy_ball(mu, L) -> (lr, beta)",
    reference=best_heavy_ball,
    probes=(
        Probe("curvatures from mu to L", 1.5, _ordinary),
        Probe("one curvature only", 0.5, _round_bowl, draws=2),
    ),
    scale=_scale,
    hints=(
        "Once beta is large enough, every direction shrinks by sqrt(beta) a step. How small may beta be?",
        "The flattest and the steepest direction are both critically damped: "
        "sqrt(beta) = 1 - sqrt(lr * mu) = sqrt(lr * L) - 1.",
        "Adding the two gives sqrt(lr) = 2 / (sqrt(L) + sqrt(mu)); put it into either for beta.",
    ),
    right=(_textbook, _by_condition, _rate_first, _hyperbolic, _expanded, _by_bisection),
    wrong=(
        Wrong(
            "condition number without its root",
            _best(beta=lambda a, b: ((b**2 - a**2) / (b**2 + a**2)) ** 2),
            "Your beta uses the curvatures themselves; their roots are meant.",
            "(L - mu)/(L + mu) is the rate of gradient descent; momentum puts sqrt(L) and sqrt(mu) in their places.",
            "sec-momentum-tuning",
        ),
        Wrong(
            "beta without its square",
            _best(beta=lambda a, b: (b - a) / (b + a)),
            "Your beta is not squared.",
            "(sqrt(L) - sqrt(mu))/(sqrt(L) + sqrt(mu)) is the rate, sqrt(beta); it is also Nesterov's beta.",
            "sec-momentum-tuning",
        ),
        Wrong(
            "lr of gradient descent",
            _best(lr=lambda a, b: 2 / (a**2 + b**2)),
            "Your lr is the best one of gradient descent, 2/(mu + L).",
            "With momentum longer steps are stable, and the best lr is nearly twice as large when mu is small.",
            "sec-momentum-tuning",
        ),
        Wrong(
            "one over L",
            _best(lr=lambda a, b: 1 / b**2),
            "Your lr is 1/L, a cautious choice; the best one is up to four times as large.",
            "With momentum the wall stands at 2(1 + beta)/L, so there is room for longer steps.",
            "sec-momentum-stability",
        ),
        Wrong(
            "at the wall",
            _best(lr=lambda a, b: 2 * (1 + ((b - a) / (b + a)) ** 2) / b**2),
            "Your lr is the wall itself, 2(1 + beta)/L, where the steepest direction no longer converges.",
            "The fastest lr lies inside the wall.",
            "sec-momentum-stability",
        ),
        Wrong(
            "square of the sum",
            _best(lr=lambda a, b: 4 / (a**2 + b**2)),
            "Your lr divides by L + mu; the square of sqrt(L) + sqrt(mu) is meant.",
            "(a + b)² = a² + 2ab + b²: the middle term is missing.",
            "sec-momentum-tuning",
        ),
        Wrong(
            "lr without its square",
            _best(lr=lambda a, b: 2 / (a + b)),
            "Your lr is not squared: 2/(sqrt(L) + sqrt(mu)) is sqrt(lr).",
            "lr * L must be a pure number, so lr goes like one over a curvature.",
            "sec-momentum-tuning",
        ),
        Wrong(
            "lr of the moving average",
            _best(lr=lambda a, b: 4 / (a + b) ** 2 / (1 - ((b - a) / (b + a)) ** 2)),
            "Your lr belongs to the moving-average form; this one keeps a plain velocity.",
            "The two differ by the factor 1 - beta.",
            "sec-momentum-forms",
        ),
        Wrong(
            "order",
            lambda mu, L: best_heavy_ball(mu, L)[::-1],
            "You return beta first; lr comes first.",
            "The order is (lr, beta).",
            "sec-momentum-tuning",
        ),
        Wrong(
            "divided by L - mu",
            _divides_by_difference,
            "Your formula divides by L - mu, which is zero when all curvatures are equal.",
            "In a round bowl one step of lr 1/L reaches the minimum, and beta is 0.",
            "sec-momentum-tuning",
        ),
    ),
)
