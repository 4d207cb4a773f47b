"""Pages that take the place of the images: built when first opened, left by Esc or the rail.

On a page the wheel scrolls and never changes a field: someone who rolls past the fields of a
design would change what is measured without a word.
"""

from collections.abc import Callable, Iterable, Mapping

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QShortcut
from PySide6.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QScrollBar,
    QStackedWidget,
    QWidget,
)

FIELDS = (QComboBox, QAbstractSpinBox, QAbstractSlider)
Make = Callable[[], QWidget]


class Pages(QObject):
    """Which page is shown, if any; what only acts on images rests meanwhile."""

    left = Signal()  #: the page was left: show the images again

    def __init__(self, stack: QStackedWidget, makers: Mapping[str, Make], parent: QObject) -> None:
        super().__init__(parent)
        self._stack = stack
        self._makers = makers
        self._made: dict[str, QWidget] = {}
        self._rest: list[QAction] = []
        self.current = ""

    def __contains__(self, name: str) -> bool:
        return name in self._makers

    def rest(self, actions: Iterable[QAction]) -> None:
        """Name the actions that mean nothing while a page is shown."""
        self._rest = list(actions)

    def made(self, name: str) -> bool:
        """Return whether a page was opened before."""
        return name in self._made

    def page(self, name: str) -> QWidget:
        """Return a page, made now if it was not yet."""
        if name not in self._made:
            page = self._makers[name]()
            self._stack.addWidget(page)
            for field in page.findChildren(QWidget):
                if isinstance(field, FIELDS) and not isinstance(field, QScrollBar):
                    field.installEventFilter(self)
            leave = QShortcut(Qt.Key.Key_Escape, page)
            leave.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            leave.activated.connect(self.close)
            self._made[name] = page
        return self._made[name]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hand the wheel on from a field to what scrolls."""
        if event.type() != QEvent.Type.Wheel:
            return False
        event.ignore()
        return True

    def open(self, name: str) -> QWidget:
        """Show a page."""
        page = self.page(name)
        self.current = name
        self._stack.setCurrentWidget(page)
        for action in self._rest:
            action.setEnabled(False)
        page.setFocus()
        return page

    def close(self) -> None:
        """Leave the page that is shown, if one is."""
        if self.current:
            self.current = ""
            for action in self._rest:
                action.setEnabled(True)
            self.left.emit()
