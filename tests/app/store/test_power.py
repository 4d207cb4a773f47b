"""Power failures, and a disk that is really full."""

import os
import random
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from app.reading.record import breaks, genesis
from app.store import store as module
from app.store.store import NotSavedError, Store, read_head, read_records

# SQLite goes on asking a disk that is gone: APSW tells of each such question.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
START = genesis("protocol", "ann")
ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(Path(__file__).parent))
power = pytest.importorskip("power", reason="needs apsw", exc_type=ImportError)


def answers_until_failure(folder: Path, disk) -> tuple[int, int]:
    """Open the store on a disk and answer until its power fails; return first and last trial.

    The last one is that of the last answer `append` returned for.
    """
    system = power.System(disk)
    trial = first = -1
    try:
        store = Store(folder / "events.db", START, "ann")
        first = trial = sum(record.type == "answer" for record in store.records) - 1
        while True:
            store.append("trial_shown", {"session": 0, "trial": trial + 1})
            store.append("answer", {"session": 0, "trial": trial + 1, "words": "x" * 400})
            trial += 1
    except (power.PowerFailure, NotSavedError, ValueError, power.apsw.Error):
        return first, trial
    finally:
        system.unregister()


def fail_again_and_again(tmp_path, monkeypatch, failures: int, seed: int) -> tuple[int, int]:
    """Let the power fail so often; return how many answers were confirmed and how many failed."""
    files: dict[str, bytes] = {}
    rng = random.Random(seed)
    confirmed, within = -1, 0
    for number in range(failures):
        if number % 10 == 0:
            files, confirmed = {}, -1
        folder = tmp_path / str(number)
        folder.mkdir()
        disk = power.Disk(files, rng.randrange(2**31), rng.randrange(3, 160))
        with monkeypatch.context() as patch:
            patch.setattr(module, "sqlite3", power.sqlite())
            first, last = answers_until_failure(folder, disk)
        assert first in (-1, confirmed, confirmed + 1)
        within += last > first
        files = disk.after_failure()
        confirmed = max(confirmed, last)
        confirmed = check(folder, files, confirmed)
    return confirmed, within


def check(folder: Path, files: dict[str, bytes], confirmed: int) -> int:
    """Open what the failure left, as the application would; return the last answer there is."""
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / "head.json").unlink(missing_ok=True)
    if not (folder / "events.db").exists() or not files["events.db"]:
        assert confirmed == -1
        return -1
    store = Store(folder / "events.db", START, "ann")  # refuses a broken chain or database
    assert breaks(store.records, START) == []
    store.close()
    records, answers = read_records(folder / "events.db")
    trials = [trial for _, trial, _ in answers]
    assert trials == list(range(len(trials)))
    assert len(trials) - 1 in (confirmed, confirmed + 1)
    assert read_head(folder / "events.db")["seq"] == len(records)
    return len(trials) - 1


def test_power_failures_lose_no_confirmed_answer(tmp_path, monkeypatch) -> None:
    _, within = fail_again_and_again(tmp_path, monkeypatch, 60, seed=1)
    assert within > 20  # most failed amid answers, not before the first


@pytest.mark.soak
def test_five_hundred_power_failures_lose_no_confirmed_answer(tmp_path, monkeypatch) -> None:
    _, within = fail_again_and_again(tmp_path, monkeypatch, 500, seed=2)
    print(f"500 power failures, {within} amid answers: none lost")


def test_the_disk_forgets_what_a_careless_writer_did_not_sync(tmp_path, monkeypatch) -> None:
    """The judge itself: without syncing, the same failures do lose confirmed answers."""

    class Careless(power.Connection):
        def execute(self, words, values=()):
            return super().execute(
                words.replace("synchronous = EXTRA", "synchronous = OFF"), values
            )

    careless = power.sqlite()
    careless.connect = Careless
    monkeypatch.setattr(power, "sqlite", lambda: careless)
    with pytest.raises((AssertionError, ValueError)):
        fail_again_and_again(tmp_path, monkeypatch, 60, seed=1)


FULL = """
import resource, signal, sys
from pathlib import Path
from app.reading.record import genesis
from app.store.store import NotSavedError, Store
folder = Path(sys.argv[1])
store = Store(folder / "events.db", genesis("protocol", "ann"), "ann")
if sys.argv[2] == "limit":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
saved = 0
try:
    while saved < 3000:
        store.append("answer", {"session": 0, "trial": saved, "words": "x" * 400})
        saved += 1
except NotSavedError as error:
    print(saved, error)
    if sys.argv[2] == "limit":
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    else:
        (folder / "ballast").unlink()
store.append("answer", {"session": 0, "trial": saved, "words": "x" * 400})
store.close()
"""


def filled(folder: Path, kind: str, size: int = 200_000) -> None:
    """Answer until the disk is full, free some of it, answer that trial again; nothing is lost."""
    command = [sys.executable, "-c", FULL, str(folder), kind, str(size)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    saved, words = done.stdout.split(maxsplit=1)
    assert words.startswith("not saved: the disk")
    records, answers = read_records(folder / "events.db")
    assert [trial for _, trial, _ in answers] == list(range(int(saved) + 1))
    assert int(saved) > 20
    assert breaks(records, START) == []
    assert read_head(folder / "events.db")["hash"] == records[-1].hash


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="POSIX only")
def test_a_file_that_may_not_grow_is_told_and_tried_again(tmp_path) -> None:
    filled(tmp_path, "limit")


@pytest.mark.soak
@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="POSIX only")
def test_fifty_disks_that_are_full_at_another_byte_each(tmp_path) -> None:
    sizes = random.Random(3).sample(range(120_000, 400_000), 50)
    for size in sizes:
        (folder := tmp_path / str(size)).mkdir()
        filled(folder, "limit", size)
    print("50 disks full: none of the answers lost")


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounting needs root")
def test_a_disk_of_one_mebibyte_that_is_full(tmp_path) -> None:
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1M", "tmpfs", str(tmp_path)], capture_output=True
    ).returncode:
        pytest.skip("this container may not mount")
    try:
        (tmp_path / "ballast").write_bytes(bytes(300_000))
        filled(tmp_path, "full")
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
