"""The page of archives: told of, tested, searched, retrieved and opened, sent; against Orthanc."""

from io import BytesIO

import numpy as np
import pydicom
import pytest
from orthanc import PASSWORD
from pydicom.uid import generate_uid

from app import settings
from app.core.annotation import Annotation
from app.dicom.read import recipe_in


@pytest.fixture
def page(window):
    window.show_panel("archive")
    return window.pages.page("archive")


def tell_of(page, place: dict) -> None:
    """Fill in the form for an archive and save it."""
    page.new.click()
    page.editor.name.setText("ours")
    for key, value in place.items():
        widget = page.editor.fields[key]
        for put in ("setCurrentText", "setValue", "setText"):
            if hasattr(widget, put):
                getattr(widget, put)(value)
                break
    page.editor.save.click()


@pytest.fixture
def stocked(orthanc, tmp_path):
    """One exam of two images in the archive, written by pydicom alone."""
    from pydicom.dataset import FileDataset, FileMetaDataset

    study = generate_uid()
    for side in "RL":
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
        meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1.2"
        meta.MediaStorageSOPInstanceUID = generate_uid()
        made = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
        made.SOPClassUID = meta.MediaStorageSOPClassUID
        made.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
        made.StudyInstanceUID, made.SeriesInstanceUID = study, generate_uid()
        made.PatientID, made.PatientName, made.StudyDate = "P-7", "Muster^Ada", "20260102"
        made.Modality, made.ImageLaterality, made.ViewPosition = "MG", side, "CC"
        made.Rows, made.Columns, made.SamplesPerPixel = 60, 40, 1
        made.BitsAllocated, made.BitsStored, made.HighBit = 16, 12, 11
        made.PixelRepresentation, made.PhotometricInterpretation = 0, "MONOCHROME2"
        made.PixelData = np.full((60, 40), 900 + "LR".index(side), np.uint16).tobytes()
        content = BytesIO()
        made.save_as(content, enforce_file_format=True)
        orthanc.put(content.getvalue())
    return orthanc


@pytest.mark.parametrize("kind", ["DICOM", "DICOMweb"])
def test_from_an_archive_to_the_screen_and_back(page, window, qtbot, stocked, kind, tmp_path):
    if kind == "DICOMweb" and not stocked.web:
        pytest.skip("orthanc-dicomweb is not installed (apt-get install orthanc-dicomweb)")
    assert not page.fields.button.isEnabled()
    tell_of(page, stocked.dimse if kind == "DICOM" else stocked.dicomweb)
    assert page.archive.currentText() == "ours"
    assert page.password.isVisibleTo(page) == (kind == "DICOMweb")
    page.password.setText(PASSWORD if kind == "DICOMweb" else "")
    page.test.click()
    qtbot.waitUntil(lambda: "ours answers" in page.verdict.text(), timeout=120_000)
    page.fields.patient.setText("P-7")
    page.fields.begin.setText("2026-01-01")
    page.search()
    qtbot.waitUntil(lambda: page.found.rowCount() == 1, timeout=120_000)
    assert [page.found.item(0, n).text() for n in (0, 1, 4)] == ["2026-01-02", "P-7", "2"]
    page.folder.put(tmp_path / "in")
    page.get.click()
    qtbot.waitUntil(lambda: bool(window.desk.opened) and window.settled(), timeout=30_000)
    (exam,) = window.desk.opened.values()
    assert [image.label for image in exam.images] == ["RCC", "LCC"]
    assert len(list((tmp_path / "in" / "exam-0001").iterdir())) == 2
    stocked.clear()
    window.show_panel("archive")
    page.ways["Send the exam in view"].click()
    qtbot.waitUntil(lambda: "2 of 2 files stored" in page.verdict.text(), timeout=120_000)
    assert len(stocked.files()) == 2
    assert PASSWORD not in (settings.folder() / settings.FILE).read_text()


