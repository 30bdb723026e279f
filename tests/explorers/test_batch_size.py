import re

import numpy as np
import pytest

from descent.batches import BatchTradeoff, fit_batch_tradeoff
from descent.explorers import BatchSize, settings

MACHINE = (7.3, 0.013)  # milliseconds a step, an example
TRADEOFFS = [BatchTradeoff(37.0, 37.0 * 11), BatchTradeoff(4100.0, 4100.0 * 870.0)]
SIZES = [1, 2, 77, 870, 5e3, 1e6]


@pytest.fixture(scope="module")
def site(page_with):
    return page_with(BatchSize(batch_size=64))


def test_javascript_equals_the_library(in_node):
    code = f"""
    const sizes = {SIZES};
    answer(given.map((state) => [
        [tradeoff.steps, tradeoff.examples, tradeoff.seconds].map((of) => sizes.map((b) => of(state, b))), tradeoff.fastest(state)]));"""
    given = [
        BatchSize(tradeoff, overhead=MACHINE[0], per_example=MACHINE[1]).state
        for tradeoff in TRADEOFFS
    ]
    machine = [each / 1000 for each in MACHINE]
    for tradeoff, (curves, fastest) in zip(
        TRADEOFFS, in_node("batch_size", code, given), strict=True
    ):
        ours = [
            [tradeoff.steps(b) for b in SIZES],
            [tradeoff.examples(b) for b in SIZES],
            [tradeoff.seconds(b, *machine) for b in SIZES],
        ]
        np.testing.assert_allclose(curves, ours, rtol=1e-12)
        assert fastest == pytest.approx(tradeoff.fastest_batch_size(*machine), rel=1e-12)


def test_the_facts_the_words_rest_on():
    for tradeoff in TRADEOFFS:
        critical = tradeoff.critical_batch_size
        assert tradeoff.examples(critical / 10) == pytest.approx(1.1 * tradeoff.min_examples)
        assert tradeoff.steps(critical * 10) == pytest.approx(1.1 * tradeoff.min_steps)
        # the dashed lines meet at the noise scale
        assert tradeoff.min_examples / critical == pytest.approx(tradeoff.min_steps)


def test_a_fit_is_shown_as_it_is():
    fit = fit_batch_tradeoff([16, 64, 256, 1024], [5200, 1450, 560, 310])
    state = BatchSize(fit).state
    assert state["min_steps"] == fit.min_steps
    assert state["noise_scale"] == fit.critical_batch_size


def test_picture_says_the_numbers():
    words = BatchSize(TRADEOFFS[0], overhead=2, per_example=0.5, batch_size=11).picture()
    assert "noise scale 11. Batch size 11: 74 steps, 814 examples, 0.555 seconds." in words
    assert f"Fastest: batch size {(11 * 4) ** 0.5:.3g}," in words


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"tradeoff": 300}, TypeError, "tradeoff must be a BatchTradeoff, got int: 300"),
        ({"tradeoff": BatchTradeoff(0, 1)}, ValueError, "min_steps must be a finite number > 0"),
        ({"overhead": 0}, ValueError, "overhead must be a finite number > 0, got 0"),
        ({"per_example": -1}, ValueError, "per_example must be a finite number > 0"),
        ({"batch_size": 0}, ValueError, "batch_size must be a finite number >= 1"),
        ({"batch_size": 2**21}, ValueError, "<= 1.04858e+06, got 2097152"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=re.escape(message)):
        BatchSize(**arguments)


def _words(page):
    return page.locator(".dx-words").inner_text()


@pytest.mark.browser
def test_words_follow_the_batch_from_perfect_scaling_over_the_knee(visit):
    page = visit()
    assert _words(page).startswith("Near perfect scaling")
    slider = page.get_by_label("Batch size", exact=True)
    slider.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "128"
    assert _words(page).startswith("At the knee")
    tradeoff = BatchTradeoff(500, 500 * 1000)
    saved = 100 * (1 - tradeoff.steps(256) / tradeoff.steps(128))
    assert f"save {saved:.3g} % of the steps" in _words(page)
    slider.press("End")
    assert slider.get_attribute("aria-valuetext") == str(settings.LARGEST_BATCH)
    assert _words(page).startswith("Beyond the knee")


@pytest.mark.browser
def test_numbers_equal_the_librarys(visit):
    page = visit(
        "#batch_size-1?min_steps=300&noise_scale=200&overhead=4&per_example=1&batch_size=50"
    )
    tradeoff = BatchTradeoff(300, 300 * 200)
    readings = page.locator("[data-reading]").all_inner_texts()
    assert readings == [
        f"{tradeoff.steps(50):g}",
        f"{tradeoff.examples(50):g}",
        f"{tradeoff.seconds(50, 0.004, 0.001):.3g} s",
    ]
    best = tradeoff.fastest_batch_size(0.004, 0.001)
    assert f"about {best:.3g} examples a batch" in _words(page)
