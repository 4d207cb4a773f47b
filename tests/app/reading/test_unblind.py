import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.reading import order as orders
from app.reading.crypt import locked, unlocked, unwrapped, wrapped
from app.reading.design import Task
from app.reading.package import open_package
from app.reading.seal import seal
from app.reading.table import read_table
from app.reading.truth import merkle_root, read_key
from app.readings import coordinator

CHEAP = {"iterations": 1, "lanes": 1, "memory_kib": 64}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_blinded_until_all_have_ended_then_for_good(reading, reads) -> None:
    reads(reading.package("ann"))
    reads(reading.package("bob"), 5)
    with pytest.raises(ValueError, match="bob have not ended"):
        coordinator.unblind(reading.folder, reading.key, reading.passphrase)
    assert not (reading.folder / "truth.json").exists()
    assert coordinator.unblinded(reading.folder) is None
    with pytest.raises(ValueError, match="passphrase is wrong"):
        coordinator.unblind(reading.folder, reading.key, "another passphrase", "they left")
    assert coordinator.unblinded(reading.folder) is None
    coordinator.unblind(reading.folder, reading.key, reading.passphrase, "bob fell ill")
    record = coordinator.unblinded(reading.folder)
    assert record.payload["early"] == "bob fell ill"
    assert record.payload["heads"]["bob"]["records"] == 12


def test_ratings_are_those_given_and_join_the_truth(reading, reads) -> None:
    for reader in ("ann", "bob"):
        reads(reading.package(reader))
    coordinator.unblind(reading.folder, reading.key, reading.passphrase)
    table = rows(reading.folder / "ratings.csv")
    assert len(table) == 2 * 23  # 20 cases and 3 repeats; training left out
    truth = {c.id: c for c in read_key(reading.key, reading.passphrase).cases}
    assert all(int(r["truth"]) == truth[r["case"]].generated for r in table)
    assert all(truth[r["case"]].role == "test" for r in table)
    assert sum(int(r["repeat"]) for r in table) == 6
    assert all(r["modality"] == ("model" if r["truth"] == "1" else "") for r in table)
    completed = read_table((reading.folder / "ratings.csv").read_text(encoding="utf-8"))
    assert completed.modalities == ("model",)
    assert {r.called for r in completed.ratings} == {True}
    mark = rows(reading.folder / "marks.csv")[0]
    assert (mark["x"], mark["y"], mark["reason"]) == ("0.500000", "0.250000", "shape")


def test_a_repeat_is_what_a_reader_saw_second(reading, reads) -> None:
    for reader in ("ann", "bob"):
        reads(reading.package(reader))
    coordinator.unblind(reading.folder, reading.key, reading.passphrase)
    table = rows(reading.folder / "ratings.csv")
    for row in table:
        if row["repeat"] == "1":
            first = [r for r in table if r["case"] == row["case"] and r["reader"] == row["reader"]]
            assert min(int(r["order"]) for r in first) < int(row["order"])


def test_what_comes_after_unblinding_is_marked(reading, reads, tmp_path) -> None:
    away = tmp_path / "away"
    shutil.copytree(reading.package("bob"), away)
    reads(reading.package("ann"))
    reads(away, 9)
    coordinator.merge(reading.folder, [away])
    coordinator.unblind(reading.folder, reading.key, reading.passphrase, "a deadline")
    reads(away)
    told = coordinator.merge(reading.folder, [away])
    assert "after unblinding" in told[0]
    coordinator.unblind(reading.folder, reading.key, reading.passphrase)
    bob = [row for row in rows(reading.folder / "ratings.csv") if row["reader"] == "bob"]
    assert {row["late"] for row in bob} == {"0", "1"}
    assert sum(row["late"] == "0" for row in bob) == 7  # nine answers, two of them in training
    kinds = [record.type for record in coordinator.ledger(reading.folder)]
    assert kinds.count("unblinded") == 1
    assert kinds[-1] == "tables_written_again"
    assert coordinator.check(reading.folder, key_file=reading.key).intact


