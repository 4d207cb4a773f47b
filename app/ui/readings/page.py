"""The page of readings: those known at the left, one of them or the design of a new one beside."""

import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
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
from app.readings import coordinator
from app.readings.coordinator import Standing
from app.ui.jobs import Job, Jobs
from app.ui.readings.overview import Overview
from app.ui.readings.wizard import Wizard

KIND = "readings"
LIST_WIDTH = 230
WATCH_MS = 1000
NOTHING = "No reading yet.\n\nDesign one, or open the folder of a sealed one."
LOOKING = "Looking at the readings known here ..."
FOLDER = Qt.ItemDataRole.UserRole


class ReadingsPage(QWidget):
    """Readings in progress, and the design of the next."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._jobs = jobs
        self._reading: subprocess.Popen[bytes] | None = None
        self.folders = [Path(path) for path in session.load().recent.get(KIND, [])]
        self.list = QListWidget()
        self.list.setAccessibleName("Readings")
        self.overview, self.wizard = Overview(jobs), Wizard(jobs)
        self.empty = QLabel(LOOKING if self.folders else NOTHING)
        self.empty.setObjectName("dim")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.new, self.add, self.read = (
            QPushButton(words)
            for words in ("Design a reading", "Open a folder...", "Read a package...")
        )
        self.stack = QStackedWidget()
        for page in (self.empty, self.overview, self.wizard):
            self.stack.addWidget(page)
        left = QVBoxLayout()
        left.setContentsMargins(12, 14, 12, 12)
        heading = QLabel("Readings")
        heading.setObjectName("title")
        left.addWidget(heading)
        left.addWidget(self.list, 1)
        for button in (self.new, self.add, self.read):
            left.addWidget(button)
        side = QWidget()
        side.setLayout(left)
        side.setFixedWidth(LIST_WIDTH)
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
        current = self.overview.standing
        self.list.blockSignals(True)
        self.list.clear()
        for each in found:
            if isinstance(each, Standing):
                folder = each.folder
                done = sum(state.ended for state in each.states)
                state = "unblinded" if each.unblinded else f"{done} of {len(each.states)} ended"
                words = f"{each.title}\n{state}{', damaged' if each.problems else ''}"
            else:
                folder, words = each[0], f"{each[0].name}\n{each[1]}"
            item = QListWidgetItem(words)
            item.setToolTip(str(folder))
            item.setData(FOLDER, each)
            self.list.addItem(item)
            if current is not None and folder == current.folder:
                item.setSelected(True)
                if isinstance(each, Standing):
                    said = self.overview.said.text()
                    self.overview.show_standing(each)
                    if said and not each.problems:
                        self.overview.said.setText(said)
                        self.overview.said.show()
        self.list.blockSignals(False)
        self.empty.setText(NOTHING)
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

    def _ask_add(self) -> None:
        if path := QFileDialog.getExistingDirectory(self, "The folder of a sealed reading"):
            self.remember(Path(path))

    def remember(self, folder: Path) -> None:
        """Keep a reading in the list, from now on."""
        self.folders = [folder, *(known for known in self.folders if known != folder)]
        state = session.load().with_recent(KIND, [str(folder)])
        session.save(state)
        self.refresh()

    # Reading here.

    def _ask_read(self) -> None:
        if path := QFileDialog.getExistingDirectory(self, "A reader's package"):
            self.start_reading(Path(path))

    def start_reading(self, package: Path) -> None:
        """Start the reading window, a process of its own; this window hides meanwhile."""
        command = [sys.executable, "-P", "-m", "app", "reading", "run", str(package)]
        self._reading = subprocess.Popen(command, stderr=subprocess.PIPE)
        self.window().hide()
        self.watch.start()

    def _look(self) -> None:
        if self._reading is None or self._reading.poll() is None:
            return
        self.watch.stop()
        self.window().show()
        if self._reading.returncode and self._reading.stderr is not None:
            reason = self._reading.stderr.read().decode(errors="replace").strip()
            self.overview.said.setText(reason.splitlines()[-1] if reason else "could not start")
            self.overview.said.show()
        self._reading = None
        self.refresh()
