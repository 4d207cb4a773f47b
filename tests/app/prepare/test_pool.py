"""Processes that crash or hang, a cluster, and a run that is killed: the same set at the end."""

import os
import signal
import subprocess
import sys
import time
from functools import partial

import numpy as np
import pytest

from app.prepare import Settings, pool, prepare
from app.prepare.work import Outcome

HOSTILE = """
import os, time
from app.prepare.work import Outcome

def work(location, settings):
    if location == "crashes":
        os.abort()
    if location == "hangs":
        while True:
            time.sleep(60)
    return Outcome(location=location, reason="fine")
"""


@pytest.fixture
def hostile(tmp_path, monkeypatch):
    """A module that workers, which are new processes, can import too."""
    (tmp_path / "hostile.py").write_text(HOSTILE)
    monkeypatch.syspath_prepend(tmp_path)
    import hostile

    yield hostile.work
    del sys.modules["hostile"]


def test_files_that_crash_or_hang_are_left_out_and_the_others_are_done(hostile):
    locations = [str(i) for i in range(8)] + ["crashes"] + ["x", "hangs", "y", "z"]
    outcomes = pool.on_this_machine(locations, Settings(), 2, work=hostile, limit_s=3)
    reasons = {one.location: one.reason for one in outcomes}
    assert reasons.pop("crashes") == reasons.pop("hangs") == pool.CRASHED
    assert reasons == {location: "fine" for location in locations if len(location) == 1}


@pytest.fixture(scope="module")
def source(tmp_path_factory, picture, folder_of):
    """Pictures large enough that a run can be caught at work."""
    rows = [
        (
            f"{i}.png",
            np.kron(picture(i), np.ones((9, 9), np.uint8)),
            f"p{i // 2}",
            "L",
            "CC",
            "real",
        )
        for i in range(16)
    ]
    folder = folder_of(tmp_path_factory.mktemp("source") / "src", rows)
    (folder / "broken.png").write_bytes(b"none")
    return folder


@pytest.fixture(scope="module")
def expected(tmp_path_factory, source):
    """The bytes of the set when one process makes it without interruption."""
    out = tmp_path_factory.mktemp("expected") / "set"
    prepare([source], out, Settings(rows=160), workers=1)
    return contents(out)


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def begun(source, out):
    command = [sys.executable, "-P", "-m", "app", "prepare", str(source), "--out", str(out)]
    return subprocess.Popen(
        [*command, "--height", "160", "--workers", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell that starts the tests in the background has Ctrl-C ignored, and all they start.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )


def at_work(out, lines, running):
    """Wait until so many images are done."""
    journal = out / "work" / "journal.jsonl"
    end = time.monotonic() + 60
    while not journal.exists() or journal.read_bytes().count(b"\n") <= lines:
        assert time.monotonic() < end
        assert running.poll() is None, running.communicate()
        time.sleep(0.01)


def test_killed_twice_it_ends_with_the_same_bytes(tmp_path, source, expected):
    out = tmp_path / "set"
    for lines in (2, 8):
        running = begun(source, out)
        at_work(out, lines, running)
        os.kill(running.pid, signal.SIGKILL)
        running.communicate()
        assert not (out / "set.json").exists()
        _none_left(running.pid)
    done = begun(source, out)
    told, error = done.communicate(timeout=120)
    assert done.returncode == 0, error
    assert "16 images" in told
    assert "left out 1: is not a picture that can be read" in told
    assert contents(out) == expected


def _none_left(session):
    """Wait until no process of a session is left: workers end with the one they work for."""
    end = time.monotonic() + 20
    while True:
        stats = [_stat(pid) for pid in os.listdir("/proc") if pid.isdigit()]
        if not [s for s in stats if s and s[3] == str(session) and s[0] != "Z"]:
            return
        assert time.monotonic() < end, "workers outlived the process they work for"
        time.sleep(0.1)


def _stat(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_it_says_so_and_goes_on(tmp_path, source, expected, number):
    out = tmp_path / "set"
    running = begun(source, out)
    at_work(out, 3, running)
    if number == signal.SIGINT:
        os.killpg(running.pid, number)  # as Ctrl-C in a terminal does
    else:
        os.kill(running.pid, number)
    _, error = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "of 17 images; the same command goes on from there" in error
    assert "Traceback" not in error
    if number == signal.SIGINT:
        told = []
        prepare([source], out, Settings(rows=160), workers=1, told=told.append)
        assert told[0].before >= 3
        assert contents(out) == expected


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_a_cluster_makes_the_same_bytes(tmp_path, source, expected):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, worker_dashboard_address=None
    ) as cluster:
        prepare([source], tmp_path / "set", Settings(rows=160), cluster=cluster.scheduler_address)
    assert contents(tmp_path / "set") == expected


def test_no_cluster_is_one_sentence():
    pytest.importorskip("distributed")
    with pytest.raises(ValueError, match="no Dask scheduler answers there"):
        next(pool.on_cluster(["a"], Settings(), "not-an-address"))


def test_outcomes_are_not_hoarded(hostile):
    """However many locations there are, few are asked for ahead of what has been taken."""
    asked = []

    class Locations(list):
        def __iter__(self):
            for location in super().__iter__():
                asked.append(location)
                yield location

    outcomes = pool.on_this_machine(
        Locations(str(i) for i in range(500)), Settings(), 1, work=hostile
    )
    assert isinstance(next(outcomes), Outcome)
    assert len(asked) <= pool.AHEAD + 1
    outcomes.close()
