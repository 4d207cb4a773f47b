"""The latent panel: seed, left-right difference, directions, and a walk from A to B."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRegularExpression, Qt
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.recipe import SEED_LIMIT
from app.ui.bars import icon
from app.ui.panels.sliders import Row
from app.ui.panels.walk import Walk
from app.ui.studio import Studio

if TYPE_CHECKING:
    from app.synth.render import DirectionInfo

MOST = 8  #: directions in sight; more sliders make it harder, so the rest is folded away
LEAST_FREE = 0.2  #: share of a direction that the locked ones must leave
KINDS = {
    "measured": "found from what is measured on random exams",
    "predicted": "found from what training records say; predicted, not measured",
    "feature": "a principal component of the first features",
    "factorised": "an axis of the first layer",
    "random": "a random direction, for comparison",
}


class LatentPanel(QWidget):
    """Everything that makes the generated exam another one."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.rows: list[Row] = []
        outer = QVBoxLayout(self)
        self.model = QLabel("Generator")
        self.model.setObjectName("title")
        self.model.setWordWrap(True)
        self.trouble = QLabel()
        self.trouble.setObjectName("error")
        self.trouble.setWordWrap(True)
        self.trouble.hide()
        outer.addWidget(self.model)
        outer.addWidget(self.trouble)
        outer.addLayout(self._seed_line())
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        body = QWidget()
        self._grid = QGridLayout(body)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(0, 1)
        scroll.setWidget(body)
        outer.addWidget(scroll, 1)
        self.difference = Row("left-right difference", 0, 1, 0.15, studio.differ)
        alone = QGridLayout()  # its long name would widen the column of all others
        alone.setColumnStretch(0, 1)
        self.difference.put(alone, 0)
        outer.insertLayout(outer.count() - 1, alone)
        self.more = QPushButton()
        self.more.setCheckable(True)
        self.more.toggled.connect(self._fold)
        self.more.hide()
        self.reset = QPushButton("Set all to 0")
        self.reset.clicked.connect(studio.rest_all)
        outer.addWidget(self.reset)
        self.walk = Walk(studio)
        outer.addWidget(self.walk)
        studio.loaded.connect(self._build)
        studio.changed.connect(self.refresh)
        studio.drawn.connect(lambda _: self.refresh())
        studio.thumbed.connect(self.show_thumbs)
        studio.failed.connect(self._fail)
        self._enable(False)

    def _seed_line(self) -> QHBoxLayout:
        self.seed = QLineEdit()
        self.seed.setAccessibleName("Seed")
        self.seed.setValidator(QRegularExpressionValidator(QRegularExpression(r"\d{1,10}")))
        self.seed.editingFinished.connect(self._typed)
        self.down, self.up, self.die = QToolButton(), QToolButton(), QToolButton()
        for button, text, words in (
            (self.down, "\N{MINUS SIGN}", "Previous seed"),
            (self.up, "+", "Next seed"),
            (self.die, "", "Random exam (R)"),
        ):
            button.setText(text)
            button.setToolTip(words)
            button.setAccessibleName(words)
        self.die.setIcon(icon("die"))
        self.down.clicked.connect(lambda: self._step(-1))
        self.up.clicked.connect(lambda: self._step(+1))
        self.die.clicked.connect(self._studio.roll)
        line = QHBoxLayout()
        line.addWidget(QLabel("seed"))
        line.addWidget(self.seed, 1)
        for button in (self.down, self.up, self.die):
            line.addWidget(button)
        return line

    def _build(self) -> None:
        """Make one row for each of the model's directions."""
        info = self._studio.info
        assert info is not None
        rows, columns = info.rungs[-1]
        self.model.setText(f"{info.title}\n{rows} x {columns} pixels, {info.hash[:8]}")
        for number, known in enumerate(info.directions):
            row = Row(
                known.name,
                -known.reach,
                known.reach,
                0,
                partial(self._studio.move, number),
                hint=_hint(known),
                locked=partial(self._lock, number),
            )
            row.put(self._grid, number)
            self.rows.append(row)
        self._grid.addWidget(self.more, 3 * len(self.rows), 0, 1, 3)
        self._grid.setRowStretch(3 * len(self.rows) + 1, 1)
        self.more.setVisible(len(self.rows) > MOST)
        self._fold(False)
        self._enable(True)

    def _enable(self, on: bool) -> None:
        for widget in (self.seed, self.down, self.up, self.reset, self.walk):
            widget.setEnabled(on)
        self.difference.slider.setEnabled(on)
        self.walk.refresh()

    def refresh(self) -> None:
        """Show the recipe as it is."""
        recipe, point = self._studio.recipe, self._studio.point()
        if recipe is None or point is None:
            return
        self.seed.setText(str(point.seed))
        self.difference.show_amount(recipe.difference)
        for number, row in enumerate(self.rows):
            row.show_amount(point.edits[number] if number < len(point.edits) else 0.0)
            change = self._studio.changes.get(number) if recipe == self._studio.shown else None
            row.show_measured(change if any(point.edits) else None)
            if row.lock is not None:
                row.lock.setChecked(number in point.locked)
        self.walk.refresh()

    def _fold(self, unfolded: bool) -> None:
        """Show the first directions, or all."""
        for row in self.rows[MOST:]:
            row.show(unfolded)
        rest = len(self.rows) - MOST
        self.more.setText("Fewer directions" if unfolded else f"{rest} more directions")
        self._studio.show_directions(len(self.rows) if unfolded else min(MOST, len(self.rows)))

    def _lock(self, direction: int, on: bool) -> None:
        """Lock a direction, unless that leaves nothing of one that is moved."""
        point = self._studio.point()
        info = self._studio.info
        if point is None or info is None:
            return
        locked = (*point.locked, direction) if on else ()
        moved = [k for k, amount in enumerate(point.edits) if amount and k not in locked]
        for k in [*moved, direction] if on else []:
            share = self._studio.free_share(k, locked)
            if share < LEAST_FREE:
                one, other = info.directions[k].name, info.directions[direction].name
                self._fail(
                    f"{other} is not locked: only {share:.0%} of {one} would be left to move, "
                    f"at least {LEAST_FREE:.0%} is needed"
                )
                self.refresh()
                return
        self.trouble.hide()
        self._studio.lock(direction, on)

    def show_thumbs(self, direction: int, pictures: NDArray[np.uint8]) -> None:
        """Show where a direction leads from here."""
        thumbs = self.rows[direction].thumbs
        if thumbs is not None and self.rows[direction].slider.isVisibleTo(self):
            thumbs.show_pictures(pictures)

    def focused(self) -> Row | None:
        """Return the row whose slider has the keyboard, the first when none has."""
        rows = [self.difference, *self.rows]
        return next((r for r in rows if r.slider.hasFocus()), rows[-1] if self.rows else None)

    def _typed(self) -> None:
        text = self.seed.text()
        if text and int(text) < SEED_LIMIT:
            if self._studio.recipe is not None and int(text) != self._studio.recipe.point.seed:
                self._studio.seed(int(text))
        else:
            self._fail(f"seed {text or 'empty'}: allowed are 0 to {SEED_LIMIT - 1}")

    def _step(self, by: int) -> None:
        if (point := self._studio.point()) is not None:
            self._studio.seed((point.seed + by) % SEED_LIMIT)

    def _fail(self, reason: str) -> None:
        self.trouble.setText(reason)
        self.trouble.show()


def _hint(known: "DirectionInfo") -> str:
    """Return in words where a direction comes from and how much it is worth."""
    words = KINDS.get(known.kind, known.kind)
    return words if known.r2 is None else f"{words}; R2 {known.r2:.2f} on exams not used"
