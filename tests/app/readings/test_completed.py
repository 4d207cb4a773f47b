import pytest

from app.reading.statistics.analysis import analyse
from app.readings import coordinator
from app.readings.completed import completed


def test_an_unblinded_reading_is_ready_for_analysis(reading, reads) -> None:
    with pytest.raises(ValueError, match="still blinded"):
        completed(reading.folder)
    for number, reader in enumerate(("ann", "bob")):
        reads(reading.package(reader), rating=2 + 3 * number)
    coordinator.unblind(reading.folder, reading.key, reading.passphrase)
    found = completed(reading.folder)
    assert len(found.ratings) == 46
    assert sum(r.repeat for r in found.ratings) == 6
    assert {r.reader: r.called for r in found.ratings} == {"ann": False, "bob": True}
    assert all(len(r.marks) == 1 for r in found.ratings)
    assert (found.margin, found.alpha, found.scale) == (0.10, 0.05, (1, 6))
    assert all(facts.thumbnail.startswith(b"\x89PNG") for facts in found.cases.values())
    assert len(found.cases) == 20
    assert found.verification.intact
    assert "3 to 5" in found.statements["Order and sessions"]
    assert found.statements["Exclusions and interruptions"] == "No interruption was recorded."
    analyse(found)  # constant ratings: estimates may be missing, an error may not


def test_what_came_after_unblinding_is_left_out_and_said(reading, reads) -> None:
    reads(reading.package("ann"))
    reads(reading.package("bob"), 9)
    coordinator.unblind(reading.folder, reading.key, reading.passphrase, "a deadline passed")
    reads(reading.package("bob"))
    coordinator.unblind(reading.folder, reading.key, reading.passphrase)
    found = completed(reading.folder)
    assert sum(r.reader == "bob" for r in found.ratings) == 7
    assert found.notes[0] == "16 answers given after unblinding are left out."
    assert "a deadline passed" in found.notes[1]
