"""Disks with a DICOMDIR, made by pydicom's FileSet; and directories that point elsewhere."""

import shutil

import pydicom
import pytest
from pydicom.fileset import FileSet

from app.dicom.read import Unreadable, listed
from app.dicom.scan import exams_under

LABELS = ("RCC", "LCC", "RMLO", "LMLO")


@pytest.fixture
def disk(tmp_path, dataset, half_disc):
    """A file-set of one exam, and beside its folder an image that is none of its."""
    made = FileSet()
    for number, label in enumerate(LABELS):
        one = dataset(half_disc(), ImageLaterality=label[0], ViewPosition=label[1:])
        one.StudyInstanceUID, one.SeriesInstanceUID = "1.2.3", f"1.2.3.{number + 1}"
        one.PatientName, one.StudyDate, one.StudyTime, one.StudyID = "A^B", "20260101", "1200", "1"
        one.SeriesNumber, one.InstanceNumber = number + 1, number + 1
        one.ViewCodeSequence = None
        made.add(one)
    made.write(tmp_path / "disk")
    made._stage["t"].cleanup()
    dataset(half_disc()).save_as(tmp_path / "outside.dcm")
    return tmp_path / "disk"


def point(disk, *names):
    """Let the first image of the directory lie elsewhere."""
    directory = pydicom.dcmread(disk / "DICOMDIR")
    record = next(r for r in directory.DirectoryRecordSequence if "ReferencedFileID" in r)
    record["ReferencedFileID"]._value = list(names) if len(names) > 1 else names[0]
    directory.save_as(disk / "DICOMDIR")


def found_under(path):
    exams, refused = exams_under([path])
    return [image.file for exam in exams for image in exam.images], [r.reason for r in refused]


def test_a_directory_opens_what_it_lists(disk):
    files, refused = found_under(disk / "DICOMDIR")
    theirs = FileSet(disk / "DICOMDIR")
    wanted = {str(instance.path) for instance in theirs}
    theirs._stage["t"].cleanup()
    assert set(files) == wanted
    assert len(files) == 4
    assert refused == []
    assert set(found_under(disk)[0]) == wanted  # its folder, the directory itself passed over


def test_small_letters_on_the_disk(disk):
    for path in sorted(disk.rglob("*"), reverse=True):
        if path.name != "DICOMDIR":
            path.rename(path.with_name(path.name.lower()))
    (disk / "DICOMDIR").rename(disk / "dicomdir")
    assert len(found_under(disk / "dicomdir")[0]) == 4


@pytest.mark.parametrize(
    "names",
    [("..", "outside.dcm"), ("../outside.dcm",), ("/etc/passwd",), ("", "x"), ("C:", "x"), (".",)],
)
def test_nothing_outside_its_folder_is_opened(disk, names):
    point(disk, *names)
    files, _ = found_under(disk / "DICOMDIR")
    assert len(files) == 3
    assert not any(file.endswith("outside.dcm") for file in files)
    assert all(name.isalnum() for parts in listed(str(disk / "DICOMDIR")) for name in parts)


def test_no_link_leads_out(disk):
    (disk / "LINK").symlink_to(disk.parent / "outside.dcm")
    point(disk, "LINK")
    files, refused = found_under(disk / "DICOMDIR")
    assert len(files) == 3
    assert refused == ["DICOMDIR: 1 of the 4 files it lists are not there; open its folder instead"]


def test_what_is_no_directory_is_said(disk, tmp_path):
    fake = tmp_path / "DICOMDIR"
    shutil.copy(tmp_path / "outside.dcm", fake)
    with pytest.raises(Unreadable, match="is no DICOMDIR"):
        listed(str(fake))
    fake.write_bytes(b"x" * 500)
    assert found_under(fake) == ([], ["DICOMDIR: is neither DICOM nor a picture that can be read"])
    fake.write_bytes((disk / "DICOMDIR").read_bytes()[:1500])
    files, refused = found_under(fake)
    assert files == []
    assert len(refused) == 1
