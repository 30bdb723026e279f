"""The schedules against their own words and against torch.optim.lr_scheduler."""

import json
import math
import warnings
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from descent.schedules import (
    SCHEDULES,
    constant,
    cosine,
    exponential_decay,
    inverse_sqrt,
    join,
    multi_step_decay,
    one_cycle,
    one_cycle_momentum,
    polynomial_decay,
    range_test,
    step_decay,
    warm_restarts,
    warmup,
    wsd,
)

hypothetical = settings(deadline=None, max_examples=50)
rates = st.floats(1e-4, 10)
lengths = st.integers(1, 60)
shares = st.floats(0.01, 0.99)


def first(schedule, n):
    return [schedule(step) for step in range(n)]


# each against its own words


@hypothetical
@given(rates, st.integers(0, 10**9))
def test_constant_is_constant(base_lr, step):
    assert constant(base_lr)(step) == base_lr


def test_a_staircase_goes_down_at_the_step_that_it_names():
    assert first(step_decay(1, every=3, factor=0.5), 8) == [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25]
    assert first(multi_step_decay(1, [2, 5], 0.5), 7) == [1, 1, 0.5, 0.5, 0.5, 0.25, 0.25]


def test_exponential_decay_multiplies_at_every_step():
    assert first(exponential_decay(8, 0.5), 4) == [8, 4, 2, 1]
    assert exponential_decay(1.0, 0.5)(10**6) == 0


def test_polynomials_end_at_their_last_step():
    assert first(polynomial_decay(1, total_steps=4), 7) == [1, 0.75, 0.5, 0.25, 0, 0, 0]
    assert first(polynomial_decay(1, 2, power=2, final_lr=0.2), 4) == pytest.approx(
        [1, 0.2 + 0.8 * 0.25, 0.2, 0.2]
    )


def test_the_cosine_ends_at_its_last_step():
    root = math.sqrt(0.5)
    assert first(cosine(1, total_steps=4), 7) == pytest.approx(
        [1, (1 + root) / 2, 0.5, (1 - root) / 2, 0, 0, 0]
    )


@hypothetical
@given(rates, lengths, st.floats(0, 10), st.integers(0, 1000))
def test_past_the_end_the_last_rate_stays(base_lr, n, final_lr, more):
    for schedule in (
        cosine(base_lr, n, final_lr),
        polynomial_decay(base_lr, n, 2, final_lr),
        wsd(base_lr, 3, 4, n, final_lr),
    ):
        end = n + 7 if schedule.maker is wsd else n
        assert schedule(end + more) == pytest.approx(final_lr, rel=1e-12, abs=1e-12)
    assert one_cycle(base_lr, n)(n - 1 + more) == one_cycle(base_lr, n)(n - 1)
    assert range_test(1e-5, base_lr, n)(max(n - 1, 1) + more) == pytest.approx(base_lr)


def test_restarts_begin_again_and_last_longer():
    assert warm_restarts(1, 3)(3 * 10**12) == 1  # without walking there
    once = cosine(1, 3, 0.1)
    assert first(warm_restarts(1, 3, final_lr=0.1), 9) == first(once, 3) * 3
    long = first(cosine(1, 6, 0.1), 6) + first(cosine(1, 12, 0.1), 12)
    assert first(warm_restarts(1, 3, growth=2, final_lr=0.1), 22) == [
        *first(once, 3),
        *long,
        1.0,
    ]


@hypothetical
@given(st.integers(1, 50), st.integers(2, 10), st.integers(0, 30))
def test_no_restart_is_missed_however_late(period, growth, n):
    start = period * (growth**n - 1) // (growth - 1)  # the sum of n periods
    schedule = warm_restarts(1, period, growth)
    assert schedule(start) == 1
    assert n == 0 or period * growth ** (n - 1) < 2 or schedule(start - 1) <= 0.5


def test_the_inverse_root_after_a_warmup_is_the_transformers_a_step_late():
    W = 7
    ours = warmup(W, inverse_sqrt(0.3, W))
    for k in range(100):
        paper = 0.3 * min((k + 1) / W, math.sqrt(W / (k + 1)))
        assert ours(k if k < W else k + 1) == pytest.approx(paper, rel=1e-14)
    assert ours(W) == ours(W - 1) == 0.3
    assert inverse_sqrt(1, 50)(50) == pytest.approx(math.sqrt(0.5))


