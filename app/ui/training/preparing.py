"""From a folder of mammograms to a training set, in place, with progress and a way to stop."""

import json
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QProcess, QProcessEnvironment, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import launch
from app.language import thousands, tr
from app.runs import duration
from app.ui.fields import PathField, Verdict

HEIGHTS = (160, 320, 640, 1280, 2560)
DEFAULT = 640


class PrepareBox(QWidget):
    """A line that unfolds: which folder, where to, how large; then progress, then what came of it.

    The work is a process of its own. Stopped or killed, it goes on where it ended when it is asked
    for the same folders again.
    """

    prepared = Signal(Path)  #: folder of the new training set

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.unfold = QPushButton(tr("Prepare one from a folder of mammograms"))
        self.unfold.setCheckable(True)
        self.source = PathField(
            tr("Mammograms"), tr("DICOM, or PNG with manifest.csv; subfolders too")
        )
        self.out = PathField(tr("Folder for the training set"), tr("new, or empty"))
        self.largest = QComboBox()
        self.largest.setAccessibleName(tr("Size of the largest images"))
        for rows in HEIGHTS:
            self.largest.addItem(f"{rows}x{rows * 4 // 5}", rows)
        self.largest.setCurrentIndex(HEIGHTS.index(DEFAULT))
        self.go = QPushButton(tr("Prepare"))
        self.go.setObjectName("main")
        self.stop = QPushButton(tr("Stop"))
        self.report = QPushButton(tr("Open the report"))
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(tr("Preparing"))
        self.words = Verdict()
        self._process: QProcess | None = None
        self._rest = b""
        self._result: dict[str, Any] = {}
        self._began, self._first = 0.0, 0
        self._stopped = False
        self._build()
        self.unfold.toggled.connect(lambda _: self._refresh())
        for field in (self.source, self.out):
            field.changed.connect(self._refresh)
        self.go.clicked.connect(self._start)
        self.stop.clicked.connect(self.end)
        self.report.clicked.connect(self._open_report)
        self._refresh()

    def _build(self) -> None:
        self.body = QWidget()
        size = QHBoxLayout()
        size.addWidget(QLabel(tr("Largest images")))
        size.addWidget(self.largest)
        size.addStretch()
        for button in (self.report, self.stop, self.go):
            size.addWidget(button)
        inner = QVBoxLayout(self.body)
        inner.setContentsMargins(16, 4, 0, 4)
        inner.setSpacing(10)
        for field in (self.source, self.out):
            inner.addWidget(field)
        inner.addLayout(size)
        inner.addWidget(self.progress)
        inner.addWidget(self.words)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.addWidget(self.unfold)
        row.addStretch()
        column.addLayout(row)
        column.addWidget(self.body)

    def open(self, source: Path | None = None) -> None:
        """Unfold, with a folder of mammograms entered."""
        if source is not None:
            self.source.put(source)
        self.unfold.setChecked(True)

    @property
    def working(self) -> bool:
        """Whether a set is being prepared."""
        return self._process is not None

    def _refresh(self) -> None:
        """Judge the fields and show what can be done."""
        self.body.setVisible(self.unfold.isChecked() or self.working)
        self.unfold.setEnabled(not self.working)
        source, out = self.source.path(), self.out.path()
        if source is not None and not source.exists():
            self.source.found.refuse(tr("{name}: no such folder", name=source.name))
        else:
            self.source.found.tell("")
        if out is not None and (out / "set.json").exists():
            self.out.found.refuse(
                tr("{name} holds a training set already; choose another folder", name=out.name)
            )
        elif out is not None and out.is_file():
            self.out.found.refuse(tr("{name} is a file; a folder is needed", name=out.name))
        else:
            self.out.found.tell("")
        entered = source is not None and out is not None
        fine = entered and not (self.source.found.refused or self.out.found.refused)
        self.go.setEnabled(fine and not self.working)
        for widget in (self.source, self.out, self.largest):
            widget.setEnabled(not self.working)
        self.stop.setVisible(self.working)
        self.progress.setVisible(self.working)
        self.report.setVisible(not self.working and self._report().is_file())

    def _report(self) -> Path:
        return (self.out.path() or Path()) / "report.html"

    def _open_report(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._report())))

    def _start(self) -> None:
        source, out = self.source.path(), self.out.path()
        assert source is not None
        assert out is not None
        program, *arguments = launch.preparing([source], out, self.largest.currentData())
        self._process = QProcess(self)
        environment = QProcessEnvironment()
        for name, value in launch.environment().items():
            environment.insert(name, value)
        self._process.setProcessEnvironment(environment)
        self._rest, self._result = b"", {}
        self._stopped, self._began = False, 0.0
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.finished.connect(self._finish)
        self._process.errorOccurred.connect(self._fail)
        self.progress.setRange(0, 0)
        self.words.tell(tr("Looking for mammograms"))
        self._process.start(program, arguments)
        self._refresh()

    def end(self) -> None:
        """Stop; what is done already is kept for the next time."""
        if self._process is not None:
            self._stopped = True
            self._process.terminate()

    def _read(self) -> None:
        if self._process is None:
            return
        *lines, self._rest = (
            self._rest + bytes(self._process.readAllStandardOutput().data())
        ).split(b"\n")
        for line in lines:
            try:
                facts = json.loads(line)
            except ValueError:
                continue  # a library's own words
            if "total" in facts:
                self._show(facts["done"], facts["total"])
            else:
                self._result = facts

    def _show(self, done: int, total: int) -> None:
        now = time.monotonic()
        if not self._began:
            self._began, self._first = now, done
        self.progress.setRange(0, max(total, 1))
        self.progress.setValue(done)
        count = {"done": thousands(done), "all": thousands(total)}
        words = tr("{done} of {all} images", **count)
        if done > self._first and now - self._began > 2:
            left = (total - done) * (now - self._began) / (done - self._first)
            words = tr("{done} of {all} images, about {time} left", time=duration(left), **count)
        self.words.tell(words)

    def _finish(self, code: int) -> None:
        """Say what came of it; a finished set goes into the form."""
        if self._process is None:
            return
        self._read()
        errors = bytes(self._process.readAllStandardError().data()).decode(errors="replace").strip()
        self._process.deleteLater()
        self._process = None
        self._refresh()
        made = self._result
        if self._stopped:
            self.words.tell(tr("Stopped. Prepare again to go on with the rest."))
        elif "used" in made:
            self.words.tell(_prepared(made))
            path = self.out.path()
            assert path is not None
            self.prepared.emit(path)
        else:
            last = (
                errors.splitlines()[-1]
                if errors
                else tr("the work ended with code {code}", code=code)
            )
            self.words.refuse(made.get("error", last))

    def _fail(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._process = None
            self._refresh()
            self.words.refuse(tr("The work could not be started; `mammoscope doctor` tells more."))


def _prepared(made: dict[str, Any]) -> str:
    """Return what came of preparing, in a sentence."""
    said = tr(
        "{used} images prepared, {kept} of them held out",
        used=thousands(made["used"]),
        kept=thousands(made["held_out"]),
    )
    if not made["left"]:
        return said
    return tr("{said}; {left} files were left out", said=said, left=thousands(made["left"]))
