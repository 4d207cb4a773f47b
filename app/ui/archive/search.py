"""What an archive is asked for, and the exams it answers with."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app.language import later, tr

if TYPE_CHECKING:
    from app.archive import FoundExam, Query

COLUMNS = (
    later("Date"), later("Patient"), later("Name"), later("Modality"), later("Images"),
    later("Description"),
)  # fmt: skip
EXAM = Qt.ItemDataRole.UserRole


class SearchLine(QWidget):
    """Fields to narrow a search by, and the button that begins it."""

    asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.patient = _Line(tr("Patient ID"), tr("Patient ID"))
        self.name = _Line(tr("Name"), tr("Name, its beginning"))
        self.begin = _Line(tr("From"), tr("from 2026-01-31"))
        self.end = _Line(tr("To"), tr("to 2026-12-31"))
        self.modality = _Line(tr("Modality"), tr("all"))
        self.modality.setText("MG")
        self.button = QPushButton(tr("Search"))
        self.button.setObjectName("main")
        self.button.clicked.connect(self.asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for line in (self.patient, self.name, self.begin, self.end, self.modality):
            line.returnPressed.connect(self.asked)
            row.addWidget(line)
        row.addWidget(self.button)
        row.addStretch()

    def query(self) -> "Query":
        """Return what is asked for; raises ValueError for a date that is none."""
        from app.archive.values import Query, day_of

        return Query(
            patient=self.patient.text().strip(),
            name=self.name.text().strip(),
            first=day_of(self.begin.text()),
            last=day_of(self.end.text()),
            modality=self.modality.text().strip().upper(),
        )


class _Line(QLineEdit):
    """A field as wide as what it says while it is empty, in any font."""

    def __init__(self, words: str, hint: str) -> None:
        super().__init__()
        self.setAccessibleName(words)
        self.setPlaceholderText(hint)
        self.setToolTip(words)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return room for the hint, or for a few modalities."""
        words = max(self.placeholderText(), "MG, DX", key=len)
        wide = self.fontMetrics().horizontalAdvance(words) + 28
        return QSize(wide, super().sizeHint().height())


class Results(QTableWidget):
    """The exams that were found."""

    def __init__(self) -> None:
        super().__init__(0, len(COLUMNS))
        self.setObjectName("exams")
        self.setAccessibleName(tr("Exams of the archive"))
        self.setHorizontalHeaderLabels([tr(words) for words in COLUMNS])
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        head = self.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setStretchLastSection(True)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def show_exams(self, exams: "Sequence[FoundExam]") -> None:
        """List exams; the only one is selected."""
        self.setRowCount(len(exams))
        for row, exam in enumerate(exams):
            count = "" if exam.images is None else str(exam.images)
            cells = (
                exam.day, exam.patient, exam.name, exam.modalities, count, exam.description,
            )  # fmt: skip
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setData(EXAM, exam)
                self.setItem(row, column, item)
        if len(exams) == 1:
            self.selectRow(0)

    def chosen(self) -> list[str]:
        """Return the UIDs of the exams that are selected."""
        return [index.data(EXAM).uid for index in self.selectionModel().selectedRows()]
