"""The main job, by hand: open the demo, drag the window, move a slider, and compare the panes."""

import sys

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from app import resources
from app.core.mammogram import Source
from app.ui import theme
from app.ui.window import MainWindow

PATIENCE_MS = 120_000


@pytest.fixture
def window(qapp, qtbot, monkeypatch, model_file):
    monkeypatch.setattr(resources, "default_model", lambda: model_file)
    theme.apply(qapp, theme.load())
    window = MainWindow(theme.load())
    qtbot.addWidget(window)
    window.resize(1400, 900)
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close()


def pictures(window) -> dict[str, np.ndarray]:
    """What each pane shows, by cell."""
    seen = {}
    for pane in window.grid.panes:
        image = pane.grab().toImage()
        image = image.convertToFormat(image.Format.Format_Grayscale8)
        buffer = np.frombuffer(image.constBits(), np.uint8)
        rows = buffer.reshape(image.height(), image.bytesPerLine())[:, : image.width()]
        seen[pane.hung.cell.name] = rows.copy()
    return seen


def changed(before: dict, after: dict) -> set[str]:
    """The cells in which more than a hundredth of all pixels differ visibly."""
    return {
        name
        for name, old in before.items()
        if (np.abs(old.astype(int) - after[name]) > 3).mean() > 0.01
    }


def drag(qtbot, pane, to: QPoint, button=Qt.MouseButton.LeftButton) -> None:
    start = pane.rect().center()
    qtbot.mousePress(pane, button, pos=start)
    for part in (0.25, 0.5, 0.75, 1.0):
        qtbot.mouseMove(pane, start + QPoint(round(to.x() * part), round(to.y() * part)))
    qtbot.mouseRelease(pane, button, pos=start + to)


def test_a_real_and_a_generated_exam_side_by_side(
    window, qtbot, mammogram_cases, model_file
) -> None:
    window.welcome.cards["demo"].click()
    qtbot.waitUntil(lambda: len(window.grid.panes) == 8 and window.settled(), timeout=PATIENCE_MS)
    real = {p.hung.cell.name for p in window.grid.panes if p.facts.source is Source.REAL}
    made = {p.hung.cell.name for p in window.grid.panes if p.facts.source is Source.SYNTHETIC}
    assert real == {"RCC", "LCC", "RMLO", "LMLO"}
    assert made == {f"{name}_GEN" for name in real}
    assert "torch" in sys.modules

    start = pictures(window)
    assert all(start[name].max() > 100 for name in real)
    drag(qtbot, window.grid.panes[0], QPoint(60, 40))
    qtbot.waitUntil(window.settled, timeout=PATIENCE_MS)
    windowed = pictures(window)
    assert changed(start, windowed) == real, "a window drag changes its linked panes, no other"

    row = window.latent.rows[0]
    row.slider.setValue(250)
    qtbot.waitUntil(window.settled, timeout=PATIENCE_MS)
    moved = pictures(window)
    assert changed(windowed, moved) == made, "a slider changes the generated panes, no other"

    row.slider.reset()
    qtbot.waitUntil(window.settled, timeout=PATIENCE_MS)
    assert changed(windowed, pictures(window)) == set(), "and back again"

    drag(qtbot, window.grid.panes[0], QPoint(-50, 30), Qt.MouseButton.MiddleButton)
    qtbot.waitUntil(window.settled, timeout=PATIENCE_MS)
    assert changed(windowed, pictures(window)) == real, "so does a pan"
    window.grid.undo()
    window.grid.undo()
    qtbot.waitUntil(window.settled, timeout=PATIENCE_MS)
    assert changed(start, pictures(window)) == set(), "undo leads back to the start"


def test_both_demo_exams_hang_with_chest_walls_meeting(window, qtbot, mammogram_cases) -> None:
    window.opening.open([str(path) for path in mammogram_cases])
    qtbot.waitUntil(lambda: len(window.desk.opened) == 2 and window.settled(), timeout=PATIENCE_MS)
    for exam in range(2):
        window.desk.go_group(exam)
        qtbot.waitUntil(window.settled, timeout=PATIENCE_MS)
        window.grid.set_level("none")
        window.grid.activate(window.grid.panes[0])
        window.grid.panes[0].active = False
        for name, seen in pictures(window).items():
            wall, far = (-1, 0) if name.startswith("R") else (0, -1)
            assert seen[:, wall].astype(int).mean() > 25, name
            assert seen[:, far].max() < 25, name
            assert all(p.cautions for p in window.grid.panes), "inferred facts are marked"