@hypothetical
@given(rates, lengths, lengths, st.integers(0, 200))
def test_a_warmup_rises_in_equal_parts_to_the_start_of_the_other(base_lr, W, n, step):
    other = cosine(base_lr, n)
    joined = warmup(W, other)
    assert joined(0) == pytest.approx(base_lr / W)
    assert joined(W - 1) == joined(W) == other(0)
    assert joined(step) == (pytest.approx((step + 1) * joined(0)) if step < W else other(step - W))


def test_no_warmup_is_no_change():
    assert first(warmup(0, cosine(1, 5)), 9) == first(cosine(1, 5), 9)


def test_the_pinned_cosine_with_warmup():
    base, W, T, final = 0.3, 5, 17, 0.02
    joined = warmup(W, cosine(base, T - W, final))
    for k in range(25):
        if k < W:
            expected = base * (k + 1) / W
        elif k < T:
            expected = final + (base - final) * (1 + math.cos(math.pi * (k - W) / (T - W))) / 2
        else:
            expected = final
        assert joined(k) == pytest.approx(expected, rel=1e-13)


@hypothetical
@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 80))
def test_joins_nest_and_count_from_zero_again(m, n, step):
    a, b, c = step_decay(1, 4, 0.5), exponential_decay(2, 0.9), cosine(3, 10)
    right = join(a, m, join(b, n, c))
    left = join(join(a, m, b), m + n, c)
    assert right(step) == left(step)
    assert right(m + n + step) == c(step)
    assert m == 0 or right(m - 1) == a(m - 1)


def test_a_join_takes_any_function_of_the_step():
    assert first(join(lambda k: 5 + k, 2, warmup(2, lambda k: 8)), 5) == [5, 6, 4, 8, 8]


@hypothetical
@given(rates, lengths, shares, st.floats(1, 100), st.floats(1, 1e4))
def test_one_cycle_is_two_lines(max_lr, n, share, start_div, final_div):
    schedule = one_cycle(max_lr, n, share, start_div, final_div)
    values = first(schedule, n + 3)
    peak = max(round(share * n) - 1, 0)
    start, final = max_lr / start_div, max_lr / start_div / final_div
    for k in range(n - 1):
        line = (
            start + (max_lr - start) * k / peak
            if k < peak
            else max_lr + (final - max_lr) * (k - peak) / (n - 1 - peak)
        )
        assert values[k] == pytest.approx(line, rel=1e-9)
    assert values[n - 1 :] == pytest.approx([final] * 4)


@hypothetical
@given(lengths, shares, st.floats(0, 0.99), st.floats(0, 0.99))
def test_the_momentum_mirrors_the_cycle(n, share, low, high):
    rate = one_cycle(2.0, n, share, start_div=2.0, final_div=1.0)  # from 1 to 2 and back
    momentum = one_cycle_momentum(n, share, low, high)
    for k in range(n + 2):
        assert momentum(k) == pytest.approx(high + (low - high) * (rate(k) - 1), abs=1e-12)


def test_wsd_is_its_three_parts_joined():
    parts = warmup(3, join(constant(0.4), 5, polynomial_decay(0.4, 4, 1.0, 0.1)))
    assert first(wsd(0.4, 3, 5, 4, 0.1), 20) == pytest.approx(first(parts, 20), rel=1e-14)
    assert first(wsd(1, 0, 0, 2), 4) == [1, 0.5, 0, 0]


def test_a_range_test_multiplies_by_the_same_factor_from_end_to_end():
    values = first(range_test(1e-5, 1, 6), 8)
    assert values == pytest.approx([1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 1, 1])
    assert range_test(0.1, 1, 1)(0) == 0.1


# what holds for all of them

