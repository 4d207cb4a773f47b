"""Exports what is in view: to the clipboard, as PNG, as a page of PDF, as DICOM."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QImage, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.language import tr
from app.ui.actions import Action, Sheet
from app.ui.capture.page import write_pdf, write_png
from app.ui.capture.picture import Asked, burned_in, panes_of, picture, rgb, synthetic
from app.ui.jobs import IMPORTS, Job
from app.ui.pane import Pane

if TYPE_CHECKING:
    from app.ui.window import MainWindow

KINDS = {".png": "PNG (*.png)", ".pdf": "PDF (*.pdf)", ".dcm": "DICOM (*.dcm)"}


class Capture(QObject):
    """Draws and writes pictures of what is in view."""

    said = Signal(str)

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window, self._grid, self._kit = window, window.grid, window.kit
        self._jobs = window.jobs
        self._sheet: CaptureSheet | None = None
        self.said.connect(window.readout.words.setText)

    def ask(self) -> None:
        """Ask what is to be exported, and how."""
        if self._sheet is None:
            self._sheet = CaptureSheet(self, self._window)
        self._sheet.popup()

    def picture(self, asked: Asked) -> QImage | None:
        """Return the picture, or say that there is none."""
        image = picture(self._grid, asked, self._kit.paint_notes)
        if image is None:
            self.said.emit(tr("There is no image to export"))
        return image

    def copy(self, asked: Asked | None = None) -> None:
        """Put a picture on the clipboard; of the active image, without identifiers, unless told."""
        if (image := self.picture(asked or Asked(layout=False))) is not None:
            QGuiApplication.clipboard().setImage(image)
            self.said.emit(tr("The picture is on the clipboard"))

    def save(self, asked: Asked, path: Path) -> None:
        """Write a picture on a thread; the end of the name says as what."""
        image = self.picture(asked)
        if image is None:
            return
        panes = [pane for pane in panes_of(self._grid, asked) if pane.facts is not None]
        lines, burned = self._lines(asked), burned_in(panes)
        dicom = self._dicom(image, asked, panes)

        def work(_: Job) -> None:
            try:
                if path.suffix.lower() == ".dcm":
                    dicom(path)
                elif path.suffix.lower() == ".pdf":
                    write_pdf(image, lines, path)
                else:
                    write_png(image, path)
            except OSError as error:
                raise ValueError(f"{path.name}: {error.strerror}") from error

        def done(_: object) -> None:
            self._wrote(path, burned=burned)

        self.said.emit(tr("Writing {name} ...", name=path.name))
        self._jobs.run(f"capture:{path}", work, done, failed=self.said.emit, lane="export")

    def _wrote(self, path: Path, *, burned: bool) -> None:
        words = tr("Wrote {name}", name=path.name)
        if burned:
            words += "; " + tr("letters that are part of the image's own pixels are in it")
        self.said.emit(words)

    def _lines(self, asked: Asked) -> list[str]:
        """Return what stands below the picture on a page."""
        panes = [pane for pane in panes_of(self._grid, asked) if pane.facts is not None]
        desk = self._window.desk
        step = desk.current()
        lines = [tr("Mammoscope. Research use only. Not for diagnosis.")]
        if synthetic(panes):
            lines[0] += "  " + tr("SYNTHETIC images are generated: they show no patient.")
        if step is not None and asked.layout:
            lines.append(f"{tr(desk.protocol().title)}: {tr(step.name)}")
        if asked.identifiers:
            facts = [p.facts for p in panes if p.facts is not None]
            people = dict.fromkeys(f"{f.patient} {f.date}".strip() for f in facts)
            lines += [who for who in people if who]
        return lines

    def _dicom(self, image: QImage, asked: Asked, panes: list[Pane]) -> Callable[[Path], None]:
        """Return what writes the picture as a secondary capture of the images in it."""
        sources = [pane.facts.file for pane in panes if pane.facts is not None]
        burned, made = burned_in(panes), synthetic(panes)

        def write(path: Path) -> None:
            with IMPORTS:
                from app.dicom.capture import write_capture

            write_capture(
                rgb(image),
                path,
                sources=sources,
                identifiers=asked.identifiers,
                burned_in=burned or (asked.identifiers and asked.overlays) or asked.notes,
                synthetic=made,
            )

        return write


class CaptureSheet(Sheet):
    """What to export, and how; the usual is the images alone."""

    def __init__(self, capture: Capture, parent: QWidget) -> None:
        super().__init__(parent)
        self._capture = capture
        self._back: QWidget | None = None
        title = QLabel(tr("Export what is in view"))
        title.setObjectName("title")
        self.what = QComboBox()
        self.what.addItem(tr("All images of this step"), True)
        self.what.addItem(tr("The active image"), False)
        self.what.setAccessibleName(tr("What to export"))
        self.overlays = QCheckBox(tr("Write labels and technique over the images"))
        self.notes = QCheckBox(tr("Draw annotations and marks"))
        self.identifiers = QCheckBox(tr("Include who the patient is, dates and file names"))
        hint = QLabel(
            tr(
                "Generated images keep their SYNTHETIC mark. Letters that are part of an image's "
                "own pixels stay; look for names among them before you pass a picture on."
            )
        )
        hint.setObjectName("dim")
        hint.setWordWrap(True)
        self.copy, self.save = QPushButton(tr("Copy")), QPushButton(tr("Save as ..."))
        self.save.setObjectName("main")
        self.leave = QPushButton(tr("Cancel"))
        row = QHBoxLayout()
        row.addWidget(self.leave)
        row.addStretch()
        row.addWidget(self.copy)
        row.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(10)
        for widget in (title, self.what, self.overlays, self.notes, self.identifiers, hint):
            column.addWidget(widget)
        column.addLayout(row)
        self.setMinimumWidth(460)
        self.setFocusProxy(self.what)
        self.leave.clicked.connect(self.close_sheet)
        self.copy.clicked.connect(self._copy)
        self.save.clicked.connect(self._save)

    def popup(self) -> None:
        """Show with nothing asked for over the images."""
        self._back = self._window.focusWidget()
        for box in (self.overlays, self.notes, self.identifiers):
            box.setChecked(False)
        super().popup()

    def asked(self) -> Asked:
        """Return what was chosen."""
        return Asked(
            layout=bool(self.what.currentData()),
            overlays=self.overlays.isChecked(),
            notes=self.notes.isChecked(),
            identifiers=self.identifiers.isChecked(),
        )

    def close_sheet(self) -> None:
        """Close, and give the keyboard back to who had it."""
        self.hide()
        if self._back is not None:
            self._back.setFocus()

    def _copy(self) -> None:
        self.close_sheet()
        self._capture.copy(self.asked())

    def _save(self) -> None:
        chosen, kind = QFileDialog.getSaveFileName(
            self._window, tr("Export picture"), "mammograms.png", ";;".join(KINDS.values())
        )
        if not chosen:
            return
        path = Path(chosen)
        if path.suffix.lower() not in KINDS:
            end = next((end for end, words in KINDS.items() if words == kind), ".png")
            path = path.with_name(path.name + end)
        self.close_sheet()
        self._capture.save(self.asked(), path)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close by Esc, save by Enter; other keys are for the fields."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_sheet()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focus = self.focusWidget()
            (focus if isinstance(focus, QPushButton) else self.save).click()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Stay."""


def capture_actions(capture: Capture) -> list[Action]:
    """Return the part of the action table that exports what is in view."""
    return [
        Action(
            id="export-picture",
            text="Export what is in view...",
            run=capture.ask,
            keys=["Ctrl+E"],
            menu="File",
        ),
        Action(
            id="copy-picture",
            text="Copy the active image",
            run=capture.copy,
            keys=["Ctrl+C"],
            menu="File",
            over_images=True,
        ),
    ]
