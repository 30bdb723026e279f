"""The long experiments behind the chapters, for `python -m experiments`; results/ keeps what they found.

Each is a module with an `EXPERIMENT` (see `experiments.runner`), named here.
"""

NAMES = ("fair_comparison", "warmup")
