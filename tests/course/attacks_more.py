"""The second part of the attack corpus: forged replies, lying objects, Python's own machinery, the system's calls.

Many are there because they once did harm: they gained nothing, but held up the batch, or reached processes of
others.
"""

import textwrap

from attacks import _LINE, _WRONG, OTHER, Attack, _attack, _returns, _spy


def _replies(name: str, said: str) -> Attack:
    """Says something to the checker from within the call, before it returns."""
    raw = """
def raw(header, tail=b""):
    return struct.pack(">III", len(header), 0, len(tail)) + header + tail
"""
    body = f"def largest_stable_lr(H):\n    say({said})\n    return 0.0\n"
    return Attack(f"replies_{name}", answer=_LINE + raw + body)


def _calls_c(name: str, call: str, setup: str = "", least: int = 1) -> Attack:
    """Reaches something by a function of C, which answers with anything but "not permitted"."""
    body = f"""
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
{textwrap.dedent(setup).strip()}
if libc.{call} >= 0 or ctypes.get_errno() not in (1, 13): got()
"""
    return _spy(name, body, least, harmless=False)


REPLIES = [
    _replies("a_long_number", """raw(b'["Returned",[1' + b"0" * 4000 + b',null],[]]')"""),
    _replies("a_longer_number", """raw(b'["Returned",[1' + b"0" * 5000 + b',null],[]]')"""),
    _replies("a_line_far_down", """raw(b'["Failed",[["exception","E","m","l",1' + b"0" * 4200 + b'],null],[]]')"""),
    _replies("a_nan_of_its_own", 'frame("Returned", {"value": {"array": 0}, "echo": None}, [["<f8", [], 1]], struct.pack("<Q", 0x7FF80000DEADBEEF))'),
    _replies("no_numbers_in_many_rows", 'frame("Returned", {"value": {"array": 0}, "echo": None}, [["<f8", [2**40, 0], 1]])'),
    _replies("truths_that_are_255", 'frame("Returned", {"value": {"array": 0}, "echo": None}, [["|b1", [8], 1]], bytes([255]) * 8)'),
    _replies("two_kinds_at_once", """raw(b'["Returned",[{"list":[],"array":0},null],[]]')"""),
    _replies("one_key_twice", """raw(b'["Returned",[{"list":[],"list":[1]},null],[]]')"""),
    _replies("the_function_it_was_given", 'frame("Returned", {"value": {"function": 0}, "echo": None})'),
    _replies("a_formula", 'frame("Returned", {"value": {"Formula": ["bowl", {"tuple": []}]}, "echo": None})'),
    _replies("a_seed", 'frame("Returned", {"value": {"Seeded": [5]}, "echo": None})'),
    _replies("lists_in_lists", """raw(b'["Returned",[' + b'{"list":[' * 300 + b"1" + b"]}" * 300 + b',null],[]]')"""),
    _replies("a_million_lists", """raw(b'["Returned",[{"list":[' + b'{"list":[]},' * 500_000 + b'1]},null],[]]')"""),
    _replies("two_million_numbers", """raw(b'["Returned",[{"list":[' + b'1.5,' * 1_900_000 + b'1]},null],[]]')"""),
    _replies("in_utf_16", """raw('["Returned",[0.5,null],[]]'.encode("utf-16"))"""),
    _replies("a_failure_of_the_checkers", 'frame("Failed", {"failure": ["timeout", "", "the grader", "", 0], "echo": None})'),
    _replies("half_characters", """raw(b'["Failed",[["exception","E\\\\ud800","\\\\udfff\\\\u0000","\\\\ud83d",-1],null],[]]')"""),
    _replies("to_later_questions", 'frame("Returned", {"value": 0.0, "echo": None}) * 40'),
    _replies("in_the_checkers_words", 'frame("Answer", {"value": 0.5}) + frame("Call", {"arguments": {"tuple": []}}) + frame("Run", {"name": "x", "source": "x"})'),
    _replies("an_echo_of_others", """raw(b'["Returned",[0.0,null],[]]', frame("Left", {"arguments": {"tuple": [None] * 9}}))"""),
    _replies("an_echo_of_nothing", """raw(b'["Returned",[0.0,null],[]]', bytes(12))"""),
    _replies("an_echo_of_many_rows", """raw(b'["Returned",[0.0,null],[]]', raw(b'["Left",[{"tuple":[{"array":0}]}],[["<f8",[1073741824,0],1]]]'))"""),
    _replies("and_sends_descriptors", 'b""); [socket.send_fds(socket.socket(fileno=os.dup(fd)), [frame("Returned", {"value": 0.0, "echo": None})], [0] * 50) for fd in lines() for _ in range(100)]; str('),
    _replies("urgently", 'b""); [socket.socket(fileno=os.dup(fd)).send(b"xyz", socket.MSG_OOB) for fd in lines()]; str('),
    _replies("and_shuts_the_line", 'b""); [socket.socket(fileno=os.dup(fd)).shutdown(socket.SHUT_WR) for fd in lines()]; str('),
    _attack("asks_after_its_answer", attacked=OTHER, answer=_WRONG + _LINE + """
def gradient_descent(grad, theta0, lr, steps):
    say(frame("Returned", {"value": 0.0, "echo": None}) + frame("Ask", {"function": 0, "arguments": {"tuple": [1.0]}}) * 100)
    return theta0
"""),  # checker and guard once waited for each other to read
    _attack("asks_with_the_function_itself", attacked=OTHER, answer=_WRONG + _LINE + """
def gradient_descent(grad, theta0, lr, steps):
    for n in (-1, 0, 1, 10**9):
        say(frame("Ask", {"function": n, "arguments": {"tuple": [{"function": 0}]}}))
    return theta0
"""),
    _attack("steals_the_next_questions", answer=_LINE + """
def largest_stable_lr(H):
    for fd in lines():
        os.set_blocking(fd, False)
        try:
            while os.read(fd, 10**6): pass
        except OSError: pass
    return 0.0
"""),
]  # fmt: skip

