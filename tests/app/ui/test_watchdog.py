import logging
import threading
import time

import pytest

from app.ui import faults
from app.ui.faults import Faults
from app.ui.jobs import Jobs
from app.ui.watchdog import LONG_S, Watchdog


@pytest.fixture
def jobs(themed):
    made = Jobs()
    yield made
    made.close()


class Slow(dict):
    def __contains__(self, key) -> bool:
        stand_still(10 * LONG_S)
        return False


def stand_still(seconds: float) -> None:
    time.sleep(seconds)


def test_a_gap_during_work_is_recorded_with_the_work(jobs, qtbot) -> None:
    dog, go = Watchdog(jobs), threading.Event()
    jobs.run("scan:DOE^JANE.dcm", lambda _: go.wait(60), print)
    qtbot.waitUntil(lambda: dog.beats > 2, timeout=20_000)
    dog.gaps.clear()
    stand_still(4 * LONG_S)
    qtbot.waitUntil(lambda: len(dog.gaps) > 0, timeout=20_000)
    longest = max(dog.gaps, key=lambda gap: gap.seconds)
    assert longest.seconds >= 4 * LONG_S
    assert longest.processor_s < longest.seconds
    assert longest.work == "scan"
    assert "DOE" not in str(longest)
    go.set()
    qtbot.waitUntil(lambda: not jobs.busy(), timeout=20_000)


def test_it_rests_when_nothing_is_done_and_ends_with_the_jobs(jobs, qtbot) -> None:
    dog = Watchdog(jobs)
    jobs.run("scan", lambda _: None, lambda _: None)
    qtbot.waitUntil(lambda: not jobs.busy() and not dog._timer.isActive(), timeout=20_000)
    beats = dog.beats
    qtbot.wait(100)
    assert dog.beats == beats
    assert any(thread.name == "watchdog" for thread in threading.enumerate())
    jobs.close()
    assert not any(thread is dog._thread for thread in threading.enumerate())


def test_the_log_tells_a_gap_by_our_line(jobs, qtbot, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv(faults.FOLDER_VARIABLE, str(tmp_path))
    found, dog, go = Faults(), Watchdog(jobs), threading.Event()
    dog.stood_still.connect(found.note)
    found.install()
    try:
        jobs.run("import", lambda _: go.wait(60), print)
        qtbot.waitUntil(lambda: dog.beats > 2, timeout=20_000)
        monkeypatch.setattr(jobs, "_waiting", Slow())
        jobs.waits("a line of ours that takes long")
        monkeypatch.undo()
        qtbot.waitUntil(lambda: len(dog.gaps) > 0, timeout=20_000)
        go.set()
        qtbot.waitUntil(lambda: not jobs.busy(), timeout=20_000)
    finally:
        found.remove()
        logging.getLogger("mammoscope.faults").propagate = True
    lines = (tmp_path / "faults.log").read_text().splitlines()
    told = [line for line in lines if "no answer" in line]
    assert any("during import at app/ui/jobs.py" in line and "waits" in line for line in told)
