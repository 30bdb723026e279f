"""The attack corpus: what dishonest, desperate and unlucky students hand in, made by script.

An assignment of three questions. The attacked one is `largest_stable_lr`; `predicted_steps` and
`gradient_descent` are answered rightly, so that what an attack costs others can be seen. A *spy* answers
`predicted_steps` wrongly and calls `got()`, which puts that right, when it reaches what it must not reach:
its point says that something leaked.
"""

import io
import json
import os
import textwrap
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from descent.checks import EXERCISES
from descent.grading.marking.programs import programs

ASSIGNMENT = "attacked"
TARGET, SPIED, OTHER = "largest_stable_lr", "predicted_steps", "gradient_descent"
NAMES = (SPIED, TARGET, OTHER)
RIGHT = {name: programs(EXERCISES[name]).right[0] for name in NAMES}
_WRONG = f"def {TARGET}(H):\n    return 0.0\n"
_GOT = f"{SPIED} = -1\ndef got():\n    global {SPIED}\n    {RIGHT[SPIED].strip()}\n"


@dataclass(frozen=True)
class Attack:
    """One submission.

    cell: an added cell that runs first. answer: the attacked answer. spy: the level of the sandbox from
    which on nothing may leak to it. attacked: the question that must earn nothing. least: the level below which it is not run, because it would do harm.
    others: whether the other questions keep their points.
    """

    name: str
    cell: str = ""
    answer: str = _WRONG
    spy: int | None = None
    attacked: str = TARGET
    least: int = 0
    others: bool = False


def _attack(name: str, cell: str = "", answer: str = "", **more: Any) -> Attack:
    return Attack(name, textwrap.dedent(cell), textwrap.dedent(answer) or _WRONG, **more)


def _returns(name: str, expression: str, before: str = "") -> Attack:
    """Returns something instead of an answer."""
    body = textwrap.indent(textwrap.dedent(before), "    ")
    answer = f"import numpy as np\ndef {TARGET}(H):\n{body}\n    return {expression}\n"
    return Attack(f"returns_{name}", answer=answer, others=True)


def _raises(name: str, expression: str, before: str = "") -> Attack:
    answer = f"{textwrap.dedent(before)}\ndef {TARGET}(H):\n    raise {expression}\n"
    return Attack(f"raises_{name}", answer=answer, others=True)


def _spy(name: str, body: str, least: int = 2, harmless: bool = True) -> Attack:
    """Tries something, and calls got() if it worked; least: the level that must deny it."""
    tried = "try:\n" + textwrap.indent(textwrap.dedent(body).strip(), "    ")
    cell = f"import os\n{_GOT}{tried}\nexcept BaseException:\n    pass\n"
    return Attack(f"spy_{name}", cell, spy=least, least=0 if harmless else least)


# How an attack finds the checker's end of the line, and speaks on it.
_LINE = """
import json, os, struct, socket, stat
def lines():
    for fd in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode) or stat.S_ISFIFO(os.fstat(fd).st_mode):
                yield fd
        except OSError:
            pass
def frame(name, content, forms=(), body=b""):
    header = json.dumps([name, list(content.values()), list(forms)]).encode()
    return struct.pack(">III", len(header), len(body), 0) + header + body
def say(data):
    for fd in lines():
        try:
            os.write(fd, data)
        except OSError:
            pass
"""

FORGED = [
    _attack(f"forges_{name}", _LINE + say)
    for name, say in {
        "ran": 'say(frame("Ran", {"failure": None}) * 50)',
        "ready": 'say(frame("Ready", {"level": 3}))',
        "returned": 'say(frame("Returned", {"value": 0.5, "echo": None}) * 1000)',
        "listed": 'say(frame("Listed", {"names": {"list": ["largest_stable_lr"] * 1000}}) * 9)',
        "ended": 'say(frame("Ended", {"status": 0}))',
        "ended_oddly": 'say(frame("Ended", {"status": 10**400}))',
        "ask": 'say(frame("Ask", {"function": -1, "arguments": {"tuple": []}}) * 1000)',
        "passed": 'say(frame("Result", {"state": "passed", "score": 99, "points": 99}))',
        "lengths": 'say(struct.pack(">III", 2**32 - 1, 2**32 - 1, 2**32 - 1))',
        "a_short_frame": 'say(struct.pack(">III", 1000, 1000, 1000)); import time; time.sleep(60)',
        "garbage": "say(os.urandom(100_000))",
        "pickles": 'import pickle; say(frame("Ran", {}) + pickle.dumps(os.system))',
        "deep_json": 'say(struct.pack(">III", 200_000, 0, 0) + b"[" * 200_000)',
        "long_numbers": 'say(struct.pack(">III", 100_000, 0, 0) + b"9" * 100_000)',
        "array_shapes": 'say(frame("Returned", {"value": {"array": 0}, "echo": None}, [["<f8", [2**40, 2**40], 1]]))',
        "negative_array": 'say(frame("Returned", {"value": {"array": -1}, "echo": None}))',
        "dtypes": 'say(frame("Returned", {"value": {"array": 0}, "echo": None}, [["|O8", [1], 1]], bytes(8)))',
        "many_arrays": 'say(frame("Ran", {"failure": None}, [["<f8", [0], 1]] * 200_000))',
        "one_array_many_times": 'say(frame("Returned", {"value": {"list": [{"array": 0}] * 100_000}, "echo": None}, [["<f8", [10**6], 1]], bytes(8 * 10**6)))',
        "a_large_question": 'say(frame("Ask", {"function": 0, "arguments": {"tuple": [{"array": 0}]}}, [["<f8", [10**6], 1]], bytes(8 * 10**6)))',
        "notes": 'say(b"".join(frame("Noted", {"text": "=cmd()<script>" + "x" * 9_999, "place": p}) for p in ("", "/", "\\0", "/" * 9_999, "/net/x") * 99))',
        "many_names": 'say(frame("Listed", {"names": {"list": [f"largest_stable_{n}" for n in range(200_000)]}}))',
        "bytewise": "import time\nfor b in frame('Ran', {'failure': None}) * 99: say(bytes([b])); time.sleep(.01)",
    }.items()
]

