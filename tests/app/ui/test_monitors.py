"""Images on other screens, in a process whose platform has two of them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCREENS = [
    {"name": "desk", "x": 0, "y": 0, "width": 1200, "height": 900},
    {"name": "images", "x": 1200, "y": 0, "width": 1000, "height": 1280},
]
SCRIPT = """
import sys
from PySide6.QtCore import QEventLoop, QTimer, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from app.ui import theme
from app.ui.shell import application
from app.ui.window import MainWindow
from app.ui.capture.picture import Asked

def wait(until, tries=600):
    for _ in range(tries):
        loop = QEventLoop()
        QTimer.singleShot(50, loop.quit)
        loop.exec()
        if until():
            return
    raise SystemExit("waited in vain")

app = application()
assert len(QGuiApplication.screens()) == 2
window = MainWindow(theme.load())
window.resize(1100, 800)
window.show()
"""
OPEN = """
window.opening.open([sys.argv[1]])
wait(lambda: bool(window.desk.opened) and window.settled())
"""


@pytest.fixture
def run(tmp_path, exam_folder):
    """Run lines in a window on two screens; settings stay from one run to the next."""
    config, folder = tmp_path / "screens.json", exam_folder("anna")
    usual = {"logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
    config.write_text(json.dumps({"screens": [usual | screen for screen in SCREENS]}))
    own = {"MAMMOSCOPE_DATA": str(tmp_path / "data"), "MAMMOSCOPE_SETTINGS": str(tmp_path / "set")}

    def go(lines: str) -> None:
        platform = f"offscreen:configfile={config}"
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT + lines, str(folder)],
            env=os.environ | own | {"QT_QPA_PLATFORM": platform},
            cwd=Path(__file__).parents[3],
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert done.returncode == 0, done.stderr + done.stdout

    return go


def test_images_go_to_the_other_screen_and_are_found_there_again(run) -> None:
    run(
        OPEN
        + """
window.monitors.next_mode()
assert window.monitors.mode == "other"
(images,) = window.monitors.windows
assert images.screen().name() == "images"
assert images.geometry() == images.screen().geometry()
assert {pane.window() for pane in window.grid.panes} == {images}
left, right = window.grid.panes[0], window.grid.panes[1]
assert (left.width(), right.x()) == (500, 500 + 0) or left.width() + right.width() >= 998
wait(window.settled)
assert all(pane.fine for pane in window.grid.panes)
QTest.keyClick(images, Qt.Key.Key_PageDown)  # keys work in the image window
assert window.desk.step == 1
wait(window.settled)
assert {pane.window() for pane in window.grid.panes} == {images}
QTest.keyClick(images, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
assert window.dialogs.palette.isVisible() and window.dialogs.palette.window() is images
QTest.keyClick(window.dialogs.palette.search, Qt.Key.Key_Escape)
whole = window.capture.picture(Asked())
assert (whole.width(), whole.height()) == (1000, 1280)
window.close()
assert not images.isVisible()
"""
    )
    run(  # another window, the same screens
        """
assert window.monitors.mode == "other" and window.monitors.windows == []  # nothing hangs yet
"""
        + OPEN
        + """
assert [w.screen().name() for w in window.monitors.windows] == ["images"]
window.monitors.windows[0].close()  # by hand: the images come home
assert window.monitors.mode == "here"
assert {pane.window() for pane in window.grid.panes} == {window}
wait(window.settled)
window.close()
"""
    )


def test_each_side_on_its_own_screen(run) -> None:
    run(
        OPEN
        + """
window.monitors.choose("sides")
left, right = window.monitors.windows
assert (left.screen().name(), right.screen().name()) == ("desk", "images")
for pane in window.grid.panes:
    assert pane.window() is (left if pane.facts.side == "R" else right), pane.facts.side
    assert pane.width() == pane.window().width()
wait(window.settled)
whole = window.capture.picture(Asked())
assert whole.width() == 2200
scales = {round(pane.view.scale, 6) for pane in window.grid.panes}
assert len(scales) == 1  # one size for all, over both screens
window.monitors.choose("here")
assert {pane.window() for pane in window.grid.panes} == {window}
window.close()
"""
    )


def test_one_screen_is_said_so(window) -> None:
    window.monitors.next_mode()
    assert window.readout.words.text() == "There is only one screen"
    assert window.monitors.windows == []
