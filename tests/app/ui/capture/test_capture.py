"""Pictures of what is in view hold what was asked for, and no more."""

import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pydicom
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from app.core.mammogram import Source
from app.dicom.capture import write_capture
from app.ui.capture.picture import Asked, picture, rgb


def no_notes(painter, pane) -> None:
    """Draw nothing."""


@pytest.fixture
def opened(window, qtbot, exam_folder):
    window.opening.open([str(exam_folder("Mustermann"))])
    qtbot.waitUntil(lambda: bool(window.desk.opened) and window.settled(), timeout=30_000)
    return window


def test_the_usual_picture_is_the_image_and_nothing_else(bench) -> None:
    pane = bench.pane("RCC")
    bench.grid.activate(pane)
    shown = rgb(picture(bench.grid, Asked(layout=False), no_notes))
    assert shown.shape[:2] == (pane.height(), pane.width())
    wanted = pane.mosaic.picture(*pane.tile()) & 0xFF
    assert wanted.max() > 100
    for channel in range(3):
        assert (shown[..., channel] == wanted).all()


def test_a_layout_holds_every_pane_at_its_place(bench) -> None:
    whole = rgb(picture(bench.grid, Asked(), no_notes))
    assert whole.shape[:2] == (bench.grid.height(), bench.grid.width())
    pane = bench.pane("LMLO")
    bench.grid.activate(pane)
    one = rgb(picture(bench.grid, Asked(layout=False), no_notes))
    x, y = pane.x(), pane.y()
    assert (whole[y : y + pane.height(), x : x + pane.width()] == one).all()


def test_names_dates_and_files_come_only_when_asked_for(bench, monkeypatch) -> None:
    from app.ui import overlay

    pane, written = bench.pane("RCC"), []
    pane.facts = replace(pane.facts, patient="Muster^Maria", date="20240131", file="/x/secret.dcm")
    monkeypatch.setattr(overlay, "write", lambda p, a, f, words: written.append(words))
    bench.grid.activate(pane)
    picture(bench.grid, Asked(layout=False), no_notes)
    assert written == []
    picture(bench.grid, Asked(layout=False, overlays=True), no_notes)
    words = " ".join(written)
    assert "RCC" in words
    assert not any(private in words for private in ("Muster", "2024", "secret"))
    picture(bench.grid, Asked(layout=False, overlays=True, identifiers=True), no_notes)
    words = " ".join(written)
    assert all(private in words for private in ("Muster", "2024", "secret"))


def test_synthetic_images_keep_their_mark(bench, tmp_path) -> None:
    pane = bench.pane("RCC")
    pane.facts = replace(pane.facts, source=Source.SYNTHETIC)
    bench.grid.activate(pane)
    image = picture(bench.grid, Asked(layout=False), no_notes)
    shown = rgb(image).astype(int)
    amber = (shown[..., 0] > 150) & (shown[..., 2] < 80)
    assert amber.sum() > 50
    image.save(str(tmp_path / "a.png"))
    with Image.open(tmp_path / "a.png") as file:
        assert "no patient" in file.text["SYNTHETIC"]


def test_notes_are_drawn_when_asked_for(opened, qtbot) -> None:
    from app.core.annotation import Annotation

    grid, notebook = opened.grid, opened.notebook
    qtbot.waitUntil(lambda: notebook.key_of(grid.active) is not None, timeout=5000)
    notebook.add(
        notebook.key_of(grid.active),
        Annotation(kind="distance", points=((20.0, 20.0), (120.0, 90.0))),
    )
    plain = rgb(opened.capture.picture(Asked(layout=False)))
    drawn = rgb(opened.capture.picture(Asked(layout=False, notes=True)))
    assert (plain != drawn).any()
    assert (plain == plain[..., :1]).all()


