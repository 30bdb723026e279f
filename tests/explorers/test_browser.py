"""The trajectories explorer on a bare page, in Chromium, from file:// as from an unzipped site."""

import json
import re

import pytest

from descent.explorers import Trajectories

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(page_with):
    return page_with(Trajectories(), Trajectories("beale", "adam", lr=0.3))


def first(page):
    return page.locator("#trajectories-1")


def readout(page, name):
    return first(page).locator(f"[data-reading={name}]").inner_text()


def slider(page, label):
    return first(page).get_by_label(label, exact=True)


def test_arrow_keys_move_the_start(visit):
    page = visit()
    start = first(page).get_by_role("slider", name="Start point")
    assert start.get_attribute("aria-valuetext") == "x −5.00, y −2.00"
    way = first(page).locator(".dx-map .dx-done").get_attribute("d")
    start.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    assert start.get_attribute("aria-valuetext") == "x −4.88, y −0.80"
    assert first(page).locator(".dx-map .dx-done").get_attribute("d") != way
    for _ in range(20):
        page.keyboard.press("Shift+ArrowLeft")
    assert start.get_attribute("aria-valuetext") == "x −6.00, y −0.80"  # it stays in the picture


def test_dragging_and_clicking_move_the_start(visit):
    page = visit()
    stage = first(page).locator(".dx-map").bounding_box()
    middle = (stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2)
    start = first(page).get_by_role("slider", name="Start point")
    start.hover()
    page.mouse.down()
    page.mouse.move(*middle, steps=4)
    page.mouse.up()
    assert start.get_attribute("aria-valuetext") == "x 0.00, y 0.00"
    page.mouse.click(middle[0], middle[1] - stage["height"] / 3)
    x, y = re.findall(r"[\d.]+", start.get_attribute("aria-valuetext"))
    assert (float(x), float(y)) == pytest.approx((0, 3), abs=0.02)


def test_every_control_is_reached_by_tab_and_shows_it(visit):
    page = visit()
    seen = []
    for _ in range(9):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                """() => { const node = document.activeElement;
                return [node.ariaLabel ?? node.labels?.[0]?.textContent ?? node.textContent,
                        getComputedStyle(node).outlineStyle]; }"""
            )
        )
    names = ["Surface", "Method", "Start point", "Play", "Step", "Reset", "Step", "Learning rate"]
    assert seen[:8] == [[name, "solid"] for name in names]
    assert seen[8][0] == "Surface"  # the next explorer


def test_numbers_equal_descents(visit):
    page = visit("#trajectories-1?surface=rosenbrock&method=adam&lr=0.07&beta1=0.8")
    explorer = Trajectories("rosenbrock", "adam", lr=0.07, beta1=0.8)
    ours = float(explorer.picture().split("the loss is ")[1].split('."')[0])
    assert float(readout(page, "Loss")) == pytest.approx(ours, rel=0.05)
    assert readout(page, "Step") == "400 of 400"


def test_play_pause_and_step(visit):
    page = visit()
    page.clock.install()

    def press(name):
        first(page).get_by_role("button", name=name).click()

    press("Play")
    page.clock.run_for(1000)
    press("Pause")
    shown = int(readout(page, "Step").split()[0])
    assert 5 <= shown < 30
    page.clock.run_for(1000)
    assert readout(page, "Step") == f"{shown} of 60"
    press("Step")
    assert readout(page, "Step") == f"{shown + 1} of 60"
    press("Play")
    page.clock.run_for(7000)
    assert readout(page, "Step") == "60 of 60"
    assert first(page).get_by_role("button", name="Play").is_visible()


def test_reduced_motion_shows_the_end_at_once(visit):
    page = visit(reduced_motion="reduce")
    first(page).get_by_role("button", name="Step").click()
    assert readout(page, "Step") == "1 of 60"
    first(page).get_by_role("button", name="Play").click()
    assert readout(page, "Step") == "60 of 60"


def test_reset_restores_the_pages_settings(visit):
    page = visit()
    slider(page, "Method").select_option("adam")
    slider(page, "Surface").select_option("himmelblau")
    slider(page, "Decay β₂").press("ArrowLeft")
    first(page).get_by_role("button", name="Reset").click()
    assert slider(page, "Surface").input_value() == "quadratic"
    assert slider(page, "Learning rate").get_attribute("aria-valuetext") == "0.4"
    assert readout(page, "Step") == "60 of 60"


def test_state_survives_in_the_address(visit):
    page = visit()
    slider(page, "Surface").select_option("beale")
    slider(page, "Method").select_option("adam")
    slider(page, "Learning rate").press("ArrowRight")
    slider(page, "Decay β₁").press("PageDown")
    start = first(page).get_by_role("slider", name="Start point")
    start.press("ArrowUp")
    slider(page, "Step").press("Home")
    page.wait_for_url("**step=0")
    fragment = page.url[page.url.index("#") :]

    state = """() => JSON.stringify([...document.querySelectorAll('#trajectories-1 :is(select, [data-reading], [aria-valuetext])')]
        .map((node) => node.ariaValueText ?? node.value ?? node.textContent))"""
    before = json.loads(page.evaluate(state))
    again = visit(fragment)
    assert json.loads(again.evaluate(state)) == before
    assert before[:2] == ["beale", "adam"]


