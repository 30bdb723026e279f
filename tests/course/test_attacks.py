"""The attack corpus, graded all at once on every level of the sandbox that this machine has."""

import dataclasses
import hashlib
import json
import os
import re
import socket
import threading
from pathlib import Path

import attacks
import attacks_further
import attacks_more
import pytest

import descent
from descent.checks import EXERCISES
from descent.checks.notebook import SEED_VARIABLE
from descent.grading.course import Course
from descent.grading.marking import batch
from descent.grading.marking.table import table
from descent.grading.pages import feedback
from descent.grading.sandbox import doctor, ladder
from descent.grading.sandbox.limits import Limits

LEVELS = (3, 2, 1, 0)
LIMITS = Limits(call=0.5, submission=20.0, memory=2**30)
TOKEN = "canary-5f1d0c7e"
POINTS = {name: EXERCISES[name].points for name in attacks.NAMES}
ATTACKS = [*attacks.ATTACKS, *attacks_more.ATTACKS, *attacks_further.ATTACKS]
FOLDERS = [*attacks.FOLDERS, *attacks_further.FOLDERS]


class Listener:
    """Sockets on which nobody should ever be heard."""

    def __init__(self, mark: str) -> None:
        self.heard: list[str] = []
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.port = self.tcp.getsockname()[1]
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        self.unix = socket.socket(socket.AF_UNIX)
        self.unix.bind("\0" + mark)
        self.unix.listen()
        self.datagrams = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.datagrams.bind(f"\0{mark}d")
        for line, wait in ((self.tcp, self.tcp.accept), (self.udp, lambda: self.udp.recv(1)),
                           (self.unix, self.unix.accept), (self.datagrams, lambda: self.datagrams.recv(1))):  # fmt: skip
            threading.Thread(target=self._listen, args=(line, wait), daemon=True).start()

    def _listen(self, line, wait) -> None:
        try:
            while True:
                wait()
                self.heard.append(line.family.name)
        except OSError:
            pass

    def close(self) -> None:
        for line in (self.tcp, self.udp, self.unix, self.datagrams):
            line.close()


@dataclasses.dataclass
class Graded:
    level: int
    course: Course
    marks: dict[str, batch.Mark]
    before: dict[str, str]
    heard: list[str]
    mark: str


def written(root: Path) -> dict[str, str]:
    """Every file, with what it holds, its mode and its time; what grading itself writes is left out."""
    found = {}
    for path in sorted(root.rglob("*")):
        about = path.lstat()
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        if "journal" not in path.parts and not path.is_dir():
            digest = hashlib.sha256(content).hexdigest()
            found[str(path)] = f"{about.st_mode} {about.st_mtime_ns} {digest}"
    return found


def course_of(root: Path, places: dict, level: int) -> Course:
    """A course folder with every attack that is run on this level, every odd folder, and an honest one."""
    course = Course(root)
    source = course.source(attacks.ASSIGNMENT)
    files = {source: attacks.HONEST, root / "secret_seed": TOKEN.encode()}
    submitted = {"honest": attacks.HONEST}
    for attack in ATTACKS:
        if level >= attack.least:
            submitted[attack.name] = attacks.handed_in(attack, places)
    for student, content in submitted.items():
        name = attacks.ASSIGNMENT
        files[root / "submitted" / student / name / f"{name}.ipynb"] = content
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for folder in FOLDERS:
        place = root / "submitted" / folder.name / attacks.ASSIGNMENT
        place.mkdir(parents=True)
        folder.write(place)
    return course


