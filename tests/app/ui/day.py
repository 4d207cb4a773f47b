"""A long day in the real window: flips through exams, generated exams; or trials of a reading.

python day.py flips COUNT FOLDER | generations COUNT | trials COUNT PACKAGE CODE
prints twenty lines of JSON on the way: resident bytes, threads, handles, references to None, and
the ms that each took since the line before (median).
"""

import gc
import json
import statistics
import sys
import threading
import time
from pathlib import Path

import psutil
from PySide6.QtCore import QTimer

from app.settings import Store
from app.ui import theme
from app.ui.collector import Collector
from app.ui.shell import application
from app.ui.window import MainWindow

LINES = 20


class Log:
    """Tells now and then what the process holds."""

    def __init__(self, count: int) -> None:
        self.count, self.done = count, 0
        self._every, self._took = max(1, count // LINES), []
        self._last = time.perf_counter()

    def step(self) -> bool:
        """Count one; returns whether it was the last."""
        now = time.perf_counter()
        self._took.append(1000 * (now - self._last))
        self._last, self.done = now, self.done + 1
        if self.done % self._every == 0:
            self._tell()
        return self.done >= self.count

    def _tell(self) -> None:
        gc.unfreeze()
        gc.collect()
        process = psutil.Process()
        known = {
            "done": self.done, "bytes": process.memory_info().rss,
            "threads": threading.active_count(), "handles": process.num_fds(),
            "none": sys.getrefcount(None),
            "objects": len(gc.get_objects()), "ms": round(statistics.median(self._took), 2),
        }  # fmt: skip
        print(json.dumps(known), flush=True)
        self._took.clear()
        self._last = time.perf_counter()


class Day:
    """Does one thing whenever the window has settled."""

    def __init__(self, what: str, count: int, folder: str) -> None:
        self.window = MainWindow(theme.load(), Store())
        self.window.memory.keeps = False
        self.window.resize(900, 650)
        self.window.show()
        self.log, self.what, self.begun = Log(count), what, False
        if what == "flips":
            self.window.opening.open([folder])
        else:
            self.window.random_exam()
        self.timer = QTimer(interval=0)
        self.timer.timeout.connect(self.look)
        self.timer.start()

    def look(self) -> None:
        """Go on when what was asked for is in view."""
        window = self.window
        if not window.settled() or window.grid.active is None or window.desk.current() is None:
            time.sleep(0.0005)
            return
        if self.begun and self.log.step():
            self.timer.stop()
            window.close()
            return
        self.begun = True
        if self.what == "flips":
            window.desk.go_group((window.desk.paging.group + 1) % len(window.desk.paging.groups()))
        else:
            window.studio.seed(self.log.done)


def trials(count: int, package: Path, code: str):
    """Have the pilot of readings read, and tell the same."""
    sys.path.append(str(Path(__file__).parent / "reading"))
    import autopilot

    log = Log(count)
    pilot = autopilot.Pilot(package, code, 1, "")
    window = pilot.window

    def saved(*_: object) -> None:
        pilot.seen[:-1] = []  # notes of the pilot are not to be measured
        if log.done < count:
            log.step()
        else:
            window.close()

    window.canvas.painted.connect(saved)
    return pilot


if __name__ == "__main__":
    app = application()
    collector = Collector(app)
    if sys.argv[1] == "trials":
        kept = trials(int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
    else:
        kept = Day(sys.argv[1], int(sys.argv[2]), "".join(sys.argv[3:4]))
    code = app.exec()
    collector.stop()
    if (reading := sys.modules.get("app.dicom.read")) is not None:
        reading.close()
    sys.exit(code)
