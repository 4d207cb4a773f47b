"""A working session over one folder of images: everything that leaves something on a disk.

python private_session.py IMAGES OUT WORD prints the titles of all windows that were seen. It reads,
measures, marks, exports in every way, de-identifies, meets a fault that quotes WORD, and closes.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPointF, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

from app.core.annotation import Annotation
from app.ui import application
from app.ui.capture.picture import Asked
from app.ui.exporting.copies import KEY, LOOK

IMAGES, OUT, WORD = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
FORMS = ("png", "pdf", "dcm")
titles: set[str] = set()
done: list[str] = []


def fault() -> None:
    raise RuntimeError(f"a fault that quotes {WORD}FAULT")


class Session:
    """Does one thing after the other, each when the window has settled."""

    def __init__(self, window: QMainWindow) -> None:
        self.window, self.calm = window, 0
        self.steps: list[Callable[[], object]] = [
            self.measure,
            lambda: window.hands.drag_window(window.grid.panes[0], QPointF(30, 20)),
            lambda: window.grid.set_level("full"),  # on the screen only
            self.capture,
            lambda: window.actions_by_id["export-copies"].trigger(),
            self.copies,
            lambda: window.desk.go_step(1),
            lambda: QTimer.singleShot(0, fault),
            lambda: None,
            window.close,
        ]

    def look(self) -> None:
        window = self.window
        titles.update(w.windowTitle() for w in QApplication.topLevelWidgets())
        busy = any(key in (KEY, LOOK) or "capture" in key for key in window.jobs.running())
        self.calm = 0 if busy or not window.settled() or not window.desk.opened else self.calm + 1
        if self.calm >= 2 and self.steps:
            self.calm = 0
            self.steps.pop(0)()

    def measure(self) -> None:
        window = self.window
        for pane in window.grid.panes:
            key = window.notebook.key_of(pane)
            assert key is not None
            points = ((20.0, 30.0), (120.0, 90.0))
            window.notebook.add(key, Annotation(kind="distance", points=points))
            window.notebook.toggle_key(pane)
        done.append("measured")

    def capture(self) -> None:
        window = self.window
        window.capture.copy()
        for overlays in (False, True):
            asked = Asked(overlays=overlays, notes=overlays)
            for form in FORMS:
                window.capture.save(asked, OUT / f"{form}-{overlays}.{form}")
        done.append("captured")

    def copies(self) -> None:
        dialog = self.window.dialogs.made["copies"]
        dialog.looked.setChecked(True)
        dialog.folder.setText(str(OUT / "copies"))
        dialog.start.click()
        done.append("copied")


def started() -> QApplication:
    app = begin()

    def look() -> None:
        if not sessions:
            found = [w for w in QApplication.topLevelWidgets() if hasattr(w, "desk")]
            sessions.extend(Session(window) for window in found)
        for session in sessions:
            session.look()

    sessions: list[Session] = []
    app.timer = QTimer()
    app.timer.timeout.connect(look)
    app.timer.start(60)
    return app


begin = application.application
application.application = started
code = application.run([str(IMAGES)], protocol=None, step=1, demo=False, screenshot=None, size=None)
print(sorted(titles), done)
sys.exit(code)