EXAMPLES = {
    "constant": constant(0.5),
    "step_decay": step_decay(0.5, 7, 0.3),
    "multi_step_decay": multi_step_decay(0.5, [1, 11, 12], 0.3),
    "exponential_decay": exponential_decay(0.5, 0.97),
    "polynomial_decay": polynomial_decay(0.5, 33, 1.7, 0.01),
    "cosine": cosine(0.5, 33, 0.01),
    "warm_restarts": warm_restarts(0.5, 5, 3, 0.01),
    "inverse_sqrt": inverse_sqrt(0.5, 9),
    "join": join(constant(0.3), 9, step_decay(0.5, 7, 0.3)),
    "warmup": warmup(9, cosine(0.5, 24, 0.01)),
    "one_cycle": one_cycle(0.5, 33, 1 / 3),
    "one_cycle_momentum": one_cycle_momentum(33, 1 / 3),
    "wsd": wsd(0.5, 9, 10, 14, 0.01),
    "range_test": range_test(1e-4, 0.5, 33),
}
FALLING = ["step_decay", "multi_step_decay", "exponential_decay", "polynomial_decay", "cosine"]


def test_every_schedule_is_tried():
    assert EXAMPLES.keys() == SCHEDULES.keys()


@pytest.mark.parametrize("name", EXAMPLES)
def test_rates_are_floats_within_bounds_in_any_order(name):
    schedule = EXAMPLES[name]
    forth = [schedule(k) for k in range(70)]
    back = [schedule(k) for k in reversed(range(70))]
    assert forth == back[::-1]
    assert all(type(rate) is float for rate in forth)
    assert all(0 <= rate <= (0.95 if name == "one_cycle_momentum" else 0.5) for rate in forth)


@hypothetical
@given(
    st.sampled_from([*FALLING, "inverse_sqrt", "constant"]), st.integers(0, 99), st.integers(0, 99)
)
def test_what_decays_never_rises(name, a, b):
    assert EXAMPLES[name](min(a, b)) >= EXAMPLES[name](max(a, b))


@hypothetical
@given(rates, st.integers(2, 60), st.floats(0, 1), st.integers(0, 80))
def test_smooth_ones_take_small_steps(base_lr, n, share, step):
    """No step is larger than the steepest slope allows, nor at the end: nothing jumps."""
    final = share * base_lr
    for schedule, steepest in (
        (cosine(base_lr, n, final), math.pi / 2 / n),
        (polynomial_decay(base_lr, n, 1.0, final), 1 / n),
        (warmup(n, cosine(base_lr, n, final)), math.pi / 2 / n),
        (wsd(base_lr, n, 3, n, final), 1 / n),
    ):
        jump = abs(schedule(step + 1) - schedule(step))
        assert jump <= base_lr * steepest * (1 + 1e-9)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_formula_is_within_reach(name):
    schedule = EXAMPLES[name]
    bare = SCHEDULES[name].formula
    for step in (0, 8, 40):
        assert bare(step, *schedule.arguments.values()) == schedule(step)


# against stored rates of optax and Keras

STORED = json.loads(Path(__file__).parents[1].joinpath("goldens/schedules.json").read_text("utf-8"))
RATES = {
    (run["library"], run["factory"], "warmup_steps" in run["options"]): run["rates"]
    for run in STORED["runs"]
}


@pytest.mark.parametrize(
    ("library", "factory", "ours"),
    [
        ("optax", "exponential_decay", step_decay(0.5, 7, 0.3)),
        ("keras", "ExponentialDecay", step_decay(0.5, 7, 0.3)),
        ("optax", "piecewise_constant_schedule", multi_step_decay(0.5, [7, 11], 0.3)),
        ("keras", "PiecewiseConstantDecay", multi_step_decay(0.5, [8, 12], 0.3)),  # a step later
        ("optax", "polynomial_schedule", polynomial_decay(0.5, 33, 1.7, 0.01)),
        ("keras", "PolynomialDecay", polynomial_decay(0.5, 33, 1.7, 0.01)),
        ("optax", "cosine_decay_schedule", cosine(0.5, 33, 0.01)),
        ("keras", "CosineDecay", cosine(0.5, 33, 0.01)),
    ],
)
def test_equals_optax_and_keras_at_every_step(library, factory, ours):
    theirs = RATES[library, factory, False]
    precision = 1e-6 if factory == "CosineDecay" else 1e-9  # Keras takes this cosine in float32
    assert first(ours, len(theirs)) == pytest.approx(theirs, rel=precision)


