import re

import numpy as np
import pytest

from descent.explorers import ScheduleDesigner
from descent.explorers.schedule_parts import EXAMPLES, put_together, take_apart
from descent.schedules import (
    SCHEDULES,
    Schedule,
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

SIMPLE = [
    constant(0.3),
    step_decay(0.37, every=7, factor=0.61),
    multi_step_decay(0.37, milestones=[3, 11, 12], factor=0.3),
    multi_step_decay(2, milestones=[5]),
    exponential_decay(1e-5, gamma=0.917),
    polynomial_decay(0.37, total_steps=31, power=1.7, final_lr=0.02),
    cosine(0.37, total_steps=31, final_lr=0.02),
    warm_restarts(0.37, period=5, growth=2, final_lr=3e-3),
    warm_restarts(0.37, period=7),
    inverse_sqrt(0.37, timescale=9),
    wsd(0.37, warmup_steps=4, stable_steps=11, decay_steps=9, final_lr=0.02),
    wsd(0.37, warmup_steps=0, stable_steps=0, decay_steps=1),
    range_test(1e-7, 10.0, total_steps=33),
    range_test(1e-7, 10.0, total_steps=1),
    # halves at the peak (2.5, 3.5 round to even), and corners that meet
    one_cycle(0.37, total_steps=25, warmup_fraction=0.1, start_div=7.0, final_div=1e5),
    one_cycle(0.37, total_steps=35, warmup_fraction=0.1),
    one_cycle(0.37, total_steps=1),
    one_cycle(0.37, total_steps=2, warmup_fraction=0.9),
    one_cycle(0.37, total_steps=3, warmup_fraction=0.01),
]
SCHEDULES_SHOWN = [
    *SIMPLE,
    *(warmup(6, schedule) for schedule in SIMPLE),
    *(join(a, 9, b) for a, b in zip(SIMPLE, SIMPLE[3:] + SIMPLE[:3], strict=True)),
    warmup(3, join(step_decay(0.37, 7, 0.61), 0, one_cycle(0.2, 40))),
]
STEPS = [*range(60), 200, 12_345]  # most have ended by then


@pytest.fixture(scope="module")
def site(page_with):
    return page_with(ScheduleDesigner(warmup(100, cosine(0.1, 900)), steps=1200))


@pytest.fixture(scope="module")
def javascript(in_node):
    """For each schedule: the state that the explorer completes, its values and its program."""
    code = f"""
    const steps = {STEPS};
    const values = (schedule) => steps.map((k) => ask(schedule, k));
    answer(given.map((raw) => {{
        const state = completeDesign(raw);
        const made = designed(state);
        const entries = Object.entries(made).map(([name, schedule]) => [name, values(schedule)]);
        return [state, Object.fromEntries(entries), program(made)];
    }}));"""
    return in_node("schedule_designer", code, [ScheduleDesigner(s).state for s in SCHEDULES_SHOWN])


def test_all_of_descents_schedules_are_there():
    assert {*EXAMPLES, "join", "warmup", "one_cycle_momentum"} == set(SCHEDULES)
    assert {s.maker.__name__ for s in SIMPLE} == set(EXAMPLES)
    for name, (_, example) in EXAMPLES.items():
        assert example.maker is SCHEDULES[name]


def test_javascript_has_descents_values_past_the_end_too(javascript):
    for schedule, (_, values, _) in zip(SCHEDULES_SHOWN, javascript, strict=True):
        ours = [schedule(k) for k in STEPS]
        np.testing.assert_allclose(
            values["lr"], ours, rtol=1e-12, atol=1e-15, err_msg=repr(schedule)
        )
        momentum = ScheduleDesigner(schedule).momentum
        assert ("beta" in values) == (momentum is not None)
        if momentum:
            theirs = [momentum(k) for k in STEPS]
            np.testing.assert_allclose(values["beta"], theirs, rtol=1e-12, err_msg=repr(momentum))


def test_javascript_keeps_every_setting(javascript):
    for schedule, (state, _, _) in zip(SCHEDULES_SHOWN, javascript, strict=True):
        assert state == ScheduleDesigner(schedule).state


def test_the_program_is_the_schedules_repr_and_runs(javascript):
    for schedule, (_, _, program) in zip(SCHEDULES_SHOWN, javascript, strict=True):
        assert f"lr = {schedule!r}" in program
        namespace = {}
        exec(program, namespace)  # our own lines, as a reader would paste them
        assert namespace["lr"] == schedule
        assert namespace.get("beta") == ScheduleDesigner(schedule).momentum


def test_parts_make_the_whole_again():
    for schedule in SCHEDULES_SHOWN:
        assert put_together(take_apart(schedule)) == schedule
        assert ScheduleDesigner(schedule).schedule == schedule


def test_the_live_notebook_gives_back_what_the_reader_designed():
    explorer = ScheduleDesigner(cosine(0.1, 900))
    explorer.widget().state = {**explorer.state, "warmup": 50, "final_lr": 0.01}
    assert explorer.schedule == warmup(50, cosine(0.1, 900, final_lr=0.01))


def test_momentum_goes_with_one_cycle_alone():
    own = one_cycle_momentum(40, low=0.8)
    assert ScheduleDesigner(one_cycle(0.1, 40), momentum=own).momentum == own
    assert ScheduleDesigner(warmup(3, one_cycle(0.1, 40))).momentum is None


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((one_cycle_momentum(9),), ValueError, "unknown kind of schedule 'one_cycle_momentum'"),
        ((0.1,), ValueError, "unknown kind of schedule 'float'"),
        ((warmup(3, warmup(3, constant(1))),), ValueError, "unknown kind of schedule 'warmup'"),
        ((join(constant(1), 3, lambda k: 1.0),), ValueError, "unknown kind of schedule 'function'"),
        ((constant(1), {"momentum": one_cycle_momentum(9)}), ValueError, "a one_cycle alone"),
        ((one_cycle(1, 9), {"momentum": one_cycle_momentum(8)}), ValueError, "total_steps"),
        ((one_cycle(1, 9), {"momentum": constant(1)}), TypeError, "must be a one_cycle_momentum"),
        ((constant(1), {"steps": 1}), ValueError, "steps must be at least 2"),
        ((constant(1), {"step": 1001}), ValueError, "step must be at most 1000"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    schedule, *named = arguments
    with pytest.raises(error, match=re.escape(message)):
        ScheduleDesigner(schedule, **(named[0] if named else {}))


def test_picture_says_the_schedule():
    words = ScheduleDesigner(one_cycle(0.1, 900)).picture()
    assert "at most 0.1, 4e-07 at step 1000. Its momentum is one_cycle_momentum(" in words
    explorer = ScheduleDesigner(warmup(10, cosine(0.1, total_steps=20)))
    assert isinstance(explorer.schedule, Schedule)
    assert explorer.state["steps"] == 100  # it has ended long before
    assert "0.01 at step 0, at most 0.1, 0 at step 100" in explorer.picture()


def _program(page):
    return page.get_by_label("Python").input_value()


@pytest.mark.browser
def test_sliders_write_the_code(visit):
    page = visit()
    assert _program(page).endswith(f"lr = {warmup(100, cosine(0.1, 900))!r}")
    page.get_by_label("Warm-up in front").press("Home")
    page.get_by_label("Total steps").press("ArrowLeft")
    assert _program(page).endswith(f"lr = {cosine(0.1, 899)!r}")
    page.get_by_label("Then", exact=True).select_option("constant")
    page.get_by_label("Then: learning rate").fill("-2")
    assert _program(page).endswith(f"lr = {join(cosine(0.1, 899), 500, constant(0.01))!r}")


@pytest.mark.browser
def test_values_at_a_step_are_descents(visit):
    page = visit("#schedule_designer-1?schedule=cosine&warmup=100&total_steps=900&step=437")
    wanted = warmup(100, cosine(0.1, 900))(437)
    assert page.locator("[data-reading='At this step']").inner_text() == f"{wanted:.3g}"


@pytest.mark.browser
def test_milestones_keep_their_order(visit):
    page = visit()
    page.get_by_label("Schedule", exact=True).select_option("multi_step_decay")
    page.get_by_label("Milestone 1").press("End")
    assert "milestones=(749, 750)" in _program(page)


@pytest.mark.browser
def test_the_code_is_copied_and_it_is_said(visit):
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == _program(page)
    page.wait_for_function(
        "document.querySelector('[aria-live]').textContent === 'The code is copied.'"
    )
    page.get_by_label("Total steps").press("ArrowLeft")
    assert page.get_by_role("button", name="Copy", exact=True).is_visible()
