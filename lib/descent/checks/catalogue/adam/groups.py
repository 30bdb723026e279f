"""`decay_groups`: which parameters weight decay is for."""

import numpy as np

from descent.checks.exercise import Exercise, Probe, UnreadableError, Wrong
from descent.regularize import decay_groups


def _width(rng):
    return int(rng.integers(2, 200))


def _network(rng):
    """Convolutions and linear layers with biases, named as torch names them."""
    named = []
    for i in range(int(rng.integers(1, 4))):
        out = _width(rng)
        named += [(f"conv{i}.weight", (out, _width(rng), 3, 3)), (f"conv{i}.bias", (out,))]
    for i in range(int(rng.integers(1, 4))):
        out = _width(rng)
        named += [(f"linear{i}.weight", (out, _width(rng))), (f"linear{i}.bias", (out,))]
    return (named,)


def _without_telling_names(rng):
    """Normalisations and a single number, whose names say nothing, and embeddings that mislead."""
    width = _width(rng)
    named = [
        ("0.weight", (width, _width(rng))),
        ("1.weight", (width,)),
        ("scale", ()),
        ("bias_table.weight", (_width(rng), 8)),
        ("normaliser.projection", (width, 1)),
        ("2.gain", (width,)),
    ]
    return ([named[i] for i in rng.permutation(len(named))],)


def _memberships(arguments, outcome):
    """For each name, 1 if it is in the first list, plus 2 if it is in the second."""
    names = [name for name, _ in arguments[0]]
    groups = [list(group) for group in outcome.value]
    if len(groups) != 2:
        raise UnreadableError(f"Expected two lists of names, got {len(groups)}.")
    for name in [*groups[0], *groups[1]]:
        if name not in names:
            raise UnreadableError(f"{name!r} is not among the names that were given.")
    return np.array([sum(2**g for g, group in enumerate(groups) if n in group) for n in names])


def _sorted_out(arguments, places):
    decay, _ = decay_groups(arguments[0])
    for (name, shape), place in zip(arguments[0], places, strict=True):
        if place in (0, 3):
            return (
                f"{name!r} must be in one of the two lists; it is in {'both' if place else 'none'}."
            )
        if (name in decay) != (place == 1):
            which = "decay" if name in decay else "be left alone"
            return f"{name!r} of shape {tuple(shape)} should {which}."
    return None


def _split(decays):
    """The two lists under the rule `decays(name, shape)`."""

    def program(named_shapes):
        decay = [name for name, shape in named_shapes if decays(name, shape)]
        return decay, [name for name, _ in named_shapes if name not in decay]

    return program


def _loop(named_shapes):
    groups = {True: [], False: []}
    for name, shape in named_shapes:
        groups[len(shape) > 1].append(name)
    return [groups[True], groups[False]]


def _sets(named_shapes):
    alone = {name for name, shape in named_shapes if len(shape) in (0, 1)}
    return tuple({name for name, _ in named_shapes} - alone), tuple(alone)


def _by_sorting(named_shapes):
    ordered = sorted(named_shapes, key=lambda pair: -len(pair[1]))
    border = sum(len(shape) >= 2 for _, shape in ordered)
    names = [name for name, _ in ordered]
    return names[:border], names[border:]


GROUPS = Exercise(
    name="decay_groups",
    title="What should decay",
    section="sec-adamw-groups",
    difficulty=1,
    minutes=6,
    signature="decay_groups(named_shapes) -> (decay, no_decay)",
    reference=decay_groups,
    probes=(
        Probe(
            "convolutions and linear layers",
            1.0,
            _network,
            judge=_sorted_out,
            observe=_memberships,
        ),
        Probe(
            "names that tell nothing",
            1.0,
            _without_telling_names,
            judge=_sorted_out,
            observe=_memberships,
        ),
    ),
    hints=(
        "Names differ from model to model. What do biases, scales and shifts have in common?",
        "A bias and a scale are vectors: one number for each feature. A weight has two axes or more.",
        "Put a name into decay where len(shape) >= 2, otherwise into no_decay.",
    ),
    right=(
        _split(lambda name, shape: len(shape) >= 2),
        _split(lambda name, shape: np.zeros(shape).ndim > 1),
        _loop,
        _sets,
        _by_sorting,
    ),
    wrong=(
        Wrong(
            "everything decays",
            _split(lambda name, shape: True),
            "You let everything decay.",
            "Biases and the scales of normalisation do not multiply inputs; pulling them to zero only distorts the fit.",
            "sec-adamw-groups",
        ),
        Wrong(
            "exchanged",
            lambda named_shapes: decay_groups(named_shapes)[::-1],
            "Your two lists are exchanged: those that decay come first.",
            "The order is (decay, no_decay).",
            "sec-adamw-groups",
        ),
        Wrong(
            "by the name bias",
            _split(lambda name, shape: "bias" not in name),
            "You leave out what is called bias; the scales of normalisation are called weight, and decay.",
            "A name is no rule: go by the number of axes.",
            "sec-adamw-groups",
        ),
        Wrong(
            "by the names bias and norm",
            _split(lambda name, shape: "bias" not in name and "norm" not in name),
            "You go by the names bias and norm, which many models do not use.",
            "In a sequence of layers a normalisation is called 1.weight: go by the number of axes.",
            "sec-adamw-groups",
        ),
        Wrong(
            "by the end of the name",
            _split(lambda name, shape: name.endswith("weight")),
            "You let whatever is called weight decay.",
            "The scale of a normalisation is called weight too, and a matrix may be called otherwise.",
            "sec-adamw-groups",
        ),
        Wrong(
            "matrices only",
            _split(lambda name, shape: len(shape) == 2),
            "You let matrices decay, but not the kernels of convolutions.",
            "A kernel of four axes multiplies inputs as a matrix does: two axes or more.",
            "sec-adamw-groups",
        ),
        Wrong(
            "single numbers decay",
            _split(lambda name, shape: len(shape) != 1),
            "You let single numbers decay: a shape of () has no axis at all.",
            "A learned scale or temperature is no weight matrix.",
            "sec-adamw-groups",
        ),
        Wrong(
            "by the first axis",
            _split(lambda name, shape: bool(shape) and min(shape) > 1 and len(shape) > 1),
            "You leave out matrices with an axis of length 1.",
            "A layer with one output has a weight of shape (1, n), which decays like any other.",
            "sec-adamw-groups",
        ),
        Wrong(
            "the others forgotten",
            lambda named_shapes: (decay_groups(named_shapes)[0], []),
            "You leave some names out of both lists: their parameters would not be trained at all.",
            "An optimiser changes only what is in one of its groups.",
            "sec-adamw-groups",
        ),
    ),
)
