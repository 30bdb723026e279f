"""Adam's step between two decays: what the variants of `adamw_step` are made of."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from descent.checks.catalogue.adam import mistakes as adams
from descent.checks.catalogue.adam.right import RIGHT, reference
from descent.checks.catalogue.adam.variants import VARIANTS
from descent.checks.exercise import Wrong

DECAY = "sec-adamw"


@dataclass(frozen=True)
class Decayed:
    """Adam's step between two decays: each multiplies theta by a factor, given h = lr * weight_decay."""

    before: Callable = lambda h: 1.0
    after: Callable = lambda h: 1.0
    adam: Callable = reference

    def __call__(self, theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
        """One step."""
        h = lr * weight_decay
        theta = self.before(h) * theta
        theta, m, v = self.adam(theta, grad, m, v, t, lr, beta1, beta2, eps)
        return self.after(h) * theta, m, v


def right(step: Decayed) -> tuple[Callable, ...]:
    """The step around Adams that are written differently."""
    return tuple(replace(step, adam=adam) for adam in RIGHT)


def mistakes(step: Decayed) -> tuple[Wrong, ...]:
    """The mistakes that a decay invites, whenever it comes."""

    def l2(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
        grad = grad + weight_decay * theta
        return reference(theta, grad, m, v, t, lr, beta1, beta2, eps)

    def with_rate(rate: Callable) -> Callable:
        """With another h, a function of lr and weight_decay."""

        def program(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
            weight_decay = rate(lr, weight_decay) / lr
            return step(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay)

        return program

    def in_place(theta, *rest):
        new, m, v = step(theta, *rest)
        theta[...] = new
        return theta, m, v

    def with_adam(name, adam, sentence, because, section):
        said = f"The decay is right, but {sentence}"
        return Wrong(name, replace(step, adam=adam), said, because, section)

    return (
        Wrong(
            "L2 in the gradient",
            l2,
            "You add weight_decay * theta to the gradient, which is an L2 penalty.",
            "Adam divides that by the size of the gradients too, so weights with large gradients hardly decay.",
            DECAY,
            mistake=24,
        ),
        Wrong(
            "no decay",
            Decayed(),
            "This is plain Adam: weight_decay is not used.",
            "The weights must shrink by a factor that lr and weight_decay give.",
            DECAY,
        ),
        Wrong(
            "decay without lr",
            with_rate(lambda lr, weight_decay: weight_decay),
            "Your decay is not multiplied by lr.",
            "In your notebook lr and weight_decay are multiplied.",
            DECAY,
        ),
        Wrong(
            "lr twice",
            with_rate(lambda lr, weight_decay: lr**2 * weight_decay),
            "Your decay is multiplied by lr twice.",
            "Once is enough.",
            DECAY,
        ),
        Wrong(
            "wrong sign",
            with_rate(lambda lr, weight_decay: -lr * weight_decay),
            "Your weights grow: the decay has the wrong sign.",
            "They must shrink towards zero.",
            DECAY,
        ),
        with_adam(
            "no bias correction",
            adams.no_bias_correction,
            "your Adam has no bias correction.",
            "Averages that start at zero are too small at first; dividing by 1 - beta**t makes up for it.",
            "sec-adam-bias",
        ),
        with_adam(
            "corrected moments stored",
            adams.corrected_moments_stored,
            "you return the corrected moments.",
            "m_hat and v_hat serve one step only; m and v themselves must be kept.",
            "sec-adam-bias",
        ),
        with_adam(
            "epsilon inside the root",
            adams.epsilon_inside,
            "your eps stands inside the root.",
            "Adam's step is the book's here: eps is added last.",
            "sec-adam-epsilon",
        ),
        with_adam(
            "|g| for g squared",
            adams.absolute,
            "you average |grad| in v; the squares are meant.",
            "v is the second moment, the mean of squares.",
            "sec-adam-moments",
        ),
        with_adam(
            "divided before eps is added",
            adams.divided_first,
            "you divide by the root of v before eps is added: where v is zero it gives NaN.",
            "eps is there to keep the denominator from zero: add it to the root first.",
            "sec-adam-epsilon",
        ),
        with_adam(
            "stops where the gradient is zero",
            adams.zero_skipped,
            "where the gradient is zero you do not step.",
            "The moments fade, and m still moves the parameters.",
            "sec-adam-rule",
        ),
        Wrong(
            "theta changed in place",
            in_place,
            "The numbers are right, but the theta you were given is changed.",
            "theta *= … writes into the caller's array; make a new one.",
            "sec-gd-aliasing",
            mistake=32,
        ),
    )


def own_adams(step: Decayed, change: Callable[[Callable], Callable]) -> tuple[Wrong, ...]:
    """The step, changed, around an Adam that the same notebook may ask for in another exercise."""
    return tuple(
        Wrong(
            f"own Adam: {variant.name}",
            change(replace(step, adam=variant.reference)),
            "Your decay is right, but it is around your own adam_step; the book's Adam is meant.",
            "What your notebook asks for in adam_step holds there alone: write the book's step out here.",
            DECAY,
        )
        for variant in VARIANTS
    )
