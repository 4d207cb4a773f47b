"""Copies that tell nothing of whose they are: 300 canaries, none comes through in any spelling."""

import base64
import shutil
import subprocess
import zlib
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.datadict import dictionary_VR, keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid
from typer.testing import CliRunner

from app.__main__ import cli
from app.dicom.deidentify import BurnedIn, deidentify
from app.dicom.read import read

pytestmark = pytest.mark.filterwarnings(
    "ignore"
)  # pydicom warns of the odd values that are the point here
KEY = bytes(range(32))
WORD = "QZCANARY"
TEXTS = {"AE", "AS", "CS", "DA", "DT", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"}


def canary(number, vr):
    """A word of its own for each element, in the shape its kind wants."""
    if vr == "UI":
        return f"1.2.999.{7_654_321_000 + number}"
    if vr in ("DA", "DT"):
        return f"{1931 + number % 50}1{number % 3}17"
    if vr == "TM":
        return f"1357{number % 60:02d}.{765_000 + number}"
    if vr == "AS":
        return f"{number % 900:03d}Y"
    return f"{WORD}{number}"


def planted(made, count=300):
    """Put canaries into so many text elements, nested, private and beside the image's own."""
    words, number = [], 0
    kept = {"Modality", "SOPClassUID", "ImageLaterality", "PatientOrientation"}
    for tag in sorted(pydicom.datadict.DicomDictionary):
        keyword = keyword_for_tag(tag)
        vr = dictionary_VR(tag)
        if tag >> 16 in (0x0002, 0x0004, 0x0028, 0x2050) or vr not in TEXTS or keyword in kept:
            continue
        if tag < 0x00080016 or not keyword or number >= count - 20:
            continue
        if tag >> 16 in (0x0008, 0x0010, 0x0018, 0x0032, 0x0038, 0x0040):
            made.add_new(tag, vr, canary(number, vr))
            words.append(canary(number, vr))
            number += 1
    for place in range(20):
        word = f"{WORD}{number + place}"
        if place % 2:
            made.add_new((0x0011 + 2 * place, 0x0010), "LO", f"{WORD} MAKER")
            made.add_new((0x0011 + 2 * place, 0x1001), "LO", word)
        else:
            inner = Dataset()
            inner.PatientName = inner.CodeMeaning = word
            outer = Dataset()
            outer.RequestAttributesSequence = [inner]
            made.ReferencedStudySequence = [*made.get("ReferencedStudySequence", []), outer]
        words.append(word)
    made.ViewCodeSequence[0].CodeMeaning = f"{WORD}VIEW"
    made.ImageComments = f"{WORD}COMMENT"
    made.WindowCenterWidthExplanation = f"{WORD}WINDOW"
    return words


def spellings(word):
    raw = word.encode()
    yield raw
    yield word.encode("utf-16-le")
    yield word.encode("utf-16-be")
    yield raw.hex().encode()
    for shift in range(3):
        yield base64.b64encode(bytes(shift) + raw)[4:-4]


def found_in(data, words):
    """The words found in bytes, however spelled, inflated streams included."""
    layers = [data]
    for at in range(len(data) - 2):
        if data[at] == 0x78 and data[at + 1] in (0x01, 0x9C, 0xDA):
            try:
                layers.append(zlib.decompressobj().decompress(data[at:], 2**22))
            except zlib.error:
                continue
    return [word for word in words for layer in layers if any(s in layer for s in spellings(word))]


@pytest.fixture
def source(written, dataset, half_disc):
    made = dataset(half_disc(), WindowCenter=2000, WindowWidth=3000, ImagerPixelSpacing=[0.1, 0.1])
    made.PresentationLUTShape, made.RescaleSlope, made.RescaleIntercept = "IDENTITY", 1, 0
    words = planted(made)
    made.PatientID, made.StudyDate, made.BurnedInAnnotation = f"{WORD}ID", "20200310", "NO"
    made.preamble = f"{WORD}PREAMBLE".encode().ljust(128, b"\0")
    return written(made, f"{WORD}FILE.dcm"), [*words, WORD]


def test_no_canary_comes_through(tmp_path, source):
    location, words = source
    assert len(set(words)) >= 250
    out = deidentify(location, tmp_path / "out", KEY, looked=False).path
    whole = out.read_bytes()
    plain = [w for w in words if not (w.isdigit() or w.endswith("Y"))]  # dates and ages: below
    assert set(found_in(Path(location).read_bytes(), plain[:100])) >= set(plain[:100])
    assert found_in(whole, plain) == []
    copy = pydicom.dcmread(out)
    assert WORD not in out.name
    assert {str(e.value) for e in copy.iterall() if e.VR in ("DA", "TM", "AS")} <= {
        "",
        copy.StudyDate,
        copy.ContentDate,
    }
    assert not [e for e in copy.iterall() if e.tag.is_private]
    assert copy.PatientIdentityRemoved == "YES"
    assert [i.CodeValue for i in copy.DeidentificationMethodCodeSequence] == ["113100", "113107"]


def test_the_picture_is_the_same(tmp_path, source):
    location, _ = source
    before, after = (
        read(location),
        read(str(deidentify(location, tmp_path, KEY, looked=False).path)),
    )
    np.testing.assert_array_equal(before.pixels, after.pixels)
    for fact in ("side", "view", "orientation", "spacing_mm"):
        assert getattr(before.facts, fact) == getattr(after.facts, fact)
    assert [(v.center, v.width) for v in before.encoding.vois] == [
        (v.center, v.width) for v in after.encoding.vois
    ]


@pytest.mark.parametrize("signed", [False, True])
def test_inverse_and_signed_pictures_stay_so(tmp_path, written, dataset, half_disc, signed):
    pixels = half_disc().astype(np.int16) - (2000 if signed else 0)
    made = dataset(
        pixels, signed=signed, PhotometricInterpretation="MONOCHROME1", BurnedInAnnotation="NO"
    )
    location = written(made)
    before, after = (
        read(location),
        read(str(deidentify(location, tmp_path, KEY, looked=False).path)),
    )
    np.testing.assert_array_equal(before.pixels, after.pixels)
    assert (before.encoding.offset, before.encoding.inverse) == (
        after.encoding.offset,
        after.encoding.inverse,
    )


def test_one_patient_stays_one_and_days_stay_apart(tmp_path, written, dataset, half_disc):
    study = generate_uid()
    copies = []
    for patient, day in (("A", "20200310"), ("A", "20210310"), ("B", "20200310")):
        made = dataset(
            half_disc(),
            PatientID=patient,
            StudyDate=day,
            StudyInstanceUID=study,
            BurnedInAnnotation="NO",
        )
        copies.append(pydicom.dcmread(deidentify(written(made), tmp_path, KEY, looked=False).path))
    assert copies[0].PatientID == copies[1].PatientID != copies[2].PatientID
    days = [
        np.datetime64(f"{c.StudyDate[:4]}-{c.StudyDate[4:6]}-{c.StudyDate[6:]}") for c in copies
    ]
    assert days[1] - days[0] == np.timedelta64(365, "D")
    assert days[0] < np.datetime64("2020-03-10")
    assert copies[0].StudyInstanceUID == copies[1].StudyInstanceUID != study
    assert len({c.SOPInstanceUID for c in copies}) == 3
    other = deidentify(written(made), tmp_path, bytes(32), looked=False)
    assert pydicom.dcmread(other.path).StudyInstanceUID != copies[2].StudyInstanceUID


@pytest.mark.parametrize("stated", [None, "YES"])
def test_what_may_have_words_burned_in_is_looked_at_first(
    tmp_path, written, dataset, half_disc, stated
):
    location = written(dataset(half_disc(), BurnedInAnnotation=stated), "a.dcm")
    with pytest.raises(BurnedIn, match=r"^a\.dcm: .*look at the picture"):
        deidentify(location, tmp_path / "out", KEY, looked=False)
    assert not (tmp_path / "out").exists()
    assert deidentify(location, tmp_path / "out", KEY, looked=True).path.exists()


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dicom3tools is not installed")
def test_a_validator_finds_no_error(tmp_path, source):
    out = deidentify(source[0], tmp_path, KEY, looked=False).path
    done = subprocess.run(["dciodvfy", str(out)], capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if line.startswith("Error")] == []


def test_the_command(tmp_path, source, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    again = []
    for folder in ("one", "two"):
        done = runner.invoke(cli, ["deidentify", source[0], "--out", folder, "--key", "key"])
        assert done.exit_code == 0, done.output
        again.append([p.name for p in (tmp_path / folder).iterdir()])
    assert again[0] == again[1]
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0
    (tmp_path / "bad").write_text("short")
    done = runner.invoke(cli, ["deidentify", source[0], "--out", "three", "--key", "bad"])
    assert done.exit_code == 2
    assert not (tmp_path / "three").exists()


def test_the_command_tells_of_letters_on_film(tmp_path, mammogram_cases):
    film = str(sorted(mammogram_cases[0].iterdir())[0])
    command = ["deidentify", film, "--out", str(tmp_path / "out")]
    refused = CliRunner().invoke(cli, command)
    assert refused.exit_code == 2
    assert "does not say that none are burned in" in refused.stderr
    done = CliRunner().invoke(cli, [*command, "--looked"])
    assert done.exit_code == 0
    assert "something bright stands beside the breast" in done.stderr


def test_pictures_are_refused_in_words(tmp_path, half_disc):
    from PIL import Image

    Image.fromarray((half_disc() >> 4).astype(np.uint8)).save(tmp_path / "a.png")
    with pytest.raises(ValueError, match=r"a\.png: is a picture file"):
        deidentify(str(tmp_path / "a.png"), tmp_path, KEY, looked=True)
