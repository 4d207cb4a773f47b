"""Processes that open files die of one and open the next; what they answer is judged."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from app.core.display import Curve, Encoding, VoiTable, Window
from app.core.mammogram import Facts, Mammogram
from app.core.marks import Mark, Marks
from app.dicom import read as opening
from app.dicom.location import Unreadable
from app.dicom.read import read, read_facts
from app.dicom.sandbox import arena, wire
from app.dicom.sandbox import pool as pools
from app.dicom.sandbox.limits import Limits
from app.dicom.sandbox.pool import Child, Lane, Pool


@pytest.fixture
def pool(monkeypatch):
    """A pool of its own, with little patience."""
    made = Pool(Limits(clock_s=1.0))
    monkeypatch.setattr(opening, "_pool", made)
    yield made
    made.close()


@pytest.fixture
def good(written, dataset, half_disc):
    return written(dataset(half_disc()), "good.dcm")


def child_of(pool):
    (child,) = pool.pixels._idle
    return child


def test_the_process_of_the_window_never_loads_the_parser(good):
    program = (
        "import sys; from app.dicom.read import read, read_facts; from app.dicom.scan import scan\n"
        f"list(scan([{good!r}])); assert read({good!r}).pixels.any()\n"
        "print([m for m in ('pydicom', 'gdcm', 'torch', 'PIL._imaging') if m in sys.modules])"
    )
    command = [sys.executable, "-c", program]
    assert subprocess.check_output(command, text=True).split("\n")[0] in ("[]", "['PIL._imaging']")


def test_as_many_processes_are_warmed_as_are_asked_for_and_allowed(monkeypatch):
    started = []
    monkeypatch.setattr(pools, "Child", lambda limits: started.append(limits) or object())
    lane = Lane(2, Limits())
    lane.warm()
    assert len(started) == 1
    lane.warm(5)
    assert len(started) == 2


def test_a_killed_process_costs_one_file_and_the_next_opens(pool, good):
    pool.warm()
    child = child_of(pool)
    read(good)
    child.process.send_signal(signal.SIGSTOP)  # in the middle of a file, as it were
    threading.Timer(0.2, child.kill).start()
    with pytest.raises(Unreadable, match=r"^good\.dcm: is damaged: it ended the process"):
        read(good)
    assert read(good).facts.label == "LCC"
    child = child_of(pool)  # one that dies between files is not even noticed
    child.kill()
    child.process.wait()
    assert read(good).facts.label == "LCC"


def test_a_process_that_hangs_is_ended(pool, good):
    read(good)
    child = child_of(pool)
    child.process.send_signal(signal.SIGSTOP)
    start = time.monotonic()
    with pytest.raises(Unreadable, match=r"^good\.dcm: was given up: opening it took too long"):
        read(good)
    assert time.monotonic() - start < 10
    assert not child.alive()
    assert read(good).facts.label == "LCC"


@pytest.mark.skipif(not opening.BOUNDED, reason="this system bounds no memory")
def test_memory_is_bounded(monkeypatch, good, written, dataset):
    tight = Pool(Limits(memory=2**22))
    monkeypatch.setattr(opening, "_pool", tight)
    large = written(dataset(np.zeros((3000, 3000), np.uint16)), "large.dcm")
    with pytest.raises(Unreadable, match=r"^large\.dcm: needs more memory than a file is given"):
        read(large)
    assert read(good).facts.label == "LCC"
    tight.close()


@pytest.mark.skipif(not opening.BOUNDED, reason="this system bounds no processor time")
def test_processor_time_is_bounded(pool, good):
    pool.pixels.limits = Limits(processor_s=-1, clock_s=60)  # none, once a second has been used
    with pytest.raises(Unreadable, match=r"^good\.dcm: was given up: opening it took too long"):
        list(map(read, [good] * 5000))
    pool.pixels.limits = Limits(clock_s=60)
    pool.pixels._idle.pop().close()
    assert read(good).facts.label == "LCC"


@pytest.mark.parametrize(
    "answer",
    [
        {"found": {"facts": 1, "encoding": 2, "fogged": None, "breast": None}},
        {"found": []},
        {"found": None},
        {},
        [],
        "word",
        {"found": {"facts": {"is": "Facts"}, "encoding": {}, "fogged": None, "breast": None}},
    ],
)
def test_nonsense_from_a_process_is_refused(pool, monkeypatch, good, answer):
    monkeypatch.setattr("app.dicom.sandbox.pool.parsed", lambda _: answer)
    with pytest.raises(Unreadable, match=r"^good\.dcm: "):
        read(good)


def test_facts_of_another_file_are_refused(pool, monkeypatch, good):
    ask = Child.ask
    monkeypatch.setattr(Child, "ask", lambda self, what, _: ask(self, what, good))
    with pytest.raises(Unreadable):
        read_facts(good + ".other")


def test_a_breast_outside_of_its_picture_is_refused(pool, monkeypatch, good):
    ask = Child.ask

    def told(self, what, location):
        answer = ask(self, what, location)
        answer["found"]["breast"][2] = 10**6
        return answer

    monkeypatch.setattr(Child, "ask", told)
    with pytest.raises(Unreadable, match=r"^good\.dcm: is damaged"):
        read(good)


def test_a_refusal_is_one_plain_line(pool, monkeypatch, good):
    words = "good.dcm: \x1b[31mred\u202e\n<img src=x>" + "x" * 5000
    monkeypatch.setattr(Child, "ask", lambda *_: {"refused": "unreadable", "words": words})
    with pytest.raises(Unreadable) as caught:
        read(good)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) <= 300


def test_a_process_may_not_write_talk_or_start_others(tmp_path):
    program = """