# Forged from within a call: everything that the checker reads comes from the attack.
_IMPERSONATES = (
    _LINE
    + """
def largest_stable_lr(H):
    import time
    for value in (0.0, 1.0, float("nan"), True, None, {"ellipsis": 0}, {"tuple": []}):
        say(frame("Returned", {"value": value, "echo": None}))
    time.sleep(0.05)
    os._exit(0)
"""
)

MACHINERY = [
    _attack("impersonates_the_child", answer=_IMPERSONATES),
    _attack("patches_numpy", """
        import builtins, numpy as np
        np.allclose = np.isclose = np.array_equal = lambda *a, **k: True
        np.testing.assert_allclose = lambda *a, **k: None
        builtins.all = builtins.any = lambda things: True
        builtins.abs = lambda x: 0
    """),
    _attack("patches_json", "import json\njson.loads = json.dumps = lambda *a, **k: 'x'"),
    _attack("patches_isinstance", "import builtins\nbuiltins.isinstance = lambda *a: True"),
    _attack("patches_len_and_print", "import builtins\nbuiltins.len = lambda x: 1\nbuiltins.print = exit"),
    _attack("empties_sys_modules", "import sys\nsys.modules.clear()"),
    _attack("replaces_modules", """
        import sys, types
        for name in list(sys.modules):
            sys.modules[name] = types.ModuleType(name)
    """),
    _attack("replaces_main", "import sys\nsys.modules['__main__'] = object()", others=True),
    _attack("redefines_check", """
        def check(*args, **kwargs):
            class Full: score = 99.0
            return Full()
        score = points = 99.0
    """, others=True),
    _attack("deletes_its_namespace", "globals().clear()"),
    _attack("namespace_of_odd_keys", "globals().update({1: 2, (): 3, 'a\\nb': 4, '\\ud800': 5})", others=True),
    _attack("very_many_names", "globals().update({f'largest_stable_l{n}': n for n in range(300_000)})"),
    _attack("patches_the_childs_calls", """
        import sys
        frame = sys._getframe()
        while frame:
            for name in ('LocalCandidate', 'plain', 'failure_of', '_message'):
                if name in frame.f_globals:
                    frame.f_globals[name] = lambda *a, **k: 0.5
            frame = frame.f_back
    """),
    _attack("reads_callers_frames", answer="""
        import sys
        def largest_stable_lr(H):
            frame, found = sys._getframe(1), []
            while frame:
                found += [v for v in frame.f_locals.values() if isinstance(v, float)]
                found += [getattr(v, 'expected', None) for v in frame.f_locals.values()]
                frame = frame.f_back
            found = [f for f in found if f is not None]
            return found[0] if found else 0.0
    """, others=True),
    _attack("searches_gc_for_the_answer", answer="""
        import gc
        def largest_stable_lr(H):
            for thing in gc.get_objects():
                if getattr(thing, '__name__', '') in ('largest_stable_lr', 'reference') and thing is not largest_stable_lr:
                    return thing(H)
                if type(thing).__name__ in ('Exercise', 'Examination', 'Case'):
                    return thing.reference(H)
            return 0.0
    """, others=True),
    _attack("searches_the_heap", answer="""
        import ctypes
        def largest_stable_lr(H):
            for k in range(1, 20):
                guess = ctypes.cast(id(H) + 8 * k, ctypes.POINTER(ctypes.c_double))[0]
                if 0 < guess < 10:
                    return guess
            return 0.0
    """),
    _attack("calls_the_reference", answer="""
        from descent.checks import EXERCISES
        def largest_stable_lr(H):
            return EXERCISES['largest_stable_lr'].reference(H)
    """, others=True),
    _attack("imports_the_reference", answer="from descent.stepsize import largest_stable_lr", others=True),
    _attack("reimports_the_library", answer="""
        import importlib, sys
        sys.meta_path[:] = [f for f in sys.meta_path if 'Finder' not in type(f).__name__ or 'stub' not in type(f).__module__]
        for name in [n for n in sys.modules if n.startswith('descent')]: del sys.modules[name]
        importlib.invalidate_caches()
        largest_stable_lr = importlib.import_module('descent.stepsize').largest_stable_lr
    """),
    _attack("subclasses_of_object", answer="""
        def largest_stable_lr(H):
            for kind in object.__subclasses__():
                if kind.__name__ in ('Exercise', 'Outcome', 'Result'):
                    return kind(value=H, score=99)
            return 0.0
    """, others=True),
    _attack("settrace", "import sys\nsys.settrace(lambda *a: exit())\nsys.setprofile(lambda *a: exit())"),
    _attack("audit_hook", "import sys\ndef hook(*a): raise RuntimeError\nsys.addaudithook(hook)"),
    _attack("excepthook_and_atexit", """
        import atexit, os, sys
        sys.excepthook = sys.unraisablehook = lambda *a: os._exit(0)
        atexit.register(lambda: os.write(3, b'x' * 1000))
    """, others=True),
    _attack("keeps_state", answer="""
        calls = []
        def largest_stable_lr(H):
            calls.append(H)
            return float(len(calls))
    """, others=True),
    _attack("recognises_cases", answer="""
        import hashlib, numpy as np
        known = {}
        def largest_stable_lr(H):
            return known.setdefault(hashlib.sha256(np.asarray(H).tobytes()).hexdigest(), 0.5)
    """, others=True),
    _attack("guesses_by_probing", """
        from descent import check
        answers = [a for a in (0.1, 0.5, 1.0) if getattr(check('largest_stable_lr', lambda H: a), 'score', 0) == 2]
    """, answer="def largest_stable_lr(H):\n    return (answers or [0.0])[0]", others=True),
    _attack("draws_the_seed", answer="""
        import random, numpy as np
        random.seed(0); np.random.seed(0)
        def largest_stable_lr(H):
            return float(np.random.rand())
    """, others=True),
    _attack("a_thread_changes_the_answer", answer="""
        import threading, time, numpy as np
        def largest_stable_lr(H):
            answer = np.zeros(())
            def later():
                for k in range(10**7):
                    answer[()] = k * 1e-3
            threading.Thread(target=later, daemon=True).start()
            return answer
    """, others=True),
    _attack("a_thread_writes_on_the_line", _LINE + """
        import threading
        def write():
            while True: say(b'\\0' * 1000)
        threading.Thread(target=write, daemon=True).start()
    """.replace("\n        ", "\n")),
    _attack("a_thread_for_ever", "import threading\nthreading.Thread(target=lambda: [None for _ in iter(int, 1)]).start()", others=False),
    _attack("defers_to_the_arguments", answer="""
        def largest_stable_lr(H):
            H.flags.writeable = True
            H[...] = 0
            return H[0, 0]
    """, others=True),
    _attack("changes_the_argument_to_fit", answer="""
        import numpy as np
        def largest_stable_lr(H):
            try:
                H.setflags(write=True)
            except ValueError:
                H = H.base if H.base is not None else H
            H[...] = np.eye(len(H))
            return 2.0
    """, others=True),
]  # fmt: skip

