"""The browser: what is open, with pictures, narrowed and ordered; what could not be, and why."""

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListWidget,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.language import tr, trn
from app.ui.browser.delegate import ExamDelegate
from app.ui.browser.empty import Empty
from app.ui.browser.listing import KINDS, ORDERS
from app.ui.browser.model import ROW, ExamModel
from app.ui.browser.thumbnails import Thumbnails
from app.ui.desk import Desk
from app.ui.locale import number

if TYPE_CHECKING:
    from app.ui.theme import Theme

SHOWN_REFUSALS = 200  #: a folder of a hundred thousand wrong files must not freeze the list
TYPING_MS = 120  #: after the last letter of a search


class ExamsPanel(QWidget):
    """Exams with small pictures; refused files below, each with one plain sentence."""

    cancelled = Signal()

    def __init__(
        self, desk: Desk, thumbnails: Thumbnails, theme: "Theme", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._desk, self._thumbnails = desk, thumbnails
        self.model = ExamModel()
        self._delegate = ExamDelegate(thumbnails, theme)
        self._refused = -1
        self._began = time.monotonic()
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._build()
        self._connect()
        self.show_scan(False)
        self.refresh()

    def _build(self) -> None:
        self.title, self.count = QLabel(tr("Exams")), QLabel()
        self.title.setObjectName("title")
        self.count.setObjectName("dim")
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.count)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Find: patient, date, view ..."))
        self.search.setAccessibleName(tr("Find an exam"))
        self.search.setClearButtonEnabled(True)
        self.kind, self.order = QComboBox(), QComboBox()
        for box, names, words in (
            (self.kind, KINDS, tr("Which exams")),
            (self.order, ORDERS, tr("Order of the exams")),
        ):
            for name in names:
                box.addItem(tr(name), name)
            box.setAccessibleName(words)
            box.setToolTip(words)
        choices = QHBoxLayout()
        choices.addWidget(self.kind, 1)
        choices.addWidget(self.order, 1)
        self.progress, self.files, self.stop = QProgressBar(), QLabel(), QPushButton(tr("Stop"))
        self.progress.setTextVisible(False)
        self.files.setObjectName("dim")
        scan = QHBoxLayout()
        scan.addWidget(self.files, 1)
        scan.addWidget(self.stop)
        self.exams = _table(self.model, self._delegate)
        self.empty = Empty()
        self.stack = QStackedWidget()
        self.stack.addWidget(self.exams)
        self.stack.addWidget(self.empty)
        self.trouble = QLabel(tr("Not opened"))
        self.trouble.setObjectName("title")
        self.refused = QListWidget()
        self.refused.setWordWrap(True)
        self.refused.setAccessibleName(tr("Files not opened, with the reason"))
        column = QVBoxLayout(self)
        column.addLayout(head)
        column.addWidget(self.search)
        column.addLayout(choices)
        column.addWidget(self.progress)
        column.addLayout(scan)
        column.addWidget(self.stack, 3)
        column.addWidget(self.trouble)
        column.addWidget(self.refused, 1)

    def _connect(self) -> None:
        self.stop.clicked.connect(self.cancelled)
        self.search.textChanged.connect(lambda _: self._typing.start())
        self.search.returnPressed.connect(self._first)
        self.search.installEventFilter(self)
        self._typing.timeout.connect(self._arrange)
        self.kind.currentIndexChanged.connect(lambda _: self._arrange())
        self.order.currentIndexChanged.connect(lambda _: self._arrange())
        self.exams.clicked.connect(self._pick)
        self.exams.activated.connect(self._pick)
        self.empty.all_wanted.connect(self.show_all)
        self._thumbnails.arrived.connect(self._repaint)
        self._desk.found.connect(self._take)
        self._desk.cleared.connect(self._clear)
        self._desk.listed.connect(self.refresh)
        self._desk.hung.connect(lambda _: self._mark())

    # The scan.

    def show_scan(self, on: bool) -> None:
        """Show or hide the progress of a scan."""
        for widget in (self.progress, self.files, self.stop):
            widget.setVisible(on)
        self._began = time.monotonic()
        self.files.setText(tr("Looking for files ..."))
        self.progress.setMaximum(0)
        self._show_state()

    def show_progress(self, done: int, total: int) -> None:
        """Show how many headers are read, and how long the rest will take."""
        self.progress.setMaximum(total)
        self.progress.setValue(done)
        words = tr("{done} of {total} files", done=number(done), total=number(total))
        taken = time.monotonic() - self._began
        if taken > 2 and done:
            left = taken / done * (total - done)
            words += "   " + (
                tr("{minutes} min left", minutes=round(left / 60))
                if left >= 90
                else tr("{seconds} s left", seconds=max(round(left), 1))
            )
        self.files.setText(words)

    # The list.

    def _take(self, ids: list[str]) -> None:
        opened = self._desk.opened
        moved = self.model.put(opened[identity] for identity in ids if identity in opened)
        if moved and not self._as_found():
            self._desk.arrange(self.model.ids())
        self._show_state()

    def _clear(self) -> None:
        self._thumbnails.forget()
        self.model.clear()
        self._show_state()

    def refresh(self) -> None:
        """Follow the desk: the generated exam, what hangs, what was refused."""
        if (made := self._desk.paging.generated) is not None:
            self.model.put([made])
        self._mark()
        self._list_refused()
        self._show_state()

    def _mark(self) -> None:
        """Mark what hangs, and keep it in sight."""
        paging = self._desk.paging
        groups, at = paging.groups(), paging.group
        here = [exam.id for exam in groups[at]] if at < len(groups) else []
        self.model.show_here(here)
        place = self.model.place(here[0]) if here else QModelIndex()
        if place.isValid() and place != self.exams.currentIndex():
            self.exams.setCurrentIndex(place)

    def _arrange(self) -> None:
        """Narrow and order the list; one pages through the exams in the same order."""
        self._typing.stop()
        self.model.arrange(self.search.text(), self.kind.currentData(), self.order.currentData())
        self._desk.arrange(None if self._as_found() else self.model.ids())
        self._mark()
        self._show_state()

    def show_all(self) -> None:
        """Take the search back."""
        self.search.clear()
        self.kind.setCurrentIndex(0)
        self._arrange()

    def _all_shown(self) -> bool:
        return not self.search.text().strip() and not self.kind.currentIndex()

    def _as_found(self) -> bool:
        return self._all_shown() and not self.order.currentIndex()

    def _show_state(self) -> None:
        """Say how many there are, and what to do when there are none."""
        shown, known = self.model.rowCount(), self.model.known()
        words = number(known) if shown == known else f"{number(shown)} / {number(known)}"
        self.count.setText(words if known else "")
        self.count.setAccessibleName(trn("{count} exam", "{count} exams", shown))
        self.stack.setCurrentWidget(self.exams if shown else self.empty)
        for widget in (self.search, self.kind, self.order):
            widget.setVisible(known > 1 or not self._all_shown())
        self.empty.show_state(searched=known > 0, scanning=not self.stop.isHidden())

    def _list_refused(self) -> None:
        reasons = self._desk.refused
        if len(reasons) == self._refused:
            return
        self._refused = len(reasons)
        if self.refused.count() <= SHOWN_REFUSALS:
            self.refused.clear()
            for _, reason in zip(range(SHOWN_REFUSALS), reasons.values(), strict=False):
                self.refused.addItem(reason)
        if (more := len(reasons) - SHOWN_REFUSALS) > 0:
            while self.refused.count() > SHOWN_REFUSALS:
                self.refused.takeItem(SHOWN_REFUSALS)
            self.refused.addItem(tr("and {count} more", count=number(more)))
        for widget in (self.trouble, self.refused):
            widget.setVisible(bool(reasons))

    def _repaint(self, identity: str) -> None:
        place = self.model.place(identity)
        if place.isValid():
            self.exams.update(place)

    # Choosing.

    def _pick(self, index: QModelIndex) -> None:
        if (row := index.data(ROW)) is not None:
            self._desk.go_exam(row.exam.id)
            self._mark()  # the list shows what hangs, not what was clicked

    def _first(self) -> None:
        """Show the first exam that was found."""
        self._arrange()
        if self.model.rowCount():
            self._pick(self.model.index(0))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let Escape in the search take it back before it does anything else."""
        if (
            not isinstance(event, QKeyEvent)
            or event.key() != Qt.Key.Key_Escape
            or not self.search.text()
        ):
            return super().eventFilter(watched, event)
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
        elif event.type() == QEvent.Type.KeyPress:
            self.show_all()
        return True

    def search_here(self) -> None:
        """Put the cursor into the search."""
        self.search.show()
        self.search.setFocus()
        self.search.selectAll()

    def changeEvent(self, event: QEvent) -> None:
        """Keep rows as high as their three lines when the font grows."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.exams.verticalHeader().setDefaultSectionSize(self._delegate.height())


def _table(model: ExamModel, delegate: ExamDelegate) -> QTableView:
    """Return a table of one column without a head: a list view would ask for every row each time.

    Rows are of one height, which a table keeps without asking the model.
    """
    table = QTableView()
    table.setObjectName("exams")
    table.setAccessibleName(tr("Exams"))
    table.setModel(model)
    table.setItemDelegate(delegate)
    table.setShowGrid(False)
    table.setMouseTracking(True)
    table.setTabKeyNavigation(False)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.horizontalHeader().hide()
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    rows = table.verticalHeader()
    rows.hide()
    rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    rows.setMinimumSectionSize(1)
    rows.setDefaultSectionSize(delegate.height())
    return table
