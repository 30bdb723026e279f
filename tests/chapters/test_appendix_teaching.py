"""The pages for a class and its instructors: every command on them is one, every setting is one, every file has its name."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from nbgrader.apps import NbGraderApp

from descent.checks import EXERCISES
from descent.cli import _parser
from descent.grading.course import Course
from descent.grading.course.settings import Descent, settings
from descent.grading.gradebook.export import FORMATS
from descent.grading.gradebook.roster import COLUMNS, PLAIN
from descent.grading.sandbox import ladder

ROOT = Path(__file__).parents[2]
INSTALLING = ROOT / "chapters" / "appendix" / "installing.md"
INSTRUCTORS = ROOT / "chapters" / "appendix" / "instructors.md"
README = ROOT / "README.md"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
every = pytest.mark.parametrize("page", [INSTALLING, INSTRUCTORS, README], ids=lambda p: p.stem)


def code(page):
    """Lines of code blocks, and what stands between back-ticks."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    indented = re.findall(r"^    (\S.*)$", text, re.MULTILINE)
    quoted = [part.replace("\n", " ") for part in re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))]  # fmt: skip
    return [line for block in blocks for line in block.splitlines()] + indented + quoted


def _understood(words):
    try:
        _parser().parse_args(words)
    except SystemExit as stopped:
        return stopped.code == 0  # of --help
    return True


@every
def test_every_command_is_one(page):
    lines = [re.sub(r"\s+#.*", "", line) for line in code(page) if line.startswith("descent ")]
    assert lines
    for line in lines:
        words = shlex.split(line.replace("FILE …", "FILE"))[1:]
        if words == ["COMMAND", "--help"]:
            continue
        if len(words) == 1:  # only named
            words.append("--help")
        words = [{"--shard": "--shard", "LEVEL": "3"}.get(word, word) for word in words]
        assert _understood(words), line


@every
def test_every_command_of_nbgraders_is_one(page):
    known = NbGraderApp().subcommands
    for line in code(page):
        if line.startswith("nbgrader "):
            assert line.split()[1] in known, line


def test_the_settings_on_the_page_are_read(tmp_path):
    lines = [line for line in code(INSTRUCTORS) if line.startswith("c.")]
    (tmp_path / "nbgrader_config.py").write_text("\n".join(["c = get_config()", *lines]))
    found = settings(Course(tmp_path))
    assert (found.disclose, found.late_days, found.late_penalty) == (2, 3, 0.1)
    for name in Descent.class_trait_names(config=True):
        assert f"c.Descent.{name} =" in "\n".join(lines)


def test_files_and_columns_have_their_names():
    text = INSTRUCTORS.read_text(encoding="utf-8")
    for name in [*(file for file, _ in FORMATS.values()), *COLUMNS[PLAIN], "extensions.csv"]:
        assert f"`{name}`" in text, name
    for level, name in ladder.NAMES.items():
        assert f"| {level} | {name} |" in text


def test_the_wheel_and_its_extras_have_their_names():
    text = INSTALLING.read_text(encoding="utf-8")
    wheels = re.findall(r"descent_book-([\d.]+)-py3-none-any\.whl(?:\[(\w+)\])?", text)
    assert {version for version, _ in wheels} == {PROJECT["version"]}
    assert {extra for _, extra in wheels} - {""} <= set(PROJECT["optional-dependencies"])
    assert PROJECT["requires-python"] == ">=3.11,<3.14"
    assert "3.11, 3.12 or 3.13" in text


def test_what_the_page_says_of_pytorch_is_so():
    chapters = {int(exercise.chapter[:2]) for exercise in EXERCISES.values() if exercise.needs}
    (chapter,) = chapters
    text = " ".join(INSTALLING.read_text(encoding="utf-8").split())
    assert f"save those of chapter {chapter}: they also need PyTorch" in text
    assert f"for chapter {chapter} use Colab" in text


def test_the_pages_are_in_the_book_and_the_readme_leads_there():
    contents = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    for page in (INSTALLING, INSTRUCTORS):
        name = page.relative_to(ROOT).with_suffix("").as_posix()
        assert f"file: {name}\n" in contents
        assert f"({name}.md)" in README.read_text(encoding="utf-8")