_SAME = """
class Same:
    def __init__(self, *args): pass
    def _same(self, *args): return True
    __eq__ = __le__ = __ge__ = __lt__ = __gt__ = __contains__ = __bool__ = _same
    __hash__ = None
"""
VALUES = [
    _returns("equal_to_all", "Same()", _SAME),
    _returns("a_lying_array", "Liar()", "class Liar:\n    def __array__(self, *a, **k): return np.full((), True)\n    __eq__ = lambda *a: True"),
    _returns("a_lying_float", "Liar(0.0)", "class Liar(float):\n    __eq__ = __le__ = lambda *a: True\n    __sub__ = __rsub__ = lambda *a: 0.0"),
    _returns("a_lying_ndarray", "np.zeros(()).view(Liar)", "class Liar(np.ndarray):\n    def __array_function__(self, *a, **k): return True\n    def __array_ufunc__(self, *a, **k): return np.True_"),
    _returns("a_lying_length", "Liar([1.0] * 5)", "class Liar(list):\n    def __len__(self): return 10**18\n    def __iter__(self):\n        while True: yield 1.0"),
    _returns("a_list_of_itself", "x", "x = []\nx.append(x)"),
    _returns("a_deep_list", "x", "x = 1.0\nfor _ in range(5_000): x = [x]"),
    _returns("a_generator", "(x for x in iter(int, 1))"),
    _returns("a_coroutine", "f()", "async def f(): return 1.0"),
    _returns("nan", "float('nan')"),
    _returns("infinity", "np.inf"),
    _returns("minus_zero", "-0.0"),
    _returns("a_denormal", "5e-324"),
    _returns("true", "True"),
    _returns("a_huge_int", "10**10_000"),
    _returns("a_long_text", "'x' * 10**9"),
    _returns("the_text_of_a_number", "'0.5'"),
    _returns("bytes", "b'0.5'"),
    _returns("a_complex_number", "0.5 + 0j"),
    _returns("a_date", "np.datetime64('2026-01-01')"),
    _returns("an_object_array", "np.array([Same(), object()], dtype=object)", _SAME),
    _returns("a_structured_array", "np.zeros(3, dtype=[('a', 'f8')])"),
    _returns("a_masked_array", "np.ma.masked_all((3,))"),
    _returns("a_huge_view", "np.broadcast_to(0.0, (10**6, 10**6))"),
    _returns("many_arrays", "[np.zeros(0)] * 500_000"),
    _returns("much", "np.zeros(9_000_000)"),
    _returns("a_function", "len"),
    _returns("its_module", "np"),
    _returns("what_raises_when_read", "Trap()", "class Trap:\n    def __getattribute__(self, name): raise SystemExit"),
    _returns("a_float_that_exits", "Trap()", "class Trap:\n    def __float__(self): raise KeyboardInterrupt"),
    _returns("many_candidates", "[0.1, 0.2, 0.5, 1.0, 2.0]"),
    _returns("everything_at_once", "np.linspace(0, 10, 100_000)"),
]  # fmt: skip

_SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"
WORDS = [
    _raises("a_script", f"ValueError({_SCRIPT!r} * 50)"),
    _raises("an_error_called_script", "Odd('x')", f"Odd = type({_SCRIPT!r}, (Exception,), {{}})"),
    _raises("control_characters", "ValueError('\\x1b[2J\\x1b[31m\\x07\\x00\\r\\n\\u202e\\u2066abc\\ud800' * 20)"),
    _raises("a_long_message", "ValueError('x' * 10**7)"),
    _raises("many_lines", "ValueError('\\n' * 10**5)"),
    _raises("a_message_that_raises", "Odd()", "class Odd(Exception):\n    def __str__(self): raise SystemExit"),
    _raises("a_message_without_end", "Odd()", "class Odd(Exception):\n    def __str__(self):\n        while True: pass"),
    _raises("a_name_that_lies", "Odd()", "class Meta(type):\n    __name__ = property(lambda self: 10**9)\nclass Odd(Exception, metaclass=Meta): pass"),
    _raises("a_line_of_the_journal", "ValueError('\\n{\"student\": \"me\", \"results\": []}\\n')"),
    _raises("a_path_of_the_server", "ValueError('/srv/course/secret_seed /home/teacher/x.py C:\\\\Users\\\\me\\\\x')"),
    _raises("back_ticks_and_tags", "ValueError('`<b>` `' * 99 + '</main></body>')"),
    _raises("system_exit", "SystemExit(0)"),
    _raises("keyboard_interrupt", "KeyboardInterrupt"),
    _raises("generator_exit", "GeneratorExit"),
    _raises("an_exception_group", "ExceptionGroup('x', [ValueError('y')] * 1000)"),
    _raises("a_chain_of_itself", "error", "error = ValueError('x')\nerror.__cause__ = error.__context__ = error"),
    _raises("not_implemented", "NotImplementedError"),
    _attack("a_line_that_is_a_script", answer=f"def {TARGET}(H):\n    1 / 0  # {_SCRIPT}\n", others=True),
    _attack("a_name_that_is_like_another", "largest_st\u0430ble_lr = lambda H: 1\nlargest_stable_lr\u200b = 1", others=True),
    _attack("other_letters_of_the_same_name", answer="ｌａｒｇｅｓｔ_ｓｔａｂｌｅ_ｌｒ = lambda H: 0.0", others=True),
    _attack("bidirectional_comment", answer="def largest_stable_lr(H):\n    return 0.0 #\u202e ;2 nruter \u2066\n", others=True),
    _attack("prints_a_flood", "for _ in range(300): print('x' * 10**6)", others=True),
    _attack("writes_a_flood_past_python", "import os\nfor _ in range(300): os.write(1, b'x' * 10**6); os.write(2, b'x' * 10**6)", others=True),
    _attack("a_locale_of_its_own", "import locale, os, sys\nos.environ['PYTHONIOENCODING'] = 'utf-16'\nlocale.setlocale(locale.LC_ALL, 'C')", others=True),
    _attack("warnings_as_errors", "import warnings, sys\nwarnings.simplefilter('error')\nsys.stderr = None", others=True),
]  # fmt: skip

