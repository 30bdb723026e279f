"""What every explorer owes its readers, in Chromium: keyboard, words, the address, a telephone, no shifts."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from descent.book.node import packages
from descent.explorers import (
    AdamStep,
    BatchSize,
    MomentumPhases,
    Rotation,
    ScheduleDesigner,
    SignalPropagation,
    Trajectories,
)

EXPLORERS = {
    "momentum_phases": MomentumPhases(),
    "adam_step": AdamStep(),
    "rotation": Rotation(),
    "schedule_designer": ScheduleDesigner(),
    "batch_size": BatchSize(),
    "signal_propagation": SignalPropagation(),
    "trajectories": Trajectories(),
}
ROOT = Path(__file__).parents[2]
STATE = """() => JSON.stringify([...document.querySelectorAll('%s :is(select, [data-reading], input)')]
    .filter((node) => node.offsetParent).map((node) => [node.ariaValueText, node.checked, node.value, node.textContent]))"""

each = pytest.mark.parametrize("name", EXPLORERS)


@pytest.fixture(scope="module")
def site(page_with):
    return page_with(*EXPLORERS.values())


@pytest.fixture(scope="module")
def alone(page_with):
    """A page for each explorer."""
    return {name: page_with(one) for name, one in EXPLORERS.items()}


def explorer(page, name):
    return page.locator(f"#{name}-1")


@each
def test_picture_is_sound_described_and_as_the_page_shows_it(name):
    svg = ElementTree.fromstring(EXPLORERS[name].picture())
    assert svg.get("role") == "img"
    assert len(svg.get("aria-label")) > 60
    assert f'data-explorer="{name}"' in EXPLORERS[name]._repr_html_()


@each
@pytest.mark.browser
def test_every_control_has_a_name_and_a_visible_focus(visit, alone, name):
    page = visit(at=alone[name])
    controls = explorer(page, name).locator("select, input, textarea, button, [tabindex='0']")
    assert controls.count() >= 3
    for control in controls.all():
        if not control.is_visible():
            continue
        control.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        label, outline = control.evaluate(
            """(node) => [node.ariaLabel ?? node.labels?.[0]?.textContent ?? node.textContent,
                          node === document.activeElement && getComputedStyle(node).outlineStyle]"""
        )
        assert label
        assert outline == "solid", label


@pytest.mark.browser
def test_nothing_is_announced_when_the_page_opens(visit):
    page = visit()
    page.wait_for_timeout(800)  # longer than an announcement waits
    assert set(page.locator("[aria-live]").all_text_contents()) == {""}


@each
@pytest.mark.browser
def test_every_slider_moves_by_keys_and_is_announced_once(visit, alone, name):
    page = visit(at=alone[name])
    live = explorer(page, name).locator("[aria-live]")
    live.evaluate(
        """(node) => { window.said = [];
        new MutationObserver(() => said.push(node.textContent)).observe(node, { childList: true }); }"""
    )
    for track in explorer(page, name).locator(".dx-slider input").all():
        if track.is_visible():
            before = track.get_attribute("aria-valuetext")
            track.press("PageUp")
            track.press("ArrowLeft")
            track.press("ArrowLeft")
            assert track.get_attribute("aria-valuetext") != before
    page.wait_for_function("said.length > 0")
    page.wait_for_timeout(100)
    assert page.evaluate("said.length") == 1
    words = explorer(page, name).locator(".dx-words").inner_text()
    assert words in page.evaluate("said[0]")


@each
@pytest.mark.browser
def test_state_survives_in_the_address_and_reset_takes_it_back(visit, alone, name):
    page = visit(at=alone[name])
    state = STATE % f"#{name}-1"
    authored = page.evaluate(state)
    for select in explorer(page, name).locator("select").all():
        select.select_option(index=2)
    for track in explorer(page, name).locator(".dx-slider input").all():
        if track.is_visible():
            track.press("PageUp")
    page.wait_for_timeout(300)
    before = page.evaluate(state)
    assert before != authored
    again = visit(page.url[page.url.index("#") :], at=alone[name])
    assert json.loads(again.evaluate(state)) == json.loads(before)
    explorer(page, name).get_by_role("button", name="Reset").click()
    assert page.evaluate(state) == authored


@each
@pytest.mark.browser
def test_a_broken_address_does_no_harm(visit, alone, name):
    page = visit(at=alone[name])
    state = STATE % f"#{name}-1"
    authored = page.evaluate(state)
    for text in (
        "lr=NaN&beta=x&method=magic&gradients=__proto__&degrees=north&size=0&corrected=maybe&step=no",
        "lr=Infinity&beta1=1&beta2=-1&eps=-1&size=1e999&eps_inside=1&surface=constructor&start=1",
        "schedule=constructor&then=toString&base_lr=-1&total_steps=0&warmup=-1&join=x&steps=1&milestones=3,2",
        "noise_scale=0&min_steps=-1&overhead=x&per_example=1e999&batch_size=none",
        "activation=hasOwnProperty&gain=x&depth=deep&width=1e999&seed=NaN",
        "",
    ):
        page.evaluate(f"location.hash = '#{name}-1?{text}'")
        page.wait_for_timeout(50)
        assert page.evaluate(state) == authored
    page.evaluate(
        f"location.hash = '#{name}-1?lr=1e300&beta=9&size=1e9&eps=0&beta1=0&degrees=-4&step=99'"
    )
    page.wait_for_timeout(50)  # whatever it shows, `visit` finds no NaN in it


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(visit, scheme):
    page = visit()
    page.evaluate(f"document.documentElement.dataset.theme = '{scheme}'")
    page.evaluate(f"document.body.style.background = '{'#14181e' if scheme == 'dark' else '#fff'}'")
    page.add_script_tag(path=packages(ROOT) / "axe-core" / "axe.min.js")
    found = page.evaluate("axe.run('.descent-explorer').then((r) => r.violations)")
    assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []


@pytest.mark.browser
def test_nothing_overflows_on_a_telephone(visit):
    page = visit(width=390)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    edges = page.evaluate(
        """() => [...document.querySelectorAll('.descent-explorer :is(select, button, input, svg, span, p, label)')]
            .map((node) => node.getBoundingClientRect()).filter((box) => box.width)
            .flatMap((box) => [box.left, box.right])"""
    )
    assert min(edges) >= 0
    assert max(edges) <= 390


@each
@pytest.mark.browser
def test_nothing_shifts_when_the_explorer_takes_over(visit, alone, name):
    page = visit(at=alone[name])
    heights = []
    widths = (390, 480, 700, 800, 1000)
    for shown in (None, EXPLORERS[name].picture()):
        if shown:
            explorer(page, name).evaluate("(node, svg) => { node.innerHTML = svg; }", shown)
        for width in widths:
            page.set_viewport_size({"width": width, "height": 800})
            heights.append(explorer(page, name).bounding_box()["height"])
    assert heights[: len(widths)] == pytest.approx(heights[len(widths) :], abs=24)
