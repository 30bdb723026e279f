"""What an answer raised, in words: Python's own, and for what beginners meet most what it mostly means."""

import re

from descent.checks.calling import Failure

_LOOKED_AT = (
    600  # characters: in a text made for it the forms below are searched for with its square
)
_MEANS = {
    r"bitwise_xor|for \^": "`^` is no power in Python: write `**`.",
    r"truth value of an array": "`if` asks one question, an array is many numbers: np.where chooses number by number.",
    r"could not be broadcast": "The two shapes do not fit; print them. A mean or a norm drops its axis, keepdims=True keeps it.",
    r"matmul: Input operand": "The two shapes do not fit `@`; print them. A transpose, `.T`, may be missing.",
    r"name 'numpy' is not defined": "NumPy is called np here.",
    r"'(list|tuple)' and '\w+'$|non-int of type": "A list does not reckon like an array: np.array(…) makes one of it.",
    r"'(numpy\.)?\w*(ndarray|float\w*|int\w*)' object is not callable": "It is a number or an array, no function: take it as it is. Or is a `*` missing before a bracket?",
    r"^EOFError": "Nobody answers input() here: everything comes as arguments.",
    r"^SystemExit": "exit() ends the whole notebook; `return` ends a function.",
    r"^ModuleNotFoundError": "The answer needs no such library: what it may use, the notebook imports.",
    r"^RecursionError": "It calls itself without end.",
    r"^UnboundLocalError": "It is given a value inside the function, but used before that.",
}


def raised(failure: Failure) -> str:
    """The exception's type, its message and the line, as far as they are known, and what that mostly means."""
    message = "" if failure.message in ("", "None") else f" ({failure.message})"
    place = f" in line {failure.line_number}: `{failure.line}`" if failure.line else ""
    said = f"{failure.error}{message}"
    start = said[:_LOOKED_AT]
    means = next((f" {text}" for form, text in _MEANS.items() if re.search(form, start)), "")
    return f"{said}{place}.{means}"