@pytest.fixture(scope="module", params=LEVELS, ids=lambda level: f"level_{level}")
def graded(request, tmp_path_factory):
    if "yes" not in doctor._filter().found:
        pytest.skip("without a filter of system calls some attacks would do harm here")
    level, root = request.param, tmp_path_factory.mktemp("attacked")
    mark = f"cnry{os.getpid()}x{level}"[:15]
    listener = Listener(mark)
    places = {
        "secret": str(root / "secret_seed"), "course": str(root), "token": TOKEN, "mark": mark,
        "other": str(root / "another.ipynb"), "scratch": str(root / "scratch"),
        "journal": str(root / "journal" / f"{attacks.ASSIGNMENT}.jsonl"), "port": listener.port,
        "library": str(Path(descent.__file__).with_name("stepsize.py")), "grader": os.getpid(),
    }  # fmt: skip
    course = course_of(root, places, level)
    (root / "another.ipynb").write_text(TOKEN)
    before = written(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(ladder.MOST_VARIABLE, str(level))
        patch.setenv(SEED_VARIABLE, TOKEN)  # as `descent release` leaves it
        patch.setattr(batch, "Limits", lambda: LIMITS)
        options = batch.Options(jobs=4, allow_weak_sandbox=True)
        marks, left = batch.grade(course, attacks.ASSIGNMENT, options, lambda *_: None)
    listener.close()
    assert left == 0
    if min(m.level for m in marks if not m.reason) < level:
        pytest.skip(f"this machine's sandbox does not reach level {level}")
    found = {mark.student: mark for mark in marks}
    return Graded(level, course, found, before, listener.heard, mark)


def scores(mark: batch.Mark) -> dict[str, float]:
    return {result.exercise: result.score for result in mark.results}


def test_nothing_is_earned_that_was_not_answered(graded):
    wrong = []
    for attack in ATTACKS:
        if graded.level < attack.least:
            continue
        earned = scores(graded.marks[attack.name])
        leaked = attack.spy is not None and graded.level >= attack.spy and earned[attacks.SPIED]
        if leaked or earned[attacks.TARGET] or earned[attack.attacked]:
            wrong.append((attack.name, earned))
    assert wrong == []


def test_the_spies_can_see_where_they_are_let(graded):
    """Below the level that denies it they do reach what they try: their silence above it says something."""
    let = [a for a in attacks.SPIES if a.least <= graded.level < a.spy]
    leaked = {a.name for a in let if scores(graded.marks[a.name])[attacks.SPIED]}
    if graded.level < 2:
        assert leaked >= {"spy_the_secret_seed", "spy_the_library", "spy_by_numpys_reader"}
    if graded.level < 1:
        assert leaked >= {"spy_tcp", "spy_udp", "spy_a_socket_without_a_file", "spy_a_shell"}
        assert set(graded.heard) >= {"AF_INET", "AF_UNIX"}


# What is tried without Python's being asked, is open to all, or is not there on some level.
UNSEEN = {"a_file_that_is_open", "what_others_left", "privileges", "its_parents_environment", "its_parents_memory",
          "a_program_of_its_own", "puts_a_file_of_its_own_in_its_place", "by_lines_for_a_traceback"}  # fmt: skip


def test_what_was_reached_for_is_noted(graded):
    tried = {a.name for a in attacks.SPIES if a.least <= graded.level}
    silent = {name for name in tried if not graded.marks[name].noted}
    assert silent <= {f"spy_{name}" for name in UNSEEN}
    assert any("network" in text for text in graded.marks["spy_tcp"].noted)
    assert any("secret_seed" in text for text in graded.marks["spy_the_secret_seed"].noted)
    assert any("0.5 s" in text for text in graded.marks["loops_for_ever"].noted)
    assert any("200 threads" in text for text in graded.marks["threads_that_take_no_room"].noted)
    honest = ["honest", *(folder.name for folder in FOLDERS if folder.full)]
    assert [text for name in honest for text in graded.marks[name].noted] == []


def test_an_attack_costs_its_own_question_only(graded):
    wrong = []
    for attack in ATTACKS:
        if graded.level >= attack.least and (attack.others or attack.spy is not None):
            earned = scores(graded.marks[attack.name])
            names = [attacks.OTHER] if attack.spy is not None else [attacks.OTHER, attacks.SPIED]
            if any(earned[name] != POINTS[name] for name in names):
                wrong.append((attack.name, graded.marks[attack.name].results))
    assert wrong == []


def test_the_batch_went_on(graded):
    run = [a for a in ATTACKS if graded.level >= a.least]
    assert len(graded.marks) == 1 + len(run) + len(FOLDERS)
    assert graded.marks["honest"].score == sum(POINTS.values())
    assert not [m for m in graded.marks.values() if "grader itself failed" in m.reason]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_is_no_honest_file_is_said(graded, folder):
    mark = graded.marks[folder.name]
    assert bool(mark.reason) != folder.graded
    assert folder.said in " ".join([mark.reason, *mark.remarks])
    assert mark.score == (sum(POINTS.values()) if folder.full else 0)


def test_no_file_was_changed_or_left(graded):
    if graded.level == 0:
        pytest.skip("files are not protected on level 0")
    after = written(graded.course.root)
    assert after == graded.before
    assert not list(Path("/dev/shm").glob(f"*{graded.mark}*"))


def test_nobody_was_heard(graded):
    if graded.level == 0:
        pytest.skip("the network is not closed on level 0")
    assert graded.heard == []


def test_no_process_is_left(graded):
    left = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            name = (process / "comm").read_text().strip()
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if name == graded.mark or (parent == os.getpid() and b"boot.py" in command):
            left.append((process.name, name, command))
    assert left == []


def test_everyone_gets_a_small_and_harmless_page(graded):
    for mark in graded.marks.values():
        page = feedback.page(mark, "https://book.example")
        assert len(page.encode()) <= feedback.SIZE_LIMIT
        body = page.partition("</style>")[2]
        assert not re.search(r"<(?!/?(head|html|body|main|title|h1|h2|p|section|span|ul|li|code|small|br|a)\b)[a-z!]", body, re.I), mark.student  # fmt: skip
        assert not re.search(r"<[^>]*\son\w+=", body, re.I)
        assert all(c.isprintable() or c == "\n" for c in page)
        assert TOKEN not in page
        assert str(graded.course.root) not in page
        assert "/srv/course" not in page


def test_the_journal_has_a_line_for_each(graded):
    lines = graded.course.journal(attacks.ASSIGNMENT).read_bytes().splitlines()
    students = [json.loads(line)["student"] for line in lines]
    assert sorted(students) == sorted(graded.marks)
    assert len(b"\n".join(lines)) < 40_000 * len(lines)


def test_the_table_can_be_printed(graded):
    text = table(graded.marks.values())
    assert all(c.isprintable() or c == "\n" for c in text)
    assert max(map(len, text.splitlines())) < 250
