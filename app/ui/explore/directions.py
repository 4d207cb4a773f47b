"""Sliders of a model's directions: the first in sight, the rest folded; found, renamed, hidden."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QGridLayout,
    QInputDialog,
    QLineEdit,
    QMenu,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.core.recipe import Recipe
from app.language import later, tr, trn
from app.ui.explore.shelf import Shelf
from app.ui.explore.thumbs import direction_words
from app.ui.jobs import Job
from app.ui.locale import number
from app.ui.panels.sliders import AT, Row
from app.ui.studio import Studio

if TYPE_CHECKING:
    from app.synth.facts import DirectionInfo
    from app.synth.render import Synthesizer

MOST = 8  #: directions in sight; more sliders make it harder, so the rest is folded away
LEAST_FREE = 0.2  #: share of a direction that the locked ones must leave
KINDS = {
    "measured": later("found from what is measured on random exams"),
    "predicted": later("found from what training records say; predicted, not measured"),
    "feature": later("a principal component of the first features"),
    "factorised": later("an axis of the first layer"),
    "random": later("a random direction, for comparison"),
}


class Directions(QWidget):
    """Search, sliders, and what folds and hides them."""

    refused = Signal(str)  #: why something was not done; empty when all is well

    def __init__(self, studio: Studio, shelf: Shelf, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio, self._shelf = studio, shelf
        self.rows: list[Row] = []
        self._asked: tuple[Recipe, tuple[int, ...]] | None = None
        self._barred: tuple[int, ...] = ()  #: what was locked when sliders were stilled last
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Find a direction"))
        self.search.setAccessibleName(tr("Find a direction"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda _: self.arrange())
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        body = QWidget()
        self._grid = QGridLayout(body)
        self._grid.setContentsMargins(0, 0, 4, 0)
        self._grid.setColumnStretch(0, 1)
        scroll.setWidget(body)
        self.more = QPushButton()
        self.more.setCheckable(True)
        self.more.toggled.connect(lambda _: self.arrange())
        self.unhide = QPushButton()
        self.unhide.clicked.connect(shelf.show_all)
        self.reset = QPushButton(tr("Set all to 0"))
        self.reset.clicked.connect(studio.rest_all)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 6, 0, 0)
        lines.addWidget(self.search)
        lines.addWidget(scroll, 1)
        lines.addWidget(self.reset)
        shelf.changed.connect(self.arrange)
        studio.rested.connect(self.draw_thumbs)

    def build(self) -> None:
        """Make one row for each of the model's directions."""
        info = self._studio.info
        assert info is not None
        for place, known in enumerate(info.directions):
            row = Row(
                direction_words(known.name),
                -known.reach,
                known.reach,
                0,
                partial(self._move, place),
                hint=hint(known),
                facts=facts(known),
                locked=partial(self.lock, place),
            )
            self._offer(row, place)
            row.put(self._grid, place)
            self.rows.append(row)
        last = 3 * len(self.rows)
        self._grid.addWidget(self.more, last, 0, 1, 2)
        self._grid.addWidget(self.unhide, last + 1, 0, 1, 2)
        self._grid.setRowStretch(last + 2, 1)
        self.arrange()

    def _offer(self, row: Row, number: int) -> None:
        """Give a row its menu, which also opens by the menu key, and F2."""
        rename = QAction(tr("Rename..."), row.slider)
        rename.setShortcut(QKeySequence(Qt.Key.Key_F2))
        rename.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        rename.triggered.connect(partial(self.rename, number))
        hide = QAction(tr("Hide"), row.slider)
        hide.triggered.connect(lambda: self._shelf.hide(number, True))
        back = QAction(tr("Set to 0"), row.slider)
        back.triggered.connect(row.slider.reset)
        row.slider.addAction(rename)

        def popup(widget: QWidget) -> None:
            menu = QMenu(widget)
            menu.addActions([rename, hide, back])
            menu.popup(widget.mapToGlobal(widget.rect().bottomLeft()))

        for widget in (row.slider, row.name):
            widget.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            widget.customContextMenuRequested.connect(lambda _, w=widget: popup(w))

    def rename(self, number: int) -> None:
        """Ask for a direction's name; none gives its own back."""
        name, given = QInputDialog.getText(
            self, tr("Rename a direction"), tr("Name, or nothing:"), text=self.name_of(number)
        )
        if given:
            self._shelf.rename(number, name)

    def name_of(self, number: int) -> str:
        """Return the name a direction goes by."""
        info = self._studio.info
        assert info is not None
        return self._shelf.kept.names.get(number, direction_words(info.directions[number].name))

    def in_sight(self) -> list[int]:
        """Return the directions to show: what is searched for, or the first not hidden."""
        wanted = self.search.text().strip().lower()
        rows = range(len(self.rows))
        if wanted:
            info = self._studio.info
            assert info is not None
            said = {
                k: f"{self.name_of(k)} {info.directions[k].name} {info.directions[k].kind}"
                for k in rows
            }
            return [k for k in rows if wanted in said[k].lower()]
        open_ = [k for k in rows if k not in self._shelf.kept.hidden]
        return open_ if self.more.isChecked() else open_[:MOST]

    def arrange(self) -> None:
        """Show the directions in sight by their names."""
        if not self.rows:
            return
        sight = set(self.in_sight())
        for place, row in enumerate(self.rows):
            row.rename(self.name_of(place))
            row.show(place in sight)
        hidden = len(self._shelf.kept.hidden & set(range(len(self.rows))))
        rest = len(self.rows) - hidden - MOST
        searching = bool(self.search.text().strip())
        self.more.setVisible(rest > 0 and not searching)
        self.more.setText(
            tr("Fewer directions")
            if self.more.isChecked()
            else trn("{count} more direction", "{count} more directions", rest)
        )
        self.unhide.setVisible(hidden > 0 and not searching)
        self.unhide.setText(tr("Show {count} hidden", count=hidden))
        self._asked = None
        self.draw_thumbs()

    def refresh(self) -> None:
        """Show the recipe as it is."""
        recipe, point = self._studio.recipe, self._studio.point()
        if recipe is None or point is None:
            return
        measured = recipe == self._studio.shown and any(point.edits)
        for place, row in enumerate(self.rows):
            row.show_amount(point.edits[place] if place < len(point.edits) else 0.0)
            row.show_measured(self._studio.changes.get(place) if measured else None)
            if row.lock is not None:
                row.lock.setChecked(place in point.locked)
        self._bar(point.locked)

    def _bar(self, locked: tuple[int, ...]) -> None:
        """Still the sliders of which the locked ones leave too little."""
        if locked == self._barred:
            return
        self._barred = locked
        for place, row in enumerate(self.rows):
            share = self._left(place, locked)
            words = tr("{share} free of what is locked", share=f"{share:.0%}")
            row.bar("" if share >= LEAST_FREE else words)

    def _left(self, place: int, locked: tuple[int, ...]) -> float:
        return 1.0 if place in locked else self._studio.free_share(place, locked)

    def _move(self, place: int, amount: float) -> None:
        """Move along a direction, unless the locked ones leave too little of it."""
        point = self._studio.point()
        if point is None:
            return
        if amount and (share := self._left(place, point.locked)) < LEAST_FREE:
            self.refused.emit(
                tr(
                    "{name} is not moved: only {share} of it is free of what is locked, "
                    "at least {least} is needed",
                    name=self.name_of(place),
                    share=f"{share:.0%}",
                    least=f"{LEAST_FREE:.0%}",
                )
            )
            self.rows[place].slider.setSliderDown(False)
            self.refresh()
            return
        self._studio.move(place, amount)

    def lock(self, direction: int, on: bool) -> None:
        """Lock a direction, unless that leaves nothing of one that is moved."""
        point = self._studio.point()
        if point is None:
            return
        locked = (*point.locked, direction) if on else ()
        moved = [k for k, amount in enumerate(point.edits) if amount and k not in locked]
        for k in [*moved, direction] if on else []:
            share = self._studio.free_share(k, locked)
            if share < LEAST_FREE:
                self.refused.emit(
                    tr(
                        "{name} is not locked: only {share} of {other} would be left to move, "
                        "at least {least} is needed",
                        name=self.name_of(direction),
                        share=f"{share:.0%}",
                        other=self.name_of(k),
                        least=f"{LEAST_FREE:.0%}",
                    )
                )
                self.refresh()
                return
        self.refused.emit("")
        self._studio.lock(direction, on)

    # Pictures of where they lead.

    def showEvent(self, event: object) -> None:
        """Draw what is seen now."""
        self.draw_thumbs()

    def draw_thumbs(self) -> None:
        """Have pictures drawn of where the directions in sight lead, if they are not those."""
        recipe, sight = self._studio.shown, tuple(self.in_sight()) if self.rows else ()
        if recipe is None or not sight or not self.isVisible() or (recipe, sight) == self._asked:
            return
        self._asked = (recipe, sight)
        got: set[int] = set()

        def work(model: "Synthesizer", rung: int, job: Job) -> None:
            for place in sight:
                if job.cancelled():
                    return
                locked = recipe.point.locked
                bound = locked and place not in locked
                if bound and model.free_share(place, locked) < LEAST_FREE:
                    continue
                if place not in got:
                    reach = model.info.directions[place].reach
                    amounts = [float(np.clip(at, -reach, reach)) for at in AT]
                    job.give((place, model.thumbnails(recipe, place, amounts, rung)))

        def take(found: tuple[int, NDArray[np.uint8]]) -> None:
            place, pictures = found
            got.add(place)
            thumbs = self.rows[place].thumbs
            if thumbs is not None and self.rows[place].slider.isVisibleTo(self):
                thumbs.show_pictures(pictures)

        self._studio.ask("thumbs", work, take)


