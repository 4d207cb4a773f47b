"""The table of actions: menus, keys and the shortcut sheet all come from it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QMenu, QVBoxLayout, QWidget

from app.language import tr
from app.ui.surface import ImageWindow


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing the user can do: id, words, keys, what it calls, and the menu it stands in."""

    id: str
    text: str
    run: Callable[[], object]
    keys: Sequence[str] = ()
    menu: str = "View"
    over_images: bool = False  #: its keys count only while the images have the keyboard


def install(
    window: QMainWindow, over: QWidget, actions: Sequence[Action]
) -> tuple[dict[str, QAction], dict[str, QMenu]]:
    """Give a window and the images in it their menus and keys.

    Returns the Qt actions by id and the menus by name.

    ValueError when two actions share a key: one of them would be dead.
    """
    menus: dict[str, QMenu] = {}
    taken: dict[str, str] = {}
    made = {}
    for action in actions:
        for key in action.keys:
            if (other := taken.setdefault(key, action.id)) != action.id:
                raise ValueError(f"key {key} is given to both {other} and {action.id}")
        entry = QAction(tr(action.text), window)
        entry.setObjectName(action.id)
        entry.setShortcuts([QKeySequence(key) for key in action.keys])
        # The table may call something with a default argument: Qt's `checked` must not reach it.
        entry.triggered.connect(lambda _checked=False, run=action.run: run())
        if action.menu not in menus:
            menus[action.menu] = window.menuBar().addMenu(tr(action.menu))
        menus[action.menu].addAction(entry)
        if action.over_images:
            entry.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            over.addAction(entry)
        else:
            window.addAction(entry)  # keys work with the menu bar hidden
        made[action.id] = entry
    return made, menus


class Sheet(QWidget):
    """A page over the middle of the window, one at a time; any key or click closes it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._home = parent
        self.hide()

    @property
    def _window(self) -> QWidget:
        """The window it stands over: an image window while that has the keyboard."""
        active = QApplication.activeWindow()
        return active if isinstance(active, ImageWindow) else self._home

    def popup(self) -> None:
        """Show in the middle of the window, in place of another sheet."""
        for other in self._window.findChildren(Sheet):
            if other is not self:
                other.hide()
        if self.parentWidget() is not self._window:
            self.setParent(self._window)
        self.adjustSize()
        self.move(self._window.rect().center() - self.rect().center())
        self.show()
        self.raise_()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close."""
        self.hide()

    def event(self, event: QEvent) -> bool:
        """Take every key for itself while it is up."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Close."""
        self.hide()


class TextSheet(Sheet):
    """A page of text."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setMinimumWidth(460)
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 24, 28, 24)
        column.addWidget(self._text)

    def say(self, text: str) -> None:
        """Show a text."""
        self._text.setText(text)
        self.popup()
