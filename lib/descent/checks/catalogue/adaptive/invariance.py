"""`predicted_invariant`: which methods do not care how the axes are turned."""

from descent.checks.catalogue.predictions import prediction
from descent.checks.exercise import Wrong

METHODS = ("gradient_descent", "momentum", "adagrad", "rmsprop")


def _recorded(arguments, value):
    """A prediction is any list of the four names; whether it is right earns nothing."""
    if not isinstance(value, list | tuple):
        return f"Expected a list of names, got {type(value).__name__}."
    strange = [name for name in value if name not in METHODS]
    if strange:
        return f"Expected names from {', '.join(METHODS)}, got {strange[0]!r}."
    return None


PREDICTION = prediction(
    "predicted_invariant",
    section="sec-adaptive-rotation",
    signature="predicted_invariant -> a list of names",
    hint="Which of the four treat a coordinate differently from a direction in between?",
    recorded=_recorded,
    right=([], ["gradient_descent", "momentum"], ("rmsprop",), list(METHODS), ["adagrad"]),
    wrong=(
        Wrong(
            "not a list",
            lambda: 2,
            "Write your prediction as a list of names.",
            f"Any list of names from {', '.join(METHODS)} earns the point, an empty one too.",
            "sec-adaptive-rotation",
        ),
        Wrong(
            "another name",
            lambda: ["adam"],
            "Your list holds a name that is not among the four.",
            f"Choose from {', '.join(METHODS)}.",
            "sec-adaptive-rotation",
        ),
    ),
)
