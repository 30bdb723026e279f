"""`train_step`: one step of training, on torch's own objects."""

import numpy as np

from descent.checks.catalogue.comparison.networks import examples, flat, learning_rate, network
from descent.checks.catalogue.comparison.train_step_mistakes import MISTAKES
from descent.checks.catalogue.comparison.train_step_right import RIGHT, reference
from descent.checks.exercise import Exercise, Probe
from descent.checks.networks import Optimiser


def _case(rng, optimiser, *, training=True, gradients=None):
    model = network(rng, training=training, gradients=gradients)
    return (
        model,
        Optimiser(optimiser, learning_rate(rng)),
        *examples(rng, int(rng.integers(6, 12))),
    )


def _later(rng):
    """A step after others, whose gradients are still there."""
    return _case(rng, "SGD", gradients=lambda shape: rng.normal(size=shape))


def _first(rng):
    """The first step: no gradient has been computed yet."""
    return _case(rng, "SGD")


def _after_evaluation(rng):
    """A step with a network that was left in evaluation mode."""
    return _case(rng, "SGD", training=False, gradients=np.zeros)


def _other_optimiser(rng):
    """A step of Adam."""
    return _case(rng, "Adam", gradients=np.zeros)


def _facts(arguments, outcome):
    before, after = arguments[0], outcome.arguments[0]
    weights, statistics = flat(after.parameters), flat(after.statistics)
    moved = not np.array_equal(weights, flat(before.parameters))
    used = moved or not np.array_equal(statistics, flat(before.statistics))
    return {
        "the network that is given is used": used,
        "the loss": float(outcome.value) if used else 0.0,
        "the running statistics": statistics,
        "the weights": weights,
        "the network is in training mode": used and after.training,
    }


TRAIN_STEP = Exercise(
    name="train_step",
    title="One step of training",
    section="sec-comparison-step",
    difficulty=2,
    minutes=12,
    signature="train_step(model, optimizer, X (n, d), y (n,)) -> float",
    reference=reference,
    probes=(
        Probe("a step in the middle of a run", 1.5, _later, draws=1, observe=_facts),
        Probe("the very first step", 0.5, _first, draws=1, observe=_facts),
        Probe("the step after an evaluation", 0.5, _after_evaluation, draws=1, observe=_facts),
        Probe("another optimiser", 0.5, _other_optimiser, draws=1, observe=_facts),
    ),
    hints=(
        "Which of the five parts may the caller have left undone: the mode, the gradients, or both?",
        "Set the mode first, clear the gradients, then: logits, loss, backward, step. What does backward do to a "
        "gradient that is there already?",
        "model.train(); optimizer.zero_grad(); loss = torch.nn.functional.cross_entropy(model(X), y); loss.backward(); "
        "optimizer.step(); return loss.item().",
    ),
    right=RIGHT,
    wrong=MISTAKES,
    needs="torch.optim",
)