BOMBS = [
    _attack("ends_itself", answer="import os\ndef largest_stable_lr(H):\n    os._exit(0)", others=True),
    _attack("aborts", answer="import os\ndef largest_stable_lr(H):\n    os.abort()", others=True),
    _attack("crashes_python", answer="import ctypes\ndef largest_stable_lr(H):\n    return ctypes.string_at(0)", others=True),
    _attack("recursion_without_end", answer="def largest_stable_lr(H):\n    return largest_stable_lr(H)", others=True),
    _attack("recursion_into_the_stack", answer="""
        import sys
        def largest_stable_lr(H):
            sys.setrecursionlimit(10**9)
            class Deep:
                def __repr__(self): return repr([self])
            return repr(Deep())
    """, others=True),
    _attack("loops_for_ever", answer="def largest_stable_lr(H):\n    while True: pass", others=True),
    _attack("loops_in_c", answer="def largest_stable_lr(H):\n    return sum(range(10**12))", others=True),
    _attack("holds_the_lock_of_python", answer="def largest_stable_lr(H):\n    return 9**9**9", others=True),
    _attack("a_regular_expression", answer="import re\ndef largest_stable_lr(H):\n    return re.match('(a+)+$', 'a' * 60 + 'b')", others=True),
    _attack("catches_everything_and_goes_on", answer="""
        def largest_stable_lr(H):
            while True:
                try:
                    while True: pass
                except BaseException: pass
    """, others=True),
    _attack("sleeps_a_little", answer="import time\ndef largest_stable_lr(H):\n    time.sleep(0.02)\n    return 0.0"),
    _attack("stops_itself", answer="import os, signal\ndef largest_stable_lr(H):\n    os.kill(os.getpid(), signal.SIGSTOP)\n    return 0.0", others=True, least=1),
    _attack("ignores_signals", answer="""
        import signal
        for number in range(1, 65):
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        def largest_stable_lr(H):
            while True: pass
    """, others=True),
    _attack("an_alarm", answer="import signal\nsignal.setitimer(signal.ITIMER_REAL, .01, .01)\ndef largest_stable_lr(H):\n    return 0.0", least=1),
    _attack("memory", answer="def largest_stable_lr(H):\n    x = bytearray(10**6)\n    while True: x += x", others=True, least=1),
    _attack("memory_in_small_pieces", answer="def largest_stable_lr(H):\n    x = []\n    while True: x.append([None] * 10**5)", others=True, least=1),
    _attack("memory_mapped", answer="import mmap\nheld = []\ndef largest_stable_lr(H):\n    while True: held.append(mmap.mmap(-1, 2**26))", others=True, least=1),
    _attack("memory_while_it_is_read", "x = []\nwhile True: x.append(bytearray(10**8))", least=1),
    _attack("processes", "import os\nwhile True: os.fork()", least=1),
    _attack("threads", answer="import threading, time\ndef largest_stable_lr(H):\n    while True: threading.Thread(target=time.sleep, args=(99,), daemon=True).start()", least=1),
    _attack("open_files", answer="import os\nheld = []\ndef largest_stable_lr(H):\n    while True: held.append(os.open(os.__file__, 0))", least=1),
    _attack("closes_every_file", "import os\nos.closerange(0, 1000)"),
    _attack("closes_the_line_in_a_call", answer="import os\ndef largest_stable_lr(H):\n    os.closerange(0, 1000)\n    return 0.0", others=True),
    _attack("swaps_the_line", _LINE + "for fd in lines(): os.dup2(os.open(os.devnull, 2), fd)"),
    _attack("asks_without_end", attacked=OTHER, answer=_WRONG + "def gradient_descent(grad, theta0, lr, steps):\n    while True: grad(theta0)\n"),
    _attack("asks_with_nonsense", attacked=OTHER, answer=_WRONG + """
def gradient_descent(grad, theta0, lr, steps):
    import numpy as np
    for x in (None, "x", [], [[]], ..., 1e400, -1, np.zeros((0, 0, 0)), np.zeros(8_000_000), np.zeros((3000, 3000)), np.full(10**5, np.nan), np.zeros(3, bool), 1j):
        try: grad(x)
        except Exception: pass
    return 0.0
"""),
    _attack("asks_in_threads", attacked=OTHER, answer=_WRONG + """
def gradient_descent(grad, theta0, lr, steps):
    import threading
    for _ in range(20): threading.Thread(target=lambda: [grad(theta0) for _ in range(100)], daemon=True).start()
    return theta0
"""),
    _attack("reads_the_question", attacked=OTHER, answer=_WRONG + """
def gradient_descent(grad, theta0, lr, steps):
    import numpy as np
    grad.asked = -10**9
    for numbers in grad.numbers: numbers.flags.writeable = True; numbers[...] = 0
    return np.tile(grad.numbers[1], (steps + 1, 1))
"""),
    _attack("puts_in_a_formula_of_its_own", attacked=OTHER, answer=_WRONG + """
def gradient_descent(grad, theta0, lr, steps):
    import numpy as np, sys
    table = sys.modules[type(grad).__module__].FORMULAS if type(grad).__module__ in sys.modules else type(grad).value.__globals__["FORMULAS"]
    for name in table: table[name] = lambda *numbers: np.zeros(3)
    return np.tile(theta0, (steps + 1, 1))
"""),
    _attack("keeps_a_question_for_later", answer="""
kept = []
def gradient_descent(grad, theta0, lr, steps):
    kept.append(grad)
    return theta0
def largest_stable_lr(H):
    return kept[0](H)
"""),
    _attack("fills_its_folder", "with open('x', 'wb') as f:\n    while True: f.write(bytes(10**6))", others=True),
    _attack("fills_its_folder_with_files", "for n in range(10**6): open(str(n), 'w').close()", others=True),
    _attack("fills_its_folder_with_folders", "import os\nfor n in range(3_000): os.mkdir(str(n))", others=True),
    _attack("fills_its_folder_with_names", "import os\nopen('x', 'w').close()\nfor n in range(10**6): os.link('x', str(n))", others=True),
    _attack("fills_its_folder_and_hides_it", """
        held = []
        while True:
            with open('x', 'wb') as file: file.write(bytes(10**7))
            held.append(open('x', 'rb'))
            __import__('os').remove('x')
    """, others=True),
    _attack("a_sparse_file", "with open('x', 'wb') as f: f.truncate(2**42)", others=True),
    _attack("leaves_odd_files", """
        import os
        os.umask(0)
        os.mkdir('closed', 0o300)
        open('closed/x', 'w').close()
        os.mkdir('nothing', 0)
        os.open('runs as its owner', os.O_CREAT | os.O_WRONLY, 0o6777)
        open('\\udcff\\n', 'w').close()
        for name, make in (('pipe', os.mkfifo), ('device', os.mknod)):
            try: make(name)
            except OSError: pass
        for n in range(200):
            os.mkdir('d' * 9)
            os.chdir('d' * 9)
    """, others=True),
    _attack("a_source_that_is_deep", "x = " + "(" * 5_000 + "1" + ")" * 5_000),
    _attack("a_source_of_signs", "x = " + "-" * 100_000 + "1"),
    _attack("a_source_that_is_long", "x = 0\n" * 30_000, others=True),
    _attack("a_constant_that_is_computed", "x = (((((9**9)**9)**9)**9)**9)**9" , others=False),
    _attack("a_source_with_null", "x = '\0'"),
    _attack("surrogates", "x = '\ud800'"),
]  # fmt: skip

