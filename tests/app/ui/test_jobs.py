import subprocess
import sys
import threading
import time

import pytest

from app.ui.jobs import Jobs


@pytest.fixture
def jobs(themed):
    jobs = Jobs()
    yield jobs
    jobs.close()


def test_the_result_comes_back_on_the_gui_thread(jobs, qtbot) -> None:
    where = []
    jobs.run(
        "a", lambda job: threading.get_ident(), lambda r: where.extend([r, threading.get_ident()])
    )
    qtbot.waitUntil(lambda: len(where) == 2)
    assert where[1] == threading.get_ident()
    assert where[0] != where[1]


def test_the_newest_wins_and_what_waits_between_never_runs(jobs, qtbot) -> None:
    gate, ran, done = threading.Event(), [], []

    def work(n):
        def inner(job):
            ran.append(n)
            gate.wait(5)
            return n

        return inner

    for n in range(20):
        jobs.run("slider", work(n), done.append)
    gate.set()
    qtbot.waitUntil(lambda: not jobs.busy())
    assert done == [19]
    assert ran == [0, 19]


def test_with_keep_the_running_one_is_shown_too(jobs, qtbot) -> None:
    gate, done = threading.Event(), []
    for n in range(20):
        jobs.run("slider", lambda job, n=n: gate.wait(5) and n, done.append, keep=True)
    gate.set()
    qtbot.waitUntil(lambda: not jobs.busy())
    assert done == [0, 19]


def test_a_cancelled_job_sees_it_and_says_nothing(jobs, qtbot) -> None:
    seen, done = [], []

    def work(job):
        while not job.cancelled():
            time.sleep(0.005)
        seen.append(True)

    jobs.run("scan", work, done.append)
    qtbot.waitUntil(lambda: jobs.busy("scan"))
    jobs.cancel("scan")
    qtbot.waitUntil(lambda: not jobs.busy())
    assert seen
    assert done == []


def test_errors_reach_one_signal_or_the_jobs_own(jobs, qtbot) -> None:
    def wrong(job):
        raise ValueError("a.dcm: is damaged")

    with qtbot.waitSignal(jobs.failed) as caught:
        jobs.run("read", wrong, print)
    assert caught.args == ["read", "a.dcm: is damaged"]
    own = []
    with qtbot.assertNotEmitted(jobs.failed):
        jobs.run("read", wrong, print, failed=own.append)
        qtbot.waitUntil(lambda: bool(own))


def test_progress_and_parts_arrive_in_order_before_the_end(jobs, qtbot) -> None:
    got = []
    jobs.progressed.connect(lambda key, done, total: got.append((done, total)))

    def work(job):
        for n in range(3):
            job.progress(n + 1, 3)
            job.give(n)
        return "end"

    jobs.run("scan", work, got.append, part=got.append)
    qtbot.waitUntil(lambda: "end" in got)
    assert got == [(1, 3), 0, (2, 3), 1, (3, 3), 2, "end"]


def test_a_lane_runs_one_thing_at_a_time(jobs, qtbot) -> None:
    inside, most, done = [0], [0], []
    lock = threading.Lock()

    def work(job):
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        time.sleep(0.02)
        with lock:
            inside[0] -= 1

    for n in range(4):
        jobs.run(f"key {n}", work, done.append, lane="synth")
    qtbot.waitUntil(lambda: len(done) == 4)
    assert most == [1]


def test_threads_that_first_import_pydicom_at_once_do_not_trip_over_each_other(tmp_path) -> None:
    code = f"""
import threading
from app.ui import cards, pictures, theme
from app.ui.browser import finding
from app.ui.jobs import Job

failed = []
def run(work):
    job = Job("", None, None, None, None, "", False, lambda *a: None)
    try:
        work(job)
    except ValueError:
        pass
    except Exception as error:
        failed.append(repr(error))

works = [
    cards.of_files([{str(tmp_path)!r}], None),
    lambda job: finding.find([{str(tmp_path)!r}], job),
    lambda job: pictures._read("none.dcm", job),
]
threads = [threading.Thread(target=run, args=(work,)) for work in works]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(failed)
"""
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.stdout.strip() == "[]", done.stdout + done.stderr
