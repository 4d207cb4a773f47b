"""The latent panel: seed, typicality, left-right difference; directions, plane, kept, lineage."""

from PySide6.QtCore import QRegularExpression, Qt, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.recipe import SEED_LIMIT
from app.language import later, tr
from app.ui.bars import icon
from app.ui.explore.directions import Directions
from app.ui.explore.favourites import Favourites
from app.ui.explore.plane import Plane
from app.ui.explore.shelf import Shelf
from app.ui.explore.tree import LineageView
from app.ui.panels.sliders import Row
from app.ui.studio import Studio
from app.ui.theme import Theme

TYPICALITY = later(
    "Draws the first features to their mean over exams: truncation, psi = 1 - typicality"
)
DIFFERENCE = later("How far the left breast's latent departs from the right one's")


class LatentPanel(QWidget):
    """Everything that makes the generated exam another one."""

    batch_wanted = Signal()

    def __init__(
        self, studio: Studio, shelf: Shelf, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._studio, self._shelf = studio, shelf
        self.model = QLabel(tr("Generator"))
        self.model.setObjectName("title")
        self.model.setWordWrap(True)
        self.trouble = QLabel()
        self.trouble.setObjectName("error")
        self.trouble.setWordWrap(True)
        self.trouble.hide()
        self.typicality = Row(tr("typicality"), 0, 1, 0, studio.typify, hint=tr(TYPICALITY))
        self.difference = Row(
            tr("left-right difference"), 0, 1, 0.15, studio.differ, hint=tr(DIFFERENCE)
        )
        whole = QGridLayout()
        whole.setColumnStretch(0, 1)
        whole.setVerticalSpacing(2)
        self.typicality.put(whole, 0)
        self.difference.put(whole, 1)
        self.directions = Directions(studio, shelf)
        self.plane = Plane(studio, theme)
        self.favourites = Favourites(studio, shelf)
        self.lineage = LineageView(studio, theme)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(tr("Ways through the latent space"))
        self._rolled = QScrollArea()  # the plane keeps its shape in a window however low
        self._rolled.setWidgetResizable(True)
        self._rolled.setFrameShape(QScrollArea.Shape.NoFrame)
        self._rolled.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._rolled.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._rolled.setWidget(self.plane)
        for tab, words in (
            (self.directions, tr("Sliders")),
            (self._rolled, tr("Plane")),
            (self.favourites, tr("Kept")),
            (self.lineage, tr("Lineage")),
        ):
            self.tabs.addTab(tab, words)
        outer = QVBoxLayout(self)
        outer.addWidget(self.model)
        outer.addWidget(self.trouble)
        outer.addLayout(self._seed_line())
        outer.addLayout(whole)
        outer.addWidget(self.tabs, 1)
        self.directions.refused.connect(self._fail)
        self.favourites.opened.connect(studio.cook)
        shelf.failed.connect(self._fail)
        shelf.changed.connect(self._name)
        studio.loaded.connect(self._build)
        studio.changed.connect(self.refresh)
        studio.drawn.connect(lambda _: self.refresh())
        studio.failed.connect(self._fail)
        self._enable(False)

    @property
    def rows(self) -> list[Row]:
        """The rows of the directions."""
        return self.directions.rows

    def _seed_line(self) -> QHBoxLayout:
        self.seed = QLineEdit()
        self.seed.setAccessibleName(tr("Seed"))
        self.seed.setValidator(QRegularExpressionValidator(QRegularExpression(r"\d{1,10}")))
        self.seed.editingFinished.connect(self._typed)
        self.down, self.up, self.die = QToolButton(), QToolButton(), QToolButton()
        self.many = QToolButton()
        for button, text, words in (
            (self.down, "\N{MINUS SIGN}", tr("Previous seed")),
            (self.up, "+", tr("Next seed")),
            (self.die, "", tr("Random exam (R)")),
            (self.many, "", tr("24 random exams to pick from (Ctrl+B)")),
        ):
            button.setText(text)
            button.setToolTip(words)
            button.setAccessibleName(words)
        self.die.setIcon(icon("die"))
        self.many.setIcon(icon("many"))
        self.down.clicked.connect(lambda: self._step(-1))
        self.up.clicked.connect(lambda: self._step(+1))
        self.die.clicked.connect(self._studio.roll)
        self.many.clicked.connect(self.batch_wanted)
        line = QHBoxLayout()
        line.addWidget(QLabel(tr("seed")))
        line.addWidget(self.seed, 1)
        for button in (self.down, self.up, self.die, self.many):
            line.addWidget(button)
        return line

    def _build(self) -> None:
        info = self._studio.info
        assert info is not None
        rows, columns = info.rungs[-1]
        size = tr("{rows} x {columns} pixels", rows=rows, columns=columns)
        self.model.setText(f"{info.title}\n{size}, {info.hash[:8]}")
        self.directions.build()
        self._enable(True)
        self._shelf.open(info.hash)

    def _name(self) -> None:
        """Call the plane's axes as the directions are called."""
        count = len(self.directions.rows)
        self.plane.name([self.directions.name_of(number) for number in range(count)])

    def _enable(self, on: bool) -> None:
        for widget in (self.seed, self.down, self.up, self.tabs):
            widget.setEnabled(on)
        for row in (self.typicality, self.difference):
            row.slider.setEnabled(on)

    def refresh(self) -> None:
        """Show the recipe as it is."""
        recipe, point = self._studio.recipe, self._studio.point()
        if recipe is None or point is None:
            return
        self.seed.setText(str(point.seed))
        self.typicality.show_amount(recipe.typicality)
        self.difference.show_amount(recipe.difference)
        self.directions.refresh()

    def show_tab(self, tab: QWidget) -> None:
        """Show a tab, and give it the keyboard."""
        self.tabs.setCurrentWidget(self._rolled if tab is self.plane else tab)
        inner: dict[QWidget, QWidget] = {
            self.directions: self.directions.search,
            self.plane: self.plane.field,
            self.favourites: self.favourites.list,
            self.lineage: self.lineage.tree,
        }
        inner.get(tab, tab).setFocus()

    def focused(self) -> Row | None:
        """Return the row whose slider has the keyboard, the first direction when none has."""
        rows = [self.typicality, self.difference, *self.rows]
        return next((r for r in rows if r.slider.hasFocus()), self.rows[0] if self.rows else None)

    def _typed(self) -> None:
        text = self.seed.text()
        if text and int(text) < SEED_LIMIT:
            if self._studio.recipe is not None and int(text) != self._studio.recipe.point.seed:
                self._studio.seed(int(text))
        else:
            self._fail(tr("A seed is a number from 0 to {last}", last=SEED_LIMIT - 1))

    def _step(self, by: int) -> None:
        if (point := self._studio.point()) is not None:
            self._studio.seed((point.seed + by) % SEED_LIMIT)

    def _fail(self, reason: str) -> None:
        self.trouble.setText(reason)
        self.trouble.setVisible(bool(reason))
