"""The bar below the images: a walk from A to B, or through keyframes; scrubbed and played."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from app.core.pace import even, strides
from app.core.recipe import Recipe
from app.language import later, tr, trn
from app.ui.explore.keyframes import Keyframes
from app.ui.explore.player import LOOP, WAYS, Player
from app.ui.explore.thumbs import image_of, words
from app.ui.jobs import Job
from app.ui.locale import number
from app.ui.panels.sliders import Slider
from app.ui.studio import Ask, Studio

if TYPE_CHECKING:
    from app.synth.glimpse import Way
    from app.synth.render import Synthesizer

FRAMES = 25  #: of the film of a walk
STEPS = 8  #: frames of a film from key to key
THUMB = QSize(38, 48)
ENDS, KEYS = later("A to B"), later("keyframes")
PLAY, STOP = "\N{BLACK RIGHT-POINTING TRIANGLE}", "\N{BLACK SQUARE}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Film:
    """A way at equal angles."""

    frames: NDArray[np.uint8]  #: (n, rows, columns), the left CC view
    angle: float | None = None  #: degrees between the ends, of a walk from A to B


class Strip(QWidget):
    """Pictures along the way, as wide as the scrubber."""

    def __init__(self) -> None:
        super().__init__()
        self._images: list[QImage] = []
        self.setFixedHeight(THUMB.height())
        self.setAccessibleName(tr("Pictures along the walk"))

    def show_film(self, frames: NDArray[np.uint8]) -> None:
        """Show frames, (n, rows, columns), as many as there is room for."""
        self._images = [image_of(frame) for frame in frames]
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pictures side by side, the first and the last at the ends."""
        if not self._images:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        first = self._images[0]
        wide = self.height() * first.width() / first.height()
        count = max(min(int(self.width() // (wide + 1)), len(self._images)), 2)
        for place in range(count):
            share = place / (count - 1)
            image = self._images[round(share * (len(self._images) - 1))]
            left = share * (self.width() - wide)
            painter.drawImage(QRectF(left, 0, wide, self.height()), image)
        painter.end()


class Reel(QWidget):
    """Sets ends and keyframes, goes between them by hand, and plays."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._studio = studio
        self._film: Film | None = None
        self._wanted: object = None
        self._eager = False  #: whether to play as soon as the way is found
        self.way: Way | None = None  #: through the keyframes
        self.player = Player(self)
        self.player.reached.connect(self._reach)
        self.player.stopped.connect(self._stopped)
        self._make()
        self._lay_out()
        studio.changed.connect(self.refresh)
        studio.rested.connect(self._prepare)
        self.keys.wander_button.clicked.connect(self.wander)
        self._choose()

    def _make(self) -> None:
        studio = self._studio
        self.set_a, self.set_b = QPushButton(tr("Set A")), QPushButton(tr("Set B"))
        for button, end in ((self.set_a, "A"), (self.set_b, "B")):
            button.clicked.connect(lambda _=False, end=end: studio.mark(end))
            button.setToolTip(tr("Make the exam on the screen end {end} (Shift+{end})", end=end))
        self.keys = Keyframes(studio, THUMB)
        self.keys.changed.connect(self._prepare)
        self.slider = Slider(0, 1, 0, tr("Place on the way"))
        self.slider.setSingleStep(1)
        self.slider.valueChanged.connect(lambda _: self._go(self.slider.amount()))
        self.strip = Strip()
        self.play = QToolButton()
        self.play.setCheckable(True)
        self.play.setText(PLAY)
        self.play.setToolTip(tr("Play, stop (Ctrl+Space)"))
        self.play.setAccessibleName(tr("Play, stop"))
        self.play.toggled.connect(self._play)
        self.kind = _choice((ENDS, KEYS), tr("What is walked"))
        self.kind.currentIndexChanged.connect(self._choose)
        self.how = _choice(WAYS, tr("How it is played"))
        self.how.currentIndexChanged.connect(
            lambda: setattr(self.player, "way", self.how.currentData())
        )
        self.seconds = QDoubleSpinBox()
        self.seconds.setRange(0.5, 120)
        self.seconds.setValue(self.player.seconds)
        self.seconds.setDecimals(1)
        self.seconds.setSuffix(" s")
        self.seconds.setAccessibleName(tr("Seconds from end to end"))
        self.rate = QSpinBox()
        self.rate.setRange(1, 60)
        self.rate.setValue(self.player.rate)
        self.rate.setSuffix(tr(" fps"))
        self.rate.setAccessibleName(tr("Frames a second"))
        for box in (self.seconds, self.rate):
            box.valueChanged.connect(self._pace)
        self.evenly = QCheckBox(tr("even steps"))
        self.evenly.setToolTip(tr("As much change in every second, however far the latent moves"))
        self.closed = QCheckBox(tr("closed"))
        self.closed.setToolTip(tr("Return smoothly to the first keyframe"))
        self.closed.toggled.connect(self._prepare)
        self.where = QLabel()
        self.where.setObjectName("dim")

    def _lay_out(self) -> None:
        self.pictures = QStackedWidget()
        self.pictures.setFixedHeight(THUMB.height() + 8)
        self.pictures.addWidget(self.strip)
        self.pictures.addWidget(self.keys.list)
        left = QStackedWidget()
        self.left = left
        left.addWidget(self.set_a)
        left.addWidget(self.keys.add_button)
        self.right = QStackedWidget()
        self.right.addWidget(self.set_b)
        self.right.addWidget(self.keys.wander_button)
        for stack in (left, self.right):
            stack.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        first, second = QHBoxLayout(), QHBoxLayout()
        for line in (first, second):
            line.setSpacing(8)
        upper: tuple[QWidget, ...] = (self.kind, self.how, self.closed)
        lower: tuple[QWidget, ...] = (self.seconds, self.rate, self.evenly)
        for line, widgets in ((first, upper), (second, lower)):
            for widget in widgets:
                line.addWidget(widget)
            line.addStretch()
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 4, 8, 4)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        grid.addWidget(left, 0, 0)
        grid.addWidget(self.pictures, 0, 1)
        grid.addWidget(self.right, 0, 2)
        grid.addLayout(first, 0, 3)
        grid.addWidget(self.play, 1, 0, Qt.AlignmentFlag.AlignHCenter)
        grid.addWidget(self.slider, 1, 1)
        grid.addLayout(second, 1, 3)
        grid.addWidget(self.where, 2, 0, 1, 4)

    # What is walked.

    @property
    def by_keys(self) -> bool:
        """Whether keyframes are walked, not A and B."""
        return bool(self.kind.currentData() == KEYS)

    @property
    def ready(self) -> bool:
        """Whether there is a way to walk."""
        return (
            len(self.keys.recipes()) > 1 if self.by_keys else self._studio.between(0.0) is not None
        )

    def keyed(self) -> tuple[tuple[Recipe, ...], bool]:
        """Return the keyframes, and whether their way is closed."""
        return tuple(self.keys.recipes()), self.closed.isChecked()

    def _choose(self) -> None:
        for stack in (self.left, self.right, self.pictures):
            stack.setCurrentIndex(int(self.by_keys))
        self.closed.setVisible(self.by_keys)
        self.player.stop()
        self._prepare()

    def _prepare(self) -> None:
        """Have the way found and filmed, if it is another than before."""
        self.refresh()
        if not self.ready:
            return
        keys, closed, start = tuple(self.keys.recipes()), self.closed.isChecked(), None
        if not self.by_keys:
            keys, start = (), self._studio.between(0.0)
        if (keys, closed, start) == self._wanted:
            return
        self._wanted, self._film, self.way = (keys, closed, start), None, None
        work = _of_keys(keys, closed) if start is None else _of_ends(start)
        self._studio.ask("film", work, self._take)

    def _take(self, found: "tuple[Film, Way | None]") -> None:
        self._film, self.way = found
        if not self.by_keys:
            self.strip.show_film(self._film.frames)
        self.refresh()
        if self._eager:
            self._eager = False
            self.play.setChecked(True)

    def refresh(self) -> None:
        """Show ends and place as they are."""
        recipe = self._studio.recipe
        ready = self.ready and (self.way is not None or not self.by_keys)
        for widget in (self.slider, self.play):
            widget.setEnabled(ready)
        if recipe is not None and not self.player.playing and not self.by_keys:
            self.slider.show_amount(recipe.position)
        self.where.setText(self._words())

    def _words(self) -> str:
        if self.by_keys:
            count = len(self.keys.recipes())
            if count < 2:
                return tr(
                    "Add two exams or more as keyframes; Delete removes one, Alt+arrows move it."
                )
            return trn("{count} keyframe", "{count} keyframes", count)
        ends = self._studio.ends
        said = [f"{end}: {words(Recipe(model='', point=ends[end]))}" for end in sorted(ends)]
        if self._film is not None and self._film.angle is not None and len(ends) == 2:
            angle = f"{number(self._film.angle)}\N{DEGREE SIGN}"
            said.append(tr("{angle} apart", angle=angle))
            steps = strides(self._film.frames)
            if steps.mean() > 0:
                times = number(steps.max() / steps.mean(), 1)
                said.append(tr("largest step {times} times the mean", times=times))
        return "     ".join(said) or tr("Set two ends, then walk between them.")

    # Walking.

    def at(self, share: float) -> Recipe | None:
        """Return the exam at a share of the way: of the angle, or of what changes."""
        if self.evenly.isChecked() and self._film is not None:
            share = even(share, strides(self._film.frames))
        if not self.by_keys:
            return self._studio.between(share)
        return self.way.at(share) if self.way is not None else None

    def _go(self, share: float) -> None:
        self.player.stop()
        if (recipe := self.at(share)) is not None:
            self._studio.cook(recipe)

    def _reach(self, share: float) -> None:
        self.slider.show_amount(share)
        if (recipe := self.at(share)) is not None:
            self._studio.cook(recipe, passing=True)

    def _play(self, on: bool) -> None:
        self.play.setText(STOP if on else PLAY)
        if on and self.ready:
            self.player.play(self.slider.amount())
        else:
            self.player.stop()

    def toggle(self) -> None:
        """Play, or stop."""
        if self.play.isEnabled():
            self.play.click()

    def _stopped(self) -> None:
        self.play.setChecked(False)
        self._studio.settle()

    def _pace(self) -> None:
        self.player.pace(self.seconds.value(), self.rate.value(), self.slider.amount())

    def wander(self) -> None:
        """Walk at random from the exam on the screen, round and round."""
        self.kind.setCurrentIndex(self.kind.findData(KEYS))
        self.keys.wander()
        self.closed.setChecked(True)
        self.how.setCurrentIndex(self.how.findData(LOOP))
        self.seconds.setValue(2.0 * len(self.keys.recipes()))
        self.slider.show_amount(0.0)
        self._eager = True
        self._prepare()


def _of_ends(recipe: Recipe) -> Ask:
    """Return work that films the walk from A to B."""
    made: dict[int, NDArray[np.uint8]] = {}

    def work(model: "Synthesizer", rung: int, job: Job) -> None:
        for k, at in enumerate(np.linspace(0, 1, FRAMES)):
            if job.cancelled():
                return
            if k not in made:
                made[k] = model.views(replace(recipe, position=float(at)), rung)[1]
        frames = np.stack([made[k] for k in range(FRAMES)])
        job.give((Film(frames=frames, angle=model.angle(recipe)), None))

    return work


def _of_keys(keys: tuple[Recipe, ...], closed: bool) -> Ask:
    """Return work that finds the way through keyframes and films it."""

    def work(model: "Synthesizer", rung: int, job: Job) -> None:
        from app.synth.glimpse import Way

        way, frames = Way(model, keys, closed=closed), []
        for at in np.linspace(0, 1, STEPS * (len(keys) - (not closed)) + 1):
            if job.cancelled():
                return
            frames.append(model.views(way.at(float(at)), rung)[1])
        job.give((Film(frames=np.stack(frames)), way))

    return work


def _choice(words_: tuple[str, ...], name: str) -> QComboBox:
    box = QComboBox()
    for one in words_:
        box.addItem(tr(one), one)
    box.setAccessibleName(name)
    return box
