"""Starts Qt with the theme and opens the window; draws it to a file when asked."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer

from app.settings import Store
from app.ui import theme
from app.ui.collector import Collector
from app.ui.faults import Faults
from app.ui.jobs import IMPORTS, Job
from app.ui.shell import application
from app.ui.window import MainWindow

PATIENCE_S = 180.0  #: a screenshot waits so long for pictures
SIZE = (1600, 1000)
SECOND_S = 1.0  #: until more than one process that opens files is started


def run(
    paths: Sequence[str | Path],
    *,
    protocol: str | None,
    step: int,
    demo: bool,
    screenshot: Path | None,
    size: tuple[int, int] | None,
) -> int:
    """Show the window with paths open at a step, counted from 1; return the exit status.

    With `screenshot` the window is saved as PNG once every picture in it is painted, and closed.
    """
    app = application()
    collector = Collector(app)
    store = Store()
    window = MainWindow(theme.load(scale=store.now.look.font_percent / 100), store)
    window.desk.cleared.connect(collector.thaw)
    window.memory.keeps = screenshot is None
    faults = Faults(window)
    faults.happened.connect(window.readout.words.setText)
    window.watchdog.stood_still.connect(faults.note)
    window.jobs.broke.connect(lambda error: faults.take(type(error), error.__traceback__))
    ratio = window.devicePixelRatioF() if screenshot is not None else 1.0
    width, height = size or SIZE
    if size is None and screenshot is None:  # no larger than the screen
        room = window.screen().availableSize()
        width, height = min(width, room.width()), min(height, room.height())
    window.resize(round(width / ratio), round(height / ratio))
    if screenshot is None:
        faults.install()
        if size is None:
            window.memory.restore_place()
    window.show()
    window.jobs.run("warm", _ready_for_files, lambda _: None)
    window.jobs.stopping.connect(_done_with_files)
    window.desk.begin_at(protocol, step, both=demo)
    if paths:
        window.opening.open([str(path) for path in paths])
    elif screenshot is None and protocol is None:
        window.memory.restore()
        if not window.memory.session.toured and not window.memory.session.open:
            window.dialogs.show_tour()
    if screenshot is None:
        try:
            return app.exec()
        finally:
            faults.remove()
            collector.stop()
    try:
        return _picture(window, screenshot)
    finally:
        window.close()
        collector.stop()


def _ready_for_files(job: Job) -> None:
    """Start the processes that open files, on a thread: the first file then finds them warm.

    One for each core, one after the other: the window is to be painted meanwhile.
    """
    with IMPORTS:
        from app.dicom.read import warm

    warm()
    job.stop.wait(SECOND_S)
    if not job.cancelled():
        warm(os.cpu_count() or 1)


def _done_with_files() -> None:
    """End the processes that open files, so that no thread waits for one when the window closes."""
    if (opening := sys.modules.get("app.dicom.read")) is not None:
        opening.close()


def _picture(window: MainWindow, file: Path) -> int:
    """Wait until the window is complete, save it, and tell on stderr what went wrong."""
    problems: list[str] = []
    window.studio.failed.connect(problems.append)
    deadline = time.monotonic() + PATIENCE_S
    calm = 0
    while calm < 3 and time.monotonic() < deadline:
        loop = QEventLoop()
        QTimer.singleShot(30, loop.quit)
        loop.exec()
        calm = calm + 1 if window.settled() else 0
    problems += window.desk.refused.values()
    for problem in problems:
        print(problem, file=sys.stderr)
    if calm < 3:
        print(f"the pictures were not complete after {PATIENCE_S:.0f} s", file=sys.stderr)
        return 1
    if not window.grab().save(str(file), "PNG"):
        print(f"{file.name}: can't be written", file=sys.stderr)
        return 1
    return 0
