"""What is known of one image: labels, patients, and how failures come back."""

import pytest

from app.core.mammogram import Facts
from app.prepare.work import Settings, _patient, density_class, vendor_name, worked, years


@pytest.mark.parametrize(
    ("given", "found"),
    [("a", "A"), ("D", "D"), ("2", "B"), ("ACR c", "C"), ("BI-RADS 4", "D"), ("5", ""), ("", "")],
)
def test_density_class(given, found):
    assert density_class(given) == found


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("HOLOGIC, Inc.", "Hologic"),
        ("LORAD, A Hologic Company", "Hologic"),
        ("GE MEDICAL SYSTEMS", "GE"),
        ("SIEMENS Healthineers", "Siemens"),
        ("FUJIFILM Corporation", "Fujifilm"),
        ("Philips Digital Mammography Sweden AB", "Philips"),
        ("IMS GIOTTO S.p.A.", "IMS"),
        ("Someone  New", "Someone New"),
        ("Generic", "Generic"),
        ("", ""),
    ],
)
def test_vendor_name(given, found):
    assert vendor_name(given) == found


@pytest.mark.parametrize(
    ("given", "found"), [("048Y", "48"), ("61", "61"), ("018M", ""), ("adult", ""), ("", "")]
)
def test_years(given, found):
    assert years(given) == found


def facts(file, **known):
    return Facts(file=file, rows=1, columns=1, **known)


def test_images_of_one_woman_share_her_whatever_names_them():
    def same(one, other):
        return _patient(one, one.file) == _patient(other, other.file)

    # Each image has a Patient ID of its own, which names side and view: the scan found the stem.
    stem = {"exam": "P 00173", "inferred": {"exam": "from the Patient ID"}}
    assert same(
        facts("/a/1.dcm", patient="P_00173_LEFT_CC", **stem),
        facts("/a/2.dcm", patient="P_00173_LEFT_MLO", **stem),
    )
    # A manifest without patients: the file names share what is not side and view.
    assert same(
        facts("/a/P7_R_CC.png", exam="/a/P7_R_CC.png"),
        facts("/a/P7_L_MLO.png", exam="/a/P7_L_MLO.png"),
    )
    assert not same(
        facts("/a/P7_R_CC.png", exam="/a/P7_R_CC.png"), facts("/a/P8_R_CC.png", exam="/a/P8")
    )
    # Where the folder lies does not matter, which folder it is does.
    assert same(facts("/x/a/1.png", exam="/x/a/1.png"), facts("/y/a/1.png", exam="/y/a/1.png"))
    assert not same(facts("/x/a/1.png", exam="/x/a/1.png"), facts("/x/b/1.png", exam="/x/b/1.png"))


def test_whatever_is_wrong_comes_back_as_a_reason(tmp_path, monkeypatch):
    (tmp_path / "text.dcm").write_text("no DICOM")
    (tmp_path / "empty.png").write_bytes(b"")
    for name, reason in (
        ("text.dcm", "is neither DICOM nor a picture that can be read"),
        ("empty.png", "is empty"),
        ("gone.dcm", "can't be read: No such file or directory"),
    ):
        assert worked(str(tmp_path / name), Settings()).reason == reason

    def fails(location):
        raise ZeroDivisionError("patient's name")

    monkeypatch.setattr("app.prepare.work.read_facts", fails)
    assert worked("a", Settings()).reason == "can't be prepared (ZeroDivisionError)"
