"""The one way off the GUI thread: `jobs.run(key, work, done)`.

Under a key one piece of work runs at a time and the newest waiting one wins; what it replaces is
never started, and what runs is told to stop. Results come back on the GUI thread.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.ui import process

Work = Callable[["Job"], Any]
Done = Callable[[Any], None]
Failed = Callable[[str], None]

THREADS = {"": 2, "read": 2}  #: of a lane; any other lane has one

#: Held by work that imports what is heavy: two threads that first import pydicom at once may each
#: see half-made modules of the other, and a file would not open.
IMPORTS = threading.RLock()

log = logging.getLogger(__name__)


@dataclass(eq=False)
class Job:
    """One piece of work: what the work uses to report, and to see that it should stop."""

    key: str
    work: Work
    done: Done
    part: Done | None
    failed: Failed | None
    lane: str
    keep: bool
    report: Callable[["Job", str, Any], None]
    stop: threading.Event = field(default_factory=threading.Event)

    def cancelled(self) -> bool:
        """Return whether nobody waits for the result any more."""
        return self.stop.is_set()

    def progress(self, done: int, total: int) -> None:
        """Tell how far the work is."""
        self.report(self, "progress", (done, total))

    def give(self, part: Any) -> None:
        """Hand over a part of the result before the end; it reaches the job's `part`."""
        self.report(self, "part", part)


class Jobs(QObject):
    """Runs work on threads and brings the results home."""

    failed = Signal(str, str)  #: key, message for the user: only when the job has no own `failed`
    progressed = Signal(str, int, int)  #: key, done, total
    changed = Signal(str, bool)  #: key, whether anything runs or waits under it
    stopping = Signal()  #: everything is about to be stopped: whoever makes work wait lets go
    broke = Signal(object)  #: an exception that is no ValueError or OSError: a fault of ours
    _reported = Signal(object, str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        process.tune()
        self._lanes: dict[str, ThreadPoolExecutor] = {}
        self._running: dict[str, Job] = {}
        self._waiting: dict[str, Job] = {}
        self._closed = False
        self._reported.connect(self._receive, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        key: str,
        work: Work,
        done: Done,
        *,
        part: Done | None = None,
        failed: Failed | None = None,
        lane: str = "",
        keep: bool = False,
    ) -> None:
        """Do `work(job)` on a thread, then `done(result)` here; newest under a key wins.

        `part` receives what the work hands over before its end. `lane` names a thread of its own,
        for work that must not run beside other work of that lane. With `keep`, work that already
        runs is let finish and its result shown although newer work waits: a slider in motion.
        """
        if self._closed:
            return
        job = Job(key, work, done, part, failed, lane, keep, self._report)
        if (running := self._running.get(key)) is not None:
            if not keep:
                running.stop.set()
            self._waiting[key] = job
            return
        self._start(job)

    def cancel(self, key: str) -> None:
        """Let nothing more come from a key."""
        self._waiting.pop(key, None)
        if (running := self._running.get(key)) is not None:
            running.stop.set()

    def waits(self, key: str) -> bool:
        """Return whether a result that somebody still wants will come from a key."""
        running = self._running.get(key)
        return key in self._waiting or (running is not None and not running.cancelled())

    def busy(self, key: str = "") -> bool:
        """Return whether anything runs or waits under a key, or at all."""
        return key in self._running if key else bool(self._running)

    def running(self) -> list[str]:
        """Return the keys under which anything runs."""
        return list(self._running)

    def close(self) -> None:
        """Stop everything; results that are still on their way are dropped."""
        self._closed = True
        self.stopping.emit()
        self._waiting.clear()
        for job in self._running.values():
            job.stop.set()
        for lane in self._lanes.values():
            lane.shutdown(wait=True, cancel_futures=True)

    def _start(self, job: Job) -> None:
        self._running[job.key] = job
        lane = self._lanes.get(job.lane)
        if lane is None:
            threads = THREADS.get(job.lane, 1)
            lane = ThreadPoolExecutor(threads, thread_name_prefix=f"jobs-{job.lane}")
            self._lanes[job.lane] = lane
        self.changed.emit(job.key, True)
        lane.submit(self._work, job)

    def _work(self, job: Job) -> None:
        """Run on the thread: whatever happens, exactly one end is reported."""
        if job.cancelled():
            self._report(job, "done", None)
            return
        try:
            result = job.work(job)
        except Exception as error:
            expected = isinstance(error, ValueError | OSError)
            if not expected:
                log.error("job %s failed: %s", job.key.partition(":")[0], type(error).__name__)
                log.debug("", exc_info=error)
                self.broke.emit(error)
            message = str(error) if expected else f"{type(error).__name__}: {error}"
            self._report(job, "failed", message)
        else:
            self._report(job, "done", result)

    def _report(self, job: Job, what: str, value: Any) -> None:
        if not self._closed:
            self._reported.emit(job, what, value)

    @Slot(object, str, object)
    def _receive(self, job: Job, what: str, value: Any) -> None:
        """On the GUI thread: pass a report on, and start what waits after an end."""
        if self._closed:
            return
        wanted = not job.cancelled()
        if what == "progress":
            if wanted:
                self.progressed.emit(job.key, *value)
            return
        if what == "part":
            if wanted and job.part is not None:
                job.part(value)
            return
        self._running.pop(job.key, None)
        if (waiting := self._waiting.pop(job.key, None)) is not None:
            self._start(waiting)
        if wanted and what == "done":
            job.done(value)
        elif wanted and job.failed is not None:
            job.failed(value)
        elif wanted:
            self.failed.emit(job.key, value)
        if job.key not in self._running:
            self.changed.emit(job.key, False)
