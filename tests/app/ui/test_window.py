import zipfile
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLabel, QMenu

from app.core.display import Encoding, VoiTable, Window
from app.core.mammogram import Exam, Facts, Mammogram
from app.core.viewstate import PaneView
from app.ui.actions import Action, install
from app.ui.browser.finding import Batch
from app.ui.pictures import develop


def opened(window, qtbot, *paths) -> None:
    window.opening.open([str(path) for path in paths])
    qtbot.waitUntil(lambda: bool(window.desk.opened) and window.settled(), timeout=10_000)


def press(window, qtbot, key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.keyClick(window.grid, key, modifier)


def test_it_starts_on_the_welcome_page_with_the_banner(window) -> None:
    assert window.stack.currentWidget() is window.welcome
    assert {"open", "explore"} <= set(window.welcome.cards)
    banner = [w for w in window.findChildren(QLabel) if w.text().startswith("Research use only")]
    assert banner
    assert banner[0].isVisible()


def test_the_banner_stays_in_image_only_mode(window, qtbot, exam_folder) -> None:
    opened(window, qtbot, exam_folder("a"))
    press(window, qtbot, Qt.Key.Key_F11)
    assert not window.menuBar().isVisible()
    assert not window.rail.isVisible()
    assert window.readout.banner.isVisible()
    press(window, qtbot, Qt.Key.Key_Escape)
    assert window.menuBar().isVisible()


def test_a_folder_hangs_as_four_up(window, qtbot, exam_folder) -> None:
    opened(window, qtbot, exam_folder("a"))
    assert [p.facts.label for p in window.grid.panes] == ["RCC", "LCC", "RMLO", "LMLO"]
    assert all(p.picture is not None for p in window.grid.panes)


def test_a_protocol_with_no_place_for_the_exam_says_so(window, qtbot, exam_folder) -> None:
    opened(window, qtbot, exam_folder("a"))
    window.desk.choose("diagnostic")
    assert window.stack.currentWidget() is window.nothing
    assert window.nothing.text().startswith("Spot, magnification")
    assert len(window.strip.chips) == 4  # each with its reason
    window.strip.chips[0].click()  # there is no pane to take it
    window.desk.choose("screening-4up")
    assert window.stack.currentWidget() is window.grid
    assert not window.strip.isVisible()


def test_keys_page_through_steps_and_exams(window, qtbot, exam_folder) -> None:
    opened(window, qtbot, exam_folder("a"), exam_folder("b"))
    first = window.grid.panes[0].facts.file
    press(window, qtbot, Qt.Key.Key_PageDown)
    assert [p.facts.label for p in window.grid.panes] == ["RCC", "LCC"]
    press(window, qtbot, Qt.Key.Key_PageUp)
    press(window, qtbot, Qt.Key.Key_Down)
    assert window.desk.paging.group == 1
    assert window.grid.panes[0].facts.file != first
    press(window, qtbot, Qt.Key.Key_Up)
    assert window.grid.panes[0].facts.file == first
    for _ in window.desk.steps():
        press(window, qtbot, Qt.Key.Key_PageDown)
    assert window.desk.paging.group == 1


def test_keys_change_windows_of_linked_panes(window, qtbot, exam_folder) -> None:
    opened(window, qtbot, exam_folder("a"))
    own = [p.voi for p in window.grid.panes]
    press(window, qtbot, Qt.Key.Key_2)
    assert {p.voi.name for p in window.grid.panes} == {"dense tissue"}
    assert all(p.voi.width < o.width for p, o in zip(window.grid.panes, own, strict=True))
    press(window, qtbot, Qt.Key.Key_0)
    assert [p.voi for p in window.grid.panes] == own
    press(window, qtbot, Qt.Key.Key_N)
    assert all(p.view.invert for p in window.grid.panes)
    press(window, qtbot, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not any(p.view.invert for p in window.grid.panes)


def test_a_window_survives_the_change_of_step(window, qtbot, exam_folder) -> None:
    opened(window, qtbot, exam_folder("a"))
    press(window, qtbot, Qt.Key.Key_4)
    press(window, qtbot, Qt.Key.Key_PageDown)
    assert {p.voi.name for p in window.grid.panes} == {"calcifications"}


def test_keys_for_sizes_tools_links_and_overlays(window, qtbot, exam_folder) -> None:
    opened(window, qtbot, exam_folder("a"))
    press(window, qtbot, Qt.Key.Key_X)
    assert window.grid.fit == "pixels"
    press(window, qtbot, Qt.Key.Key_F)
    assert window.grid.fit == "fit_breast"
    press(window, qtbot, Qt.Key.Key_S)
    assert window.grid.fit == "fit_image"
    press(window, qtbot, Qt.Key.Key_T)
    assert window.hands.tool == "pan"
    press(window, qtbot, Qt.Key.Key_L)
    assert not window.hands.linked
    press(window, qtbot, Qt.Key.Key_L, Qt.KeyboardModifier.ShiftModifier)
    assert not window.hands.mirror
    levels = []
    for _ in range(3):
        press(window, qtbot, Qt.Key.Key_Space)
        levels.append(window.grid.panes[0].level)
    assert levels == ["full", "none", "labels"]


def test_the_read_out_tells_stored_rescaled_and_displayed(window, qtbot, exam_folder) -> None:
    opened(window, qtbot, exam_folder("a"))
    pane = window.grid.panes[1]
    pane.show_view(PaneView(scale=pane.plate.column_mm))
    top = round(pane.height() / 2 - 150)  # 300 rows at 1:1, centred
    window.hands.hovered.emit(pane, QPointF(10.5, top + 140.5))
    words = window.readout.words.text()
    stored = int(pane.picture.mammogram.pixels[140, 10])
    assert f"stored {stored} " in words
    assert f"displayed {pane.grey_of(stored)}" in words
    assert words.startswith("LCC")


def test_what_cannot_be_opened_is_listed_and_the_rest_opens(
    window, qtbot, exam_folder, tmp_path
) -> None:
    wrong = tmp_path / "letter.dcm"
    wrong.write_text("Dear colleague")
    opened(window, qtbot, exam_folder("a"), wrong)
    window.show_panel("exams")
    shown = [window.exams.refused.item(n).text() for n in range(window.exams.refused.count())]
    assert len(shown) == 1
    assert shown[0].startswith("letter.dcm")
    assert window.exams.refused.isVisible()


def test_nothing_but_wrong_files_says_so_in_place(window, qtbot, tmp_path) -> None:
    wrong = tmp_path / "letter.dcm"
    wrong.write_text("Dear colleague")
    window.opening.open([str(wrong)])
    qtbot.waitUntil(lambda: window.welcome.trouble.isVisible() and not window.jobs.busy())
    assert window.stack.currentWidget() is window.welcome


@pytest.mark.parametrize("zipped", [False, True])
def test_files_can_be_dropped(window, qtbot, exam_folder, tmp_path, zipped) -> None:
    folder = exam_folder("a")
    if zipped:
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            for file in folder.iterdir():
                archive.write(file, file.name)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.zip" if zipped else folder))])
    event = QDropEvent(
        QPointF(200, 200),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)
    qtbot.waitUntil(lambda: len(window.grid.panes) == 4 and window.settled(), timeout=10_000)
    assert all(p.picture is not None for p in window.grid.panes)


def test_every_key_is_on_the_sheet_once(window, qtbot) -> None:
    press(window, qtbot, Qt.Key.Key_F1)
    assert window.dialogs.keys.isVisible()
    keys = [k.toString() for a in window.actions_by_id.values() for k in a.shortcuts()]
    assert len(keys) == len(set(keys))
    shown = {w.text() for w in window.dialogs.keys.findChildren(QLabel)}
    assert {"PgDown", "Space", "Ctrl+Z"} <= shown
    qtbot.keyClick(window.dialogs.keys, Qt.Key.Key_Escape)
    assert not window.dialogs.keys.isVisible()


def test_a_key_given_twice_is_refused(window) -> None:
    twice = [Action(id=i, text=i, run=print, keys=["N"]) for i in ("one", "two")]
    with pytest.raises(ValueError, match="key N is given to both one and two"):
        install(window, window.grid, twice)


def test_nothing_is_brighter_than_the_theme_allows(window, qtbot, grey_of) -> None:
    """No white flash: welcome page, panels, menus, sheet, tooltip; text is never pure white."""
    seen = [grey_of(window)]
    for name in ("exams", "protocol"):
        window.show_panel(name)
        seen.append(grey_of(window))
    for menu in window.findChildren(QMenu):
        if menu.actions():
            menu.ensurePolished()
            seen.append(grey_of(menu))
    window.dialogs.show_keys()
    window.dialogs.keys.search.setReadOnly(
        True
    )  # no caret: Qt draws it as the negative of its ground
    seen.append(grey_of(window))
    for picture in seen:
        assert picture.max() <= 0xD0, picture.shape
        assert np.median(picture) < 0x30


def test_images_without_a_side_are_hung_once_the_pixels_tell(
    window, qtbot, tmp_path, exam_folder
) -> None:
    (exam_folder("a") / "RCC.png").rename(tmp_path / "unknown.png")
    opened(window, qtbot, tmp_path / "unknown.png")
    pane = window.grid.panes[0]
    assert pane.facts.side == "R"
    assert any("side" in why for why in pane.cautions)


def test_every_window_of_the_file_can_be_picked_by_its_name(window, qtbot, exam_folder) -> None:
    opened(window, qtbot, exam_folder("a"))
    pane = window.grid.active
    lut = VoiTable(data=np.arange(4096, dtype=np.uint16), first=0, bits=12, name="SOFT")
    vois = (Window(center=10, width=20, name="NORMAL"), lut)
    image = pane.picture.mammogram
    encoding = replace(image.encoding, vois=vois)
    pane.show_picture(replace(pane.picture, mammogram=replace(image, encoding=encoding)))
    menu = next(m for m in window.findChildren(QMenu) if m.title() == "Windows of the file")
    menu.aboutToShow.emit()
    assert [a.text() for a in menu.actions()] == ["NORMAL  10 / 20", "SOFT"]
    menu.actions()[1].trigger()
    assert pane.voi is lut


def test_the_place_counts_exams_found_later(window, qtbot) -> None:
    """The first exam hangs before the scan ends: how many there are must follow."""
    for number in range(3):
        pixels = np.zeros((30, 20), np.uint16)
        facts = Facts(file=f"{number}.dcm", rows=30, columns=20, side="R", view="CC")
        picture = develop(Mammogram(facts=facts, pixels=pixels, encoding=Encoding(bits=12)))
        window.pictures.put(picture)
        exam = Exam(id=str(number), title=str(number), images=(facts,))
        window.desk._found(Batch(exams={exam.id: exam}))
    assert window.steps.place.text().startswith("exam 1 of 3")
