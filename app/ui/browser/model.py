"""The list of exams as Qt sees it: ten thousand rows without a widget each."""

from bisect import bisect_left
from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from app.core.mammogram import Exam, Source
from app.language import tr
from app.ui.browser.listing import KINDS, ORDERS, Accepts, Row, accepts, day, row_of, views

ROW = Qt.ItemDataRole.UserRole  #: the Row
HERE = Qt.ItemDataRole.UserRole + 1  #: whether the exam hangs

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class ExamModel(QAbstractListModel):
    """Exams by id, narrowed and ordered; rows come and go without the others moving."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, Row] = {}  #: all of them, in the order found
        self._order: list[Row] = []  #: those shown
        self._key = next(iter(ORDERS.values()))
        self._accepts: Accepts = accepts("", next(iter(KINDS)))
        self._here: frozenset[str] = frozenset()

    # What the panel calls.

    def put(self, exams: Iterable[Exam]) -> bool:
        """Take exams in, or in place of those of the same id; returns whether any row moved."""
        new: list[Row] = []
        for exam in exams:
            old = self._rows.get(exam.id)
            if old is not None and old.exam is exam:
                continue
            row = row_of(exam, old.number if old else len(self._rows))
            self._rows[exam.id] = row
            if old is None or not self._replaced(old, row):
                new.append(row)
        self._insert(sorted(filter(self._accepts, new), key=self._key))
        return bool(new)

    def _replaced(self, old: Row, row: Row) -> bool:
        """Put a row in an old one's place; where it does not belong there, only take that out."""
        at = self._at(old)
        if at is None:
            return False
        if self._accepts(row) and self._key(row) == self._key(old):
            self._order[at] = row
            self.dataChanged.emit(self.index(at), self.index(at))
            return True
        self.beginRemoveRows(ROOT, at, at)
        del self._order[at]
        self.endRemoveRows()
        return False

    def _insert(self, new: list[Row]) -> None:
        """Insert rows in their order, those that come to lie together at once."""
        while new:
            at = bisect_left(self._order, self._key(new[0]), key=self._key)
            count = len(new)
            if at < len(self._order):
                count = bisect_left(new, self._key(self._order[at]), key=self._key)
            self.beginInsertRows(ROOT, at, at + count - 1)
            self._order[at:at] = new[:count]
            self.endInsertRows()
            new = new[count:]

    def clear(self) -> None:
        """Forget all exams."""
        self.beginResetModel()
        self._rows.clear()
        self._order.clear()
        self.endResetModel()

    def arrange(self, text: str, kind: str, order: str) -> None:
        """Show what holds all words of a text and is of a kind, in an order of ORDERS."""
        self.beginResetModel()
        self._key, self._accepts = ORDERS[order], accepts(text, kind)
        self._order = sorted(filter(self._accepts, self._rows.values()), key=self._key)
        self.endResetModel()

    def show_here(self, ids: Iterable[str]) -> None:
        """Mark the exams that hang."""
        before, self._here = self._here, frozenset(ids)
        for identity in before ^ self._here:
            if (row := self._rows.get(identity)) and (at := self._at(row)) is not None:
                self.dataChanged.emit(self.index(at), self.index(at), [HERE])

    def ids(self) -> list[str]:
        """Return the ids of the exams shown, in their order."""
        return [row.exam.id for row in self._order]

    def known(self) -> int:
        """Return how many exams there are, shown or not."""
        return len(self._rows)

    def place(self, identity: str) -> QModelIndex:
        """Return where an exam is; an invalid index when it is not shown."""
        row = self._rows.get(identity)
        at = self._at(row) if row is not None else None
        return ROOT if at is None else self.index(at)

    def _at(self, row: Row) -> int | None:
        at = bisect_left(self._order, self._key(row), key=self._key)
        return at if at < len(self._order) and self._order[at] is row else None

    # What Qt asks.

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return how many exams are shown."""
        return 0 if parent.isValid() else len(self._order)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return an exam's row, words or mark."""
        if not index.isValid() or index.row() >= len(self._order):
            return None
        row = self._order[index.row()]
        if role == ROW:
            return row
        if role == HERE:
            return row.exam.id in self._here
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return "\n".join(two_lines(row))
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join((*two_lines(row), row.exam.images[0].file))
        return None


def two_lines(row: Row) -> tuple[str, str]:
    """Return whose exam it is and when it was, and its views."""
    exam = row.exam
    when = tr("SYNTHETIC") if exam.source is Source.SYNTHETIC else day(exam)
    return "  ".join(part for part in (row.name, when) if part), views(exam)
