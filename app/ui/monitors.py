"""Where the images are: in the main window, on another screen, or each side on one of its own.

The choice is remembered for the screens it was made with, and made again when they are back.
"""

import hashlib
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication, QScreen

from app.language import later, tr
from app.ui.actions import Action
from app.ui.surface import ImageWindow
from app.ui.tools import screens

if TYPE_CHECKING:
    from app.ui.window import MainWindow

HERE, OTHER, SIDES = "here", "other", "sides"
WORDS = {
    HERE: later("Images in this window"),
    OTHER: later("Images on another screen"),
    SIDES: later("A screen for each side"),
}


def arrangement(found: Sequence[QScreen]) -> str:
    """Return what tells an arrangement of screens from others, none of their names in it."""
    places = sorted(f"{screens.identity(s)} {s.geometry().x()} {s.geometry().y()}" for s in found)
    return hashlib.sha256("\n".join(places).encode()).hexdigest()[:16]


def targets(mode: str, found: Sequence[QScreen], own: QScreen) -> list[QScreen]:
    """Return the screens that get an image window, from left to right.

    Empty when there are too few. A side each takes two screens that are not the main window's
    where there are three; of two it takes both.
    """
    others = [screen for screen in found if screen is not own]
    if mode == HERE or not others:
        return []
    if mode == OTHER:
        return others[:1]
    two = others[:2] if len(others) > 1 else list(found)
    return sorted(two, key=lambda screen: (screen.geometry().x(), screen.geometry().y()))


class Monitors(QObject):
    """Opens and closes image windows."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self.mode = HERE
        self.windows: list[ImageWindow] = []
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.screenAdded.connect(self._rearranged)
            app.screenRemoved.connect(self._rearranged)
        window.desk.hung.connect(self._follow)

    def choose(self, mode: str) -> None:
        """Put the images somewhere, and remember it for these screens."""
        if mode != HERE and not self._targets(mode):
            self._say(tr("There is only one screen"))
            return
        memory = self._window.memory
        memory.arranged(arrangement(QGuiApplication.screens()), mode)
        self.mode = mode
        self._apply()
        self._say(tr(WORDS[mode]))

    def next_mode(self) -> None:
        """Go from one place to the next."""
        modes = [mode for mode in WORDS if mode == HERE or self._targets(mode)]
        if len(modes) == 1:
            self._say(tr("There is only one screen"))
            return
        at = modes.index(self.mode) if self.mode in modes else -1
        self.choose(modes[(at + 1) % len(modes)])

    def recall(self) -> None:
        """Do as it was left with the screens there are."""
        key = arrangement(QGuiApplication.screens())
        self.mode = self._window.memory.session.screens.get(key, HERE)
        self._apply()

    def _targets(self, mode: str) -> list[QScreen]:
        return targets(mode, QGuiApplication.screens(), self._window.screen())

    def _rearranged(self, _: QScreen) -> None:
        QTimer.singleShot(0, self.recall)  # the screen is not gone yet while it is told of

    def _follow(self, _: bool) -> None:
        """Show image windows only while something hangs."""
        if bool(self.windows) != (self.mode != HERE and bool(self._window.grid.panes)):
            self._apply()

    def _apply(self) -> None:
        """Make the windows what the mode asks for."""
        grid = self._window.grid
        wanted = self._targets(self.mode) if grid.panes else []
        have = [window.screen() for window in self.windows]
        if have != wanted:
            grid.spread([])
            for old in self.windows:
                old.closed.disconnect()
                old.close()
                old.deleteLater()
            self.windows = [self._made(n, screen) for n, screen in enumerate(wanted, 1)]
            for window in self.windows:
                window.showFullScreen()
                window.setGeometry(window.screen().geometry())  # where no manager makes it so
        grid.spread(self.windows)
        if self.windows:
            self.windows[0].activateWindow()
            self.windows[0].setFocus()

    def _made(self, number: int, screen: QScreen) -> ImageWindow:
        main = self._window
        made = ImageWindow(main.theme, screen, tr("Mammoscope images {number}", number=number))
        for action in {*main.actions(), *main.grid.actions()}:
            made.addAction(action)
        main.kit.loupe.watch(made)
        made.closed.connect(partial(self.choose, HERE))
        return made

    def _say(self, words: str) -> None:
        self._window.readout.words.setText(words)

    def close(self) -> None:
        """Close the image windows with the main one."""
        self.mode = HERE
        self._apply()


def monitor_actions(monitors: Monitors) -> list[Action]:
    """Return the part of the action table that moves images between screens."""
    rows = [
        Action(id=f"images-{mode}", text=words, run=partial(monitors.choose, mode))
        for mode, words in WORDS.items()
    ]
    toggle = Action(
        id="screens", text="Images: next screen", run=monitors.next_mode, keys=["Ctrl+F11"]
    )
    return [toggle, *rows]
