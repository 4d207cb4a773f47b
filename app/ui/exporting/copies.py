"""De-identified copies of real mammograms: which, where to, and a look for words in them."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.display import apply_table, display_table
from app.core.hanging import hang_transform
from app.core.mammogram import Facts, Source
from app.deidentifying import BESIDE, Copy, copy_of, key_from
from app.language import later, tr, trn
from app.ui.desk import Desk
from app.ui.jobs import IMPORTS, Job, Jobs
from app.ui.pictures import develop

KEY, LOOK = "deidentify", "deidentify-look"
EXAM, ALL = later("The exam in view"), later("All exams that are open")
ICON = QSize(176, 220)
MOST = 40  #: pictures to look at; a coordinator has more than that copied by the command line
Seen = tuple[Facts, NDArray[np.uint8], bool]  #: an image, its grey, whether to look twice


class CopiesDialog(QDialog):
    """Stays open beside the window; copies are written on a thread."""

    def __init__(self, desk: Desk, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Export de-identified copies"))
        self._desk, self._jobs = desk, jobs
        self._going = False  #: whether copies are being written, and nobody stopped it
        self._make()
        self._lay_out()
        self.what.currentIndexChanged.connect(self.look)
        self.looked.toggled.connect(self._check)
        self.folder.textChanged.connect(self._check)
        self.start.clicked.connect(self.export)
        self.stop.clicked.connect(lambda: jobs.cancel(KEY))
        desk.hung.connect(lambda _: self.look() if self.isVisible() else None)
        jobs.progressed.connect(self._progress)
        jobs.changed.connect(self._change)

    def _make(self) -> None:
        self.what = QComboBox()
        for choice in (EXAM, ALL):
            self.what.addItem(tr(choice), choice)
        self.folder, self.key = QLineEdit(), QLineEdit()
        self.key.setPlaceholderText(tr("none: new identifiers every time"))
        self.key.setToolTip(
            tr("With the same key a patient gets the same new identifiers again; keep it safe")
        )
        self.seen = QListWidget()
        self.seen.setViewMode(QListView.ViewMode.IconMode)
        self.seen.setResizeMode(QListView.ResizeMode.Adjust)
        self.seen.setMovement(QListView.Movement.Static)
        self.seen.setIconSize(ICON)
        self.seen.setSpacing(4)
        self.looked = QCheckBox(tr("I looked: no words are part of these pictures"))
        self.looked.setToolTip(
            tr("Without this only images whose file says so are copied: names may be in the pixels")
        )
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setObjectName("dim")
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.start, self.stop = QPushButton(tr("Export")), QPushButton(tr("Cancel"))
        self.start.setDefault(True)
        for widget, name in (
            (self.what, tr("What")),
            (self.folder, tr("Folder")),
            (self.key, tr("Key file")),
            (self.seen, tr("Pictures to look at")),
        ):
            widget.setAccessibleName(name)

    def _lay_out(self) -> None:
        fields = QFormLayout()
        fields.addRow(tr("What"), self.what)
        for name, edit, ask in (
            (tr("Folder"), self.folder, self._ask_folder),
            (tr("Key file"), self.key, self._ask_key),
        ):
            browse = QPushButton(tr("Browse..."))
            browse.clicked.connect(ask)
            line = QHBoxLayout()
            line.addWidget(edit, 1)
            line.addWidget(browse)
            fields.addRow(name, line)
        close = QPushButton(tr("Close"))
        close.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addWidget(self.looked)
        buttons.addStretch()
        for button in (self.stop, close, self.start):
            buttons.addWidget(button)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(18, 16, 18, 14)
        lines.setSpacing(10)
        lines.addLayout(fields)
        lines.addWidget(self.seen, 1)
        lines.addWidget(self.bar)
        lines.addWidget(self.words)
        lines.addLayout(buttons)
        self.resize(820, 560)

    def showEvent(self, event: QShowEvent) -> None:
        """Look at what is open now."""
        super().showEvent(event)
        if not event.spontaneous():
            self.look()

    def images(self) -> list[Facts]:
        """Return the real images that are asked for."""
        every = self.what.currentData() == ALL
        exams = self._desk.opened.values() if every else self._desk.paging.now()
        return [i for exam in exams for i in exam.images if i.source is not Source.SYNTHETIC]

    def look(self) -> None:
        """Show the pictures; nobody has looked at them yet."""
        self.looked.setChecked(False)
        self.seen.clear()
        images = self.images()
        self.words.setText(_told(len(images)))
        self._check()
        shown = images[:MOST]
        self._jobs.run(LOOK, lambda job: _look(shown, job), lambda _: None, part=self._show)

    def _show(self, seen: Seen) -> None:
        facts, grey, beside = seen
        rows, columns = grey.shape
        form = QImage.Format.Format_Grayscale8
        image = QImage(grey.data, columns, rows, grey.strides[0], form).copy()
        item = QListWidgetItem(QIcon(QPixmap.fromImage(image)), facts.label)
        if beside or "burned in" in facts.overlay:
            item.setText(tr("{label}: look twice", label=facts.label))
            said = tr(BESIDE) if beside else tr("the file says that words are part of its pixels")
            item.setToolTip(said)
        self.seen.addItem(item)

    def _check(self) -> None:
        busy = self._jobs.busy(KEY)
        ready = bool(self.images()) and bool(self.folder.text().strip())
        self.start.setEnabled(ready and not busy)
        self.stop.setVisible(busy)
        self.bar.setVisible(busy)

    def _ask_folder(self) -> None:
        title = tr("Folder for the copies")
        if path := QFileDialog.getExistingDirectory(self, title, self.folder.text()):
            self.folder.setText(path)

    def _ask_key(self) -> None:
        title = tr("Key file; a new one is made where there is none")
        only = QFileDialog.Option.DontConfirmOverwrite  # one that is there is read
        path, _ = QFileDialog.getSaveFileName(self, title, self.key.text(), options=only)
        if path:
            self.key.setText(path)

    def export(self) -> None:
        """Begin."""
        files = [facts.file for facts in self.images()]
        folder = Path(self.folder.text().strip()).expanduser()
        key = self.key.text().strip()
        file = Path(key).expanduser() if key else None
        looked = self.looked.isChecked()
        self.bar.setRange(0, len(files))
        self.bar.setValue(0)
        self.words.setText(tr("Writing ..."))
        self._going = True
        self._jobs.run(
            KEY,
            lambda job: _written(files, folder, file, looked, job),
            self._done,
            failed=self._failed,
            lane="export",
        )

    def _progress(self, key: str, done: int, _total: int) -> None:
        if key == KEY:
            self.bar.setValue(done)

    def _failed(self, reason: str) -> None:
        self._going = False
        self.words.setText(reason)

    def _change(self, key: str, on: bool) -> None:
        if key != KEY:
            return
        self._check()
        if not on and self._going:
            self._going = False
            self.words.setText(tr("Stopped. Copies that were finished are whole."))

    def _done(self, copies: list[Copy]) -> None:
        self._going = False
        good = [copy for copy in copies if copy.path is not None]
        lines = [
            trn(
                "Wrote {count} copy to {folder}.",
                "Wrote {count} copies to {folder}.",
                len(good),
                folder=Path(self.folder.text()).name,
            )
        ]
        refused = [copy.refused for copy in copies if copy.path is None]
        lines += [tr("Not written: {reason}", reason=reason) for reason in refused[:3]]
        if len(refused) > len(lines[1:]):
            lines.append(tr("and {count} more", count=len(refused) - 3))
        self.words.setText("\n".join(lines))


def _told(count: int) -> str:
    if not count:
        return tr("No real image is open.")
    words = trn("{count} image is copied.", "{count} images are copied.", count)
    return words if count <= MOST else words + " " + tr("The first {count} are shown.", count=MOST)


def _look(images: list[Facts], job: Job) -> None:
    """Hand over each picture whole, small, as displayed; on a thread."""
    with IMPORTS:
        from app.dicom.read import read
        from app.prepare.work import bright_beside

    for facts in images:
        if job.cancelled():
            return
        try:
            mammogram = read(facts.file)
        except (ValueError, OSError):  # said where the image hangs, and again when it is written
            continue
        picture = develop(mammogram)
        levels = picture.pyramid.levels
        level = next((n for n in reversed(levels) if n.shape[0] >= ICON.height()), levels[0])
        grey = apply_table(level, display_table(mammogram.encoding, picture.voi))
        turned = hang_transform(mammogram.facts)[0].apply(grey)
        job.give((mammogram.facts, np.ascontiguousarray(turned), bright_beside(mammogram)))


def _written(
    files: list[str], folder: Path, key: Path | None, looked: bool, job: Job
) -> list[Copy]:
    secret, copies = key_from(key), []
    for number, file in enumerate(files):
        if job.cancelled():
            break
        copies.append(copy_of(file, folder, secret, looked=looked))
        job.progress(number + 1, len(files))
    return copies