def test_optax_and_keras_warm_up_from_zero():
    for library, factory, ours in (
        ("optax", "warmup_constant_schedule", warmup(8, constant(0.5))),
        ("keras", "CosineDecay", warmup(8, cosine(0.5, 33, 0.0))),
    ):
        theirs = RATES[library, factory, True]
        assert theirs[0] == 0
        assert theirs[1:9] == pytest.approx(first(ours, 8))


def test_optax_peaks_a_step_later():
    theirs = RATES["optax", "cosine_onecycle_schedule", False]
    ours = first(one_cycle(0.5, 30, 0.3), 45)
    assert theirs.index(0.5) == 9 == ours.index(0.5) + 1


# against torch

torch = pytest.importorskip("torch")
from torch.optim import lr_scheduler  # noqa: E402


def optimizer(base_lr=0.5):
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=base_lr, momentum=0.9)


def stepped(make, n, base_lr=0.5, key="lr"):
    """What torch's scheduler gives to steps 0 … n-1."""
    sgd = optimizer(base_lr)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the order of the calls: nothing is trained here
        scheduler = make(sgd)
        values = []
        for step in range(n):
            values.append(sgd.param_groups[0][key])
            if step < n - 1:
                scheduler.step()
    return values


def after_warmup(make, W):
    """torch's way to warm up."""
    return lambda sgd: lr_scheduler.SequentialLR(
        sgd,
        [
            lr_scheduler.LinearLR(sgd, start_factor=1 / W, total_iters=W - 1),
            make(sgd),
        ],
        milestones=[W],
    )


@pytest.mark.parametrize("n", [1, 2, 7, 33, 100])
@pytest.mark.parametrize("base_lr", [0.5, 3e-4])
def test_equals_torch_at_every_step(n, base_lr):
    half = max(n // 2, 1)
    pairs = [
        (constant(base_lr), lambda o: lr_scheduler.ConstantLR(o, 1.0, n)),
        (step_decay(base_lr, n, 0.3), lambda o: lr_scheduler.StepLR(o, n, 0.3)),
        (
            multi_step_decay(base_lr, [half, n + 3], 0.3),
            lambda o: lr_scheduler.MultiStepLR(o, [half, n + 3], 0.3),
        ),
        (exponential_decay(base_lr, 0.97), lambda o: lr_scheduler.ExponentialLR(o, 0.97)),
        (polynomial_decay(base_lr, n, 1.7), lambda o: lr_scheduler.PolynomialLR(o, n, 1.7)),
        (
            warm_restarts(base_lr, n, 1, 1e-5),
            lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, n, 1, 1e-5),
        ),
        (
            warm_restarts(base_lr, n, 3, 1e-5),
            lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, n, 3, 1e-5),
        ),
        (
            inverse_sqrt(base_lr, n),
            lambda o: lr_scheduler.LambdaLR(o, lambda k: (n / (n + k)) ** 0.5),
        ),
    ]
    for ours, theirs in pairs:
        expected = stepped(theirs, 4 * n + 5, base_lr)
        assert first(ours, 4 * n + 5) == pytest.approx(expected, rel=1e-11, abs=1e-15), ours


@pytest.mark.parametrize("n", [1, 2, 7, 33, 100])
@pytest.mark.parametrize("final_lr", [0.0, 0.01])
def test_equals_torchs_cosine_up_to_its_end_where_torch_turns_back(n, final_lr):
    ours = cosine(0.5, n, final_lr)
    theirs = stepped(lambda o: lr_scheduler.CosineAnnealingLR(o, n, final_lr), 2 * n + 1)
    # multiplied along, torch loses digits where the factor nears 0/0
    assert first(ours, n + 1) == pytest.approx(theirs[: n + 1], rel=1e-9, abs=1e-13)
    assert theirs[2 * n] == pytest.approx(0.5, rel=1e-9)
    assert ours(2 * n) == pytest.approx(final_lr)


