import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.reading.record import breaks, genesis
from app.store import store as module
from app.store.store import NotSavedError, Store, read_head, read_records

START = genesis("protocol", "ann")
ROOT = Path(__file__).resolve().parents[3]

#: Shows and answers trials; says on its output what `append` has returned for.
SCRIPT = """
import sys
from pathlib import Path
from app.reading.record import genesis
from app.store.store import Store
store = Store(Path(sys.argv[1]) / "events.db", genesis("protocol", "ann"), "ann")
answered = sum(record.type == "answer" for record in store.records)
print("open", answered, flush=True)
while True:
    store.append("trial_shown", {"session": 0, "trial": answered})
    store.append("answer", {"session": 0, "trial": answered})
    print("saved", answered, flush=True)
    answered += 1
"""


def opened(folder: Path) -> Store:
    return Store(folder / "events.db", START, "ann")


def test_records_come_back_and_follow_each_other(tmp_path) -> None:
    store = opened(tmp_path)
    store.append("opened", {"x": 1})
    store.append("answer", {"session": 0, "trial": 0})
    store.close()
    records, answers = read_records(tmp_path / "events.db")
    assert [r.type for r in records] == ["opened", "answer"]
    assert answers == [(0, 0, 2)]
    assert breaks(records, START) == []
    head = read_head(tmp_path / "events.db")
    assert (head["seq"], head["hash"]) == (2, records[-1].hash)
    again = opened(tmp_path)
    assert again.head == records[-1].hash
    again.close()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE event SET body = x'7b7d' WHERE seq = 1",
        "DELETE FROM event WHERE seq = 2",
        "UPDATE answer SET trial = 5",
        "DELETE FROM answer",
        "INSERT INTO event VALUES (9, x'7b7d', 'h')",
    ],
)
def test_the_database_itself_refuses_changes(tmp_path, change) -> None:
    store = opened(tmp_path)
    store.append("opened")
    store.append("answer", {"session": 0, "trial": 0})
    store.close()
    connection = sqlite3.connect(tmp_path / "events.db")
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(change)
    connection.close()


def test_a_trial_is_answered_once(tmp_path) -> None:
    store = opened(tmp_path)
    store.append("answer", {"session": 0, "trial": 0})
    with pytest.raises(ValueError, match="refused"):
        store.append("answer", {"session": 0, "trial": 0})
    store.append("answer", {"session": 0, "trial": 1})
    assert [r.seq for r in store.records] == [1, 2]
    store.close()


def test_it_syncs_before_it_returns(tmp_path) -> None:
    store = opened(tmp_path)
    pragma = {
        name: store._connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "locking_mode", "foreign_keys")
    }
    expected = {"journal_mode": "delete", "synchronous": 3, "locking_mode": "exclusive"}
    assert pragma == {**expected, "foreign_keys": 1}
    store.close()


def test_a_second_instance_is_told_who_writes_within_two_seconds(tmp_path) -> None:
    store = opened(tmp_path)
    code = SCRIPT.replace("while True:", "while False:")
    began = time.monotonic()
    second = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, cwd=ROOT
    )
    assert "open already" in second.stderr
    assert f"process {os.getpid()}" in second.stderr
    assert time.monotonic() - began < 4  # two seconds, and starting Python
    store.append("opened")  # the first goes on undisturbed
    store.close()
    third = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, cwd=ROOT
    )
    assert third.stdout.startswith("open 0")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="permissions are those of POSIX")
def test_a_read_only_folder_is_said_so() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        if (child := os.fork()) == 0:
            if os.geteuid() == 0:  # root may write anywhere
                os.setuid(65534)
            try:
                opened(Path(folder))
            except ValueError as error:
                os._exit(7 if "is read-only; copy the folder" in str(error) else 1)
            os._exit(2)
        _, status = os.waitpid(child, 0)
        Path(folder).chmod(0o755)
        assert os.waitstatus_to_exitcode(status) == 7
        assert list(Path(folder).iterdir()) == []


def test_a_read_only_folder_is_said_so_by_what_the_system_answers(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(module.os, "access", lambda path, mode: False)
    with pytest.raises(ValueError, match="read-only"):
        opened(tmp_path)
    assert not (tmp_path / "events.db").exists()


def test_a_full_disk_loses_nothing_and_can_be_tried_again(tmp_path) -> None:
    store = opened(tmp_path)
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages + 3}")
    saved = 0
    reason = ""
    while not reason and saved < 10_000:
        try:
            store.append("answer", {"session": 0, "trial": saved, "words": "x" * 300})
            saved += 1
        except NotSavedError as error:
            reason = str(error)
    assert "disk is full" in reason
    assert saved > 5
    with pytest.raises(NotSavedError):  # still full, still the same trial
        store.append("answer", {"session": 0, "trial": saved, "words": "x" * 300})
    store._connection.execute("PRAGMA max_page_count = 100000")
    store.append("answer", {"session": 0, "trial": saved, "words": "x" * 300})
    store.close()
    records, answers = read_records(tmp_path / "events.db")
    assert len(answers) == len(records) == saved + 1
    assert breaks(records, START) == []


