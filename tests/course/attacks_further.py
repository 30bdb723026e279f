"""The third part of the attack corpus: what arrays and functions can be made of, what outlives its call, texts, names.

Some are there because they once did harm: texts among many numbers took gigabytes of the checker's memory, a long
line of blanks its time, and cells that end their process filled the journal.
"""

import json
import os
import textwrap
import zlib
from pathlib import Path

from attacks import (
    _FULL,
    _LINE,
    _TEXT,
    _WRONG,
    ASSIGNMENT,
    HONEST,
    OTHER,
    TARGET,
    Folder,
    _attack,
    _code,
    _file,
    _returns,
    _spy,
    _write,
    _zip,
)
from attacks_more import _replies


def _answers(name: str, answer: str, **more) -> object:
    """An answer that is odd as a function, and wrong."""
    return _attack(f"answers_with_{name}", answer=answer, **{"others": True} | more)


ARRAYS = [
    _returns("long_texts_among_many", "['x' * 9_999] + ['a'] * 4_000"),
    _returns("long_texts_in_lists_of_lists", "[['x' * 9_999]] + [['a'] * 99] * 60"),
    _returns("a_mapped_file_that_shrinks", "held", "held = np.memmap('x', mode='w+', shape=10**6)\nopen('x', 'w').close()"),
    _returns("numbers_with_notes", "np.zeros((), np.dtype('f8', metadata={'x': len}))"),
    _returns("numbers_the_other_way_round", "np.zeros((), '>f8')"),
    _returns("numbers_from_the_end", "np.lib.stride_tricks.as_strided(np.zeros(9)[8:], (9,), (-8,))"),
    _returns("a_window_into_memory", "np.lib.stride_tricks.as_strided(np.zeros(1), (30_000,), (8,))"),
    _returns("a_window_behind_memory", "np.lib.stride_tricks.as_strided(np.zeros(1), (30_000,), (2**33,))"),
    _returns("longer_numbers", "np.longdouble('1e4000')"),
    _returns("a_matrix", "np.matrix('0')"),
    _returns("a_record", "np.rec.array([(0.5,)], dtype=[('value', 'f8')])[0]"),
    _returns("an_array_of_arrays", "np.array([np.zeros(3), None, np.zeros((9, 9))], dtype=object)"),
    _returns("an_array_of_void", "np.zeros(3, 'V8')"),
    _returns("an_array_without_a_type", "np.array([None] * 10_000)"),
    _returns("an_array_deep_in_itself", "x", "x = np.zeros(1, object)\nfor _ in range(3_000):\n    y = np.zeros(1, object)\n    y[0] = x\n    x = y"),
    _returns("a_range_without_end", "range(10**15)"),
    _returns("a_view_of_bytes", "memoryview(bytes(10**6)).cast('d')"),
    _returns("an_array_of_pythons", "__import__('array').array('d', [0.5])"),
    _returns("an_array_of_c", "(__import__('ctypes').c_double * 3)()"),
    _returns("an_exporter_that_lies", "Odd()", "class Odd:\n    @property\n    def __dlpack__(self): raise SystemExit\n    __array_struct__ = __array_interface__ = 5"),
    _returns("an_array_of_itself", "Odd()", "class Odd:\n    def __array__(self, *a, **k): return self"),
    _returns("a_list_that_changes", "Odd([0.0] * 9)", "class Odd(list):\n    def __len__(self): return id(object()) % 9\n    def __getitem__(self, n): raise SystemExit"),
    _returns("a_text_that_lies", "Odd('x' * 10**6)", "class Odd(str):\n    def __len__(self): return 1"),
    _returns("a_number_that_lies", "Odd(10**400)", "class Odd(int):\n    def __abs__(self): return 0\n    __lt__ = __gt__ = lambda *a: True"),
    _returns("a_tuple_with_names", "Odd(1.0)", "from collections import namedtuple\nOdd = namedtuple('Odd', 'value')"),
    _returns("a_mock", "__import__('unittest.mock').mock.MagicMock()"),
    _returns("a_set_of_all", "frozenset([0.1, 0.2, 0.5, 1.0])"),
    _returns("what_compares_by_hash", "Odd()", "class Odd(complex):\n    __eq__ = lambda *a: True\n    __hash__ = lambda self: 0"),
]  # fmt: skip

