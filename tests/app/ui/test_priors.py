"""Priors, stacks, and images hung by hand, in the whole window."""

from dataclasses import replace

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QDropEvent

VIEWS = {"CC": "399162004", "MLO": "399368009"}
SPOT = "399055006"
TURNED = {"RCC": ["P", "L"], "LCC": ["A", "R"], "RMLO": ["P", "FL"], "LMLO": ["A", "FR"]}
PITCH = 0.5


def code(value):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", "as coded"
    return item


def write(path, label, date, *, down=0, modifiers=(), rows=300, columns=240, **elements):
    """Write an MG file: a breast whose middle is `down` pixels below that of the image."""
    y, x = np.mgrid[:rows, :columns]
    inward = columns - 1 - x if label[0] == "R" else x
    disc = (inward / (0.7 * columns)) ** 2 + ((y - rows / 2 - down) / (0.3 * rows)) ** 2 < 1
    noise = np.random.default_rng(1).integers(900, 1200, (rows, columns))
    pixels = np.where(disc, noise, 0).astype("<u2")
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1.2"
    meta.MediaStorageSOPInstanceUID = generate_uid()
    made = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    view = code(VIEWS[label[1:]])
    view.ViewModifierCodeSequence = [code(value) for value in modifiers]
    for keyword, value in {
        "SOPClassUID": meta.MediaStorageSOPClassUID,
        "SOPInstanceUID": meta.MediaStorageSOPInstanceUID,
        "StudyInstanceUID": f"1.2.{date}",
        "StudyDate": date,
        "PatientID": "P7",
        "PatientBirthDate": "19600101",
        "Modality": "MG",
        "Rows": rows,
        "Columns": columns,
        "SamplesPerPixel": 1,
        "BitsAllocated": 16,
        "BitsStored": 12,
        "HighBit": 11,
        "PixelRepresentation": 0,
        "PhotometricInterpretation": "MONOCHROME2",
        "ImageLaterality": label[0],
        "ViewCodeSequence": [view],
        "PatientOrientation": TURNED[label],
        "ImagerPixelSpacing": [PITCH, PITCH],
        **elements,
    }.items():
        setattr(made, keyword, value)
    made.PixelData = pixels.tobytes()
    made.save_as(path, enforce_file_format=True)


@pytest.fixture
def person(window, qtbot, tmp_path):
    """A window with three exams of a person, the older ones lower on the detector; one spot."""
    for date, down in (("20210510", 0), ("20190302", 20), ("20161004", -12)):
        for label in TURNED:
            write(tmp_path / f"{date}{label}.dcm", label, date, down=down)
    write(tmp_path / "spot.dcm", "RCC", "20210510", modifiers=[SPOT])
    window.opening.open([str(tmp_path)])

    def ready():
        return len(window.desk.opened) == 3 and window.settled() and not window.jobs.busy()

    qtbot.waitUntil(ready, timeout=120_000)
    return window


def dates(window):
    return [pane.facts.date for pane in window.grid.panes]


def press(window, qtbot, key, modifier=Qt.KeyboardModifier.NoModifier):
    qtbot.keyClick(window.grid, key, modifier)
    qtbot.waitUntil(window.settled, timeout=10_000)


def middle(pane):
    """Where the breast's middle is on the screen, in device pixels."""
    from app.core.viewstate import placement

    place = placement(pane.view, pane.plate, pane.tile())
    top, _, bottom, right = pane.plate.breast
    return place.top + (top + bottom) / 2 * place.zoom_y, place.left + right * place.zoom_x


def test_a_person_with_priors_hangs_current_over_prior(person) -> None:
    assert person.desk.protocol().id == "current-and-prior"
    assert dates(person) == ["20210510"] * 4 + ["20190302"] * 4
    assert person.grid.panes[4].role == "prior, 2 y 2 mo before"
    assert "prior 2019-03-02" in person.desk.place()


def test_next_prior_and_back(person, qtbot) -> None:
    press(person, qtbot, Qt.Key.Key_P)
    assert dates(person) == ["20210510"] * 4 + ["20161004"] * 4
    press(person, qtbot, Qt.Key.Key_P)
    assert person.readout.words.text() == "There is no older exam of this person"
    press(person, qtbot, Qt.Key.Key_P, Qt.KeyboardModifier.ShiftModifier)
    assert dates(person) == ["20210510"] * 4 + ["20190302"] * 4


