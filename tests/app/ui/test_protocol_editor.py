"""The protocol editor: what is drawn is what is written."""

import pytest
from PySide6.QtCore import QPoint, Qt

from app import protocols


@pytest.fixture
def page(window, qtbot, exam_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("MAMMOSCOPE_SETTINGS", str(tmp_path / "settings"))
    window.opening.open([str(exam_folder("a"))])
    qtbot.waitUntil(lambda: bool(window.desk.opened) and window.settled(), timeout=120_000)
    window.actions_by_id["edit-protocols"].trigger()
    return window.pages.page("protocols")


def choose(page, field, value):
    box = page.cell.fields[field]
    box.setCurrentIndex(box.findData(value))


def middle(page, row, column) -> QPoint:
    return page.board.box((row, column)).center().toPoint()


def test_a_protocol_made_by_hand_is_saved_and_hangs(window, page, qtbot) -> None:
    page.new()
    page.title.setText("My pairs")
    page.title.textEdited.emit("My pairs")
    page.steps.columns.setValue(3)
    qtbot.mouseClick(page.board, Qt.MouseButton.LeftButton, pos=middle(page, 0, 2))
    choose(page, "side", "L")
    choose(page, "view", "MLO")
    choose(page, "size", "fit_breast")
    assert page.verdict.text() == "Not saved yet"
    qtbot.keyClick(page, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert page.verdict.text() == "Saved: my-pairs.toml"
    saved = protocols.protocol("my-pairs")
    assert [cell.name for cell in saved.steps[0].cells] == ["RCC", "LCC", "LMLO"]
    assert saved.steps[0].cells[2].options.size == "fit_breast"
    page.buttons["hang"].click()
    assert window.desk.protocol().id == "my-pairs"
    assert [pane.facts.label for pane in window.grid.panes] == ["RCC", "LCC", "LMLO"]


def test_cells_are_exchanged_by_dragging_and_by_keys(page, qtbot) -> None:
    page.begin("cc-pair")
    start, end = middle(page, 0, 0), middle(page, 0, 1)
    qtbot.mousePress(page.board, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(page.board, end)
    qtbot.mouseRelease(page.board, Qt.MouseButton.LeftButton, pos=end)
    assert [cell.name for cell in page.draft.steps[0].cells] == ["LCC", "RCC"]
    qtbot.keyClick(page.board, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert [cell.name for cell in page.draft.steps[0].cells] == ["RCC", "LCC"]
    page.undo()
    assert [cell.name for cell in page.draft.steps[0].cells] == ["LCC", "RCC"]
    page.redo()
    assert [cell.name for cell in page.draft.steps[0].cells] == ["RCC", "LCC"]


def test_a_protocol_of_mammoscope_is_never_written_over(page) -> None:
    page.begin("cc-pair")
    assert page.shipped
    assert not page.buttons["delete"].isEnabled()
    page.steps.rows.setValue(2)
    assert page.draft.id == "cc-pair-copy"
    assert page.draft.title == "CC pair (copy)"
    assert not page.shipped


def test_the_preview_shows_the_open_exam(page, grey_of, qtbot) -> None:
    page.begin("screening-4up")
    qtbot.waitExposed(page.board)
    shown = grey_of(page.board)
    box = page.board.box((0, 0)).toRect()
    assert shown[box.center().y(), box.right() - 20].max() > 60, "the right breast at its wall"
    page.begin("current-and-prior")
    assert page._preview()["RCC_OLD"].missing == "no prior exam for RCC"


def test_what_is_wrong_is_said_in_a_sentence_and_not_saved(page) -> None:
    page.new()
    page.steps.buttons["add"].click()
    page.steps.name.setText("CC")
    page.steps.name.textEdited.emit("CC")
    assert page.verdict.refused
    assert page.verdict.text() == "Two steps are named 'CC'; each needs a name of its own"
    page.save()
    assert not protocols.own()[0]


def test_rename_duplicate_and_delete(page) -> None:
    page.new()
    page.save()
    assert list(protocols.own()[0]) == ["new-protocol"]
    page.title.setText("Other")
    page.title.textEdited.emit("Other")
    page.save()
    assert list(protocols.own()[0]) == ["other"]
    page.duplicate()
    page.save()
    assert sorted(protocols.own()[0]) == ["other", "other-copy"]
    page.buttons["delete"].click()
    assert list(protocols.own()[0]) == ["other"]
