"""Imports, flips, generates, drags sliders and exports in the real window, and times its beat.

python gaps.py EXAMS... prints one JSON line for each kind of work: the longest time in ms that the
window did not answer, and what its own watchdog wrote down.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from PySide6.QtCore import QEventLoop, Qt, QTimer

from app.settings import Store
from app.ui import theme
from app.ui.capture.picture import Asked
from app.ui.collector import Collector
from app.ui.exporting.copies import LOOK
from app.ui.exporting.dialog import KEY
from app.ui.shell import application
from app.ui.window import MainWindow

BEAT_MS = 5
PATIENCE_S = 240
FLIPS, SEEDS = 10, 8


class Meter:
    """Beats on the GUI thread; `tell` prints the longest gap since the last time."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self._last, self._longest = time.perf_counter(), 0.0
        self._timer = QTimer(interval=BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        now = time.perf_counter()
        self._longest, self._last = max(self._longest, now - self._last), now

    def tell(self, work: str) -> None:
        written = [asdict(gap) for gap in self.window.watchdog.gaps]
        line = {"work": work, "longest_ms": round(1000 * self._longest), "watchdog": written}
        print(json.dumps(line), flush=True)
        self._longest = 0.0
        self.window.watchdog.gaps.clear()


def until(reached: Callable[[], bool]) -> None:
    latest = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < latest, "it does not come to its end"
        app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, BEAT_MS)
        time.sleep(0.001)


def live(seconds: float) -> None:
    end = time.monotonic() + seconds
    until(lambda: time.monotonic() > end)


def day(window: MainWindow, folders: list[str]) -> None:
    meter, desk = Meter(window), window.desk
    live(1)
    meter.tell("start")
    for number, folder in enumerate(folders):
        window.opening.open([folder])
        live(1)
        until(lambda: bool(desk.opened) and window.settled())
        live(1)
        meter.tell(f"import of folder {number + 1}")
    for _ in range(FLIPS):
        desk.go_group((desk.paging.group + 1) % len(desk.paging.groups()))
        until(window.settled)
    meter.tell("flips")
    window.random_exam()
    until(lambda: window.settled() and window.studio.shown is not None)
    live(1)
    meter.tell("first generated exam")
    for seed in range(SEEDS):
        window.studio.seed(seed)
        until(window.settled)
    meter.tell("generated exams")
    for row in window.latent.rows[:3]:
        for value in range(-200, 200, 20):
            row.slider.setValue(value)
            live(0.03)
        until(window.settled)
    meter.tell("sliders")
    exports(window, meter)


def exports(window: MainWindow, meter: Meter) -> None:
    window.dialogs.export_generated()
    dialog, folder = window.dialogs.made["export"], tempfile.mkdtemp()
    assert dialog is not None
    for form in [dialog.form.itemData(row) for row in range(dialog.form.count())]:
        dialog.form.setCurrentIndex(dialog.form.findData(form))
        dialog.folder.setText(folder)
        until(dialog.start.isEnabled)
        dialog.start.click()
        until(lambda: not window.jobs.busy(KEY))
        assert dialog.words.text().startswith("Wrote"), dialog.words.text()
        meter.tell(f"export as {form}")
    window.desk.show_mode("real")
    until(window.settled)
    live(0.5)
    meter.tell("real exam again")
    for form in ("png", "pdf", "dcm"):
        window.capture.save(Asked(), Path(folder) / f"layout.{form}")
        until(lambda: not window.jobs.busy())
        live(0.1)
        meter.tell(f"picture of the layout as {form}")
    window.dialogs.export_copies()
    live(0.2)
    until(lambda: not window.jobs.busy(LOOK))
    meter.tell("pictures to look at before copies")


if __name__ == "__main__":
    app = application()
    collector = Collector(app)
    window = MainWindow(theme.load(), Store())
    window.memory.keeps = False
    window.resize(2048, 2560)
    window.show()
    day(window, sys.argv[1:])
    window.close()
    collector.stop()
    if (reading := sys.modules.get("app.dicom.read")) is not None:
        reading.close()