@pytest.mark.parametrize(("W", "n"), [(2, 5), (7, 33), (50, 1)])
def test_equals_torchs_sequence_of_a_warmup_and_another(W, n):
    length = W + n + 1
    for ours, theirs in (
        (cosine(0.5, n), lambda o: lr_scheduler.CosineAnnealingLR(o, n)),
        (step_decay(0.5, n, 0.3), lambda o: lr_scheduler.StepLR(o, n, 0.3)),
        (polynomial_decay(0.5, n), lambda o: lr_scheduler.PolynomialLR(o, n)),
    ):
        expected = stepped(after_warmup(theirs, W), length)
        assert first(warmup(W, ours), length) == pytest.approx(expected, rel=1e-9, abs=1e-13)


def test_wsd_equals_torchs_sequence():
    W, S, D = 5, 7, 9
    theirs = stepped(
        lambda o: lr_scheduler.SequentialLR(
            o,
            [
                lr_scheduler.LinearLR(o, 1 / W, total_iters=W - 1),
                lr_scheduler.ConstantLR(o, 1.0),
                lr_scheduler.LinearLR(o, 1.0, 0.1, total_iters=D),
            ],
            milestones=[W, W + S],
        ),
        30,
    )
    assert first(wsd(0.5, W, S, D, 0.05), 30) == pytest.approx(theirs, rel=1e-12)


def test_a_join_equals_torchs_sequence():
    theirs = stepped(
        lambda o: lr_scheduler.SequentialLR(
            o, [lr_scheduler.StepLR(o, 3, 0.5), lr_scheduler.ExponentialLR(o, 0.9)], milestones=[11]
        ),
        30,
    )
    ours = join(step_decay(0.5, 3, 0.5), 11, exponential_decay(0.5, 0.9))
    assert first(ours, 30) == pytest.approx(theirs, rel=1e-12)


def one_cycle_in_torch(n, share, **more):
    return lambda o: lr_scheduler.OneCycleLR(
        o, 0.5, total_steps=n, pct_start=share, anneal_strategy="linear", div_factor=20, **more
    )


@pytest.mark.parametrize(("peak", "n"), [(2, 5), (3, 10), (11, 33), (90, 101)])
def test_equals_torchs_one_cycle_rate_and_momentum(peak, n):
    share = peak / n
    theirs = one_cycle_in_torch(n, share, final_div_factor=300)
    ours = one_cycle(0.5, n, share, start_div=20, final_div=300)
    momentum = one_cycle_momentum(n, share, low=0.8, high=0.97)
    betas = one_cycle_in_torch(n, share, base_momentum=0.8, max_momentum=0.97)
    assert first(ours, n) == pytest.approx(stepped(theirs, n), rel=1e-10)
    assert first(momentum, n) == pytest.approx(stepped(betas, n, key="momentum"), rel=1e-12)
    assert ours(peak - 1) == 0.5


def test_torchs_one_cycle_misses_its_peak_where_that_is_between_two_steps():
    theirs = stepped(one_cycle_in_torch(33, 0.4), 33)
    assert Fraction(0.4) * 33 % 1 != 0
    assert max(theirs) < 0.5 * (1 - 1e-3)
    assert max(first(one_cycle(0.5, 33, 0.4), 33)) == 0.5


def test_torchs_one_cycle_goes_below_its_last_rate_and_then_raises():
    theirs = stepped(one_cycle_in_torch(10, 0.3), 11)
    assert theirs[10] < theirs[9] > 0
    with pytest.raises(ValueError, match="Tried to step 11 times"):
        stepped(one_cycle_in_torch(10, 0.3), 12)


def test_torchs_logarithm_misses_restarts_where_whole_numbers_do_not():
    sgd = optimizer()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scheduler = lr_scheduler.CosineAnnealingWarmRestarts(sgd, 1, 3)
        values = {step: (scheduler.step(step), sgd.param_groups[0]["lr"])[1] for step in range(150)}
    ours = warm_restarts(0.5, 1, 3)
    differ = [step for step, rate in values.items() if abs(rate - ours(step)) > 1e-9]
    assert differ == [121]  # 1 + 3 + 9 + 27 + 81, where a period begins
    assert ours(121) == 0.5
    assert values[121] == pytest.approx(0, abs=1e-15)
