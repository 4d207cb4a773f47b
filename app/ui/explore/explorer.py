"""Puts the explorer together: panel, reel, page of exams, favourites; and its actions."""

from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.core.recipe import Recipe
from app.ui.actions import Action
from app.ui.explore.batch import Batch
from app.ui.explore.reel import Reel
from app.ui.explore.shelf import Shelf
from app.ui.panels.latent import LatentPanel
from app.ui.studio import Studio
from app.ui.theme import Theme


class Explorer(QObject):
    """The parts of the explorer and what they do together."""

    shown = Signal()  #: the panel is asked for
    batch_wanted = Signal()  #: the page of exams is asked for
    picked = Signal()  #: an exam of the page was opened: show the images again

    def __init__(self, studio: Studio, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._studio, self._theme = studio, theme
        self.shelf = Shelf(self)
        self.panel = LatentPanel(studio, self.shelf, theme)
        self.reel = Reel(studio)
        self.panel.batch_wanted.connect(self.batch_wanted)

    def make_batch(self) -> Batch:
        """Return the page of exams to pick from."""
        page = Batch(self._studio, self.shelf, self._theme)
        page.opened.connect(self._pick)
        self._studio.start()
        return page

    def _pick(self, recipe: Recipe) -> None:
        self._studio.cook(recipe)
        self.picked.emit()

    def _show(self, tab: QWidget) -> None:
        self.shown.emit()
        self.panel.show_tab(tab)

    def _nudge(self, sign: int) -> None:
        """Move the focused slider by a tenth."""
        if (row := self.panel.focused()) is not None:
            row.slider.setValue(row.slider.value() + sign * row.slider.singleStep())

    def actions(self) -> list[Action]:
        """Return the explorer's part of the action table."""
        panel, reel, studio = self.panel, self.reel, self._studio
        rows = (
            ("slider-down", "Slider down", partial(self._nudge, -1), "["),
            ("slider-up", "Slider up", partial(self._nudge, +1), "]"),
            ("all-to-0", "Set all sliders to 0", studio.rest_all, ""),
            ("sliders", "Directions: find a slider", partial(self._show, panel.directions), ""),
            ("plane", "Plane of directions or seeds", partial(self._show, panel.plane), ""),
            ("lineage", "Lineage of the exam", partial(self._show, panel.lineage), ""),
            ("favourites", "Kept exams", partial(self._show, panel.favourites), "Ctrl+Shift+D"),
            ("keep", "Keep this exam", panel.favourites.add, "Ctrl+D"),
            ("batch", "24 random exams to pick from", self.batch_wanted.emit, "Ctrl+B"),
            ("set-a", "Set A: start of the walk", partial(studio.mark, "A"), "Shift+A"),
            ("set-b", "Set B: end of the walk", partial(studio.mark, "B"), "Shift+B"),
            ("add-key", "Add a keyframe", reel.keys.add, "Ctrl+Shift+K"),
            ("play", "Play the walk, stop", reel.toggle, "Ctrl+Space"),
            ("wander", "Random walk", reel.wander, ""),
        )
        return [
            Action(id=i, text=t, run=r, keys=[k] if k else [], menu="Generator")
            for i, t, r, k in rows
        ]