def test_merging_takes_only_what_continues(reading, reads, tmp_path) -> None:
    away, other = tmp_path / "away", tmp_path / "other"
    shutil.copytree(reading.package("ann"), away)
    with pytest.raises(ValueError, match="has not begun"):
        coordinator.merge(reading.folder, [away])
    shutil.copytree(away, other)
    reads(away, 5)
    older = tmp_path / "older"
    shutil.copytree(away, older)
    reads(away, 5)
    reads(other, 12, rating=1)
    assert coordinator.merge(reading.folder, [away]) == ["ann: 10 answers, 24 records"]
    for wrong in (older, other):
        with pytest.raises(ValueError, match="does not continue"):
            coordinator.merge(reading.folder, [wrong])
    reads(away)
    assert "25 answers" in coordinator.merge(reading.folder, [away])[0]
    assert coordinator.check(reading.folder).intact


def test_a_package_of_another_reading_is_not_merged(reading, reads, sealed_as, design) -> None:
    other = sealed_as(design)
    reads(other.package("ann"), 3)
    with pytest.raises(ValueError, match="another reading"):
        coordinator.merge(reading.folder, [other.package("ann")])


@pytest.mark.parametrize("what", ["truth", "seed", "picture", "design"])
def test_another_key_than_the_one_sealed_is_found(reading, what) -> None:
    from app.reading.package import read_protocol
    from app.reading.unblind import check_key

    key = read_key(reading.key, reading.passphrase)
    protocol, _ = read_protocol(reading.folder)
    assert check_key(reading.folder, protocol, key) == []
    case = key.cases[4]
    wrong = {
        "truth": replace(
            key,
            cases=tuple(
                replace(c, generated=not c.generated) if c is case else c for c in key.cases
            ),
        ),
        "seed": replace(key, seed="0" * 64),
        "picture": replace(
            key, cases=tuple(replace(c, image="0" * 64) if c is case else c for c in key.cases)
        ),
        "design": replace(key, private=key.private | {"generated": []}),
    }[what]
    assert check_key(reading.folder, protocol, wrong) != []


def test_orders_are_drawn_again_when_unblinding(reading, monkeypatch) -> None:
    from app.reading import unblind
    from app.reading.package import read_protocol

    key = read_key(reading.key, reading.passphrase)
    protocol, _ = read_protocol(reading.folder)

    def swapped(*given):
        table = orders.reader_order(*given)
        trials = table["sessions"][0]["trials"]
        trials[3], trials[4] = trials[4], trials[3]
        return table

    monkeypatch.setattr(unblind, "reader_order", swapped)
    assert len(unblind.check_key(reading.folder, protocol, key)) == 2


def test_pairs_are_unblinded_by_side(sealed_as, design, reads) -> None:
    pairs = replace(design, tasks=(Task(kind="2afc"),), readers=("ann",))
    made = sealed_as(pairs)
    reads(made.package("ann"), rating=6)  # always the right one
    coordinator.unblind(made.folder, made.key, made.passphrase)
    table = rows(made.folder / "choices.csv")
    assert len(table) == 10
    assert sum(int(row["positive_left"]) for row in table) == 5
    assert {row["chose_left"] for row in table} == {"0"}


# What is sealed.


def test_the_reader_s_package_tells_no_truth(reading) -> None:
    key = read_key(reading.key, reading.passphrase)
    whole = b"".join(
        file.read_bytes() for file in sorted(reading.package("ann").iterdir()) if file.is_file()
    )
    for case in key.cases:
        assert case.salt.encode() not in whole
        assert case.origin.encode() not in whole
        assert case.image.encode() not in whole
    assert key.seed.encode() not in whole
    assert key.content_key.encode() not in whole
    assert bytes.fromhex(key.content_key) not in whole
    feedback = json.loads((reading.package("ann") / "feedback.json").read_bytes())
    assert set(feedback) == {c.id for c in key.cases if c.role == "training"}
    times = {file.stat().st_mtime for file in reading.package("ann").iterdir()}
    assert len(times) == 1


