"""How the experiment on warm-up chooses; tests/experiments/test_results.py holds what it found."""

from experiments.warmup import DIVERGED, FRESH, TUNING, plan


def losses(lowest_at, diverges_from):
    """A made-up `ask`: the loss has its minimum at one rate, and there is none from another one on."""

    def ask(lr, warmup_steps, seed, **settings):
        loss = abs(lr - lowest_at) + 0.1 * (warmup_steps == 0) + 0.001 * (seed % 100)
        return {"loss": loss if lr < diverges_from else None}

    return ask


def test_seeds_that_choose_do_not_compare():
    assert not set(TUNING) & set(FRESH)


def test_each_arm_gets_its_best_rate_and_the_gain_is_paired():
    found = plan(losses(lowest_at=0.015, diverges_from=1.0))
    best = {(arm["method"], arm["norm"]): arm["best"] for arm in found["arms"]}
    assert best == {
        ("adamw", "post"): 0.016,
        ("adamw", "pre"): 0.016,
        ("momentum", "post"): 0.01,
    }
    for gain in found["gains"]:
        assert [round(gain[name], 9) for name in ("mean", "low", "high")] == [0.1] * 3


def test_a_run_that_diverged_loses_the_choice():
    for arm in plan(losses(lowest_at=0.5, diverges_from=0.05))["arms"]:
        assert arm["best"] == max(lr for lr in arm["lrs"] if lr < 0.05)
        assert (arm["tried"][-1] == DIVERGED) == (arm["lrs"][-1] >= 0.05)