OBJECTS = [
    _returns("no_numbers_in_many_rows", "np.zeros((2**28, 0))"),
    _returns("no_numbers_in_many_columns", "np.zeros((0, 2**50))"),
    _returns("another_value_each_time", "Shifty()", "class Shifty:\n    n = 0\n    def __array__(self, *a, **k):\n        Shifty.n += 1\n        return np.full((), 0.1 * Shifty.n)"),
    _returns("an_interface_to_nowhere", "Odd()", "class Odd:\n    __array_interface__ = {'shape': (10**6,), 'typestr': '<f8', 'data': (4096, False), 'version': 3}"),
    _returns("an_interface_to_everything", "Odd()", "class Odd:\n    __array_interface__ = {'shape': (2**40,), 'typestr': '|u1', 'data': (id(H), False), 'version': 3}"),
    _returns("a_giant_like_a_tensor", "Odd()", "class Odd:\n    def detach(self): return self\n    cpu = detach\n    def numpy(self): return np.broadcast_to(1.0, (2**35,))"),
    _returns("a_huge_index", "Odd()", "class Odd:\n    def __index__(self): return 10**400\n    __complex__ = __int__ = __index__"),
    _returns("an_array_that_never_ends", "np.zeros(3).view(Odd)", "class Odd(np.ndarray):\n    def __array_finalize__(self, other):\n        while True: pass"),
    _returns("a_name_that_never_ends", "Odd()", "class Meta(type):\n    @property\n    def __name__(cls):\n        while True: pass\nclass Odd(metaclass=Meta): pass"),
    _returns("a_class_that_lies", "Odd()", "class Odd:\n    @property\n    def __class__(self): return np.ndarray"),
    _returns("an_array_within_itself", "x", "x = np.empty(1, object)\nx[0] = x"),
    _returns("what_never_dies", "0.0", "class Odd:\n    def __del__(self):\n        while True: pass\nodd = Odd()\nodd = None"),
    _returns("what_pickles_to_a_program", "Odd()", "import os\nclass Odd:\n    def __reduce__(self): return os.system, ('touch x',)"),
    _returns("a_fraction", "__import__('fractions').Fraction(1, 10**5000)"),
    _returns("a_decimal", "__import__('decimal').Decimal('1e999999999')"),
    _attack("a_class_for_an_answer", answer="class largest_stable_lr:\n    def __init__(self, H): self.H = H\n    def __float__(self): return 0.0", others=True),
    _attack("another_answer_each_time", answer="class Odd:\n    def __call__(self, H):\n        globals()['largest_stable_lr'] = lambda H: 1 / 0\n        return 0.0\nlargest_stable_lr = Odd()", others=True),
    _attack("an_async_answer", answer="async def largest_stable_lr(H):\n    return 0.0", others=True),
    _attack("an_answer_that_yields", answer="def largest_stable_lr(H):\n    while True: yield 0.5", others=True),
]  # fmt: skip