FUNCTIONS = [
    _answers("a_partial", "from functools import partial\nlargest_stable_lr = partial(max, 0.0, 0.0)"),
    _answers("a_method_of_its_argument", "import operator\nlargest_stable_lr = operator.methodcaller('sum')"),
    _answers("numpys_own", "import numpy as np\nlargest_stable_lr = np.linalg.det"),
    _answers("a_proxy", "import weakref\nclass Odd:\n    def __call__(self, H): return 0.0\nkept = Odd()\nlargest_stable_lr = weakref.proxy(kept)"),
    _answers("a_dead_proxy", "import weakref\nclass Odd: pass\nlargest_stable_lr = weakref.proxy(Odd())"),
    _answers("a_metaclass", "class Meta(type):\n    def __call__(cls, H): return 0.0\nclass largest_stable_lr(metaclass=Meta): pass"),
    _answers("a_call_that_raises_when_looked_at", "class Odd:\n    @property\n    def __call__(self): raise SystemExit\nlargest_stable_lr = Odd()"),
    _answers("the_code_of_another", """
        def largest_stable_lr(H): return 0.0
        def other(*a, **k):
            while True: yield a
        largest_stable_lr.__code__ = other.__code__
        largest_stable_lr.__defaults__ = (1,) * 9
        largest_stable_lr.__kwdefaults__ = {'x': 1}
    """),
    _answers("a_code_that_crashes", """
        def largest_stable_lr(H): return 0.0
        code = largest_stable_lr.__code__
        largest_stable_lr.__code__ = code.replace(co_code=bytes([100, 200] * 50), co_consts=(), co_stacksize=1)
    """),
    _answers("lines_that_are_not_there", """
        def largest_stable_lr(H): 1 / 0
        code = largest_stable_lr.__code__
        largest_stable_lr.__code__ = code.replace(co_filename='/etc/passwd', co_firstlineno=1, co_name='<script>')
    """),
    _answers("a_name_of_many_letters", "largest_stable_lr = type('x' * 10**6, (Exception,), {'__float__': lambda self: 0.0})"),
    _answers("a_signature_of_its_own", "def largest_stable_lr(H): return 0.0\nlargest_stable_lr.__signature__ = 5\nlargest_stable_lr.__wrapped__ = largest_stable_lr"),
    _answers("a_rewritten_self", "def largest_stable_lr(H):\n    globals().clear()\n    return 0.0", others=False),
    _answers("the_exception_that_is_right", "def largest_stable_lr(H):\n    raise type('NotImplementedError', (Exception,), {})('write here')"),
]  # fmt: skip

