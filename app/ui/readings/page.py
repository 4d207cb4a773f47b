"""The page of readings: those known at the left, one of them or the design of a new one beside."""

import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import session
from app.language import later, tr
from app.readings import coordinator
from app.readings.coordinator import Standing
from app.readings.quick import Quick
from app.ui.jobs import Job, Jobs
from app.ui.readings.overview import Overview
from app.ui.readings.quick import QuickPage
from app.ui.readings.results import Results
from app.ui.readings.start import Start
from app.ui.readings.wizard import Wizard

KIND = "readings"
LIST_WIDTH = 206
WATCH_MS = 1000
LOOKING = later("Looking at the readings known here ...")
FOLDER = Qt.ItemDataRole.UserRole


class ReadingsPage(QWidget):
    """Readings in progress, and the design of the next."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._jobs = jobs
        self._reading: subprocess.Popen[bytes] | None = None
        self._wanted: Path | None = None  #: the reading to show once it is known where it stands
        self.folders = [Path(path) for path in session.load().recent.get(KIND, [])]
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Readings"))
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.overview, self.wizard, self.quick = Overview(jobs), Wizard(jobs), QuickPage(jobs)
        self._test: Quick | None = None
        self.empty, self.results = Start(), Results(jobs)
        self.empty.say(tr(LOOKING) if self.folders else "")
        self.said = QLabel()  # why a reading could not be begun, whatever page is shown
        self.said.setObjectName("caution")
        self.said.setWordWrap(True)
        self.said.hide()
        self.new, self.add, self.read, self.analysis, self.test, self.finished = (
            QPushButton(words)
            for words in (
                tr("Design a reading"),
                tr("Open a folder..."),
                tr("Read a package..."),
                tr("Analyse ratings"),
                tr("Two-minute test"),
                tr("See a finished reading"),
            )
        )
        self.stack = QStackedWidget()
        for page in (self.empty, self.overview, self.wizard, self.quick, self.results):
            self.stack.addWidget(page)
        left = QVBoxLayout()
        left.setContentsMargins(12, 14, 12, 12)
        heading = QLabel(tr("Readings"))
        heading.setObjectName("title")
        left.addWidget(heading)
        self.list.setMinimumWidth(LIST_WIDTH)
        left.addWidget(self.list, 1)
        left.addWidget(self.said)
        for button in (
            self.new, self.add, self.read, self.analysis, self.test, self.finished
        ):  # fmt: skip
            left.addWidget(button)
        side = QWidget()
        side.setLayout(left)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(side)
        whole.addWidget(self.stack, 1)
        self.watch = QTimer(self)
        self.watch.setInterval(WATCH_MS)
        self._connect()

    def _connect(self) -> None:
        self.new.clicked.connect(self.design)
        self.add.clicked.connect(self._ask_add)
        self.read.clicked.connect(self._ask_read)
        self.list.itemSelectionChanged.connect(self._pick)
        self.analysis.clicked.connect(self.analyse)
        self.overview.analysed.connect(self.show_results)
        begin = {"design": self.design, "finished": self.see_finished}
        begin |= {"test": self.take_test, "analyse": self.analyse}
        self.empty.picked.connect(lambda name: begin[name]())
        self.test.clicked.connect(self.take_test)
        self.finished.clicked.connect(self.see_finished)
        self.quick.ready.connect(self._start_test)
        self.quick.study.connect(self.design)
        self.overview.read.connect(self.start_reading)
        self.overview.changed.connect(self.refresh)
        self.wizard.sealed.connect(self.remember)
        self.watch.timeout.connect(self._look)

    def showEvent(self, event: QShowEvent) -> None:
        """Look afresh whenever the page comes into sight."""
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Find out where every known reading stands, on a thread."""
        folders = list(self.folders)

        def work(job: Job) -> list[Standing | tuple[Path, str]]:
            found: list[Standing | tuple[Path, str]] = []
            for folder in folders:
                try:
                    found.append(coordinator.standing(folder))
                except (ValueError, OSError, KeyError) as error:
                    found.append((folder, str(error)))
            return found

        self._jobs.run("readings", work, self._show)

    def _show(self, found: list[Standing | tuple[Path, str]]) -> None:
        current = self._wanted or (self.overview.standing and self.overview.standing.folder)
        self.list.blockSignals(True)
        self.list.clear()
        for each in found:
            if isinstance(each, Standing):
                folder = each.folder
                done = sum(state.ended for state in each.states)
                state = tr("{done} of {all} readers ended", done=done, all=len(each.states))
                state = tr("unblinded") if each.unblinded else state
                state = tr("{state}, damaged", state=state) if each.problems else state
                words = f"{each.title}\n{state}"
            else:
                folder, words = each[0], f"{each[0].name}\n{each[1]}"
            item = QListWidgetItem(words)
            item.setToolTip(str(folder))
            item.setData(FOLDER, each)
            self.list.addItem(item)
            if folder == current:
                item.setSelected(
                    self._wanted is not None
                    or self.stack.currentWidget() in (self.empty, self.overview)
                )
                if isinstance(each, Standing):
                    said = self.overview.said.text()
                    self.overview.show_standing(each)
                    if said and not each.problems:
                        self.overview.said.setText(said)
                        self.overview.said.show()
        self.list.blockSignals(False)
        if self._wanted and self.list.count():
            self._wanted = None
            self._pick()
        self.empty.say("")
        if self.stack.currentWidget() is self.empty and self.list.count():
            self.list.setCurrentRow(0)

    def _pick(self) -> None:
        chosen = self.list.selectedItems()
        if chosen and isinstance(standing := chosen[0].data(FOLDER), Standing):
            self.overview.show_standing(standing)
            self.stack.setCurrentWidget(self.overview)

    def design(self) -> None:
        """Open the wizard."""
        self.list.clearSelection()
        self.stack.setCurrentWidget(self.wizard)

    def analyse(self) -> None:
        """Turn to the page where tables of ratings are analysed."""
        self.list.clearSelection()
        self.stack.setCurrentWidget(self.results)

    def show_results(self, source: Path) -> None:
        """Show the results of an unblinded reading, or of a table of ratings."""
        self.analyse()
        self.results.open(source)

    def take_test(self) -> None:
        """Take the two-minute test."""
        self.list.clearSelection()
        self.stack.setCurrentWidget(self.quick)
        self.quick.begin()

    def _start_test(self, test: Quick) -> None:
        self._test = test
        self.start_reading(test.package, test.code)

    def see_finished(self) -> None:
        """Unpack the sample reading, show where it stands, and open its report."""

        def work(job: Job) -> Path:
            from app.readings.sample import place

            return place()

        self._jobs.run("sample", work, self._show_sample, failed=self._say)

    def _show_sample(self, folder: Path) -> None:
        from app.readings.sample import REPORT

        self._wanted = folder
        self.remember(folder)
        report = folder.with_name(REPORT) / "report.html"
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(report)))

    def _ask_add(self) -> None:
        if path := QFileDialog.getExistingDirectory(self, tr("The folder of a sealed reading")):
            self.remember(Path(path))

    def remember(self, folder: Path) -> None:
        """Keep a reading in the list, from now on."""
        self.folders = [folder, *(known for known in self.folders if known != folder)]
        state = session.load().with_recent(KIND, [str(folder)])
        session.save(state)
        self.refresh()

    # Reading here.

    def _ask_read(self) -> None:
        if path := QFileDialog.getExistingDirectory(self, tr("A reader's package")):
            self.start_reading(Path(path))

    def start_reading(self, package: Path, code: str = "") -> None:
        """Start the reading window, a process of its own; this window hides meanwhile."""
        self._say("")
        command = [sys.executable, "-P", "-m", "app", "reading", "run", str(package)]
        command += ["--game"] * bool(code)
        self._reading = subprocess.Popen(
            command, stdin=subprocess.PIPE if code else None, stderr=subprocess.PIPE
        )
        if code and self._reading.stdin is not None:
            self._reading.stdin.write(f"{code}\n".encode())
            self._reading.stdin.close()
        self.window().hide()
        self.watch.start()

    def _look(self) -> None:
        if self._reading is None or self._reading.poll() is None:
            return
        self.watch.stop()
        self.window().show()
        if self._reading.returncode and self._reading.stderr is not None:
            reason = self._reading.stderr.read().decode(errors="replace").strip()
            self._say(reason.splitlines()[-1] if reason else tr("could not start"))
        self._reading = None
        if self._test is not None:
            self.quick.finish(self._test)
            self._test = None
        self.refresh()

    def _say(self, words: str) -> None:
        self.said.setText(words)
        self.said.setVisible(bool(words))
