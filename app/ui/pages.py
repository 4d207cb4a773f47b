"""Pages that take the place of the images: built when first opened, left by Esc or the rail.

On a page the wheel scrolls and never changes a field: someone who rolls past the fields of a
design would change what is measured without a word.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from app.ui.window import MainWindow

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


def makers(window: "MainWindow") -> dict[str, Make]:
    """Return what builds each page of a window."""
    return {
        "readings": partial(_readings, window),
        "training": lambda: window.memory.training_page(),
        "settings": partial(_settings, window),
        "protocols": lambda: window.hangings.editor(),
        "display": partial(_display, window),
        "guide": partial(_guide, window),
        "batch": lambda: window.explorer.make_batch(),
        "archive": partial(_archive, window),
    }


def _readings(window: "MainWindow") -> QWidget:
    from app.ui.readings.page import ReadingsPage  # scipy's statistics take a while to import

    return ReadingsPage(window.jobs)


def _settings(window: "MainWindow") -> QWidget:
    from app.ui.preferences import Preferences

    return Preferences(window.memory)


def _display(window: "MainWindow") -> QWidget:
    from app.ui.quality.page import QualityPage

    page = QualityPage(window.theme)
    page.checked.connect(window.notice.refresh)
    return page


def _guide(window: "MainWindow") -> QWidget:
    from app.ui.guide.page import GuidePage

    return GuidePage(window.memory, window.theme)


def _archive(window: "MainWindow") -> QWidget:
    from app.ui.archive.page import ArchivePage
    from app.ui.archive.sending import ways

    page = ArchivePage(window.jobs, window.memory.store)
    page.offer_to_send(ways(window))
    page.arrived.connect(window.opening.open)
    window.closing.connect(page.dispose)
    return page