OUTLIVES = [
    _attack("says_so_when_it_dies", _LINE + textwrap.dedent("""
        class Odd:
            def __del__(self): say(frame("Returned", {"value": 0.5, "echo": None}))
        def largest_stable_lr(H):
            odd = Odd()
            return 0.0
    """), answer=f"{TARGET} = {TARGET}"),
    _attack("says_so_at_the_end", _LINE + textwrap.dedent("""
        import atexit, threading
        atexit.register(lambda: say(frame("Returned", {"value": 0.5, "echo": None}) * 99))
        threading._register_atexit(lambda: say(frame("Ran", {"failure": None}) * 99))
    """)),
    _attack("asks_from_the_dead", attacked=OTHER, answer=_WRONG + textwrap.dedent("""
        def gradient_descent(grad, theta0, lr, steps):
            class Odd:
                def __del__(self): [grad(theta0) for _ in range(99)]
            odd = Odd()
            odd.itself = odd
            return theta0
    """)),
    _attack("a_shallow_stack", "import sys\nsys.setrecursionlimit(60)"),
    _attack("no_turns_for_others", "import sys, threading\nsys.setswitchinterval(1e6)\nthreading.Thread(target=lambda: sum(range(10**12)), daemon=True).start()"),
    _attack("ends_that_wait", "import threading\nthreading.Thread(target=threading.Event().wait).start()", others=True),
    _attack("no_rubbish_collected", "import gc\ngc.disable()\nheld = [[] for _ in range(10**6)]\ngc.freeze()", others=True),
    _attack("removes_its_folder", "import os, shutil\nshutil.rmtree(os.getcwd(), ignore_errors=True)", others=True),
    _attack("moves_within_its_folder", """
        import os
        for n in range(500):
            os.mkdir('a')
            os.rename('a', 'b')
            os.symlink('.', f'link{n}')
            os.rmdir('b')
    """, others=True),
    _attack("other_numbers_for_all", "import numpy as np\nnp.random.seed = np.random.default_rng = lambda *a: None\nnp.seterr(all='raise')\nnp.set_printoptions(threshold=0, formatter={'all': lambda x: exit()})", others=True),
    _attack("another_clock", "import time\ntime.monotonic = time.perf_counter = lambda: 1e300", others=True),
    _attack("names_that_are_no_texts", "class Odd(str):\n    __eq__ = lambda *a: True\n    __hash__ = str.__hash__\n    def __getitem__(self, n): return 'x'\nglobals()[Odd('largest_stable_l')] = 1"),
    _attack("a_long_line_of_blanks", "?\n" + " " * 60_000 + "$\n" + "x" + " " * 4_000 + "$", others=True),
    _attack("magics_without_end", "%time " * 30_000 + "\n" + "a" * 20_000 + "?b", others=True),
    _attack("decorations_without_end", "@len\n" * 20_000 + "def f(): pass"),
    _attack("comparisons_without_end", "x = " + " < ".join("1" * 2 for _ in range(20_000)), others=True),
]  # fmt: skip

FORGED = [
    _replies("long_texts_among_many", 'frame("Returned", {"value": {"list": ["x" * 10**5] + ["a"] * 30_000}, "echo": None})'),
    _replies("long_texts_in_an_echo", """raw(b'["Returned",[0.0,null],[]]', frame("Left", {"arguments": {"tuple": [{"list": ["x" * 10**5] + ["a"] * 30_000}]}}))"""),
    _replies("texts_before_an_array", 'frame("Returned", {"value": {"tuple": ["x" * 10**5, {"array": 0}] + [1.5] * 20_000}, "echo": None}, [["<f8", [3], 1]], bytes(24))'),
    _attack("forges_names_of_its_letters", _LINE + """
from itertools import islice, permutations
names = ["".join(p) for p in islice(permutations("largest_stable_rl"), 80_000)]
say(frame("Ran", {"failure": None}) + frame("Listed", {"names": {"list": names}}))
""", answer="def other(H): return 0.0\n"),
]  # fmt: skip

SPIES = [
    _spy("by_the_loader_of_pickles", "import numpy as np\nif np.load({secret!r}, allow_pickle=True) is not None: got()", 0),
    _spy("by_pythons_loader", "import importlib.machinery as m\nif m.SourceFileLoader('x', {secret!r}).get_data({secret!r}): got()"),
    _spy("by_lines_for_a_traceback", "import linecache\nif linecache.getlines({secret!r}): got()"),
    _spy("by_a_database", "import sqlite3\nsqlite3.connect({scratch!r}).execute('create table x(y)')\ngot()", 1, harmless=False),
    _spy("by_a_log", "import logging\nlogging.FileHandler({scratch!r}).emit(logging.makeLogRecord({{}}))\ngot()", 1, harmless=False),
    _spy("by_the_watchdogs_file", "import faulthandler\nfaulthandler.enable(open({journal!r}, 'a'))\nfaulthandler.dump_traceback(open({journal!r}, 'a'))\ngot()", 1, harmless=False),
]  # fmt: skip

ATTACKS = [*ARRAYS, *FUNCTIONS, *OUTLIVES, *FORGED, *SPIES]


def _times(said: str):
    """An honest notebook that came at this time."""

    def write(folder: Path) -> None:
        _write(folder / f"{ASSIGNMENT}.ipynb", HONEST)
        _write(folder / "timestamp.txt", said.encode("utf-8", "surrogateescape"))

    return write


