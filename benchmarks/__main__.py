"""Times the executors against torch.optim; prints the table, writes results/speed.json and a figure.

Rounds and the file can be given: `python -m benchmarks --rounds 30 --out results/speed.json`. With
`steps` or `training` only that is timed, and nothing is written. `grading` times the grader, and `site`
the book's own builds and tests.
"""

import argparse
import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]
MEASURED = ("lib/descent/methods.py", "lib/descent/pytorch/optimizer.py",
            "lib/descent/pytorch/loop.py", "lib/descent/pytorch/kernel.py", "lib/descent/pytorch/row.py",
            "lib/descent/pytorch/training.py",
            "benchmarks/steps.py", "benchmarks/training.py", "benchmarks/timing.py")  # fmt: skip


def digest() -> str:
    """Of the code that decides the numbers."""
    return hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in MEASURED)).hexdigest()


def measure(chosen: str | None, threads: int, count: int) -> list[dict]:
    """All comparisons, or the chosen ones, with so many threads: in one process, interleaved."""
    import torch

    from benchmarks.steps import CASES, METHODS, optax_step, plain_loop, steps, training_steps
    from benchmarks.timing import ratio, rounds, summary
    from benchmarks.training import epochs

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    jobs = {
        "steps": [("step", case, method) for case in CASES for method in METHODS],
        "training": [("training step", "MLP", "adam"), ("training epoch", "MLP", "adam")],
    }
    whole = {"training step": training_steps, "training epoch": epochs}
    rows = []
    for what, case, method in jobs[chosen] if chosen else [*jobs["steps"], *jobs["training"]]:
        competitors = whole[what](method) if what in whole else steps(case, method)
        if what == "step" and find_spec("optax"):
            competitors["optax jit"] = optax_step(case, method)
        if what == "step" and method == "adam":
            with tempfile.TemporaryDirectory() as folder:
                competitors["plain loop"] = plain_loop(case, Path(folder))
        times = rounds(competitors, count)
        rows.append(
            {"what": what, "case": case, "method": method, "threads": threads}
            | {"microseconds": summary(times)}
            | {"ours compiled to": {
                name: round(ratio(times, "ours compiled", name), 3)
                for name in times if name != "ours compiled"
            }}
        )  # fmt: skip
        print(line(rows[-1]), file=sys.stderr, flush=True)
    return rows


COMPILE = """
import time, torch, torch._inductor.compile_fx
from descent.methods import RULES
from descent.pytorch.kernel import kernel
start = time.perf_counter()
kernel(RULES["adam"], torch.float32, torch.device("cpu"))
print(time.perf_counter() - start)
"""


def compile_times() -> list[float]:
    """Seconds until Adam's kernel is there: from nothing, and from what a first process left on disk."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"TORCHINDUCTOR_CACHE_DIR": folder}
        command = [sys.executable, "-c", COMPILE]
        runs = [
            subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True)
            for _ in range(2)
        ]
    return [round(float(run.stdout), 2) for run in runs]


def line(row: dict) -> str:
    """One comparison in words and numbers."""
    times = "  ".join(f"{name} {value:.0f}" for name, value in row["microseconds"].items())
    ratios = "  ".join(f"{name} {value:.2f}" for name, value in row["ours compiled to"].items())
    head = f"{row['what']}, {row['case']}, {row['method']}, {row['threads']} thread(s)"
    return f"{head}\n    us: {times}\n    ours compiled to: {ratios}"


def figure(rows: list[dict], path: Path) -> None:
    """Microseconds of every competitor for Adam, one panel for each case."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    shown = [row for row in rows if row["method"] == "adam" and row["threads"] == 1]
    drawing, axes = plt.subplots(1, len(shown), figsize=(4 * len(shown), 3), layout="constrained")
    for axis, row in zip(axes, shown, strict=True):
        names = list(row["microseconds"])
        axis.barh(names, list(row["microseconds"].values()))
        axis.set(title=f"{row['what']}, {row['case']}", xlabel="µs, 1 thread")
        axis.invert_yaxis()
    for axis in axes[1:]:
        axis.set_yticks([])
    path.parent.mkdir(parents=True, exist_ok=True)
    drawing.savefig(path, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["steps", "training", "grading", "site"])
    parser.add_argument("--rounds", type=int, help="30, of grading 1")
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "speed.json")
    parser.add_argument("--submissions", type=int, nargs="+", default=[100, 1000, 5000])
    parser.add_argument("--notebooks", type=int, default=6, help="that stock nbgrader grades")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--threads", type=int, help=argparse.SUPPRESS)  # the child of main
    given = parser.parse_args()
    given.rounds = given.rounds or (1 if given.what == "grading" else 30)
    if given.what == "grading":
        from benchmarks import grading

        grading.main(given.submissions, given.notebooks, given.jobs, given.rounds)
        return
    if given.what == "site":
        from benchmarks import site

        site.main()
        return
    if given.threads:
        print(json.dumps(measure(given.what, given.threads, given.rounds)))
        return
    import torch

    load = os.getloadavg()[0]
    rows = []
    for threads in (1, 2):  # OpenMP's threads are settled at its start: a process for each number
        command = [sys.executable, "-m", "benchmarks", *([given.what] if given.what else [])]
        environment = os.environ | {
            "OMP_NUM_THREADS": str(threads),
            "XLA_FLAGS": f"--xla_cpu_multi_thread_eigen={str(threads > 1).lower()}",
            "TORCHINDUCTOR_CACHE_DIR": str(ROOT / "_build" / "inductor"),
        }
        child = subprocess.run(
            [*command, "--threads", str(threads), "--rounds", str(given.rounds)],
            cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True, text=True,
        )  # fmt: skip
        rows += json.loads(child.stdout)
    if given.what:
        print("\n".join(line(row) for row in rows))
        return
    result = {
        "script": "python -m benchmarks",
        "rounds": given.rounds,
        "code": digest(),
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "machine": {
            "kind": platform.machine(),
            "cores": os.cpu_count(),
            "vectors": torch.backends.cpu.get_cpu_capability(),
            "load before": round(load, 2),
        },
        "seconds to compile adam": compile_times(),
        "rows": rows,
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(result, indent=1) + "\n")
    figure(rows, ROOT / "_build" / "speed.png")
    print("\n".join(line(row) for row in rows))
    cold, warm = result["seconds to compile adam"]
    print(f"To compile Adam's kernel took {cold:.1f} s, and {warm:.1f} s from the disk's cache.")
    if not find_spec("optax"):
        print("Not measured: optax (pip install -e '.[bench]').")
    print(f"Written: {given.out.name} and _build/speed.png")


if __name__ == "__main__":
    main()
