"""Makes optax.json and keras.json beside this file, and says the versions used.

    python -m venv other && other/bin/pip install optax keras "jax[cpu]" numpy
    other/bin/python tests/goldens/make.py

The other libraries walk the gradient sequence of `shared_gradients`; their positions are stored at
`CHECKPOINTS`. The tests walk the same sequence with this project's rules. Neither library is a
dependency: the stored numbers are what the tests need.
"""

import json
import os
from pathlib import Path

import numpy as np

STEPS = 1000
CHECKPOINTS = (1, 2, 3, 5, 10, 30, 100, 300, 500, 501, 700, 1000)
SCALES = np.repeat(10.0 ** np.arange(-4, 2), 2)  # of the gradients, one for each coordinate

# (the book's rule that it is compared with, factory in the library, its arguments)
OPTAX = [
    ("momentum_ema", "ema", {"decay": 0.83, "debias": False}),
    ("momentum_ema_corrected", "ema", {"decay": 0.83, "debias": True}),
    ("momentum", "sgd", {"momentum": 0.83}),
    ("nesterov", "sgd", {"momentum": 0.83, "nesterov": True}),
    ("adagrad", "adagrad", {}),
    ("adagrad", "adagrad", {"initial_accumulator_value": 0.03, "eps": 1e-3}),
    ("rmsprop", "rmsprop", {}),
    ("rmsprop", "rmsprop", {"decay": 0.93, "eps": 1e-3}),
    ("rmsprop_centered", "rmsprop", {"centered": True}),
    ("rmsprop_centered", "rmsprop", {"decay": 0.93, "eps": 1e-3, "centered": True}),
    ("rmsprop_momentum", "rmsprop", {"decay": 0.93, "eps": 1e-3, "momentum": 0.7}),
    ("adadelta", "adadelta", {}),
    ("adadelta", "adadelta", {"rho": 0.83, "eps": 1e-3}),
    ("adam", "adam", {}),
    ("adam", "adam", {"b1": 0.8, "b2": 0.97, "eps": 1e-3}),
    ("adamw", "adamw", {}),
    ("adamw", "adamw", {"b1": 0.8, "b2": 0.97, "eps": 1e-3, "weight_decay": 0.3}),
    ("amsgrad", "amsgrad", {}),
    ("amsgrad", "amsgrad", {"b1": 0.8, "b2": 0.97, "eps": 1e-3}),
]
KERAS = [
    ("momentum", "SGD", {"momentum": 0.83}),
    ("nesterov", "SGD", {"momentum": 0.83, "nesterov": True}),
    ("adagrad", "Adagrad", {}),
    ("adagrad", "Adagrad", {"initial_accumulator_value": 0.03, "epsilon": 1e-3}),
    ("rmsprop", "RMSprop", {}),
    ("rmsprop", "RMSprop", {"rho": 0.93, "epsilon": 1e-3}),
    ("rmsprop_centered", "RMSprop", {"centered": True}),
    ("rmsprop_centered", "RMSprop", {"rho": 0.93, "epsilon": 1e-3, "centered": True}),
    ("rmsprop_momentum", "RMSprop", {"rho": 0.93, "epsilon": 1e-3, "momentum": 0.7}),
    ("adadelta", "Adadelta", {}),
    ("adadelta", "Adadelta", {"rho": 0.83, "epsilon": 1e-3}),
    ("adam", "Adam", {}),
    ("adam", "Adam", {"beta_1": 0.8, "beta_2": 0.97, "epsilon": 1e-3}),
    ("adamw", "AdamW", {}),
    ("adamw", "AdamW", {"beta_1": 0.8, "beta_2": 0.97, "epsilon": 1e-3, "weight_decay": 0.3}),
    ("adamw", "Adam", {"beta_1": 0.8, "beta_2": 0.97, "epsilon": 1e-3, "weight_decay": 0.3}),
    ("amsgrad", "Adam", {"amsgrad": True}),
    ("amsgrad", "Adam", {"beta_1": 0.8, "beta_2": 0.97, "epsilon": 1e-3, "amsgrad": True}),
]


def shared_gradients() -> tuple[np.ndarray, np.ndarray]:
    """The start (12,) and the gradients (1000, 12): scales 1e-4 … 10, a mean that is not zero.

    The second coordinate of each scale is sparse: two of three of its gradients are exactly zero,
    though not the first.
    """
    rng = np.random.default_rng(20)
    start = SCALES * rng.normal(size=SCALES.size)
    gradients = SCALES * (rng.normal(size=(STEPS, SCALES.size)) + 0.3)
    silent = rng.random((STEPS, SCALES.size)) < 2 / 3
    silent[:, ::2] = False
    silent[0] = False
    return start, np.where(silent, 0.0, gradients)


def lr_at(step: int) -> float:
    """The learning rate of step 0, 1, …: it drops after half the run, so that schedules count."""
    return 0.013 if step < STEPS // 2 else 0.004


def walk_optax(factory: str, options: dict) -> list:
    """The positions at the checkpoints."""
    import jax
    import jax.numpy as jnp
    import optax

    position, gradients = shared_gradients()
    lr = jnp.asarray([lr_at(step) for step in range(STEPS)]).__getitem__
    if factory == "ema":
        optimiser = optax.chain(optax.ema(**options), optax.scale_by_learning_rate(lr))
    else:
        optimiser = getattr(optax, factory)(learning_rate=lr, **options)
    theta = jnp.asarray(position)
    state = optimiser.init(theta)

    @jax.jit
    def step(theta, state, grad):
        change, state = optimiser.update(grad, state, theta)
        return optax.apply_updates(theta, change), state

    kept = []
    for t, grad in enumerate(gradients, start=1):
        theta, state = step(theta, state, jnp.asarray(grad))
        if t in CHECKPOINTS:
            kept.append(np.asarray(theta).tolist())
    return kept


def walk_keras(factory: str, options: dict) -> list:
    """The positions at the checkpoints."""
    import keras

    position, gradients = shared_gradients()
    theta = keras.Variable(position, dtype="float64")
    optimiser = getattr(keras.optimizers, factory)(learning_rate=lr_at(0), **options)
    kept = []
    for t, grad in enumerate(gradients, start=1):
        optimiser.learning_rate = lr_at(t - 1)
        optimiser.apply([keras.ops.convert_to_tensor(grad, dtype="float64")], [theta])
        if t in CHECKPOINTS:
            kept.append(np.asarray(theta.value).tolist())
    return kept


def main() -> None:
    """Writes both files."""
    os.environ["KERAS_BACKEND"] = "jax"
    import jax

    jax.config.update("jax_enable_x64", True)
    import keras
    import optax

    keras.config.set_floatx("float64")
    for name, walk, table, module in (
        ("optax", walk_optax, OPTAX, optax),
        ("keras", walk_keras, KERAS, keras),
    ):
        versions = {name: module.__version__, "jax": jax.__version__, "numpy": np.__version__}
        print(name, versions)
        runs = [
            json.dumps(
                {
                    "method": method,
                    "factory": factory,
                    "options": options,
                    "positions": walk(factory, options),
                }
            )
            for method, factory, options in table
        ]
        head = json.dumps({"versions": versions, "checkpoints": CHECKPOINTS})
        text = head[:-1] + ', "runs": [\n' + ",\n".join(runs) + "\n]}\n"
        Path(__file__).with_name(f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
