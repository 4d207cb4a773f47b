"""What the keys do while a stimulus is on the screen."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from app.reading.design import REASONS

if TYPE_CHECKING:
    from app.ui.reading.window import ReadingWindow

MOVES = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


def trial_key(window: "ReadingWindow", key: int, *, far: bool) -> None:
    """Take a key while a stimulus is there: enlarge, move, mark, answer, pause."""
    if window.canvas.cross is not None:
        mark_key(window, key, far=far)
    elif key == Qt.Key.Key_Escape:
        window.conductor.pause("paused")
    elif key == Qt.Key.Key_Z and window.design["stimulus"]["zoom"] > 1:
        window.canvas.magnify(window.design["stimulus"]["zoom"])
        window.zoomed += 1
    elif window.canvas.magnified > 1 and key in MOVES:
        window.canvas.move_view(*MOVES[Qt.Key(key)])
    elif key == Qt.Key.Key_M and window.canvas.marking and window.canvas.tiles:
        window.canvas.begin_mark()
    elif key == Qt.Key.Key_Backspace and window.canvas.marks and not window.pad.typed:
        window.canvas.take_back()
    elif window.pad.press(key):
        window.exposure.stop()
        window.conductor.answer(window.pad.answer(window.zoomed, window.canvas.recorded()))
        return
    window.say_line()


def mark_key(window: "ReadingWindow", key: int, *, far: bool) -> None:
    """Take a key while the cross-hair is out: move it, set the mark with its reason, or leave."""
    reasons = list(REASONS)
    number = key - Qt.Key.Key_1
    if key in MOVES:
        window.canvas.move_cross(*MOVES[Qt.Key(key)], far=far)
    elif key == Qt.Key.Key_Tab:
        window.canvas.next_tile()
    elif key == Qt.Key.Key_Escape:
        window.canvas.cross = None
        window.canvas.update()
    elif 0 <= number < len(reasons):
        window.canvas.set_mark(reasons[number])
    window.say_line()
