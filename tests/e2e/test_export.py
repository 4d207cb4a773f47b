"""By hand: type a seed, drag sliders, undo, set A and B, play, export, reopen: the same picture."""

import numpy as np
import pytest
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtTest import QTest

from app import resources
from app.ui import theme
from app.ui.exporting.dialog import KEY
from app.ui.exporting.work import EXAM, WALK
from app.ui.window import MainWindow

PATIENCE_MS = 120_000


def open_window(qapp, qtbot):
    theme.apply(qapp, theme.load())
    window = MainWindow(theme.load())
    qtbot.addWidget(window)
    window.resize(1400, 900)
    window.show()
    qtbot.waitExposed(window)
    return window


@pytest.fixture
def shipped(monkeypatch, model_file):
    monkeypatch.setattr(resources, "default_model", lambda: model_file)


def pixels(window):
    """The stored values of the four generated panes."""
    return [pane.picture.mammogram.pixels.copy() for pane in window.grid.panes]


def live(ms: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def rest(window, qtbot) -> None:
    qtbot.waitUntil(
        lambda: window.settled() and window.studio.shown is not None, timeout=PATIENCE_MS
    )


def written(window, qtbot, what: str, form: str, folder) -> list:
    dialog = window.dialogs.made["export"]
    dialog.what.setCurrentText(what)
    dialog.form.setCurrentIndex(dialog.form.findData(form))
    dialog.folder.setText(str(folder))
    qtbot.waitUntil(dialog.start.isEnabled, timeout=PATIENCE_MS)
    before = set(folder.iterdir()) if folder.exists() else set()
    dialog.start.click()
    qtbot.waitUntil(lambda: not window.jobs.busy(KEY), timeout=PATIENCE_MS)
    assert dialog.words.text().startswith("Wrote"), dialog.words.text()
    return sorted(set(folder.iterdir()) - before)


def test_from_a_seed_to_files_and_back(qapp, qtbot, shipped, tmp_path) -> None:
    window = open_window(qapp, qtbot)
    window.show_panel("latent")
    window.desk.show_mode("generated")
    qtbot.waitUntil(lambda: len(window.grid.panes) == 4, timeout=PATIENCE_MS)
    rest(window, qtbot)
    panel, reel = window.latent, window.explorer.reel
    panel.seed.selectAll()
    QTest.keyClicks(panel.seed, "41")
    QTest.keyClick(panel.seed, "\r")
    rest(window, qtbot)
    seen = [pixels(window)]
    for row, value in zip(panel.rows[:3], (120, -150, 200), strict=True):
        row.slider.setValue(value)
        rest(window, qtbot)
        seen.append(pixels(window))
    for back in (2, 1):
        window.actions_by_id["undo"].trigger()
        rest(window, qtbot)
        assert all(map(np.array_equal, pixels(window), seen[back]))
    reel.set_a.click()
    window.studio.seed(7)
    rest(window, qtbot)
    reel.set_b.click()
    reel.seconds.setValue(0.5)
    reel.play.click()
    qtbot.waitUntil(lambda: not reel.play.isChecked(), timeout=PATIENCE_MS)
    rest(window, qtbot)
    at_b = pixels(window)
    window.actions_by_id["export-generated"].trigger()
    window.dialogs.made["export"].frames.setValue(4)
    (gif,) = written(window, qtbot, WALK, "gif", tmp_path)
    dicom = written(window, qtbot, EXAM, "dicom", tmp_path / "exam")
    window.close()

    again = open_window(qapp, qtbot)
    again.opening.open([str(gif)])
    qtbot.waitUntil(lambda: len(again.grid.panes) == 4, timeout=PATIENCE_MS)
    rest(again, qtbot)
    assert all(map(np.array_equal, pixels(again), seen[1])), "the walk begins at A"
    again.opening.open([str(path) for path in dicom if path.suffix == ".dcm"])
    qtbot.waitUntil(lambda: again.studio.recipe.position == 1, timeout=PATIENCE_MS)
    rest(again, qtbot)
    live(50)
    assert all(map(np.array_equal, pixels(again), at_b)), "and the exam is where the walk ended"
    again.close()
