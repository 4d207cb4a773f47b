"""The page of archives: search, retrieve and open, send."""

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.language import tr, trn
from app.settings import Archive, Store
from app.ui.archive.editor import ArchiveEditor
from app.ui.archive.search import Results, SearchLine
from app.ui.fields import PathField, Verdict
from app.ui.jobs import IMPORTS, Job, Jobs

if TYPE_CHECKING:
    from app.archive import FoundExam, Link, Query, Retrieved, Sent

WORK = "archive"
Write = Callable[[Path], Sequence[Path]]  #: gives files, those made for it in a folder
Files = Callable[[], Write]  #: takes up what is to be sent; ValueError when there is nothing


class ArchivePage(QWidget):
    """Asks one archive at a time; everything runs on a thread and can be stopped."""

    arrived = Signal(list)  #: folders that were retrieved, to be opened

    def __init__(self, jobs: Jobs, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._jobs, self._store = jobs, store
        self._passwords: dict[str, str] = {}  #: of this window, never written
        self._kept: tempfile.TemporaryDirectory[str] | None = None
        self.ways: dict[str, QPushButton] = {}
        self.editor = ArchiveEditor(store)
        self._build()
        self._connect()
        self.refresh()
        self._show_work(False)

    def _build(self) -> None:
        self.archive = QComboBox()
        self.archive.setAccessibleName(tr("Archive"))
        self.archive.setMinimumWidth(220)
        self.test, self.edit, self.new = (
            QPushButton(words)
            for words in (tr("Test connection"), tr("Edit..."), tr("New archive..."))
        )
        self.password = QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.setPlaceholderText(tr("Password, for this window only"))
        self.password.setAccessibleName(tr("Password"))
        first = QHBoxLayout()
        title = QLabel(tr("Archives"))
        title.setObjectName("title")
        for widget in (self.archive, self.password, self.test, self.edit, self.new):
            first.addWidget(widget)
        first.addStretch()
        self.fields = SearchLine()
        self.found = Results()
        self.folder = PathField(
            tr("Retrieve into"), tr("a temporary folder, deleted when the window closes")
        )
        self.get = QPushButton(tr("Retrieve and open"))
        self.get.setObjectName("main")
        self.stop = QPushButton(tr("Stop"))
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.verdict = Verdict()
        self._last = QHBoxLayout()
        self._last.addWidget(self.get)
        self._last.addWidget(self.stop)
        self._last.addStretch()
        asking = QWidget()
        column = QVBoxLayout(asking)
        column.setContentsMargins(24, 18, 24, 18)
        column.setSpacing(12)
        column.addWidget(title)
        column.addLayout(first)
        column.addWidget(self.fields)
        column.addWidget(self.found, 1)
        column.addWidget(self.progress)
        column.addWidget(self.verdict)
        column.addWidget(self.folder)
        column.addLayout(self._last)
        self.stack = QStackedWidget()
        self.stack.addWidget(asking)
        self.stack.addWidget(self.editor)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.stack)

    def _connect(self) -> None:
        self.archive.currentIndexChanged.connect(lambda _: self._show_archive())
        self.password.editingFinished.connect(self._take_password)
        self.test.clicked.connect(self.echo)
        self.edit.clicked.connect(lambda: self._edit(self.archive.currentText()))
        self.new.clicked.connect(lambda: self._edit(""))
        self.editor.closed.connect(self._edited)
        self.fields.asked.connect(self.search)
        self.found.itemSelectionChanged.connect(lambda: self._show_work(self._busy))
        self.found.doubleClicked.connect(lambda _: self.retrieve())
        self.get.clicked.connect(self.retrieve)
        self.stop.clicked.connect(lambda: self._jobs.cancel(WORK))
        self._jobs.changed.connect(self._work_changed)
        self._jobs.progressed.connect(self._show_progress)

    def offer_to_send(self, ways: Sequence[tuple[str, Files]]) -> None:
        """Offer what can be sent: words, and what gives the files."""
        for words, files in ways:
            button = QPushButton(tr(words))
            button.clicked.connect(lambda _=False, files=files: self.send(files))
            self._last.addWidget(button)
            self.ways[words] = button
        self._show_work(self._busy)

    # Archives.

    def refresh(self, chosen: str = "") -> None:
        """List the archives of the settings."""
        chosen = chosen or self.archive.currentText()
        self.archive.blockSignals(True)
        self.archive.clear()
        self.archive.addItems(list(self._store.now.archives))
        self.archive.setCurrentText(chosen)
        self.archive.blockSignals(False)
        self._show_archive()

    def _show_archive(self) -> None:
        archive = self._chosen()
        self.edit.setEnabled(archive is not None)
        asks = archive is not None and bool(archive.user) and not archive.password
        self.password.setVisible(asks)
        self.password.setText(self._passwords.get(self.archive.currentText(), ""))
        self.found.setRowCount(0)
        self.verdict.tell(
            ""
            if archive
            else tr(
                "No archive is known yet: \N{LEFT DOUBLE QUOTATION MARK}New "
                "archive...\N{RIGHT DOUBLE QUOTATION MARK} tells of one."
            )
        )
        self._show_work(self._busy)

    def _chosen(self) -> Archive | None:
        return self._store.now.archives.get(self.archive.currentText())

    def _take_password(self) -> None:
        self._passwords[self.archive.currentText()] = self.password.text()

    def _edit(self, name: str) -> None:
        self.editor.edit(name)
        self.stack.setCurrentWidget(self.editor)

    def _edited(self, name: str) -> None:
        self.stack.setCurrentIndex(0)
        self.refresh(name)

    def showEvent(self, event: QShowEvent) -> None:
        """Show the archives as the settings have them now."""
        super().showEvent(event)
        self.refresh()

    # Work.

    def _ask(
        self, words: str, work: "Callable[[Link, Job], object]", done: Callable[..., None]
    ) -> None:
        """Do something with the chosen archive, on a thread."""
        archive, name = self._chosen(), self.archive.currentText()
        if archive is None:
            self.verdict.refuse(tr("Choose an archive first."))
            return
        self._take_password()
        password = self._passwords.get(name, "")

        def run(job: Job) -> object:
            with IMPORTS:
                from app.archive import connect
            try:
                link = connect(archive, name=name, password=password)
            except ImportError as error:
                raise ValueError(str(error)) from None
            return work(link, job)

        self.verdict.tell(words)
        self._jobs.run(WORK, run, done, failed=self.verdict.refuse, lane=WORK)

    @property
    def _busy(self) -> bool:
        return self._jobs.busy(WORK)

    def _work_changed(self, key: str, on: bool) -> None:
        if key == WORK:
            self._show_work(on)
            if not on and self.verdict.text().endswith("..."):
                self.verdict.tell(tr("Stopped. What had arrived whole is kept."))

    def _show_work(self, on: bool) -> None:
        """Allow what can be done now."""
        known = self._chosen() is not None
        self.progress.setVisible(on)
        self.progress.setMaximum(0)
        self.stop.setVisible(on)
        self.get.setEnabled(not on and bool(self.found.chosen()))
        for button in (self.test, self.fields.button, *self.ways.values()):
            button.setEnabled(known and not on)

    def _show_progress(self, key: str, done: int, total: int) -> None:
        if key == WORK:
            self.progress.setMaximum(total)
            self.progress.setValue(done)
            if total:
                self.verdict.tell(tr("{done} of {total} images ...", done=done, total=total))

    def echo(self) -> None:
        """Ask whether the archive is there."""
        self._ask(tr("Asking ..."), lambda link, _: link.echo(), self._echoed)

    def _echoed(self, seconds: float) -> None:
        words = tr("{name} answers.", name=self.archive.currentText())
        self.verdict.tell(f"{words}  {1000 * seconds:.0f} ms")

    def search(self) -> None:
        """Search for exams."""
        try:
            query = self.fields.query()
        except ValueError as error:
            self.verdict.refuse(str(error))
            return
        work = partial(_found, query)
        self._ask(tr("Searching ..."), work, self._show_found)

    def _show_found(self, answer: "tuple[list[FoundExam], bool]") -> None:
        exams, more = answer
        self.found.show_exams(exams)
        words = trn("{count} exam", "{count} exams", len(exams))
        if more:
            words = tr("More than {count} exams match; narrow the search.", count=len(exams))
        elif not exams:
            words = tr("No exam matches.")
        self.verdict.tell(words)

    def retrieve(self) -> None:
        """Retrieve the exams that are selected, and open them."""
        uids = self.found.chosen()
        if not uids or self._busy:
            return
        home = self.folder.path() or self._temporary()
        self._ask(tr("Retrieving ..."), partial(_retrieved, uids, home), self._show_retrieved)

    def _temporary(self) -> Path:
        if self._kept is None:
            self._kept = tempfile.TemporaryDirectory(prefix="mammoscope-")
        return Path(self._kept.name)

    def _show_retrieved(self, got: "list[Retrieved]") -> None:
        troubles = [one.trouble for one in got if one.trouble]
        folders = [str(one.folder) for one in got if one.files]
        if troubles:
            self.verdict.refuse(troubles[0])
        else:
            count = sum(one.files for one in got)
            self.verdict.tell(trn("{count} image arrived.", "{count} images arrived.", count))
        if folders and not troubles:
            self.arrived.emit(folders)

    def send(self, files: Files) -> None:
        """Send what a way gives; it is taken up now, and written and sent on a thread."""
        if self._busy:
            return
        try:
            write = files()
        except ValueError as error:
            self.verdict.refuse(str(error))
            return
        self._ask(tr("Sending ..."), partial(_sent, write), self._show_sent)

    def _show_sent(self, sent: "Sent") -> None:
        words = tr("{stored} of {total} files stored.", stored=sent.stored, total=sent.total)
        if sent.refused:
            file, reason = sent.refused[0]
            self.verdict.refuse(f"{words} {file}: {reason}")
        else:
            self.verdict.tell(words)

    def dispose(self) -> None:
        """Delete what was retrieved for this window only."""
        if self._kept is not None:
            self._kept.cleanup()
            self._kept = None


def _found(query: "Query", link: "Link", job: Job) -> object:
    return link.find(query, job.cancelled)


def _retrieved(uids: Sequence[str], home: Path, link: "Link", job: Job) -> "list[Retrieved]":
    return [link.get(uid, home, job.progress, job.cancelled) for uid in uids if not job.cancelled()]


def _sent(write: Write, link: "Link", job: Job) -> "Sent":
    with tempfile.TemporaryDirectory(prefix="mammoscope-") as place:
        return link.send(write(Path(place)), job.progress, job.cancelled)
