"""What happens when our own code fails: the user reads one sentence, the window lives on.

One handler for slots, virtual functions, timers, workers and threads. The log holds time, kind of
error and our own lines of code, never a message or a value: those may hold a patient's name.
"""

import faulthandler
import logging
import logging.handlers
import os
import sys
import threading
import time
import traceback
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import platformdirs
from PySide6.QtCore import QObject, Qt, Signal

from app.core.release import release
from app.language import later, tr

if TYPE_CHECKING:
    from app.ui.watchdog import Gap

FOLDER_VARIABLE = "MAMMOSCOPE_LOGS"  #: where the log is kept instead
PACKAGES = ("app", "gan", "train")
BYTES, FILES = 200_000, 3  #: size of a log, and how many are kept
EVERY_S = 5.0  #: the same fault is written at most so often: a timer may fail 60 times a second
SENTENCE = later(
    "Something went wrong inside Mammoscope; you can go on. Help, Open log folder tells more."
)


def folder() -> Path:
    """Return where the log is kept."""
    given = os.environ.get(FOLDER_VARIABLE)
    return Path(given) if given else Path(platformdirs.user_log_dir("mammoscope", False))


def place_of(file: str, line: int | None, name: str) -> str:
    """Return a line of code in words when it is one of ours, else nothing."""
    root, path = Path(__file__).resolve().parents[2], Path(file)
    ours = path.is_relative_to(root) and path.relative_to(root).parts[0] in PACKAGES
    return f"{path.relative_to(root).as_posix()}:{line} {name}" if ours else ""


def lines_of(kind: type[BaseException], trace: TracebackType | None) -> str:
    """Return a fault in one line: the kind of error and where, without a word of its message."""
    told = (place_of(f.filename, f.lineno, f.name) for f in traceback.extract_tb(trace))
    places = [place for place in told if place]
    return f"{kind.__name__} at {' < '.join(reversed(places)) or 'a place outside our code'}"


class Faults(QObject):
    """Takes every exception nobody caught; install once, before the window."""

    happened = Signal(str)  #: the sentence for the user
    _told = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.count = 0
        self._last: dict[str, float] = {}
        self._log = logging.getLogger("mammoscope.faults")
        self._log.propagate = False
        self._handler: logging.Handler | None = None
        self._native: object = None
        self._before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        self._told.connect(self.happened, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Open the log and take over the hooks."""
        self._open()
        sys.excepthook = self._take
        threading.excepthook = lambda args: self._take(
            args.exc_type, args.exc_value, args.exc_traceback
        )
        sys.unraisablehook = lambda args: self._take(
            args.exc_type, args.exc_value, args.exc_traceback
        )

    def remove(self) -> None:
        """Give the hooks back."""
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._before
        if self._handler is not None:
            self._log.removeHandler(self._handler)
            self._handler.close()
            self._handler = None
        if self._native is not None:
            faulthandler.disable()
            self._native.close()  # type: ignore[attr-defined]  # open as text
            self._native = None

    def _open(self) -> None:
        """Open the log; without one, a full disk for instance, the sentence must do."""
        place = folder()
        try:
            place.mkdir(parents=True, exist_ok=True)
            self._handler = logging.handlers.RotatingFileHandler(
                place / "faults.log", maxBytes=BYTES, backupCount=FILES - 1, encoding="utf-8"
            )
            native = (place / "crash.log").open("a", encoding="utf-8")
        except OSError:
            return
        self._handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        self._log.addHandler(self._handler)
        self._log.warning("started: Mammoscope %s, Python %s", release(), sys.version.split()[0])
        self._native = native
        faulthandler.enable(native)  # frames without values

    def _take(
        self,
        kind: type[BaseException],
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if issubclass(kind, KeyboardInterrupt | SystemExit):
            self._before[0](kind, error or kind(), trace)
            return
        self.take(kind, trace)

    def take(self, kind: type[BaseException], trace: TracebackType | None) -> None:
        """Write a fault and tell the user; from any thread."""
        line = lines_of(kind, trace)
        self.count += 1
        if self._due(line):
            self._log.warning("%s", line)
            self._told.emit(tr(SENTENCE))

    def note(self, gap: "Gap") -> None:
        """Write down that the window did not answer for a while; nobody is told."""
        if self._handler is not None and self._due(gap.place or gap.work):
            self._log.warning(
                "no answer for %.0f ms (computing %.0f ms) during %s at %s",
                1000 * gap.seconds,
                1000 * gap.processor_s,
                gap.work or "nothing",
                gap.place or "a place outside our code",
            )

    def _due(self, what: str) -> bool:
        """Return whether it is not yet written, or some time ago."""
        now = time.monotonic()
        if now - self._last.get(what, -EVERY_S) < EVERY_S:
            return False
        self._last[what] = now
        return True
