import subprocess

import pytest

from descent.book import node


def test_node_runs():
    said = subprocess.run([node.executable(), "--version"], capture_output=True, text=True)
    assert said.stdout.startswith("v")


def test_a_lock_file_that_cannot_be_installed_is_an_error(tmp_path):
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "package-lock.json").write_text("not JSON")
    with pytest.raises(RuntimeError, match=r"could not install package-lock\.json"):
        node.packages(tmp_path)
    assert not (tmp_path / "node_modules" / ".package-lock.json").exists()