def test_png_clipboard_and_page(opened, qtbot, tmp_path) -> None:
    capture = opened.capture
    capture.save(Asked(), tmp_path / "all.png")
    capture.save(Asked(overlays=True), tmp_path / "page.pdf")  # at once: neither is given up
    qtbot.waitUntil(lambda: not opened.jobs.busy(), timeout=60_000)
    with Image.open(tmp_path / "all.png") as file:
        assert file.size == (opened.grid.width(), opened.grid.height())
    opened.actions_by_id["copy-picture"].trigger()
    assert QGuiApplication.clipboard().image().width() == opened.grid.active.width()
    text = (tmp_path / "page.pdf").read_bytes()
    assert text.startswith(b"%PDF")
    if shutil.which("pdftotext"):
        words = subprocess.run(
            ["pdftotext", tmp_path / "page.pdf", "-"], capture_output=True, text=True, check=True
        ).stdout
        assert "Not for diagnosis" in words
        assert "Mustermann" not in words
    for name in ("such.png", "such.pdf"):
        capture.save(Asked(), tmp_path / "no" / name)
        qtbot.waitUntil(
            lambda name=name: opened.readout.words.text().startswith(f"{name}: No such file"),
            timeout=60_000,
        )
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix) == [
        "all.png", "page.pdf",
    ]  # fmt: skip


def test_the_sheet_begins_without_anything_over_the_images(opened, qtbot, monkeypatch, tmp_path):
    opened.actions_by_id["export-picture"].trigger()
    sheet = opened.capture._sheet
    assert sheet.isVisible()
    assert sheet.asked() == Asked()
    sheet.identifiers.setChecked(True)
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible()
    opened.capture.ask()
    assert sheet.asked() == Asked()
    monkeypatch.setattr(
        "app.ui.capture.export.QFileDialog.getSaveFileName",
        lambda *a: (str(tmp_path / "view"), "DICOM (*.dcm)"),
    )
    sheet.save.click()
    qtbot.waitUntil(lambda: "Wrote view.dcm" in opened.readout.words.text(), timeout=120_000)
    assert pydicom.dcmread(tmp_path / "view.dcm").PatientName == "ANONYMOUS"


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("synthetic", [False, True])
def test_secondary_captures_pass_the_validator(colour, synthetic, tmp_path) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (31, 41, 1), np.uint8).repeat(3, axis=2)
    if colour:
        pixels[5, 5] = (200, 160, 40)
    path = tmp_path / "capture.dcm"
    write_capture(pixels, path, sources=[], identifiers=False, burned_in=False, synthetic=synthetic)
    dataset = pydicom.dcmread(path)
    assert (dataset.pixel_array == (pixels if colour else pixels[..., 0])).all()
    assert dataset.PatientID == ("SYNTHETIC" if synthetic else "ANONYMOUS")
    if shutil.which("dciodvfy") is None:
        pytest.skip("dicom3tools is absent")
    told = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True).stderr
    wrong = [line for line in told.splitlines() if line.startswith("Error")]
    # Synthetic Data is younger than the validator.
    assert [line for line in wrong if "(0x0008,0x001c)" not in line] == []
    assert "SCImage" in told


def test_identifiers_are_those_of_the_image(tmp_path) -> None:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, generate_uid

    def image(name: str, patient: str) -> str:
        made = Dataset()
        made.PatientName, made.PatientID, made.StudyInstanceUID = patient, patient, "1.2.3"
        made.SOPClassUID, made.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1.2", generate_uid()
        made.file_meta = FileMetaDataset()
        made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        made.save_as(tmp_path / name, enforce_file_format=True)
        return str(tmp_path / name)

    pixels = np.zeros((4, 4, 3), np.uint8)
    one, other, out = image("1.dcm", "P1"), image("2.dcm", "P2"), tmp_path / "out.dcm"
    write_capture(pixels, out, sources=[one], identifiers=True, burned_in=True, synthetic=False)
    made = pydicom.dcmread(out)
    assert (made.PatientID, made.StudyInstanceUID, made.BurnedInAnnotation) == (
        "P1",
        "1.2.3",
        "YES",
    )
    with pytest.raises(ValueError, match="several patients"):
        write_capture(
            pixels, out, sources=[one, other], identifiers=True, burned_in=True, synthetic=False
        )
