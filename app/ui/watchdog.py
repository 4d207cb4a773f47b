"""Watches that the window answers while work goes on: a gap of its event loop is written down.

A beat on the GUI thread is looked at by a thread. When it is late, that thread notes which line of
ours the GUI thread stands at, and the next beat tells how long it took. It rests with the work.
"""

import sys
import threading
import time
from collections import deque
from dataclasses import dataclass
from types import FrameType

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.ui.faults import place_of
from app.ui.jobs import Jobs

BEAT_MS = 20
LONG_S = 0.1  #: a gap that is written down: what a hand on the mouse notices
KEPT = 200  #: gaps remembered


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time in which the window did not answer."""

    seconds: float
    processor_s: float  #: of it, spent computing on the GUI thread; the rest it waited
    work: str  #: kinds of jobs that ran
    place: str  #: our line that the GUI thread stood at, empty when it was within Qt


class Watchdog(QObject):
    """Beats while a job runs; `gaps` is the record."""

    stood_still = Signal(object)  #: Gap

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.gaps: deque[Gap] = deque(maxlen=KEPT)
        self.beats = 0
        self._jobs = jobs
        self._main = threading.get_ident()
        self._last, self._used, self._place, self._work = 0.0, 0.0, "", ""
        self._timer = QTimer(self, interval=BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._awake, self._ended = threading.Event(), False
        self._thread: threading.Thread | None = None
        jobs.changed.connect(self._changed)
        jobs.stopping.connect(self.stop)

    def _changed(self, _: str, on: bool) -> None:
        """Begin with the first job; the beat itself finds the end of the last."""
        if not on or self._timer.isActive() or self._ended:
            return
        self._last, self._used = time.perf_counter(), time.thread_time()
        self._timer.start()
        if self._thread is None:
            self._thread = threading.Thread(target=self._look, name="watchdog", daemon=True)
            self._thread.start()
        self._awake.set()

    def _beat(self) -> None:
        now, used = time.perf_counter(), time.thread_time()
        self.beats += 1
        seconds = now - self._last
        if seconds > LONG_S + BEAT_MS / 1000:
            gap = Gap(
                seconds=seconds,
                processor_s=used - self._used,
                work=self._work or self._kinds(),
                place=self._place,
            )
            self.gaps.append(gap)
            self.stood_still.emit(gap)
        self._place, self._work = "", self._kinds()
        if not self._work:
            self._timer.stop()
            self._awake.clear()
        self._last, self._used = now, used

    def _kinds(self) -> str:
        """Return what runs, without what it runs on: names of files stand after the colon."""
        return ", ".join(sorted({key.partition(":")[0] for key in self._jobs.running()}))

    def _look(self) -> None:
        """On the thread: see where the GUI thread stands when a beat is late."""
        while self._awake.wait() and not self._ended:
            time.sleep(LONG_S / 2)
            if self._timer_late() and not self._place:
                self._place = _ours(sys._current_frames().get(self._main))

    def _timer_late(self) -> bool:
        return self._awake.is_set() and time.perf_counter() - self._last > LONG_S

    def stop(self) -> None:
        """Rest for good."""
        self._ended = True
        self._timer.stop()
        self._awake.set()
        if self._thread is not None:
            self._thread.join()


def _ours(frame: FrameType | None) -> str:
    """Return the innermost line of ours of a stack."""
    while frame is not None:
        if place := place_of(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name):
            return place
        frame = frame.f_back
    return ""
