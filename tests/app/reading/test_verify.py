import json
import os
import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from app.reading.package import open_package
from app.reading.record import completion_code
from app.reading.seal import PACKAGES
from app.readings import coordinator
from app.store.store import read_records


def flip(path: Path, at: int) -> None:
    """Flip one bit of one byte."""
    with path.open("r+b") as file:
        file.seek(at)
        old = file.read(1)[0]
        file.seek(at)
        file.write(bytes([old ^ (1 << at % 8)]))


def unlinked(folder: Path) -> None:
    """Give every package its own pack, as on another machine."""
    for pack in folder.rglob("stimuli.pack"):
        copy = pack.with_suffix(".copy")
        shutil.copyfile(pack, copy)
        os.replace(copy, pack)


def found(folder: Path, **options) -> list[str]:
    result = coordinator.check(folder, **options)
    return [f"{finding.file}: {finding.what}" for finding in result.findings]


def changed(file: Path, *statements: str) -> None:
    """Change a store as somebody would who knows how: without triggers, the file closed well."""
    connection = sqlite3.connect(file)
    names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for (name,) in names:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    # The head's hash of the file is made right again: only the chain is left to tell.
    head = file.with_name("head.json")
    table = json.loads(head.read_bytes())
    table["database"] = ""
    head.write_bytes(json.dumps(table, sort_keys=True, separators=(",", ":")).encode())


def test_an_untouched_reading_is_intact_at_every_stage(reading, reads) -> None:
    assert found(reading.folder, key_file=reading.key) == []
    reads(reading.package("ann"), 7)
    assert found(reading.package("ann")) == []
    head = reads(reading.package("ann"))
    result = coordinator.check(reading.folder)
    assert result.intact
    ann, bob = result.states
    records, _ = read_records(reading.package("ann") / "events.db")
    last = next(record for record in records if record.type == "reading_ended")
    shown = completion_code(last.hash)  # the window was closed after it
    assert last.hash != head
    assert (ann.answered, ann.trials, ann.ended, ann.code) == (25, 25, True, shown)
    assert found(reading.folder, code=shown) == []
    assert (bob.answered, bob.records, bob.ended) == (0, 0, False)
    assert found(reading.folder, code=completion_code(head).lower()) == []
    assert "no record here has the completion code" in found(reading.folder, code="AAAA-0000")[0]


@pytest.mark.parametrize(
    "name",
    [
        "protocol.json",
        "protocol.sha256",
        "audit.json",
        "codes.csv",
        "stimuli.pack",
        "packages/ann/protocol.json",
        "packages/ann/protocol.sha256",
        "packages/ann/stimuli.pack",
        "packages/ann/order.json",
        "packages/ann/access.json",
        "packages/ann/feedback.json",
        "packages/ann/events.db",
        "packages/ann/head.json",
        "returned/bob/events.db",
        "returned/bob/head.json",
        "ledger/events.db",
        "ledger/head.json",
        "truth.json",
        "ratings.csv",
        "marks.csv",
        "../owner.key",
    ],
)
def test_one_byte_flipped_in_any_file_is_found_and_named(reading, reads, name) -> None:
    reads(reading.package("ann"))
    reads(reading.package("bob"))
    coordinator.merge(reading.folder, [reading.package("bob")])
    coordinator.unblind(reading.folder, reading.key, reading.passphrase)
    unlinked(reading.folder)
    assert found(reading.folder, key_file=reading.key) == []
    file = reading.folder / name
    size = file.stat().st_size
    places = random.Random(name).sample(range(size), min(size, 8))
    for at in [0, size - 1, *places]:
        flip(file, at)
        findings = found(reading.folder, key_file=reading.key)
        assert findings, f"byte {at} of {name}"
        told = [finding for finding in findings if file.name in finding]
        root = name.startswith("protocol")  # with another protocol nothing else can be judged
        assert told or root or "head.json" in name or "events.db" in name, findings
        flip(file, at)
    assert found(reading.folder, key_file=reading.key) == []


def test_a_changed_picture_is_told_by_its_case(reading) -> None:
    pack = open_package(reading.package("ann")).pack
    case = sorted(pack.ids)[5]
    flip(reading.folder / "stimuli.pack", pack.start + 5 * pack.record_bytes + 99)
    assert any(case in finding for finding in found(reading.folder))


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (["UPDATE event SET body = cast(replace(body, 'ing\":4', 'ing\":5') AS BLOB) WHERE seq=7"],
         "record 7 was changed"),
        (["DELETE FROM answer WHERE seq = 9", "DELETE FROM event WHERE seq = 9"],
         "record 9 is missing"),
        (["DELETE FROM answer WHERE seq > 20", "DELETE FROM event WHERE seq > 20"],
         "records 21 to"),
        (["UPDATE event SET seq = 900 WHERE seq = 4", "UPDATE event SET seq = 4 WHERE seq = 6",
          "UPDATE event SET seq = 6 WHERE seq = 900"], "record 4 "),
        (["DELETE FROM answer WHERE trial = 3"], "answer to trial 4 of session 1"),
        (["UPDATE answer SET trial = 77 WHERE trial = 3"], "answer to trial 78"),
    ],
)  # fmt: skip
def test_a_skilled_change_of_the_records_is_found_and_told_by_number(
    reading, reads, statements, words
) -> None:
    package = reading.package("ann")
    reads(package)
    changed(package / "events.db", *statements)
    findings = found(package)
    assert any(words in finding for finding in findings), findings


def test_lost_files_are_named(reading, reads) -> None:
    reads(reading.package("ann"), 4)
    (reading.package("ann") / "events.db").unlink()
    assert any("it held" in finding for finding in found(reading.package("ann")))
    (reading.package("bob") / "access.json").unlink()
    assert "packages/bob/access.json: is missing" in found(reading.folder)
    (reading.folder / "stimuli.pack").unlink()
    assert "stimuli.pack: is missing" in found(reading.folder)


def test_a_rewritten_history_is_found_by_the_code_on_paper(reading, reads) -> None:
    package = reading.package("ann")
    old = completion_code(reads(package))
    (package / "events.db").unlink()
    (package / "head.json").unlink()
    reads(package, rating=2)
    assert found(package) == []  # the chain alone can't tell: that is what the code is for
    assert found(package, code=old) != []


def test_what_is_no_reading_is_said_so(tmp_path) -> None:
    with pytest.raises(ValueError, match="no reading"):
        coordinator.check(tmp_path)
    with pytest.raises(ValueError, match="no such folder"):
        coordinator.check(tmp_path / "nothing")


def test_a_package_of_another_reading_does_not_open(reading) -> None:
    (reading.package("ann") / "order.json").write_bytes(
        (reading.package("bob") / "order.json").read_bytes()
    )
    with pytest.raises(ValueError, match="was changed, or belongs to another"):
        open_package(reading.package("ann"))


def test_packages_stand_where_they_are_looked_for(reading) -> None:
    assert sorted(p.name for p in (reading.folder / PACKAGES).iterdir()) == ["ann", "bob"]
