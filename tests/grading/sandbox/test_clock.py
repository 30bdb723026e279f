import os
import subprocess
import sys
import time

import pytest

from descent.grading.sandbox.clock import Clock

WORK = (
    "import sys, time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\nsys.stdin.read()"
)


def test_only_work_counts():
    process = subprocess.Popen(
        [sys.executable, "-c", WORK], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    clock = Clock(lambda: process.pid)
    process.stdout.readline()
    used = clock.used()
    assert used > 0.25
    time.sleep(0.3)
    if sys.platform == "linux":
        assert clock.used() - used < 0.1
    process.communicate()
    assert clock.used() >= used  # the last that was seen


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is not known")
def test_time_in_which_others_had_the_processor_is_known():
    """Two processes on one processor: each is kept waiting about as long as it runs."""
    one = min(os.sched_getaffinity(0))
    work = f"import os\nos.sched_setaffinity(0, [{one}])\nprint(flush=True)\nwhile True: pass"
    both = [
        subprocess.Popen([sys.executable, "-c", work], stdout=subprocess.PIPE) for _ in range(2)
    ]
    clocks = [Clock(lambda process=process: process.pid) for process in both]
    for process in both:
        process.stdout.readline()
    began = time.monotonic()
    before = [(clock.used(), clock.starved()) for clock in clocks]
    while min(clock.used() - used for clock, (used, _) in zip(clocks, before, strict=True)) < 0.3:
        assert time.monotonic() < began + 60
        time.sleep(0.05)
    starved = [clock.starved() - was for clock, (_, was) in zip(clocks, before, strict=True)]
    for process in both:
        process.kill()
        process.communicate()
    assert max(starved) > 0.2


def test_a_process_that_is_not_known_uses_nothing():
    if sys.platform == "linux":
        assert (Clock(lambda: None).used(), Clock(lambda: None).starved()) == (0.0, 0.0)