def test_without_places_for_priors_the_whole_exam_is_the_older_one(person, qtbot) -> None:
    press(person, qtbot, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert person.desk.protocol().id == "screening-4up"
    press(person, qtbot, Qt.Key.Key_P)
    assert dates(person) == ["20190302"] * 4
    assert person.grid.panes[0].role == "prior, 2 y 2 mo before"


@pytest.mark.parametrize("zoomed", [False, True])
def test_flicker_lays_the_prior_over_the_current(person, qtbot, zoomed) -> None:
    """The prior's breast lies 20 pixels of 0.5 mm lower on its detector: it may not move here."""
    press(person, qtbot, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    if zoomed:
        person.hands.zoom(person.grid.panes[0], QPointF(60, 60), 1.6)
        person.grid.settle()
    views = person.grid.views()
    before = [middle(pane) for pane in person.grid.panes]
    press(person, qtbot, Qt.Key.Key_Y)
    assert dates(person) == ["20190302"] * 4
    after = [middle(pane) for pane in person.grid.panes]
    assert np.abs(np.array(after) - np.array(before)).max() < 1.0
    assert [p.plate.shift[1] for p in person.grid.panes] == pytest.approx([20 * PITCH] * 4, abs=1)
    press(person, qtbot, Qt.Key.Key_Y)
    assert dates(person) == ["20210510"] * 4
    assert person.grid.views() == views


def test_a_stack_is_paged_through(person, qtbot) -> None:
    press(person, qtbot, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    seen = []
    for _ in range(3):
        seen.append(dates(person)[0])
        press(person, qtbot, Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
    assert seen == ["20210510", "20190302", "20161004"]
    assert dates(person)[0] == "20210510"


def test_the_strip_names_what_is_not_hung_and_a_click_hangs_it(person, qtbot) -> None:
    (chip,) = person.strip.chips
    assert person.strip.isVisible()
    assert (chip.text(), chip.left.reason) == ("RCCS", "RCC leaves out spot views")
    person.grid.activate(person.grid.panes[1])
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert person.grid.panes[1].facts.file.endswith("spot.dcm")
    assert person.grid.panes[1].role == "by hand"
    assert person.desk.left_out() == ()  # the left CC still hangs in another step
    assert person.strip.isVisible()  # the panes keep their size under the hand
    press(person, qtbot, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert person.grid.panes[1].facts.label == "LCC"
    press(person, qtbot, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert person.grid.panes[1].facts.file.endswith("spot.dcm")


def test_a_chip_dropped_on_a_pane_hangs_there(person) -> None:
    pane, data = person.grid.panes[3], person.strip.chips[0].carried()
    drop = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    pane.dropEvent(drop)
    assert person.grid.panes[3].facts.file.endswith("spot.dcm")
    assert replace(person.grid.panes[3].facts).modifiers == {"spot"}


def test_pieces_of_a_view_lie_below_each_other(window, qtbot, tmp_path) -> None:
    for n, words in enumerate(("anterior", "posterior")):
        write(
            tmp_path / f"{n}.dcm",
            "RCC",
            "20210510",
            PartialView="YES",
            PartialViewDescription=words,
        )
    write(tmp_path / "l.dcm", "LCC", "20210510")
    window.opening.open([str(tmp_path)])
    qtbot.waitUntil(lambda: bool(window.desk.opened) and window.settled(), timeout=120_000)
    window.desk.choose("cc-pair")
    one, two, left = window.grid.panes
    assert one.geometry().right() == two.geometry().right()
    assert two.geometry().top() > one.geometry().bottom()
    assert abs(one.height() - two.height()) <= 1
    assert left.height() > 1.9 * one.height()
    from app.ui.overlay import corner_lines

    captions = [pane._caption(pane.facts, pane.plate) for pane in (one, two)]
    words = [corner_lines(caption, "upper outer") for caption in captions]
    assert words == [["partial view 1 of 2: anterior"], ["partial view 2 of 2: posterior"]]
