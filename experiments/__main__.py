"""Runs the book's long experiments and writes results/NAME.json: `python -m experiments [NAME ...]`.

What is done stays done: a run that was stopped goes on where it was, and a row is computed again only
when the code that decides it has changed.
"""

import argparse
import os

from experiments import NAMES
from experiments.runner import ROOT, find, run


def main() -> None:
    """Says what will run and for how long, then runs it."""
    parser = argparse.ArgumentParser(prog="python -m experiments", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(NAMES)}")
    names = parser.parse_args().names or NAMES
    if unknown := sorted(set(names) - set(NAMES)):
        parser.error(f"unknown experiment {unknown[0]!r}; known: {', '.join(NAMES)}")
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(ROOT / "_build" / "inductor"))
    chosen = [find(name) for name in names]
    for experiment in chosen:
        print(f"{experiment.name}, about {experiment.minutes:g} minutes: {experiment.about}")
    for experiment in chosen:
        print(f"\n==> {experiment.name}", flush=True)
        run(experiment, say=lambda text: print(text, flush=True))


if __name__ == "__main__":
    main()