import os, socket, subprocess, sys
from app.dicom.sandbox.limits import Limits, bound, forbid
bound(Limits()); forbid()
def tried(work):
    try:
        work()
    except PermissionError:
        return
    print("allowed:", work)
tried(lambda: open(sys.argv[1], "w"))
tried(lambda: os.open(sys.argv[1], os.O_CREAT | os.O_RDWR))
tried(lambda: socket.create_connection(("127.0.0.1", 9)))
tried(lambda: subprocess.run(["true"]))
tried(lambda: os.system("true"))
tried(lambda: os.remove(__file__ if "__file__" in globals() else "/nowhere"))
import pickle
tried(lambda: pickle.loads(b"cos\\nsystem\\n(S'true'\\ntR."))
"""
    command = [sys.executable, "-c", program, str(tmp_path / "a")]
    assert subprocess.check_output(command, text=True) == ""
    assert list(tmp_path.iterdir()) == []


def test_processes_end_with_their_parent(good):
    program = (
        "import os; from app.dicom import read as r\n"
        f"r.read({good!r}); print(r._pool.pixels._idle[0].process.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    pid = int(out.stdout)
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        with open(f"/proc/{pid}/stat") as file:
            if file.read().split()[2] == "Z":
                return
        time.sleep(0.05)
    pytest.fail("the process outlived its parent")


def test_closing_wakes_who_waits(pool, good):
    read(good)
    child_of(pool).process.send_signal(signal.SIGSTOP)
    threading.Timer(0.1, pool.close).start()
    with pytest.raises(Unreadable, match="closing"):
        read(good)
    with pytest.raises(Unreadable, match="closing"):
        read(good)


def test_many_threads_get_their_own_pictures(pool, written, dataset):
    pool.pixels.limits = pool.headers.limits = Limits()
    files = [
        written(dataset(np.full((40, 30), level, np.uint16)), f"{level}.dcm")
        for level in range(1, 9)
    ]
    found = {}

    def work(level, file):
        found[level] = int(read(file).pixels[0, 0]), read_facts(file).file

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(files, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {level: (level, file) for level, file in enumerate(files, 1)}


VALUES = [
    Facts(
        file="a", rows=3, columns=4, side="R", modifiers=frozenset({"spot"}), spacing_mm=(0.1, 0.2)
    ),
    Encoding(
        bits=12,
        vois=(
            Window(center=1, width=2, curve=Curve.SIGMOID),
            VoiTable(data=np.arange(9, dtype=np.uint16), first=-3, bits=12, name="lut"),
        ),
        air=(0, 3),
    ),
    Marks(
        file="a",
        title="t",
        images={"1.2": (Mark(shape="point", points=((1.5, 2.0),)),)},
    ),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_cross_as_they_are(value):
    line = json.dumps(wire.packed(value)).encode()
    again = wire.unpacked(type(value), wire.parsed(line))
    assert wire.packed(again) == wire.packed(value)
    assert type(again) is type(value)


@pytest.mark.parametrize(
    "change",
    [
        {"rows": "3"}, {"rows": True}, {"rows": 3.5}, {"side": "X"}, {"is": "Encoding"},
        {"overlay": []}, {"spacing_mm": [1]}, {"spacing_mm": [1, "2"]}, {"more": 1},
        {"source": "stolen"}, {"modifiers": "ab"}, {"file": "x" * 80_000},
    ],
)  # fmt: skip
def test_values_of_another_kind_are_refused(change):
    told = wire.packed(VALUES[0]) | change
    with pytest.raises(wire.Broken):
        wire.unpacked(Facts, told)
    told.pop("rows")
    with pytest.raises(wire.Broken):
        wire.unpacked(Facts, told)


@pytest.mark.parametrize("line", [b"NaN", b"[Infinity]", b"[" * 100_000, b"{", b"\xff"])
def test_what_is_no_json_is_refused(line):
    with pytest.raises(wire.Broken):
        wire.parsed(line)


def test_arrays_are_as_large_as_they_say():
    table = wire.packed(np.arange(4, dtype=np.uint16))
    for change in ({"shape": [5]}, {"shape": [-1]}, {"shape": [2**40]}, {"data": "!"}, {"data": 1}):
        with pytest.raises(wire.Broken):
            wire.unpacked(VoiTable, wire.packed(VALUES[1].vois[1]) | {"data": table | change})


def test_memory_without_memfd_is_nameless_too(monkeypatch):
    """As on macOS."""
    monkeypatch.delattr(os, "memfd_create", raising=False)
    monkeypatch.setattr(arena, "SIZE", 2**16)
    before = set(Path("/dev/shm").glob("*"))
    made = arena.Arena()
    assert set(Path("/dev/shm").glob("psm*")) <= before
    made.room((4, 4))[:] = 7
    shared = arena.Arena(made.handle)
    assert shared.room((4, 4)).sum() == 112
    with pytest.raises(ValueError, match="larger"):
        made.room((2**10, 2**10))
    made.close()


def test_a_picture_is_copied_out_of_the_shared_memory(pool, written, dataset, half_disc):
    first = read(written(dataset(half_disc()), "a.dcm"))
    kept = first.pixels.copy()
    read(written(dataset(half_disc(white=2000)), "b.dcm"))
    np.testing.assert_array_equal(first.pixels, kept)
    assert isinstance(first, Mammogram)
    assert not first.pixels.flags.writeable
