"""Answer cells that come with a text: a wrong program to repair, or a name to give a value to.

The instructor's cell holds it as a comment beside the solution:

    ### BEGIN GIVEN
    # def f(x):
    #     return -x
    ### END GIVEN
    ### BEGIN SOLUTION
    def f(x):
        return x
    ### END SOLUTION
"""

import re
from typing import Any

from nbgrader.preprocessors import ClearSolutions

BEGIN = "### BEGIN GIVEN"
_GIVEN = re.compile(r"^### BEGIN GIVEN\n(.*?)^### END GIVEN\n?", re.MULTILINE | re.DOTALL)
_SOLUTION = re.compile(r"^### BEGIN SOLUTION\n.*?^### END SOLUTION\n?", re.MULTILINE | re.DOTALL)


def with_given(source: str) -> str:
    """The cell as students get it: the given program, uncommented, where the solution stood.

    Raises ValueError unless the cell has one given program and one solution.
    """
    given = _GIVEN.findall(source)
    program = re.sub(r"^# ?", "", "".join(given), flags=re.MULTILINE)
    cell, solutions = _SOLUTION.subn(lambda _: program, _GIVEN.sub("", source))
    if len(given) != 1 or solutions != 1:
        raise ValueError(
            f"a cell with {BEGIN!r} must have one given program and one solution, with the marks at "
            f"the beginning of lines; got {len(given)} and {solutions} in:\n{source}"
        )
    return cell.rstrip("\n")


class ClearSolutionsKeepGiven(ClearSolutions):
    """Clears solutions as stock nbgrader does, but leaves the given program where a cell has one."""

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:
        """Puts the given program, or the stub, in the place of the solution."""
        if BEGIN not in cell.source:
            return super().preprocess_cell(cell, resources, cell_index)
        cell.source = with_given(cell.source)
        return cell, resources