@pytest.mark.parametrize("kind", ["DICOM", "DICOMweb"])
def test_a_generated_exam_and_what_was_drawn_arrive_as_dicom_has_them(
    window, qtbot, stocked, fake, kind, tmp_path
):
    if kind == "DICOMweb" and not stocked.web:
        pytest.skip("orthanc-dicomweb is not installed (apt-get install orthanc-dicomweb)")
    for number, content in enumerate(stocked.files()):
        (tmp_path / f"{number}.dcm").write_bytes(content)
    window.opening.open([str(tmp_path)])
    qtbot.waitUntil(lambda: bool(window.desk.opened) and window.settled(), timeout=120_000)
    pane = window.grid.panes[0]
    qtbot.waitUntil(lambda: window.notebook.key_of(pane) is not None, timeout=60_000)
    line = Annotation(kind="distance", points=((10.0, 10.0), (30.0, 10.0)))
    window.notebook.add(window.notebook.key_of(pane), line)
    window.notebook.toggle_key(pane)
    window.studio.start()
    qtbot.waitUntil(
        lambda: window.desk.paging.generated is not None and window.settled(), timeout=60_000
    )
    stocked.clear()

    window.show_panel("archive")
    page = window.pages.page("archive")
    tell_of(page, stocked.dimse if kind == "DICOM" else stocked.dicomweb)
    page.password.setText(PASSWORD if kind == "DICOMweb" else "")
    page.ways["Send annotations"].click()
    qtbot.waitUntil(lambda: "3 of 3 files stored" in page.verdict.text(), timeout=60_000)
    arrived = [pydicom.dcmread(BytesIO(content)) for content in stocked.files()]
    assert sorted(one.Modality for one in arrived) == ["KO", "PR", "SR"]
    assert {one.PatientID for one in arrived} == {"P-7"}

    stocked.clear()
    page.ways["Send the generated exam"].click()
    qtbot.waitUntil(lambda: "4 of 4 files stored" in page.verdict.text(), timeout=60_000)
    for number, content in enumerate(stocked.files()):
        (tmp_path / f"back-{number}.dcm").write_bytes(content)
        made = pydicom.dcmread(BytesIO(content))
        assert (made.Modality, made.SyntheticData) == ("MG", "YES")
        assert "SYNTHETIC" in str(made.PatientName).upper() + made.SeriesDescription.upper()
        assert recipe_in(tmp_path / f"back-{number}.dcm") == window.studio.recipe


def test_what_is_wrong_is_said_in_place(page, qtbot):
    tell_of(page, {"kind": "DICOM", "host": "127.0.0.1", "port": 1})
    page.test.click()
    qtbot.waitUntil(lambda: page.verdict.refused, timeout=120_000)
    assert page.verdict.text() == "ours: nothing listens at 127.0.0.1:1"
    page.fields.begin.setText("soon")
    page.search()
    assert "write it as 2026-03-31" in page.verdict.text()
    for words in page.ways:
        page.ways[words].click()
        qtbot.waitUntil(lambda: page.verdict.refused, timeout=120_000)


def test_an_archive_that_cannot_be_kept_is_refused(page):
    page.new.click()
    editor = page.editor
    editor.save.click()
    assert editor.verdict.text() == "Give the archive a name."
    editor.name.setText("ours")
    editor.save.click()
    assert editor.verdict.text() == "Host is missing."
    editor.fields["host"].setText("pacs")
    editor.fields["title"].setText("A TITLE TOO LONG FOR IT")
    editor.save.click()
    assert "archives.ours.title" in editor.verdict.text()
    editor.fields["title"].setText("STORE")
    editor.save.click()
    assert page.archive.currentText() == "ours"
    page.edit.click()
    editor.remove.click()
    assert page.archive.count() == 0


def test_a_password_is_kept_only_when_asked(page):
    tell_of(page, {"kind": "DICOMweb", "url": "http://pacs/dicom-web", "user": "ada"})
    page.edit.click()
    page.editor.password.setText("secret-1")
    page.editor.save.click()
    path = settings.folder() / settings.FILE
    assert "secret-1" not in path.read_text()
    page.edit.click()
    page.editor.keep.setChecked(True)
    page.editor.password.setText("secret-2")
    page.editor.save.click()
    assert "secret-2" in path.read_text()
    assert path.stat().st_mode & 0o077 == 0
