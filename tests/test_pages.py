import myst_nb
import numpy as np

from descent.pages import note


def test_values_are_glued_under_their_names_as_python_numbers(monkeypatch):
    glued = {}
    monkeypatch.setattr(myst_nb, "glue", lambda name, value, display: glued.update({name: value}))
    note(steps=np.int64(155), rate=np.float64(0.5), text="0.1 [0.0, 0.2]")
    assert glued == {"steps": 155, "rate": 0.5, "text": "0.1 [0.0, 0.2]"}
    assert [type(value) for value in glued.values()] == [int, float, str]