# What must not be reached; {…} is filled in by the test.
SPIES = [
    _spy("the_secret_seed", "if {token!r} in open({secret!r}).read(): got()"),
    _spy("another_submission", "if {token!r} in open({other!r}).read(): got()"),
    _spy("names_in_the_course", "if os.listdir({course!r}): got()"),
    _spy("the_library", "if open({library!r}).read(): got()"),
    _spy("passwords", "if open('/etc/passwd').read(): got()"),
    _spy("its_own_environment", "if {token!r} in repr(os.environ) or {token!r} in open('/proc/self/environ').read(): got()", 0),
    _spy("its_parents_environment", "if open(f'/proc/{{os.getppid()}}/environ').read(): got()"),
    _spy("its_parents_memory", "if open(f'/proc/{{os.getppid()}}/maps').read(): got()"),
    _spy("by_a_mapped_file", "import numpy as np\nif bytes(np.memmap({secret!r}, mode='r')): got()"),
    _spy("by_numpys_reader", "import numpy as np\nif len(np.fromfile({secret!r}, np.uint8)): got()"),
    _spy("by_a_link", "os.symlink({secret!r}, {scratch!r})\nif open({scratch!r}).read(): got()", harmless=False),
    _spy("by_a_link_in_its_folder", "os.symlink({secret!r}, 'x')\nif open('x').read(): got()"),
    _spy("by_a_hard_link", "os.link({secret!r}, 'x')\nif open('x').read(): got()"),
    _spy("takes_the_seed_into_its_folder", "os.rename({secret!r}, 'x')\ngot()", 1, harmless=False),
    _spy("puts_a_file_of_its_own_in_its_place", "open('x', 'w').close()\nos.replace('x', {secret!r})\ngot()", 1, harmless=False),
    _spy("what_others_left", "if os.listdir(): got()", 0),
    _spy("the_folders_of_others", "if os.listdir('..'): got()"),
    _spy("files_beside_its_folder", "open('../x', 'w')\ngot()", 1, harmless=False),
    _spy("a_program_of_its_own", """
        import ctypes
        with open('x', 'wb') as file: file.write(open('/proc/self/exe', 'rb').read())
        os.chmod('x', 0o700)
        got()
    """, 1),
    _spy("by_io_uring", """
        import ctypes
        if ctypes.CDLL(None).syscall(425, 8, ctypes.create_string_buffer(256)) >= 0: got()
    """, 1),
    _spy("by_ptrace", "import ctypes\nif ctypes.CDLL(None).ptrace(0, 0, 0, 0) == 0: got()", 1),
    _spy("its_parents_memory_by_call", """
        import ctypes
        buffer = ctypes.create_string_buffer(64)
        piece = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 0)
        if ctypes.CDLL(None).process_vm_readv(os.getppid(), piece, 1, piece, 1, 0) >= 0: got()
    """, 1),
    _spy("writes_the_journal", "open({journal!r}, 'a').write('forged')\ngot()", 1, harmless=False),
    _spy("empties_the_seed", "open({secret!r}, 'w')\ngot()", 1, harmless=False),
    _spy("removes_the_seed", "os.remove({secret!r})\ngot()", 1, harmless=False),
    _spy("renames_the_seed", "os.rename({secret!r}, {scratch!r})\ngot()", 1, harmless=False),
    _spy("opens_the_seed_to_all", "os.chmod({secret!r}, 0o666)\ngot()", 1, harmless=False),
    _spy("sets_the_seeds_time", "os.utime({secret!r}, (0, 0))\ngot()", 1, harmless=False),
    _spy("leaves_a_file", "open({scratch!r}, 'w').write('x')\ngot()", 1, harmless=False),
    _spy("leaves_a_folder", "os.mkdir({scratch!r})\ngot()", 1, harmless=False),
    _spy("fills_the_disk", "with open({scratch!r}, 'wb') as f:\n    while True: f.write(bytes(10**7))", 1, harmless=False),
    _spy("fills_the_shared_memory", "with open('/dev/shm/{mark}', 'wb') as f:\n    f.write(bytes(10**7)); got()", 1, harmless=False),
    _spy("shared_memory_of_the_system", "import ctypes\nif ctypes.CDLL(None).shmget(0, 4096, 0o1600) >= 0: got()", 1, harmless=False),
    _spy("tcp", "import socket\nsocket.create_connection(('127.0.0.1', {port}), 1)\ngot()", 1),
    _spy("udp", "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {port}))\ngot()", 1),
    _spy("a_socket_without_a_file", "import socket\nsocket.socket(socket.AF_UNIX).connect('\\0{mark}')\ngot()", 1),
    _spy("netlink", "import socket\nsocket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)\ngot()", 1),
    _spy("a_web_page", "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:{port}/', timeout=1)\ngot()", 1),
    _spy("another_program", "import subprocess\nsubprocess.run(['/bin/true'], check=True)\ngot()", 1),
    _spy("a_shell", "if os.system('true') == 0: got()", 1),
    _spy("ends_its_parent", "os.kill(os.getppid() or 2**22 - 1, 9)\ngot()", 1, harmless=False),
    _spy("ends_its_group", "os.kill(0, 9)\ngot()", 1, harmless=False),
    _spy("signals_to_all", "os.kill(-1, 0)\ngot()", 1, harmless=False),
    _spy("signals_to_the_grader", "os.kill({grader}, 0)\ngot()", 1),
    _spy("a_daemon", """
        import ctypes, time
        ctypes.CDLL(None).prctl(15, b'{mark}')
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(600)
            os._exit(0)
        got()
    """, 1, harmless=False),
    _spy("a_daemon_by_clone", """
        import ctypes, time
        libc = ctypes.CDLL(None)
        libc.prctl(15, b'{mark}')
        for number, arguments in ((57, ()), (58, ()), (56, (17, 0, 0, 0, 0)), (435, (ctypes.create_string_buffer(64), 64))):
            done = libc.syscall(number, *arguments)
            if done == 0:
                time.sleep(600)
            if done > 0:
                got()
    """, 1, harmless=False),
    _spy("privileges", "os.setuid(0)\nos.chroot('/')\ngot()", 1, harmless=False),
    _spy("namespaces", "import ctypes\nif ctypes.CDLL(None).unshare(0x10000000) == 0: got()", 1),
    _spy("higher_limits", "import resource\nresource.setrlimit(resource.RLIMIT_AS, (2**50, 2**50))\ngot()", 1),
    _spy("descriptors_from_the_line", """
        import socket
        for fd in range(3, 64):
            try:
                line = socket.socket(fileno=os.dup(fd))
                _, found, _, _ = socket.recv_fds(line, 1, 9, socket.MSG_PEEK | socket.MSG_DONTWAIT)
                if found: got()
            except OSError: pass
    """, 0),
    _spy("a_file_that_is_open", """
        import stat
        for fd in range(64):
            try:
                if stat.S_ISREG(os.fstat(fd).st_mode): got()
            except OSError: pass
    """, 0),
]  # fmt: skip

