"""Forty hostile names through every writer and every list: nothing outside the chosen folder.

What this process opens for writing, makes, moves or removes is heard by an audit hook.
"""

import os
import sys
import warnings
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from app.archive.values import Shelf
from app.core.annotation import Notes
from app.core.display import window_for
from app.core.geometry import Transform
from app.dicom.deidentify import deidentify
from app.dicom.noted import NotedImage
from app.dicom.read import read
from app.dicom.results import write_results
from app.dicom.scan import exams_under

pytestmark = pytest.mark.filterwarnings(
    "ignore"
)  # zipfile and pydicom warn of the names that are the point here
NAMES = [
    "../x", "../../x", "../../../../../../tmp/x", "..\\..\\x", "/tmp/x", "//host/share/x", "C:\\x",
    "C:x", "\\\\host\\share\\x", "~/x", "~root/x", "$HOME/x", "%TEMP%\\x", "x/../../y", "./../x",
    "x\0.dcm", "x\ny", "x\ry", "\x1b[2J", "", ".", "..", "...", " ", " ..", ".. /x", "con",
    "NUL.dcm", "aux:", "x:stream", "x" * 10_000, "\u202excod.", "\U0001f600", "%2e%2e%2fx",
    "..%c0%afx", "file:///tmp/x", "http://host/x", "|true", "`true`", "$(true)",
]  # fmt: skip
_heard: list[str] = []
_listening = [False]


def _hook(event, given):
    if not _listening[0]:
        return
    if event == "open":
        path, mode, flags = given
        if isinstance(path, str | Path) and (
            (isinstance(mode, str) and set(mode) & set("wax+"))
            or (isinstance(flags, int) and flags & 0o103)
        ):
            _heard.append(str(path))
    elif event in ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.symlink", "os.link"):
        _heard.extend(str(part) for part in given[:2] if isinstance(part, str | Path))


sys.addaudithook(_hook)


def _outside(path, folder):
    """Whether a place is neither in a folder nor what Python itself writes to."""
    ours = path == os.devnull or "__pycache__" in path
    return not ours and not Path(path).absolute().resolve().is_relative_to(folder.resolve())


@pytest.fixture
def touched(tmp_path):
    """The places written to while a test runs; those in its folder are left out."""
    _heard.clear()
    _listening[0] = True
    yield lambda: [p for p in _heard if _outside(p, tmp_path)]
    _listening[0] = False


def image(name):
    """A small mammogram whose identifiers are all one hostile name."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    name = name.encode("ascii", "replace").decode()
    made = FileDataset(None, {}, file_meta=meta, preamble=bytes(128))
    made.SOPClassUID = "1.2.840.10008.5.1.4.1.1.1.2"
    for keyword in (
        "SOPInstanceUID",
        "StudyInstanceUID",
        "SeriesInstanceUID",
        "PatientID",
        "StudyID",
    ):
        setattr(made, keyword, name[:60] or "x")
    made.SeriesDescription = made.StudyDate = name[:60]
    made.Modality, made.ImageLaterality, made.BurnedInAnnotation = "MG", "L", "NO"
    made.PhotometricInterpretation, made.SamplesPerPixel = "MONOCHROME2", 1
    made.Rows, made.Columns, made.BitsAllocated, made.BitsStored = 40, 30, 16, 12
    made.HighBit, made.PixelRepresentation = 11, 0
    made.PixelData = np.arange(1200, dtype="<u2").tobytes()
    made["PixelData"].VR = "OW"
    return made


def test_there_are_forty():
    assert len(set(NAMES)) == 40


def test_identifiers_through_every_writer(tmp_path, touched):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number, name in enumerate(NAMES):
            path = tmp_path / "in" / f"{number}.dcm"
            path.parent.mkdir(exist_ok=True)
            image(name).save_as(path)
            deidentify(str(path), tmp_path / "deidentified", bytes(32), looked=False)
            mammogram = read(str(path))
            noted = NotedImage(
                mammogram=mammogram,
                notes=Notes(key=True),
                voi=window_for(mammogram.pixels, mammogram.encoding),
                invert=False,
                transform=Transform.IDENTITY,
            )
            with suppress(
                ValueError, TypeError, AttributeError
            ):  # an object that can't be made is refused
                write_results([noted], tmp_path / "results")
            shelf = Shelf(tmp_path / "archive")
            shelf.put(path.read_bytes())
    assert touched() == []
    assert len(list((tmp_path / "deidentified").iterdir())) >= 30
    assert all(
        p.suffix == ".dcm" and p.stem.isascii() for p in (tmp_path / "deidentified").iterdir()
    )


def test_members_of_an_archive(tmp_path, touched):
    good = tmp_path / "good.dcm"
    image("x").save_as(good)
    with warnings.catch_warnings(), zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        warnings.simplefilter("ignore")
        for name in NAMES:
            archive.writestr(zipfile.ZipInfo(name or "empty"), good.read_bytes())
    before = sorted(tmp_path.rglob("*"))
    exams, _ = exams_under([tmp_path / "a.zip"])
    for exam in exams:
        for facts in exam.images:
            read(facts.file)
    assert sorted(tmp_path.rglob("*")) == before
    assert touched() == []
    assert sum(len(exam.images) for exam in exams) >= 20


def test_names_in_a_dicomdir(tmp_path, touched):
    media, secret = tmp_path / "media", tmp_path / "x"
    media.mkdir()
    image("x").save_as(secret)  # what "../x" would lead to
    (media / "link").symlink_to(tmp_path)
    listed = Dataset()
    listed.file_meta = FileMetaDataset()
    listed.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    listed.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.1.3.10"
    records = []
    for given in (*NAMES, "link/x"):
        name = given.encode("ascii", "replace").decode()
        record = Dataset()
        record.add_new(
            "ReferencedFileID", "CS", [part for part in name.split("/") if "\0" not in part][:8]
        )
        records.append(record)
    listed.DirectoryRecordSequence = records
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        listed.save_as(media / "DICOMDIR", implicit_vr=False, little_endian=True)
        whole = (media / "DICOMDIR").read_bytes()
        (media / "DICOMDIR").write_bytes(
            whole if whole[128:132] == b"DICM" else bytes(128) + b"DICM" + whole
        )
    exams, _ = exams_under([media / "DICOMDIR"])
    assert exams == ()
    assert touched() == []
