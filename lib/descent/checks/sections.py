"""Where the book teaches something: an anchor's second word names its chapter, as in `sec-adam-bias`."""

from descent.inputs import lookup

CHAPTERS = {
    "losses": "01_losses_and_gradients",
    "gd": "02_gradient_descent",
    "stochastic": "03_stochastic_gradients",
    "momentum": "04_momentum",
    "nesterov": "05_nesterov",
    "adagrad": "06_adagrad_rmsprop",
    "rmsprop": "06_adagrad_rmsprop",
    "adaptive": "06_adagrad_rmsprop",
    "adam": "07_adam",
    "adamw": "07_adam",
    "schedules": "08_schedules",
    "batch": "09_batch_size",
    "signals": "10_signal_propagation",
    "comparison": "11_fair_comparison",
}


def chapter(section: str) -> str:
    """The folder name of the chapter that an anchor is in. Raises ValueError where it is in none."""
    return lookup("chapter of a section", section.split("-")[1], CHAPTERS)


def page(section: str) -> str:
    """The page and place of an anchor, e.g. `02_gradient_descent.html#sec-gd-rule`."""
    return f"{chapter(section)}.html#{section}"


def number(section: str) -> int:
    """The number of the chapter that an anchor is in."""
    return int(chapter(section).partition("_")[0])
