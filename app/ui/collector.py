"""Collects garbage on the GUI thread only, and never so much at once that the window stands still.

Python collects on whichever thread allocates next. A QTimer or another QObject of a forgotten
cycle then dies on a worker thread, and Qt's event loop, which still lists it, crashes.
"""

import gc
import time

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 300
MANY = 20_000  #: new objects after which everything is looked through: a hundredth of a second
LONG_S = 0.01  #: a look through everything that takes longer leaves what it found out of the next


class Collector(QObject):
    """Does what the automatic collector would, when it would, here.

    Ten thousand exams are half a million objects that no garbage is among; to look through them
    takes a third of a second. What a long look found alive is left out (`gc.freeze`) until `thaw`.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()  # modules stay to the end
        self._new = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.check)
        self._timer.start(EVERY_MS)

    def check(self) -> None:
        """Collect the oldest generation that is due, all when much is new."""
        counts = gc.get_count()
        self._new += counts[0]
        due = zip(counts, gc.get_threshold(), strict=True)
        generations = [number for number, (count, most) in enumerate(due) if 0 < most < count]
        if self._new > MANY or 2 in generations:
            self._look_through()
        elif generations:
            gc.collect(generations[-1])

    def _look_through(self) -> None:
        began = time.perf_counter()
        gc.collect()
        self._new = 0
        if time.perf_counter() - began > LONG_S:
            gc.freeze()

    def thaw(self) -> None:
        """Look through everything again: what was open has been closed."""
        gc.unfreeze()

    def stop(self) -> None:
        """Give the work back to Python."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
