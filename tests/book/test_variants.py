"""The formulas of what a graded notebook asks for, which no page of the site shows."""

import re

import pytest
from sphinxcontrib.katex import KaTeXServer

from descent.book import katex
from descent.checks.catalogue import EXERCISES

FORMULAS = (re.compile(r"\$\$(.+?)\$\$", re.DOTALL), re.compile(r"\$(.+?)\$", re.DOTALL))


@pytest.fixture(scope="module")
def server():
    katex.prepare()
    return KaTeXServer.start()  # it ends with this process


def formulas(text):
    """Those on lines of their own, then those within the text."""
    found = []
    for pattern in FORMULAS:
        found += pattern.findall(text)
        text = pattern.sub("", text)
    assert "$" not in text
    return found


def error(server, formula):
    options = {"throwOnError": True}
    return server.render({"latex": formula, "katex_options": options}, timeout=60).get("error", "")


def test_a_formula_that_is_none_is_found(server):
    assert error(server, r"\frac{1")
    assert not error(server, r"\frac{1}{2}")


@pytest.mark.parametrize("name", [name for name in EXERCISES if EXERCISES[name].variants])
def test_the_formulas_of_the_variants_can_be_set(server, name):
    for variant in EXERCISES[name].variants:
        assert [f for f in formulas(variant.statement) if error(server, f)] == []