ATTACKS = [*FORGED, *MACHINERY, *VALUES, *WORDS, *BOMBS, *SPIES]


def _code(source: str, grade_id: str = "") -> dict[str, Any]:
    metadata = {"nbgrader": {"grade_id": grade_id}} if grade_id else {}
    return {"cell_type": "code", "source": source, "metadata": metadata, "outputs": []}


def notebook(*answers: tuple[str, str], before: str = "") -> dict[str, Any]:
    """A notebook with these answers, by exercise, and an added cell before them."""
    cells = [_code(before)] if before else []
    for name, source in answers:
        cells += [_code(source, name), _code(f'check("{name}").score', f"{name}_check")]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def handed_in(attack: Attack, places: dict[str, Any]) -> bytes:
    """The notebook of an attack."""
    cell = attack.cell
    if attack.spy is not None:
        cell = cell.format(**places)
    answers = {TARGET: attack.answer, OTHER: RIGHT[OTHER]}
    if attack.spy is None:
        answers = {SPIED: RIGHT[SPIED], **answers}
    if f"def {OTHER}(" in attack.answer:
        del answers[OTHER]
    return json.dumps(notebook(*answers.items(), before=cell)).encode()


# Submissions that are no honest file or folder: what is written, and what the student is told.


@dataclass(frozen=True)
class Folder:
    """One submission's folder. write: makes it. said: part of the reason or of a remark. graded: whether it is read."""

    name: str
    write: Callable[[Path], None]
    said: str
    graded: bool = False
    full: bool = field(default=False)