MACHINERY = [
    _attack("patches_struct_and_os", "import builtins, io, os, struct\nos.write = struct.pack = struct.unpack = lambda *a: b''\nbuiltins.open = io.BytesIO"),
    _attack("patches_numpys_insides", "import numpy as np\nnp.asarray = np.array = lambda *a, **k: 0.5\nnp.ndarray = np.errstate = None"),
    _attack("patches_builtins", "import builtins\nfor name in ('type', 'callable', 'getattr', 'list', 'tuple', 'zip', 'map', 'float'):\n    setattr(builtins, name, lambda *a, **k: 0.5)"),
    _attack("an_import_hook", """
        import builtins, sys
        class Finder:
            def find_spec(self, *a): raise SystemExit
        sys.meta_path.insert(0, Finder())
        sys.path_importer_cache.clear()
        builtins.__import__ = lambda *a, **k: exit()
    """),
    _attack("changes_the_code_that_calls_it", answer="""
        import sys
        def largest_stable_lr(H):
            frame = sys._getframe()
            while frame:
                for name in ('_message', '_text', '_packed', 'frame', 'send', 'plain'):
                    if hasattr(frame.f_globals.get(name), '__code__'):
                        frame.f_globals[name].__code__ = (lambda *a, **k: None).__code__
                frame = frame.f_back
            return 0.0
    """),
    _attack("says_its_arguments_are_untouched", answer="""
        import sys
        def largest_stable_lr(H):
            frame = sys._getframe()
            while frame:
                if 'echo' in frame.f_globals:
                    frame.f_globals['echo'].of = lambda arguments: b''
                frame = frame.f_back
            return 0.0
    """, others=True),
    _attack("a_watchdog_that_exits", "import faulthandler\nfaulthandler.dump_traceback_later(0.05, exit=True, file=open('x', 'w'))"),
    _attack("traces_all_threads", "import sys, threading\nthreading.setprofile(lambda *a: exit())\nthreading.settrace(lambda *a: exit())\nsys.settrace(lambda *a: (lambda *b: 1 / 0))"),
    _attack("raises_in_its_caller", answer="""
        import ctypes, threading, time
        def largest_stable_lr(H):
            me = threading.get_ident()
            def later():
                for _ in range(50):
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(me), ctypes.py_object(SystemExit))
                    time.sleep(0.002)
            threading.Thread(target=later, daemon=True).start()
            return 0.0
    """),
    _attack("collects_for_ever", "import gc\ngc.callbacks.append(lambda *a: [None for _ in iter(int, 1)])\ngc.set_threshold(1, 1, 1)"),
    _attack("finalisers", "import atexit, weakref\nclass Odd: pass\nodd = Odd()\nweakref.finalize(odd, lambda: [None for _ in iter(int, 1)])\natexit.register(lambda: [None for _ in iter(int, 1)])", others=True),
    _attack("a_signal_that_interrupts", "import signal\ndef hit(*a): raise RuntimeError\nsignal.signal(signal.SIGALRM, hit)\nsignal.setitimer(signal.ITIMER_REAL, 0.003, 0.003)"),
    _attack("makes_no_of_yes", "import ctypes\nctypes.memmove(id(False) + 16, bytes([1, 0, 0, 0, 0, 0, 0, 0, 1]), 9)"),
    _attack("jumps_to_nowhere", answer="import ctypes\ndef largest_stable_lr(H):\n    ctypes.CFUNCTYPE(None)(1)()", others=True),
    _attack("a_number_as_a_long_text", answer="import sys\ndef largest_stable_lr(H):\n    sys.set_int_max_str_digits(0)\n    return len(str(10**10**7))", others=True),
    _attack("pipes_full_of_memory", answer="""
        import fcntl, os
        held = []
        def largest_stable_lr(H):
            while True:
                held.append(os.pipe())
                os.set_blocking(held[-1][1], False)
                fcntl.fcntl(held[-1][1], 1031, 2**20)
                os.write(held[-1][1], bytes(2**20))
    """),
    _attack("lines_full_of_lines", answer="""
        import socket
        def largest_stable_lr(H):
            a, b = socket.socketpair()
            a.setblocking(False)
            while True:
                for line in socket.socketpair(): socket.send_fds(a, [b'x'], [line.fileno()])
    """),
    _attack("many_mappings", answer="import mmap\nheld = []\ndef largest_stable_lr(H):\n    while True: held.append(mmap.mmap(-1, 4096, prot=1 + len(held) % 2))", others=True, least=1),
    _attack("a_mapping_without_a_file", answer="import mmap\ndef largest_stable_lr(H):\n    with open('x', 'w+b') as file:\n        file.truncate(6 * 10**7)\n        held = mmap.mmap(file.fileno(), 0)\n        file.truncate(0)\n    return held[10**7]", others=True),
    _attack("threads_that_take_no_room", """
        import _thread, threading
        threading.stack_size(2**15)
        lock = _thread.allocate_lock()
        lock.acquire()
        while True: _thread.start_new_thread(lock.acquire, ())
    """, others=True),
    _attack("a_name_for_its_process", "import ctypes\nctypes.CDLL(None).prctl(15, b') R 1 1 1 0')", others=True),
]  # fmt: skip