def test_the_address_belongs_to_one_explorer(visit):
    page = visit("#trajectories-2?surface=himmelblau")
    assert slider(page, "Surface").input_value() == "quadratic"
    second = page.locator("#trajectories-2")
    assert second.get_by_label("Surface").input_value() == "himmelblau"
    page.evaluate("location.hash = '#trajectories-2?surface=rosenbrock'")
    page.wait_for_function("document.querySelectorAll('select')[2].value === 'rosenbrock'")


def test_a_broken_address_does_no_harm(visit):
    page = visit()
    for text in (
        "surface=nowhere&method=magic&lr=NaN&start=a,b&step=x",
        "lr=-1&start=1e999,0&beta=2&step=-3",
        "surface=constructor&method=__proto__",
        "",
        "method=gradient_descent&beta1=1&lr=Infinity&start=1",
    ):
        page.evaluate("location.hash = '#trajectories-1?surface=beale'")
        page.wait_for_function("document.querySelector('select').value === 'beale'")
        page.evaluate(f"location.hash = '#trajectories-1?{text}'")
        page.wait_for_function("document.querySelector('select').value === 'quadratic'")
        assert slider(page, "Method").input_value() == "gradient_descent"
        assert slider(page, "Learning rate").get_attribute("aria-valuetext") == "0.4"
        assert "of 60" in readout(page, "Step")


def test_values_beyond_a_slider_are_kept(visit):
    page = visit("#trajectories-1?method=adam&lr=50&beta1=0.995&eps=0")
    said = {
        name: slider(page, name).get_attribute("aria-valuetext")
        for name in ("Learning rate", "Decay β₁", "Epsilon ε")
    }
    assert said == {"Learning rate": "50", "Decay β₁": "0.995", "Epsilon ε": "0"}


def test_divergence_is_said_in_words(visit):
    page = visit("#trajectories-1?surface=rosenbrock&lr=0.05&step=400")
    words = first(page).locator(".dx-words")
    assert words.inner_text().startswith("Diverged: after")
    page.evaluate("location.hash = '#trajectories-1?lr=0.55'")
    page.wait_for_function("document.querySelector('.dx-words').textContent.includes('1000 times')")
    page.evaluate("location.hash = '#trajectories-1?lr=1e300'")  # not even one step
    page.wait_for_function(
        "document.querySelector('.dx-words').textContent.includes('after 0 steps')"
    )


def test_changes_are_announced_once_and_in_words(visit):
    page = visit()
    page.evaluate(
        """() => { window.said = [];
        new MutationObserver(() => said.push(document.querySelector('[aria-live]').textContent))
            .observe(document.querySelector('[aria-live]'), { childList: true }); }"""
    )
    for _ in range(5):
        slider(page, "Learning rate").press("ArrowLeft")
    page.wait_for_function("said.some((words) => words.includes('learning rate 0.3,'))")
    assert page.evaluate("said.length") == 1  # nothing for the first drawing, one for all presses
    assert "after 60 steps at" in page.evaluate("said.at(-1)")


def test_nothing_overflows_on_a_phone(visit):
    page = visit(width=390)  # the second explorer has all of Adam's sliders
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    edges = page.evaluate(
        """() => [...document.querySelectorAll('.descent-explorer :is(select, button, input, svg.dx-map, svg.dx-curve, span, p)')]
            .filter((node) => node.offsetParent !== null || node.ownerSVGElement === null)
            .map((node) => node.getBoundingClientRect()).filter((box) => box.width)
            .flatMap((box) => [box.left, box.right])"""
    )
    assert edges
    assert min(edges) >= 0
    assert max(edges) <= 390


def test_drawings_follow_the_width(visit):
    page = visit()
    page.set_viewport_size({"width": 600, "height": 800})
    page.wait_for_function(
        """() => { const map = document.querySelector('.dx-map');
        return map.getAttribute('viewBox') === `0 0 ${map.clientWidth} ${map.clientHeight}`; }"""
    )


def test_dark_and_light_follow_theme_then_system(visit):
    ink = "getComputedStyle(document.querySelector('.dx-frame')).backgroundColor"
    page = visit(color_scheme="dark")
    assert page.evaluate(ink) == "rgb(255, 255, 255)"  # the page says light
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert page.evaluate(ink) == "rgb(20, 24, 30)"
    page.evaluate("delete document.documentElement.dataset.theme")
    assert page.evaluate(ink) == "rgb(20, 24, 30)"  # the system says dark


def test_without_javascript_the_picture_is_there(visit):
    page = visit(java_script_enabled=False)
    picture = page.get_by_role("img").first
    assert "gradient descent" in picture.get_attribute("aria-label")
    box = picture.bounding_box()
    assert box["width"] > 500
    assert box["height"] > 200
    assert page.get_by_role("button").count() == 0


def test_nothing_shifts_when_the_explorer_takes_over(visit):
    page = visit()
    heights = []
    widths = (390, 600, 700, 800)
    for shown in (None, Trajectories().picture()):
        if shown:
            page.evaluate(
                "([picture]) => document.querySelector('#trajectories-1').innerHTML = picture",
                [shown],
            )
        for width in widths:
            page.set_viewport_size({"width": width, "height": 800})
            heights.append(first(page).bounding_box()["height"])
    assert heights[: len(widths)] == pytest.approx(heights[len(widths) :], abs=24)
