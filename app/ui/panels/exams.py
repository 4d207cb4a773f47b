"""The list of exams, what is being scanned, and what could not be opened and why."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.mammogram import Exam, Source
from app.ui.desk import Desk

SHOWN_REFUSALS = 200  #: a folder of a hundred thousand wrong files must not freeze the list


class ExamsPanel(QWidget):
    """Exams in the order found; refused files below, each with one plain sentence."""

    cancelled = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        column = QVBoxLayout(self)
        title = QLabel("Exams")
        title.setObjectName("title")
        column.addWidget(title)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.count = QLabel()
        self.count.setObjectName("dim")
        self.stop = QPushButton("Stop")
        row = QHBoxLayout()
        row.addWidget(self.count, 1)
        row.addWidget(self.stop)
        column.addWidget(self.progress)
        column.addLayout(row)
        self.exams = QListWidget()
        self.exams.setAccessibleName("Exams")
        self.exams.setSelectionMode(QListWidget.SelectionMode.MultiSelection)  # two hang at once
        column.addWidget(self.exams, 2)
        self.trouble = QLabel("Not opened")
        self.trouble.setObjectName("title")
        self.refused = QListWidget()
        self.refused.setWordWrap(True)
        self.refused.setAccessibleName("Files not opened, with the reason")
        column.addWidget(self.trouble)
        column.addWidget(self.refused, 1)
        self.stop.clicked.connect(self.cancelled)
        self.exams.itemClicked.connect(self._pick)
        desk.listed.connect(self.refresh)
        desk.hung.connect(self.refresh)
        self.show_scan(False)
        self.refresh()

    def show_scan(self, on: bool) -> None:
        """Show or hide the progress of a scan."""
        for widget in (self.progress, self.count, self.stop):
            widget.setVisible(on)

    def show_progress(self, done: int, total: int) -> None:
        """Show how many headers are read."""
        self.progress.setMaximum(total)
        self.progress.setValue(done)
        self.count.setText(f"{done} of {total} files")

    def refresh(self) -> None:
        """Write the lists anew."""
        desk = self._desk
        groups = desk.groups()
        here = {exam.id for exam in groups[desk.group]} if desk.group < len(groups) else set()
        exams = [*desk.opened.values(), *([desk.generated] if desk.generated else [])]
        self.exams.clear()
        for exam in exams:
            item = QListWidgetItem(exam_words(exam))
            item.setData(Qt.ItemDataRole.UserRole, exam.id)
            self.exams.addItem(item)
            item.setSelected(exam.id in here)
        self.refused.clear()
        for reason in list(desk.refused.values())[:SHOWN_REFUSALS]:
            self.refused.addItem(reason)
        if (more := len(desk.refused) - SHOWN_REFUSALS) > 0:
            self.refused.addItem(f"and {more:,} more")
        for widget in (self.trouble, self.refused):
            widget.setVisible(bool(desk.refused))

    def _pick(self, item: QListWidgetItem) -> None:
        self._desk.go_exam(item.data(Qt.ItemDataRole.UserRole))
        self.refresh()  # the list shows what hangs, not what was clicked


def exam_words(exam: Exam) -> str:
    """Return two lines on an exam: whose and when, and its views."""
    date = f"{exam.date[:4]}-{exam.date[4:6]}-{exam.date[6:]}" if len(exam.date) == 8 else ""
    labels = " ".join(image.label for image in exam.images[:8])
    kind = "SYNTHETIC" if exam.source is Source.SYNTHETIC else date
    name = exam.title.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    return "\n".join(("  ".join(part for part in (name, kind) if part), labels))
