"""Reads a package in the real window as a script: run as a process, to be killed and searched.

python autopilot.py PACKAGE CODE SEED [ARTEFACTS.json] prints `open N` and `saved N` after each
confirmed answer; with ARTEFACTS it writes what was seen of every trial and waits for its end.
"""

import json
import random
import sys
import time
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from app.reading.package import open_package
from app.reading.session import Phase
from app.ui import theme
from app.ui.reading import window as module
from app.ui.reading.conductor import Conductor
from app.ui.reading.window import ReadingWindow
from app.ui.shell import application

module.DEAF_S = 0.0


class Pilot:
    """Presses keys when they are due."""

    def __init__(self, package: Path, code: str, seed: int, artefacts: str) -> None:
        self.artefacts, self.rng = artefacts, random.Random(seed)
        self.conductor = Conductor(open_package(package), "test")
        self.window = ReadingWindow(self.conductor, theme.load())
        self.window.resize(400, 300)
        self.window.show()
        self.seen: list[dict[str, object]] = []
        self.asked = 0.0
        print("open", len(self.conductor.progress.answered), flush=True)
        QTest.keyClicks(self.window.code_page.field, code)
        QTest.keyClick(self.window.code_page.field, Qt.Key.Key_Return)
        QTest.keyClick(self.window.environment, Qt.Key.Key_Return)
        self.timer = QTimer()
        self.timer.timeout.connect(self.step)
        self.timer.start(1)
        self.window.canvas.painted.connect(self.note)
        QTest.keyClick(self.window, Qt.Key.Key_Return)

    def note(self) -> None:
        """Take down what a spy in the room could of this trial."""
        trial = self.conductor.trial
        strings = [w.text() for w in self.window.findChildren(QLabel)]
        strings += [
            text
            for w in [self.window, *self.window.findChildren(QWidget)]
            for text in (w.objectName(), w.toolTip(), w.accessibleName(), w.windowTitle())
        ]
        self.seen.append(
            {
                "case": trial.cases[0],
                "trial": trial.number,
                "wait_ms": 1000 * (time.perf_counter() - self.asked) if self.asked else 0.0,
                "paint_ms": 0.0,
                "letters": sum(map(len, strings)),
                "sum_of_letters": sum(ord(c) for text in strings for c in text if not c.isdigit()),
                "widgets": len(self.window.findChildren(QWidget)),
                "decoded": len(self.window.loader.ready),
            }
        )

    def step(self) -> None:
        """Press what is due."""
        phase = self.conductor.phase
        if phase is Phase.SHOWN:
            began = time.perf_counter()
            self.window.canvas.grab()
            self.seen[-1]["paint_ms"] = 1000 * (time.perf_counter() - began)
            key = Qt.Key.Key_1 + self.rng.randrange(6)
            before = len(self.conductor.progress.answered)
            QTest.keyClick(self.window, key)
            QTest.keyClick(self.window, Qt.Key.Key_Return)
            if len(self.conductor.progress.answered) > before:
                self.asked = time.perf_counter()
                print("saved", before, flush=True)
        elif phase in (Phase.BREAK, Phase.FEEDBACK, Phase.PAUSED):
            QTest.keyClick(self.window, Qt.Key.Key_Return)
        elif phase is Phase.END:
            self.timer.stop()
            if self.artefacts:
                Path(self.artefacts).write_text(json.dumps(self.seen), encoding="utf-8")
            print("end", flush=True)


if __name__ == "__main__":
    app = application()
    pilot = Pilot(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), "".join(sys.argv[4:5]))
    app.exec()