def hint(known: "DirectionInfo") -> str:
    """Return in words where a direction comes from, how much it is worth, and its step."""
    said = [tr(KINDS.get(known.kind, known.kind))]
    if known.told is not None:
        told = number(known.told, 2)
        said.append(tr("the prediction itself has R2 {r2} on held-out patients", r2=told))
    if known.r2 is not None:
        said.append(tr("R2 {r2} on exams not used", r2=number(known.r2, 2)))
    if known.kind in ("measured", "predicted", "feature"):
        said.append(tr("a step is one SD among random exams"))
    else:
        said.append(tr("a step is a length of 1 in the latent"))
    reach = f"{known.reach:g}"
    said.append(tr("from {low} to {high}", low=f"-{reach}", high=f"+{reach}"))
    return "; ".join(said)


def facts(known: "DirectionInfo") -> str:
    """Return R2, range and unit of a direction's steps, as short as can be."""
    unit = "" if known.kind in ("factorised", "random") else tr(" SD")
    worth = "" if known.r2 is None else f"R2 {number(known.r2, 2)}  "
    if known.kind == "predicted":  # what both R2 are worth needs the words of the hint
        worth = tr("predicted") + "  "
    return f"{worth}\N{PLUS-MINUS SIGN}{known.reach:g}{unit}"