def test_a_clock_set_back_is_recorded_and_the_order_stays(tmp_path, monkeypatch) -> None:
    store = opened(tmp_path)
    store.append("opened")

    class Earlier(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) - timedelta(hours=3)

    monkeypatch.setattr(module, "datetime", Earlier)
    store.append("answer", {"session": 0, "trial": 0})
    assert [r.type for r in store.records] == ["opened", "clock_changed", "answer"]
    assert -10_800_100 < store.records[1].payload["by_ms"] < -10_799_000
    first, last = (datetime.fromisoformat(store.records[k].value["utc"]) for k in (0, 2))
    assert last < first
    assert store.records[2].value["mono_ns"] > store.records[0].value["mono_ns"]
    store.close()
    assert breaks(read_records(tmp_path / "events.db")[0], START) == []


def test_a_sleeping_machine_is_recorded(tmp_path, monkeypatch) -> None:
    store = opened(tmp_path)
    store.append("opened")
    awake = module.sleep_ns()
    monkeypatch.setattr(module, "sleep_ns", lambda: awake + 60_000_000_000)

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(seconds=60)

    monkeypatch.setattr(module, "datetime", Later)
    store.append("trial_shown", {"session": 0, "trial": 0})
    assert [r.type for r in store.records] == ["opened", "machine_slept", "trial_shown"]
    store.close()


def test_a_changed_record_is_refused_at_opening(tmp_path) -> None:
    store = opened(tmp_path)
    store.append("answer", {"session": 0, "trial": 0, "rating": 2})
    store.close()
    connection = sqlite3.connect(tmp_path / "events.db")
    connection.execute("DROP TRIGGER event_stays")
    connection.execute("UPDATE event SET body = cast(replace(body, 'g\":2', 'g\":5') AS BLOB)")
    connection.commit()
    connection.close()
    with pytest.raises(ValueError, match="record 1 was changed"):
        opened(tmp_path)


def kill_at_random(folder: Path, times: int, seed: int) -> tuple[int, int]:
    """Kill a writer so often; return how many answers it confirmed, and how many there are."""
    rng = random.Random(seed)
    confirmed = -1
    for _ in range(times):
        child = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(folder)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        found = int(child.stdout.readline().split()[1])
        assert found in (confirmed + 1, confirmed + 2)  # nothing lost; one may be unconfirmed
        time.sleep(rng.random() * 0.12)
        child.send_signal(signal.SIGKILL)
        for line in child.stdout.read().split("\n")[:-1]:  # the last may be torn
            confirmed = max(confirmed, int(line.split()[1]))
        child.wait()
        child.stdout.close()
        confirmed = max(confirmed, found - 1)
        check_killed(folder, confirmed)
    return confirmed + 1, len(read_records(folder / "events.db")[1])


def check_killed(folder: Path, confirmed: int) -> None:
    records, answers = read_records(folder / "events.db")
    assert breaks(records, START) == []
    trials = [trial for _, trial, _ in answers]
    assert trials == list(range(len(trials)))  # none twice, none missing
    assert len(trials) - 1 - confirmed in (0, 1)
    shown = [r.payload["trial"] for r in records if r.type == "trial_shown"]
    assert set(range(len(trials))) <= set(shown) <= set(range(len(trials) + 1))
    head = read_head(folder / "events.db")
    assert head is None or head["seq"] <= len(records)


def test_killed_at_random_moments_it_loses_no_confirmed_answer(tmp_path) -> None:
    confirmed, there = kill_at_random(tmp_path, 12, seed=1)
    assert there - confirmed in (0, 1)
    assert there >= 1


@pytest.mark.soak
def test_killed_two_thousand_times_it_loses_no_confirmed_answer(tmp_path) -> None:
    confirmed = there = 0
    for number in range(50):  # stores, as one would grow until reading it back takes all the time
        (folder := tmp_path / str(number)).mkdir()
        known, found = kill_at_random(folder, 40, seed=number + 2)
        assert found - known in (0, 1)
        confirmed, there = confirmed + known, there + found
    print(f"2000 kills: {confirmed} confirmed, {there} there")


def test_the_time_of_opening_is_utc(tmp_path) -> None:
    store = opened(tmp_path)
    record = store.append("opened")
    assert abs(datetime.now(UTC) - datetime.fromisoformat(record.value["utc"])) < timedelta(
        seconds=9
    )
    store.close()
