"""One reading as the coordinator sees it: who has read how much, and what can be done next."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.language import later, tr
from app.reading.seal import PACKAGES
from app.reading.verify import State
from app.readings import coordinator
from app.readings.coordinator import Standing
from app.ui.jobs import Job, Jobs

WORK = "reading"
SIMULATED = later("SIMULATED READERS: programs gave these answers, no person looked at any image")
HEADINGS = (
    later("Reader"), "", later("Trials"), later("State"), later("Interruptions"),
    later("Completion code"),
)  # fmt: skip


class Overview(QWidget):
    """Progress of the readers, and the steps: take back, verify, unblind, report."""

    read = Signal(Path)  #: package to read here
    changed = Signal()  #: the reading moved on
    analysed = Signal(Path)  #: folder of an unblinded reading whose results are wanted

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.standing: Standing | None = None
        self.title, self.facts, self.said = QLabel(), QLabel(), QLabel()
        self.simulated = QLabel(tr(SIMULATED))
        self.simulated.setObjectName("caution")
        self.simulated.hide()
        self.title.setObjectName("title")
        self.facts.setObjectName("dim")
        for label in (self.facts, self.said):
            label.setWordWrap(True)
        self.facts.setTextInteractionFlags(self.facts.textInteractionFlags().TextSelectableByMouse)
        self.key, self.passphrase, self.early = QLineEdit(), QLineEdit(), QLineEdit()
        self.noted = QLineEdit()
        self.noted.setPlaceholderText(tr("a completion code that a reader noted"))
        self.noted.setAccessibleName(tr("A completion code that a reader noted, to verify"))
        self.noted.returnPressed.connect(self.verify)
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.table = QGridLayout()
        self.table.setHorizontalSpacing(22)
        self.table.setVerticalSpacing(8)
        self.table.setColumnStretch(1, 1)
        self.buttons: dict[str, QPushButton] = {}
        self._build()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 18, 24, 18)
        column.setSpacing(12)
        column.addWidget(self.title)
        column.addWidget(self.simulated)
        column.addWidget(self.facts)
        column.addLayout(self.table)
        row = QHBoxLayout()
        actions: tuple[tuple[str, str, Callable[[], None]], ...] = (
            ("merge", tr("Take back a package..."), self._ask_merge),
            ("verify", tr("Verify"), self.verify),
            ("results", tr("Results"), self._ask_results),
            ("report", tr("Report..."), self._ask_report),
        )
        for name, words, action in actions:
            self.buttons[name] = QPushButton(words)
            self.buttons[name].clicked.connect(lambda _=False, run=action: run())
            row.addWidget(self.buttons[name])
            if name == "verify":
                row.addWidget(self.noted)
        row.addStretch()
        column.addLayout(row)
        column.addWidget(self.said)
        column.addStretch()
        self.sealed = QWidget()  #: how the key is opened, while it is not
        column.addWidget(self.sealed)
        lower = QVBoxLayout(self.sealed)
        lower.setContentsMargins(0, 0, 0, 0)
        lower.setSpacing(12)
        heading = QLabel(tr("Unblind"))
        heading.setObjectName("title")
        lower.addWidget(heading)
        note = QLabel(
            tr("It is recorded and can't be taken back. What is read later is marked so.")
        )
        note.setObjectName("dim")
        lower.addWidget(note)
        fields = QGridLayout()
        for number, (words, field) in enumerate(
            (
                (tr("Key file"), self.key),
                (tr("Passphrase"), self.passphrase),
                (tr("Reason, when readers have not ended"), self.early),
            )
        ):
            fields.addWidget(QLabel(words), number, 0)
            field.setAccessibleName(words)
            fields.addWidget(field, number, 1)
        choose = QPushButton(tr("Choose..."))
        choose.clicked.connect(self._ask_key)
        fields.addWidget(choose, 0, 2)
        self.buttons["unblind"] = QPushButton(tr("Unblind"))
        self.buttons["unblind"].clicked.connect(lambda: self.unblind())
        fields.addWidget(self.buttons["unblind"], 2, 2)
        lower.addLayout(fields)

    def show_standing(self, standing: Standing) -> None:
        """Show where a reading stands."""
        self.standing = standing
        self.title.setText(standing.title)
        state = tr("blinded")
        if standing.unblinded:
            state = tr("unblinded {time} UTC", time=standing.unblinded)
        self.simulated.setVisible(standing.simulated)
        sealed = tr("{state}; protocol {hash}", state=state, hash=standing.protocol_hash)
        self.facts.setText(f"{standing.folder}\n{sealed}")
        while (item := self.table.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for at, words in enumerate(HEADINGS):
            label = QLabel(tr(words))
            label.setObjectName("dim")
            self.table.addWidget(label, 0, at)
        for number, reader in enumerate(standing.states, 1):
            self._row(number, reader)
        self.sealed.setVisible(not standing.unblinded)
        for name in ("results", "report"):
            self.buttons[name].setEnabled(bool(standing.unblinded))
        self._say("\n".join(tr("FOUND {problem}", problem=one) for one in standing.problems))

    def _row(self, number: int, state: State) -> None:
        bar = QProgressBar()
        bar.setTextVisible(False)
        bar.setMaximum(max(state.trials, 1))
        bar.setValue(state.answered)
        bar.setAccessibleName(
            tr(
                "{reader}: {done} of {all}",
                reader=state.reader,
                done=state.answered,
                all=state.trials,
            )
        )
        words = tr("reading now") if state.records else tr("not begun")
        words = tr("ended") if state.ended else words
        cells: tuple[QWidget, ...] = (
            QLabel(state.reader),
            bar,
            QLabel(f"{state.answered} / {state.trials}"),
            QLabel(words),
            QLabel(str(state.interruptions) if state.records else ""),
            QLabel(state.code),
        )
        for at, cell in enumerate(cells):
            self.table.addWidget(cell, number, at)
        here = QPushButton(tr("Read here"))
        here.setAccessibleName(tr("Read here as {reader}", reader=state.reader))
        here.setEnabled(not state.ended)
        assert self.standing is not None
        package = self.standing.folder / PACKAGES / state.reader
        here.clicked.connect(lambda: self.read.emit(package))
        self.table.addWidget(here, number, len(cells))

    def _say(self, words: str) -> None:
        self.said.setText(words)
        self.said.setVisible(bool(words))

    # The steps.

    def _ask_merge(self) -> None:
        if path := QFileDialog.getExistingDirectory(self, tr("A returned package")):
            self.merge(Path(path))

    def merge(self, package: Path) -> None:
        """Take back what a reader did elsewhere."""
        self._run(lambda folder: "\n".join(coordinator.merge(folder, [package])))

    def verify(self) -> None:
        """Look for anything changed, lost or reordered, and for the code that was noted."""
        code = self.noted.text().strip()

        def work(folder: Path) -> str:
            found = coordinator.check(folder, code).findings
            said = (f"{finding.file}: {finding.what}" for finding in found)
            words = "\n".join(tr("FOUND {problem}", problem=one) for one in said)
            if code and not words:
                return tr("Nothing was changed, lost or reordered; the code is that of a record.")
            return words or tr("Nothing was changed, lost or reordered.")

        self._run(work)

    def _ask_key(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, tr("The key of the reading"))
        if path:
            self.key.setText(path)

    def unblind(self) -> None:
        """Open the key; the reasons why not are said in place."""
        key, passphrase, early = self.key.text(), self.passphrase.text(), self.early.text()
        if not Path(key).is_file():
            self._say(tr("Name the key file first."))
            return

        def work(folder: Path) -> str:
            written = coordinator.unblind(folder, Path(key), passphrase, early)
            return tr("Written: {files}", files=", ".join(written))

        self.passphrase.clear()
        self._run(work)

    def _ask_results(self) -> None:
        if self.standing is not None:
            self.analysed.emit(self.standing.folder)

    def _ask_report(self) -> None:
        if path := QFileDialog.getExistingDirectory(self, tr("Folder for the report")):
            self.report(Path(path))

    def report(self, out: Path) -> None:
        """Write the report, and open it in the browser."""

        def work(folder: Path) -> str:
            from app.readings.completed import completed
            from app.readings.results import write_report

            page = write_report(completed(folder), out)
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(page)))
            return tr("Report written: {file}", file=page)

        self._run(work)

    def _run(self, work: Callable[[Path], str]) -> None:
        if self.standing is None:
            return
        folder = self.standing.folder
        self._say(tr("working ..."))

        def on_thread(job: Job) -> tuple[str, Standing]:
            words = work(folder)
            return words, coordinator.standing(folder)

        self._jobs.run(WORK, on_thread, self._done, failed=self._say)

    def _done(self, result: tuple[str, Standing]) -> None:
        self.show_standing(result[1])
        self._say(result[0])
        self.changed.emit()
