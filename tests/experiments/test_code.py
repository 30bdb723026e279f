"""The digest notices code, and nothing else."""

import pytest
from experiments.code import bare, digest, found

SOURCE = '''
    @decorated
    def f(x):  # why
        """What."""

        # a comment
        label = "# no comment"
        return x + 1
'''
BARE = '@decorated\ndef f(x):\n    label = "# no comment"\n    return x + 1'


def test_comments_and_docstrings_are_left_out():
    assert bare(SOURCE) == BARE


@pytest.mark.parametrize(
    ("old", "new"), [("x + 1", "x + 2"), ("@decorated", "@other"), ("# no comment", "# none")]
)
def test_code_is_not(old, new):
    assert bare(SOURCE.replace(old, new)) != BARE


def test_a_name_is_a_module_or_an_object_in_it():
    from descent import methods

    assert found("descent.methods") is methods
    assert found("descent.methods:adam") is methods.adam
    assert found("descent.pytorch.optimizer:Optimizer.step").__name__ == "step"
    names = ["descent.methods:adam", "descent.methods:adamw", "descent.schedules:cosine"]
    assert digest(names) == digest(reversed(names)) != digest(names[:2])


def test_a_name_that_is_not_there_is_an_error():
    with pytest.raises(AttributeError, match="adamm"):
        digest(["descent.methods:adamm"])
