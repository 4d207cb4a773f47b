"""Pages that take the place of the images: built when first opened, left by Esc or the rail."""

from collections.abc import Callable, Iterable, Mapping

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

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
            leave = QShortcut(Qt.Key.Key_Escape, page)
            leave.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            leave.activated.connect(self.close)
            self._made[name] = page
        return self._made[name]

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