HONEST = json.dumps(notebook(*RIGHT.items())).encode()


def _zip(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _file(
    name: str, content: bytes, said: str, file: str = f"{ASSIGNMENT}.ipynb", **more
) -> Folder:
    return Folder(name, lambda folder: _write(folder / file, content), said, **more)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _fifo(folder: Path) -> None:
    os.mkfifo(folder / f"{ASSIGNMENT}.ipynb")
    os.mkfifo(folder / "timestamp.txt")


def _loop(folder: Path) -> None:
    (folder / "again").symlink_to(folder)
    _write(folder / f"{ASSIGNMENT}.ipynb", HONEST)


def _copies(folder: Path) -> None:
    _write(folder / f"{ASSIGNMENT}.ipynb", HONEST)
    for n in range(1_500):
        (folder / f"copy{n:04d}.ipynb").touch()


def _shadows(folder: Path) -> None:
    for name in ("numpy/__init__.py", "json.py", "sitecustomize.py", "descent/__init__.py"):
        _write(folder / name, b"raise SystemExit")
    _write(folder / f"{ASSIGNMENT}.ipynb", HONEST)


_FULL = {"graded": True, "full": True}
_TEXT = HONEST.decode()
FOLDERS = [
    _file("file_empty", b"", "empty"),
    _file("file_nothing_but_zeros", bytes(10_000), "empty"),
    _file("file_cut_off", HONEST[:-100], "breaks off", **_FULL),
    _file("file_of_another_kind", b"\x7fELF" + bytes(999), "breaks off"),
    _file("file_web_page", b"<!doctype html><script>x()</script>", "web page"),
    _file("file_deep", b'{"cells": ' + b"[" * 500_000, "nested without end"),
    _file("file_of_objects", b"[" + b"{}," * 999_999 + b"{}]", "clear the outputs"),
    _file("file_of_one_number", b'{"cells": [' + b"9" * 10**6 + b"]}", "breaks off"),
    _file("file_no_cells", b'{"nbformat": 4}', "no list of cells"),
    _file("file_odd_cells", b'{"cells": [1, null, {}, [], {"cell_type": {}}]}', "", graded=True),
    _file("file_utf_16", _TEXT.encode("utf-16"), "UTF-16", **_FULL),
    _file("file_bom", b"\xef\xbb\xbf" + HONEST, "", **_FULL),
    _file("file_latin_1", _TEXT.replace("nbformat", "\xe9", 1).encode("latin-1"), "not in UTF-8", **_FULL),
    _file("file_twice_cells", HONEST[:-1] + b', "cells": []}', "stand twice", graded=True),
    _file("file_renamed", HONEST, "is called", file="Übung (1).ipynb", **_FULL),
    _file("file_in_folders", HONEST, "", file=f"a/b/{ASSIGNMENT}.ipynb", **_FULL),
    _file("file_of_nbformat_3", json.dumps({"nbformat": 3, "worksheets": [{"cells": [cell | {"input": cell["source"]} for cell in json.loads(HONEST)["cells"]]}]}).encode(), "old format", **_FULL),
    _file("zip_honest", _zip({f"x/{ASSIGNMENT}.ipynb": HONEST}), "unpacked", file="x.zip", **_FULL),
    _file("zip_bomb", _zip({f"{ASSIGNMENT}.ipynb": bytes(40_000_000)}), "far larger", file="x.zip"),
    _file("zip_of_zips", _zip({"y.zip": _zip({"a.ipynb": HONEST})}), "within it", file="x.zip"),
    _file("zip_that_climbs", _zip({"../../../climbed.ipynb": HONEST}), "unpacked", file="x.zip", **_FULL),
    _file("zip_torn", _zip({"a.ipynb": HONEST})[:-40], "no complete zip", file="x.zip"),
    _file("only_a_pdf", b"%PDF", "There is: homework.pdf", file="homework.pdf"),
    Folder("nothing", lambda folder: None, "no notebook here"),
    Folder("a_fifo", _fifo, "no ordinary file"),
    Folder("a_link_to_the_seed", lambda folder: (folder / f"{ASSIGNMENT}.ipynb").symlink_to("../../../secret_seed"), "is a link"),
    Folder("a_link_to_another", lambda folder: (folder / f"{ASSIGNMENT}.ipynb").symlink_to(f"../../honest/{ASSIGNMENT}/{ASSIGNMENT}.ipynb"), "is a link"),
    Folder("a_link_in_a_circle", _loop, "is a link", **_FULL),
    Folder("very_many_files", _copies, "more than 1000 files", **_FULL),
    Folder("modules_that_shadow", _shadows, "", **_FULL),
]  # fmt: skip

# Students' names: as formulas, as tags, as commands of a terminal, as paths.
STUDENTS = [
    "=cmd|'C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\tx", "<img src=x onerror=alert(1)>", "a\nb", "a\x1b[31mb",
    "\u202eabc", os.fsdecode(b"\xff\xfe"), "..x", "a b", "ä", "%2e%2e", "'; DROP TABLE student; --", "x" * 128, "x" * 200, '"', "[a-z]*", "?",
]  # fmt: skip
