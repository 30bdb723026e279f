"""`comparison_repaired`: learning rates compared from one start, with one network for all of them to repair."""

import numpy as np

from descent.checks.catalogue.comparison.networks import examples, flat, learning_rate, network
from descent.checks.catalogue.comparison.shared_network_mistakes import MISTAKES
from descent.checks.catalogue.comparison.shared_network_right import RIGHT, reference
from descent.checks.exercise import Exercise, Probe


def _case(rng, *, training):
    model = network(rng, training=training)
    rates = [learning_rate(rng), learning_rate(rng)]
    batches = [examples(rng, 8), examples(rng, 8)]
    return (model, rates, batches, *examples(rng, 10))


def _after_evaluation(rng):
    """The network comes in evaluation mode."""
    return _case(rng, training=False)


def _in_training(rng):
    """The network comes in training mode."""
    return _case(rng, training=True)


def _losses(arguments, outcome):
    losses = np.asarray(outcome.value, dtype=float)
    return {"the validation losses": losses}


def _left_alone(arguments, outcome):
    before, after = arguments[0], outcome.arguments[0]
    same = all(
        np.array_equal(flat(getattr(before, part)), flat(getattr(after, part)))
        for part in ("parameters", "statistics")
    )
    return {"the network that is given is left as it was": same}


REPAIRED = Exercise(
    name="comparison_repaired",
    title="Bug lab: one network for all",
    section="sec-comparison-start",
    difficulty=2,
    minutes=12,
    signature="comparison_repaired(model, rates, batches, X_valid (n, d), y_valid (n,)) -> list of losses",
    reference=reference,
    probes=(
        Probe("the loss of every learning rate", 2.0, _after_evaluation, draws=1, observe=_losses),
        Probe(
            "the network that is given is not trained",
            1.0,
            _in_training,
            draws=1,
            observe=_left_alone,
        ),
    ),
    hints=(
        "Ask of each learning rate: which weights does it start from? And of each loss: in which mode is the network?",
        "There are two mistakes. One is about what `model` is after the first learning rate; the other about batch "
        "normalisation, which behaves differently when it is measured.",
        "Within the loop: network = copy.deepcopy(model), an optimiser of network.parameters(), network.train() before "
        "the batches, network.eval() before the validation loss.",
    ),
    right=RIGHT,
    wrong=MISTAKES,
    needs="torch.optim",
)