def test_pictures_come_back_to_the_bit_and_only_with_the_code(reading, stimuli_of, design) -> None:
    package = open_package(reading.package("bob"))
    content = package.content_key(reading.codes["bob"].lower().replace("-", " "))
    key = read_key(reading.key, reading.passphrase)
    given = {s.origin: s.pictures for s in stimuli_of(design)}
    for case in key.cases:
        shown = package.pack.pictures(case.id, content, package.reading)
        assert np.array_equal(shown, given[case.origin])
    with pytest.raises(ValueError, match="not the code"):
        package.content_key(reading.codes["ann"])
    with pytest.raises(ValueError, match="wrong key"):
        package.pack.pictures(key.cases[0].id, bytes(32), package.reading)


def test_what_must_not_be_overwritten_is_not(reading, design, stimuli_of) -> None:
    from app.reading.audit import Audit, Finding

    clean = Audit(cases=1, findings=(), waived={})
    common = {"passphrase": reading.passphrase, "version": "test"}
    stimuli, folder = stimuli_of(design), reading.folder.parent
    with pytest.raises(ValueError, match="exists already"):
        seal(design, stimuli, clean, out=reading.folder, key_file=folder / "k", **common)
    with pytest.raises(ValueError, match="never overwritten"):
        seal(design, stimuli, clean, out=folder / "n", key_file=reading.key, **common)
    with pytest.raises(ValueError, match="must not lie"):
        seal(design, stimuli, clean, out=folder / "n", key_file=folder / "n/k", **common)
    with pytest.raises(ValueError, match="fewer than 12"):
        seal(design, stimuli, clean, out=folder / "n", key_file=folder / "k",
             passphrase="short", version="test")  # fmt: skip
    leak = Finding(channel="file length", gated=True, auc=1, p=0.001, p_holm=0.001)
    leaky = Audit(cases=20, findings=(leak,), waived={})
    with pytest.raises(ValueError, match="file length tell generated from real"):
        seal(design, stimuli, leaky, out=folder / "n", key_file=folder / "k", **common)
    assert not (folder / "n").exists()
    assert not (folder / "k").exists()


def test_locked_data_opens_only_whole_with_the_right_secret() -> None:
    key = bytes(range(32))
    data = locked(key, b"plain", b"about")
    assert unlocked(key, data, b"about") == b"plain"
    assert locked(key, b"plain", b"about") != data  # a nonce of its own
    for at in range(len(data)):
        broken = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises(ValueError, match="damaged"):
            unlocked(key, broken, b"about")
    table = wrapped("secret", b"plain", "about", CHEAP)
    assert unwrapped("secret", table, "about") == b"plain"
    for wrong in (
        {"salt": "00" * 16},
        {"iterations": 2},
        {"memory_kib": 2**40},
        {"kdf": "md5"},
        {"data": "!"},
        {"salt": 7},
    ):
        with pytest.raises(ValueError, match="damaged"):
            unwrapped("secret", table | wrong, "about")


def test_what_is_sealed_costs_a_guesser_dearly() -> None:
    from app.reading.crypt import CODE_COST, KEY_COST

    # RFC 9106 section 4 recommends 64 MiB, 3 passes, 4 lanes where memory is scarce.
    for cost, memory in ((KEY_COST, 256), (CODE_COST, 64)):
        assert cost["memory_kib"] >= memory * 1024
        assert cost["iterations"] >= 3


def test_a_merkle_root_by_hand() -> None:
    from hashlib import sha256

    a, b, c = (bytes([n]) * 32 for n in (1, 2, 3))
    ab = sha256(b"\1" + a + b).digest()
    assert merkle_root([a, b, c]) == sha256(b"\1" + ab + c).hexdigest()
    assert merkle_root([a]) == a.hex()
