"""Plays a way: once, round and round, or to and fro, at so many frames a second."""

import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.core.pace import bounced
from app.language import later

ONCE, LOOP, BACK = later("once"), later("loop"), later("to and fro")
WAYS = (ONCE, LOOP, BACK)


class Player(QObject):
    """Tells, by the clock, where on the way one is: frames that come too late are left out."""

    reached = Signal(float)  #: share of the way, 0 to 1, a whole number of frames from the start
    stopped = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.way, self.seconds, self.rate = ONCE, 4.0, 25
        self._began, self._from, self._last = 0.0, 0.0, -1.0
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    @property
    def playing(self) -> bool:
        """Whether it plays."""
        return self._timer.isActive()

    @property
    def frames(self) -> int:
        """Frames from end to end."""
        return max(round(self.seconds * self.rate), 1)

    def play(self, start: float) -> None:
        """Begin at a share of the way; at its end, from the start."""
        self._from = 0.0 if start >= 1 else start
        self._began, self._last = time.monotonic(), -1.0
        self._timer.start(round(1000 / self.rate))

    def stop(self) -> None:
        """Stay where it is."""
        if self.playing:
            self._timer.stop()
            self.stopped.emit()

    def pace(self, seconds: float, rate: int, share: float) -> None:
        """Change how fast it plays, from where it is."""
        self.seconds, self.rate = seconds, rate
        if self.playing:
            self.play(share)

    def _tick(self) -> None:
        share = self._from + (time.monotonic() - self._began) / self.seconds
        over = self.way == ONCE and share >= 1
        if self.way == LOOP:
            share %= 1
        elif self.way == BACK:
            share = bounced(share)
        # Whole frames only: played again they are the same, and need no drawing.
        share = min(round(share * self.frames) / self.frames, 1.0)
        if share != self._last:
            self._last = share
            self.reached.emit(share)
        if over:
            self.stop()