def _named(name: bytes):
    """An honest notebook in a file of this name."""
    return lambda folder: _write(folder / os.fsdecode(name), HONEST)


def _folder_called_so(folder: Path) -> None:
    (folder / f"{ASSIGNMENT}.ipynb").mkdir()
    (folder / f"{ASSIGNMENT}.ipynb" / "timestamp.txt").mkdir()


def _odd(**parts) -> bytes:
    """The honest notebook, with other things in it."""
    return json.dumps(json.loads(HONEST) | parts).encode()


_CELLS = json.loads(HONEST)["cells"]
_LIST = [{**cell, "source": [cell["source"], 5, None, ["x"], {}]} for cell in _CELLS]
_FIRST = [{**cell, "source": cell["source"].replace("return", "raise")} for cell in _CELLS]
FOLDERS = [
    _file("file_of_utf_32", _TEXT.encode("utf-32"), "UTF-32", **_FULL),
    _file("file_of_not_a_number", _odd(metadata={"x": [float("nan"), float("inf")]}), "", **_FULL),
    _file("file_of_a_long_key", _odd(**{"k" * 10**6: 1}), "", **_FULL),
    _file("file_of_metadata_that_is_none", _odd(metadata=[], nbformat="x"), "", **_FULL),
    _file("file_of_a_long_version", _odd(metadata={"descent_version": "v" * 10**6}), "", **_FULL),
    _file("file_of_sources_in_lists", _odd(cells=_LIST), "", **_FULL),
    _file("file_of_answers_twice", _odd(cells=[*_FIRST, *_CELLS]), "is a copy", **_FULL),
    _file("file_of_one_name_for_all", _odd(cells=[*_CELLS, *(_code("", "x" * 9_999) for _ in range(1_500))]), "is a copy", **_FULL),
    _file("file_of_empty_cells", _odd(cells=[*_CELLS, *([[]] * 50_000)]), "more than 2000 cells", **_FULL),
    _file("file_of_old_sheets", json.dumps({"worksheets": [None, {}, {"cells": {}}, {"cells": [None, []]}, {"cells": _CELLS}]}).encode(), "old format", **_FULL),
    _file("file_of_a_zip_stream", zlib.compress(HONEST), "breaks off"),
    _file("zip_of_one_name_twice", _zip({f"x/{ASSIGNMENT}.ipynb": b"", f"y/{ASSIGNMENT}.ipynb": HONEST}), "unpacked", file="x.zip", **_FULL),
    _file("zip_of_odd_names", _zip({"/etc/passwd.ipynb": HONEST, "\u202e.ipynb": HONEST}), "unpacked", file="x.zip", **_FULL),
    _file("zip_far_away", _zip({"a.ipynb": HONEST}).replace(b"PK\x05\x06", b"PK\x05\x06\xff\xff\xff\xff", 1), "", file="x.zip"),
    _file("zip_of_another_kind", _zip({"a.ipynb": HONEST}).replace(b"\x08\x00", b"\x63\x00"), "packed in a way", file="x.zip"),
    Folder("file_without_a_name", _named(b".ipynb"), "no notebook here"),
    Folder("file_called_as_an_option", _named(b"-rf ~.ipynb"), "is called", **_FULL),
    Folder("file_called_in_two_lines", _named(b"a\nb\x1b[2J.ipynb"), "is called", **_FULL),
    Folder("file_called_in_no_letters", _named(b"\xff\xfe.ipynb"), "is called", **_FULL),
    Folder("file_called_a_script", _named(b"<img src=x onerror=alert(1)>.ipynb"), "is called", **_FULL),
    Folder("folder_called_so", _folder_called_so, "no notebook here"),
    *(Folder(f"came_{n}", _times(said), "", **_FULL) for n, said in enumerate(("0001-01-01 00:00", "9999-12-31 23:59:59", "2026-01-01 00:00 " + "x" * 10**5, "\udcff\0", "2026-02-30 99:99"))),
]  # fmt: skip
