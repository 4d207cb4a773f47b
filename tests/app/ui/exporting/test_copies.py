"""De-identified copies from the window: pictures to look at, refused till looked at, cancelled."""

import threading

import pydicom
import pytest

from app.dicom.read import read
from app.ui.exporting import copies
from app.ui.exporting.copies import ALL, KEY, LOOK

PATIENCE_MS = 60_000


def opened(window, qtbot, folder):
    """Open a folder and ask for copies of it; the pictures have come."""
    window.opening.open([str(folder)])
    qtbot.waitUntil(lambda: bool(window.desk.opened) and window.settled(), timeout=PATIENCE_MS)
    window.actions_by_id["export-copies"].trigger()
    dialog = window.dialogs.made["copies"]
    qtbot.waitUntil(lambda: not window.jobs.busy(LOOK), timeout=PATIENCE_MS)
    return dialog


def export(window, qtbot, dialog, folder) -> str:
    dialog.folder.setText(str(folder))
    dialog.start.click()
    qtbot.waitUntil(lambda: not window.jobs.busy(KEY), timeout=PATIENCE_MS)
    return dialog.words.text()


def test_film_with_letters_is_copied_once_somebody_looked(
    window, qtbot, mammogram_cases, tmp_path
) -> None:
    dialog = opened(window, qtbot, mammogram_cases[0])
    shown = [dialog.seen.item(row) for row in range(dialog.seen.count())]
    assert sorted(item.text()[:3].rstrip(":") for item in shown) == ["LCC", "LML", "RCC", "RML"]
    assert all("look twice" in item.text() and item.toolTip() for item in shown)  # RCC, 15, ...
    words = export(window, qtbot, dialog, tmp_path / "out")
    assert words.startswith("Wrote 0 copies to out.")
    assert words.endswith("and 1 more")
    assert not (tmp_path / "out").exists()
    dialog.looked.click()
    assert export(window, qtbot, dialog, tmp_path / "out") == "Wrote 4 copies to out."
    before = {str(pydicom.dcmread(p).PatientID) for p in mammogram_cases[0].iterdir()}
    for path in (tmp_path / "out").iterdir():
        assert pydicom.dcmread(path).PatientID not in before
    originals = {read(str(p)).pixels.tobytes() for p in mammogram_cases[0].iterdir()}
    assert {read(str(p)).pixels.tobytes() for p in (tmp_path / "out").iterdir()} == originals


def test_a_key_gives_the_same_names_again(window, qtbot, mammogram_cases, tmp_path) -> None:
    dialog = opened(window, qtbot, mammogram_cases[0])
    dialog.looked.click()
    dialog.key.setText(str(tmp_path / "key"))
    for folder in ("one", "two"):
        export(window, qtbot, dialog, tmp_path / folder)
    names = [sorted(p.name for p in (tmp_path / f).iterdir()) for f in ("one", "two")]
    assert names[0] == names[1]
    (tmp_path / "key").write_text("short")
    assert "is no key" in export(window, qtbot, dialog, tmp_path / "three")


def test_nobody_has_looked_at_what_is_asked_for_next(window, qtbot, mammogram_cases) -> None:
    dialog = opened(window, qtbot, mammogram_cases[0])
    dialog.looked.click()
    dialog.what.setCurrentIndex(dialog.what.findData(ALL))
    assert not dialog.looked.isChecked()


def test_picture_files_are_refused_in_words(window, qtbot, exam_folder, tmp_path) -> None:
    dialog = opened(window, qtbot, exam_folder("Mustermann"))
    dialog.looked.click()
    words = export(window, qtbot, dialog, tmp_path / "out")
    assert "is a picture file" in words


def test_cancelling_says_so(window, qtbot, mammogram_cases, tmp_path, monkeypatch) -> None:
    dialog = opened(window, qtbot, mammogram_cases[0])
    goes, go = threading.Event(), threading.Event()

    def slow(*_, **__):
        goes.set()
        assert go.wait(30)
        return copies.Copy(refused="-")

    monkeypatch.setattr(copies, "copy_of", slow)
    dialog.folder.setText(str(tmp_path / "out"))
    dialog.start.click()
    assert goes.wait(30)
    assert dialog.stop.isVisible()
    dialog.stop.click()
    go.set()
    qtbot.waitUntil(lambda: not window.jobs.busy(KEY), timeout=PATIENCE_MS)
    assert dialog.words.text().startswith("Stopped.")


def test_without_a_folder_or_an_image_it_can_not_begin(window, qtbot) -> None:
    window.dialogs.export_copies()
    dialog = window.dialogs.made["copies"]
    dialog.folder.setText("somewhere")
    assert not dialog.start.isEnabled()
    assert dialog.words.text() == "No real image is open."


@pytest.fixture(autouse=True)
def _closed(window):
    yield
    for dialog in window.dialogs.made.values():
        dialog.close()
