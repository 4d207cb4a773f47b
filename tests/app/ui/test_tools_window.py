"""Tools in the main window, by their keys: the action table reaches them."""

import gc

import numpy as np
from PySide6.QtCore import QPoint, Qt

from app import notes as files
from app.core.annotation import Notes
from app.ui.tools.by_image import ByImage


def opened(window, qtbot, path) -> None:
    window.opening.open([str(path)])
    qtbot.waitUntil(lambda: bool(window.desk.opened) and window.settled(), timeout=120_000)
    known = window.notebook.key_of
    qtbot.waitUntil(lambda: all(known(pane) for pane in window.grid.panes), timeout=10_000)


def key(window, qtbot, name, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.keyClick(window.grid, getattr(Qt.Key, f"Key_{name}"), modifier)


def drag(qtbot, pane, start, end) -> None:
    qtbot.mousePress(pane, Qt.MouseButton.LeftButton, pos=QPoint(*start))
    qtbot.mouseMove(pane, QPoint(*end))
    qtbot.mouseRelease(pane, Qt.MouseButton.LeftButton, pos=QPoint(*end))


def test_a_reading_with_keys_and_one_hand(window, qtbot, exam_folder) -> None:
    opened(window, qtbot, exam_folder("a"))
    pane = window.grid.panes[1]
    for name, kind in (("D", "distance"), ("E", "ellipse"), ("B", "rectangle"), ("V", "profile")):
        key(window, qtbot, name)
        drag(qtbot, pane, (40, 40), (120, 90))
        drawn = window.notebook.of(pane).annotations
        assert [one.kind for one in drawn] == [kind], name
        key(window, qtbot, "Delete")
        assert window.notebook.of(pane) == Notes()
        key(window, qtbot, "Z", Qt.KeyboardModifier.ControlModifier)
        key(window, qtbot, "Z", Qt.KeyboardModifier.ControlModifier)
        assert window.notebook.of(pane) == Notes()
    key(window, qtbot, "K")
    key(window, qtbot, "M")
    assert window.panels["measurements"].isVisible()
    assert window.panels["measurements"].keys.text() == f"Key images: {pane.facts.label}"
    key(window, qtbot, "Q")
    assert window.kit.tour.number == 0
    key(window, qtbot, "Escape")
    assert window.kit.tour.number == -1
    key(window, qtbot, "C")
    assert pane.view.enhancement == "CLAHE"
    key(window, qtbot, "S")
    assert window.grid.fit == "same"  # a hand had moved the panes
    key(window, qtbot, "S")
    assert window.grid.fit == "true"
    key(window, qtbot, "Period")
    assert window.kit.loupe.on
    key(window, qtbot, "Escape")
    assert not window.kit.loupe.on


def test_notes_are_there_again_in_another_window(window, qtbot, exam_folder, themed) -> None:
    from app.ui import theme
    from app.ui.window import MainWindow

    folder = exam_folder("a")
    opened(window, qtbot, folder)
    key(window, qtbot, "J")
    pane = window.grid.panes[1]
    qtbot.mousePress(pane, Qt.MouseButton.LeftButton, pos=QPoint(40, 40))
    for place in ((90, 40), (90, 90), (40, 90)):
        qtbot.mouseMove(pane, QPoint(*place))
    qtbot.mouseRelease(pane, Qt.MouseButton.LeftButton, pos=QPoint(40, 90))
    (one,) = window.notebook.of(pane).annotations
    window.close()
    assert len(list(files.data_folder().rglob("*.json"))) == 1
    again = MainWindow(theme.load())
    qtbot.addWidget(again)
    again.resize(1200, 800)
    again.show()
    opened(again, qtbot, folder)
    assert again.notebook.of(again.grid.panes[1]).annotations == (one,)
    again.close()


def test_values_by_image_go_with_the_image() -> None:
    kept: ByImage[str] = ByImage(3)
    image = np.zeros((4, 4), np.uint16)
    kept.put(image, "a", "x")
    assert kept.get(image, "x") == "a"
    assert kept.get(image, "y") is None
    assert kept.get(image.copy(), "x") is None
    del image
    gc.collect()
    others = [np.zeros((2, 2), np.uint16) for _ in range(5)]
    for number, other in enumerate(others):
        kept.put(other, str(number))
    assert len(kept) == 3
    assert kept.get(others[0]) is None
    assert kept.get(others[4]) == "4"
