"""Collects garbage on the GUI thread only.

Python collects on whichever thread allocates next. A QTimer or another QObject of a forgotten
cycle then dies on a worker thread, and Qt's event loop, which still lists it, crashes.
"""

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 300


class Collector(QObject):
    """Does what the automatic collector would, when it would, here."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.check)
        self._timer.start(EVERY_MS)

    def check(self) -> None:
        """Collect the oldest generation that is due."""
        due = zip(gc.get_count(), gc.get_threshold(), strict=True)
        generations = [number for number, (count, most) in enumerate(due) if 0 < most < count]
        if generations:
            gc.collect(max(generations))

    def stop(self) -> None:
        """Give the work back to Python."""
        self._timer.stop()
        gc.enable()
