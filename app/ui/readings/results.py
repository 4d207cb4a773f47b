"""Results in the window: of an unblinded reading, or of a table of ratings from elsewhere."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.language import later, tr
from app.ui import theme
from app.ui.jobs import Job, Jobs

if TYPE_CHECKING:
    from app.reading.ratings import CompletedReading
    from app.reading.report.compose import Report
    from app.ui.readings.sheet import Sheet

WORK = "results"
TABLES = later("Ratings (*.csv *.tsv *.txt *.imrmc);;All files (*)")
BEGIN = later(
    "Choose a table of ratings with the columns reader, modality, case, truth (1 = positive) and "
    "rating, or an iMRMC file. Columns seconds, order, repeat, group and others are used where "
    "they are there."
)
#: Fields above the results: of the reading, its words, the hint when it is empty.
FIELDS = (
    ("margin", later("Equivalence margin"), later("none")),
    ("threshold", later("Positive above"), later("middle")),
    ("alpha", later("Level of the tests"), "0.05"),
)


class Results(QWidget):
    """Analyses what it is given and shows all of it; writes the report where one wants it."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.source: Path | None = None
        self.made: tuple[CompletedReading, Report] | None = None
        self.said = QLabel(tr(BEGIN))
        self.said.setObjectName("dim")
        self.said.setWordWrap(True)
        self.sheet: Sheet | None = None  # Qt's SVG and the plots are loaded when they are needed
        self.fields: dict[str, QLineEdit] = {}
        self.choose, self.write = (
            QPushButton(tr("Choose a table...")),
            QPushButton(tr("Write report...")),
        )
        self.write.setEnabled(False)
        row = QHBoxLayout()
        for name, words, hint in FIELDS:
            field = QLineEdit()
            field.setPlaceholderText(tr(hint) if name != "alpha" else hint)
            field.setAccessibleName(tr(words))
            field.setMaximumWidth(150)
            field.editingFinished.connect(self.analyse)
            self.fields[name] = field
            row.addWidget(QLabel(tr(words)))
            row.addWidget(field)
            row.addSpacing(10)
        row.addStretch()
        for button in (self.choose, self.write):
            row.addWidget(button)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(24, 18, 24, 12)
        self.column.addLayout(row)
        self.column.addWidget(self.said)
        self.column.addStretch()
        self.choose.clicked.connect(self._ask)
        self.write.clicked.connect(self._ask_write)
        self._analysed: tuple[object, ...] = ()

    def _ask(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, tr("A table of ratings"), "", tr(TABLES))
        if path:
            self.open(Path(path))

    def open(self, source: Path) -> None:
        """Analyse a table, an iMRMC file, or the folder of an unblinded reading."""
        self.source, self._analysed = source, ()
        for field in self.fields.values():
            field.clear()
        self.analyse()

    def analyse(self) -> None:
        """Analyse what is open as the fields ask, on a thread, unless that is shown already."""
        source = self.source
        wanted = (source, *(field.text() for field in self.fields.values()))
        if source is None or wanted == self._analysed:
            return
        self._analysed = wanted
        try:
            given = {name: _number(field) for name, field in self.fields.items() if field.text()}
        except ValueError as error:
            self._say(str(error))
            return
        self._say(tr("Analysing {name} ...", name=source.name))
        self.write.setEnabled(False)

        def work(job: Job) -> "tuple[CompletedReading, Report]":
            from app.readings.results import composed, load

            reading = replace(load(source), **given)  # type: ignore[arg-type]
            return reading, composed(reading)

        self._jobs.run(WORK, work, self._show, failed=self._say)

    def _show(self, made: "tuple[CompletedReading, Report]") -> None:
        from app.ui.readings.sheet import Sheet

        self.made = made
        reading, report = made
        if self.sheet is None:
            self.sheet = Sheet(theme.load())
            self.column.takeAt(self.column.count() - 1)
            self.column.addWidget(self.sheet, 1)
        self.sheet.show_report(report.document, report.plots)
        if reading.margin is not None:
            self.fields["margin"].setPlaceholderText(f"{reading.margin:g}")
        self.write.setEnabled(True)
        self._say("")

    def _ask_write(self) -> None:
        if path := QFileDialog.getExistingDirectory(self, tr("Folder for the report")):
            self.write_to(Path(path))

    def write_to(self, out: Path) -> None:
        """Write what is shown as web page, PDF and tables, and open the page."""
        assert self.made is not None
        reading, report = self.made
        self._say(tr("Writing the report ..."))

        def work(job: Job) -> Path:
            from app import resources
            from app.reading.report.compose import write

            return write(report, reading, out, resources.folder("report"))[0]

        self._jobs.run(WORK, work, self._written, failed=self._say)

    def _written(self, page: Path) -> None:
        self._say(tr("Report written: {file}", file=page))
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(page)))

    def _say(self, words: str) -> None:
        self.said.setText(words)
        self.said.setVisible(bool(words))


def _number(field: QLineEdit) -> float:
    try:
        return float(field.text().replace(",", "."))
    except ValueError:
        words = tr(
            "{field}: '{text}' is not a number", field=field.accessibleName(), text=field.text()
        )
        raise ValueError(words) from None
