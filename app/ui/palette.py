"""Two sheets over the window that find by typing: the command palette and the keys."""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.language import tr
from app.ui.actions import Action, Sheet
from app.ui.theme import Theme

WIDTH = 560
ACTION = Qt.ItemDataRole.UserRole


def score(asked: str, text: str) -> float | None:
    """Return how well a text fits what was typed, higher is better; None when it does not.

    Words typed must all begin, or else lie in, words of the text, in any order; failing that, the
    letters must follow one another in it.
    """
    asked, text = asked.casefold().strip(), text.casefold()
    words = asked.split()
    if not words:
        return 0.0
    parts = text.replace(":", " ").replace(",", " ").split()
    if all(any(part.startswith(word) for part in parts) for word in words):
        return 3.0 + (text.startswith(asked)) - len(text) / 1000
    if all(word in text for word in words):
        return 2.0 - len(text) / 1000
    at = -1
    for letter in asked.replace(" ", ""):
        at = text.find(letter, at + 1)
        if at < 0:
            return None
    return 1.0 - len(text) / 1000


class Finder(Sheet):
    """A sheet with a line to type into; Esc closes, and no key reaches the window beneath."""

    def __init__(self, hint: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.search = QLineEdit()
        self.search.setPlaceholderText(hint)
        self.search.setAccessibleName(hint)
        self.search.installEventFilter(self)
        self.search.textChanged.connect(self.filter)
        self.setFocusProxy(self.search)
        self._back: QWidget | None = None

    def filter(self, text: str) -> None:
        """Show what fits."""
        raise NotImplementedError

    def popup(self) -> None:
        """Show in the middle of the window, empty, ready to type."""
        self._back = self._window.focusWidget()
        self.search.clear()
        self.filter("")
        super().popup()

    def close_sheet(self) -> None:
        """Close, and give the keyboard back to who had it."""
        self.hide()
        if self._back is not None:
            self._back.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take keys before the window's shortcuts do."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self.pressed(event)
        if event.type() == QEvent.Type.FocusOut and self.isVisible():
            self.hide()
        return super().eventFilter(watched, event)

    def pressed(self, event: QKeyEvent) -> bool:
        """Answer a key; returns whether it was meant for the sheet."""
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_F1):
            self.close_sheet()
            return True
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Answer a key that came to the sheet itself."""
        if not self.pressed(event):
            self.search.setFocus()

    def mousePressEvent(self, event: object) -> None:
        """Stay."""


class Palette(Finder):
    """All that can be done now, found by typing a part of its words, done by Enter."""

    def __init__(self, made: Mapping[str, QAction], table: Sequence[Action], parent: QWidget):
        super().__init__(tr("Find an action"), parent)
        self._made, self._table = made, table
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Actions found"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.itemClicked.connect(self._do)
        self.none = QLabel(tr("No action has these words"))
        self.none.setObjectName("dim")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 14, 14, 14)
        for widget in (self.search, self.none, self.list):
            column.addWidget(widget)

    def popup(self) -> None:
        """Show, wide enough for the words."""
        self.setFixedSize(min(WIDTH, self._window.width() - 40), min(420, self._window.height()))
        super().popup()

    def filter(self, text: str) -> None:
        """List the actions that fit, the best first; what can't be done now is left out."""
        found = []
        for place, action in enumerate(self._table):
            entry = self._made[action.id]
            words = f"{tr(action.menu)}: {entry.text()}"
            fit = score(text, words)
            if fit is not None and entry.isEnabled() and action.id != "palette":
                found.append((-fit, place, words, action.id))
        self.list.clear()
        for _, _, words, identity in sorted(found):
            keys = [k.toString(FORM) for k in self._made[identity].shortcuts()]
            item = QListWidgetItem(words.rstrip(".") + ("   " + " ".join(keys) if keys else ""))
            item.setData(ACTION, identity)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.list.setVisible(bool(found))
        self.none.setVisible(not found)

    def pressed(self, event: QKeyEvent) -> bool:
        """Move in the list, do, or close."""
        moves = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8}
        moves[Qt.Key.Key_PageUp] = -8
        if event.key() in moves:
            row = self.list.currentRow() + moves[Qt.Key(event.key())]
            self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if (item := self.list.currentItem()) is not None:
                self._do(item)
            return True
        return super().pressed(event)

    def _do(self, item: QListWidgetItem) -> None:
        self.close_sheet()
        self._made[item.data(ACTION)].trigger()


FORM = QKeySequence.SequenceFormat.NativeText


class ShortcutSheet(Finder):
    """All keys on one page, as they are now; typing leaves only what fits."""

    def __init__(
        self,
        rows: Callable[[], Sequence[tuple[str, str]]],
        theme: Theme,
        parent: QWidget,
    ) -> None:
        super().__init__(tr("Find a key or what it does"), parent)
        self._current, self._theme = rows, theme
        self._rows: list[tuple[QLabel, QLabel, str]] = []
        self._columns = 3
        self.none = QLabel(tr("No key for this"))
        self.none.setObjectName("dim")
        self._body = QWidget()
        self._body.setObjectName("panel")
        self._grid = QGridLayout(self._body)
        self._grid.setHorizontalSpacing(14)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self._body)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 18, 24, 18)
        for widget in (self.search, self.none, scroll):
            column.addWidget(widget)

    def popup(self) -> None:
        """Show the keys as they are now."""
        for keys, words, _ in self._rows:
            keys.deleteLater()
            words.deleteLater()
        self._rows = []
        for key, text in self._current():
            label, words = QLabel(key), QLabel(text)
            label.setFont(self._theme.font("base", bold=True))
            self._rows.append((label, words, f"{label.text()} {words.text()}"))
        room = self._window.size()
        for self._columns in (3, 2, 1):  # as many as have room for their words
            self._lay([*self._rows])
            hint = self._body.sizeHint()
            if hint.width() + 80 <= room.width() - 40:
                break
        width = min(hint.width() + 80, room.width() - 40)
        self.setFixedSize(width, min(hint.height() + 110, room.height() - 40))
        super().popup()

    def filter(self, text: str) -> None:
        """Leave the rows that fit."""
        fits = [row for row in self._rows if score(text, row[2]) is not None]
        if text.strip() and any((score(text, row[2]) or 0) >= 2 for row in fits):
            fits = [row for row in fits if (score(text, row[2]) or 0) >= 2]
        self._lay(fits)
        self.none.setVisible(not fits)

    def _lay(self, rows: Sequence[tuple[QLabel, QLabel, str]]) -> None:
        """Put rows into columns, filled downwards."""
        for key, words, _ in self._rows:
            self._grid.removeWidget(key)
            self._grid.removeWidget(words)
            key.hide()
            words.hide()
        high = max(-(-len(rows) // self._columns), 1)
        for number, (key, words, _) in enumerate(rows):
            column = 2 * (number // high)
            right = Qt.AlignmentFlag.AlignRight
            self._grid.addWidget(key, number % high, column, right)
            self._grid.addWidget(words, number % high, column + 1)
            key.show()
            words.show()
