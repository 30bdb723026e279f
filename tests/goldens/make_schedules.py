"""Makes schedules.json beside this file: the rates of optax and Keras at steps 0, 1, …

    python -m venv other && other/bin/pip install optax keras "jax[cpu]" numpy
    other/bin/python tests/goldens/make_schedules.py

As in make.py, the stored numbers are what the tests need, not the libraries.
"""

import json
import os
from pathlib import Path

STEPS = 45

# (the library's factory, its arguments)
OPTAX = [
    (
        "exponential_decay",
        {"init_value": 0.5, "transition_steps": 7, "decay_rate": 0.3, "staircase": True},
    ),
    (
        "piecewise_constant_schedule",
        {"init_value": 0.5, "boundaries_and_scales": {"7": 0.3, "11": 0.3}},
    ),
    (
        "polynomial_schedule",
        {"init_value": 0.5, "end_value": 0.01, "power": 1.7, "transition_steps": 33},
    ),
    ("cosine_decay_schedule", {"init_value": 0.5, "decay_steps": 33, "alpha": 0.02}),
    ("warmup_constant_schedule", {"init_value": 0.0, "peak_value": 0.5, "warmup_steps": 8}),
    ("cosine_onecycle_schedule", {"transition_steps": 30, "peak_value": 0.5, "pct_start": 0.3}),
]
KERAS = [
    (
        "ExponentialDecay",
        {"initial_learning_rate": 0.5, "decay_steps": 7, "decay_rate": 0.3, "staircase": True},
    ),
    ("PiecewiseConstantDecay", {"boundaries": [7, 11], "values": [0.5, 0.15, 0.045]}),
    (
        "PolynomialDecay",
        {"initial_learning_rate": 0.5, "decay_steps": 33, "end_learning_rate": 0.01, "power": 1.7},
    ),
    ("CosineDecay", {"initial_learning_rate": 0.5, "decay_steps": 33, "alpha": 0.02}),
    (
        "CosineDecay",
        {"initial_learning_rate": 0.0, "decay_steps": 33, "warmup_target": 0.5, "warmup_steps": 8},
    ),
]


def main() -> None:
    """Writes the file."""
    os.environ["KERAS_BACKEND"] = "jax"
    import jax

    jax.config.update("jax_enable_x64", True)
    import keras
    import optax

    keras.config.set_floatx("float64")
    runs = []
    for module, place, table in (
        ("optax", optax, OPTAX),
        ("keras", keras.optimizers.schedules, KERAS),
    ):
        for factory, options in table:
            given = dict(options)
            if "boundaries_and_scales" in given:  # JSON knows no whole numbers as keys
                given["boundaries_and_scales"] = {
                    int(step): scale for step, scale in given["boundaries_and_scales"].items()
                }
            schedule = getattr(place, factory)(**given)
            rates = [float(schedule(step)) for step in range(STEPS)]
            runs.append({"library": module, "factory": factory, "options": options, "rates": rates})
    versions = {"optax": optax.__version__, "keras": keras.__version__, "jax": jax.__version__}
    print(versions)
    text = json.dumps({"versions": versions})[:-1] + ', "runs": [\n'
    text += ",\n".join(map(json.dumps, runs)) + "\n]}\n"
    Path(__file__).with_name("schedules.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