# A child shares its user with the grader: what the system lets one process of a user do to another.
SPIES = [
    _spy("limits_of_the_grader", "import resource\nresource.prlimit({grader}, resource.RLIMIT_CORE, (0, 0))\ngot()", 1, harmless=False),
    _spy("limits_of_its_guard", "import resource\nassert os.getppid()\nresource.prlimit(os.getppid(), resource.RLIMIT_CORE, (0, 0))\ngot()", 1, harmless=False),
    _spy("a_signal_when_a_file_is_ready", "import fcntl\nfcntl.fcntl(os.pipe()[0], 8, {grader})\ngot()", 1),
    _spy("another_signal_than_is_usual", "import fcntl\nfcntl.fcntl(os.pipe()[0], 10, 9)\ngot()", 1),
    _spy("a_signal_by_a_socket", "import fcntl, socket, struct\nfcntl.ioctl(socket.socketpair()[0], 0x8901, struct.pack('i', {grader}))\ngot()", 1),
    _spy("keys_of_the_terminal", "import fcntl\ntry: fcntl.ioctl(os.pipe()[0], 0x5412, b'x')\nexcept OSError as error:\n    if error.errno != 1: got()", 1),
    _spy("datagrams_to_a_socket_without_a_file", "import socket\nsocket.socketpair(1, socket.SOCK_DGRAM)[0].sendto(b'x', '\\0{mark}d')\ngot()", 1),
    _spy("a_socket_in_the_course", "import socket\nsocket.socketpair()[0].bind({scratch!r})\ngot()", 1, harmless=False),
    _spy("a_lock_on_the_seed", "import fcntl\nfcntl.flock(open({secret!r}), fcntl.LOCK_SH | fcntl.LOCK_NB)\ngot()", 1),
    _spy("a_lock_on_a_part_of_it", "import fcntl\nfcntl.lockf(open({secret!r}), fcntl.LOCK_SH | fcntl.LOCK_NB)\ngot()", 1),
    _spy("an_attribute_of_the_seed", "import fcntl\nfcntl.ioctl(open({secret!r}), 0x40086602, bytes([64, 0, 0, 0, 0, 0, 0, 0]))\ngot()", 1, harmless=False),
    _spy("cuts_a_file_by_its_name", "open('x', 'w').close()\nos.truncate('x', 0)\ngot()", 1),
    _spy("cuts_a_file_that_it_reads", "open('x', 'w').close()\nos.open('x', os.O_RDONLY | os.O_TRUNC)\ngot()", 1),
    _spy("the_share_of_all", "os.setpriority(os.PRIO_USER, 0, 1)\ngot()", 1, harmless=False),
    _spy("the_share_of_the_grader", "os.sched_setscheduler({grader}, os.SCHED_OTHER, os.sched_param(0))\ngot()", 1, harmless=False),
    _spy("its_own_share", "os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))\ngot()", 1, harmless=False),
    _spy("the_processors_of_the_grader", "os.sched_setaffinity({grader}, os.sched_getaffinity(0))\ngot()", 1, harmless=False),
    _spy("names_as_they_come", "import ctypes\nlibc = ctypes.CDLL(None)\nif libc.inotify_add_watch(libc.inotify_init(), {course!r}.encode(), 0xfff) >= 0: got()", 1),
    _spy("the_graders_descriptors", "if os.listdir('/proc/{grader}/fd'): got()"),
    _spy("the_graders_memory", "open('/proc/{grader}/mem', 'rb')\ngot()"),
    _spy("its_own_memory_as_a_file", "open('/proc/self/mem', 'r+b')\ngot()", 1),
    _spy("by_a_path_alone", "place = os.open({secret!r}, os.O_PATH)\nif open(f'/proc/self/fd/{{place}}').read(): got()"),
    _spy("the_system_by_its_old_door", """
        import ctypes, mmap
        code = mmap.mmap(-1, 4096, prot=7)
        code.write(bytes.fromhex('b814000000cd80c3'))
        if ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))() > 0: got()
    """, 1),
    _spy("a_file_without_a_name", "os.memfd_create('x')\ngot()", 1),
    _spy("a_socket_of_packets", "import socket\nsocket.socket(17, socket.SOCK_RAW)\ngot()", 1),
    _spy("another_user", "os.setuid(12345)\ngot()", 1, harmless=False),
    _spy("the_machines_name", "import socket\nsocket.sethostname('x')\ngot()", 1, harmless=False),
    _spy("the_machines_clock", "import time\ntime.clock_settime(time.CLOCK_REALTIME, time.time())\ngot()", 1, harmless=False),
    _calls_c("memory_of_others", "shmat(0, 0, 0)"),
    _calls_c("removes_memory_of_others", "shmctl(0, 0, 0)"),
    _calls_c("removes_semaphores_of_others", "semctl(0, 0, 0)"),
    _calls_c("messages_of_others", "msgctl(0, 0, 0)"),
    _calls_c("queues_of_others", "mq_unlink(b'/x')"),
    _calls_c("outlives_its_guard", "prctl(1, 0, 0, 0, 0)"),
    _calls_c("priority_at_the_disk", "syscall(251, 1, {grader}, 3 << 13)"),
    _calls_c("faults_of_its_own", "syscall(323, 1)"),
    _calls_c("keys_of_the_system", "syscall(248, b'user', b'x', b'y', 1, -3)"),
    _calls_c("counters_of_the_processor", "syscall(298, setup, 0, -1, -1, 0)", "setup = ctypes.create_string_buffer(128)"),
    _calls_c("hides_from_the_clock", "prctl(4, 0, 0, 0, 0)"),
    _calls_c("a_core_of_its_own", "prctl(62, 1, 0, 0, 0)"),
    _calls_c("room_for_reading_ahead", "syscall(206, 60_000, setup)", "setup = ctypes.create_string_buffer(8)"),
    _spy("timers_without_number", """
        import ctypes
        libc, timer = ctypes.CDLL(None), ctypes.c_void_p()
        if all(libc.timer_create(1, None, ctypes.byref(timer)) == 0 for _ in range(1_000)): got()
    """, 1),
    _calls_c("the_log_of_the_system", "klogctl(3, setup, 9_999)", "setup = ctypes.create_string_buffer(9_999)"),
    _calls_c("mounts", "mount(b'x', b'.', b'tmpfs', 0, 0)"),
]  # fmt: skip

ATTACKS = [*REPLIES, *OBJECTS, *MACHINERY, *SPIES]
