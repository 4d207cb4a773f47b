"""The generated exam in the making: its recipe, and the model that draws it on a thread."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from app import resources
from app.core.lineage import Lineage, begun
from app.core.mammogram import Exam
from app.core.recipe import SEED_LIMIT, LatentPoint, Recipe
from app.ui.jobs import IMPORTS, Job, Jobs
from app.ui.pictures import Picture, Pictures, develop

if TYPE_CHECKING:
    from app.synth.render import ModelInfo, Synthesizer

PREVIEW_MS = 60  #: what a preview may take
REST_MS = 150  #: after so long without a change the full picture is drawn
FRAMES = 25  #: of the film of a walk
AT = (-2.0, 0.0, 2.0)  #: steps at which thumbnails show a direction


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Film:
    """The walk from A to B at equal angles."""

    frames: NDArray[np.uint8]  #: (n, rows, columns), the left CC view
    angle: float  #: degrees between the ends


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawn:
    """What comes back from the thread: the exam of a recipe at a rung, ready to be shown."""

    model: "Synthesizer"
    preview: int  #: rung drawn while a slider moves
    recipe: Recipe
    exam: Exam
    pictures: tuple[Picture, ...]
    full: bool
    changes: Mapping[int, float]  #: what the edits have changed, measured; of full pictures only


class Studio(QObject):
    """Turns recipes into pictures: newest wins, previews in motion, the full rung at rest."""

    loaded = Signal()  #: the model is there: `info` is set
    changed = Signal()  #: the recipe is another
    drawn = Signal(object)  #: Exam
    failed = Signal(str)
    remembered = Signal()  #: a recipe that can be undone joined the lineage
    filmed = Signal(object)  #: Film, whenever both ends of a walk are set anew
    thumbed = Signal(int, object)  #: direction, pictures (3, rows, columns) of where it leads

    def __init__(self, pictures: Pictures, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pictures, self._jobs = pictures, jobs
        self._model: Synthesizer | None = None
        self._preview = 0
        self.info: ModelInfo | None = None
        self.recipe: Recipe | None = None
        self.ends: dict[str, LatentPoint] = {}
        self.shown: Recipe | None = None  #: what the panes show in full
        self.changes: Mapping[int, float] = {}  #: measured on what is shown
        self.lineage: Lineage | None = None
        self._thumbs_of: tuple[Recipe, int] | None = None
        self._kept: Recipe | None = None  #: what is shown again after a peek
        self._sliders = 0  #: directions in sight: those get thumbnails
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(lambda: self._draw(full=True))

    @property
    def idle(self) -> bool:
        """Whether nothing is being drawn and nothing waits to be."""
        return not self._jobs.busy("synth") and not self._rest.isActive()

    @property
    def model(self) -> "Synthesizer | None":
        """The model, once it is loaded."""
        return self._model

    def start(self) -> None:
        """Load the model, once, and draw the first exam; torch is imported on the thread."""
        if self._model is None and not self._jobs.busy("synth"):
            self._draw(full=True)

    # Changes of the recipe.

    def cook(self, recipe: Recipe) -> None:
        """Take another recipe: a preview at once, the full picture at rest."""
        if recipe == self.recipe:
            return
        self.recipe = recipe
        self.changed.emit()
        self._jobs.cancel("thumbs")
        self._thumbs_of = None
        self._draw(full=False)
        self._rest.start()

    def seed(self, seed: int) -> None:
        """Go to a seed, all sliders at rest; ValueError when it is no seed."""
        if self.recipe is not None:
            self.cook(replace(self.recipe, point=LatentPoint(seed=seed), end=None, position=0.0))

    def roll(self) -> None:
        """Go to a random seed of at most six figures, so that it can be told to a neighbour."""
        self.start()
        self.seed(random.randrange(min(1_000_000, SEED_LIMIT)))

    def point(self) -> LatentPoint | None:
        """Return the latent point the sliders show: the nearer end while walking."""
        if self.recipe is None:
            return None
        far = self.recipe.end is not None and self.recipe.position >= 0.5
        return self.recipe.end if far else self.recipe.point

    def move(self, direction: int, amount: float) -> None:
        """Move along a direction, in standard deviations; this ends a walk."""
        point = self.point()
        if self.recipe is not None and point is not None:
            moved = point.moved(direction, amount)
            self.cook(replace(self.recipe, point=moved, end=None, position=0.0))

    def lock(self, direction: int, on: bool) -> None:
        """Have other moves leave a direction as it is, or let go of it."""
        point = self.point()
        if self.recipe is not None and point is not None:
            kept = [k for k in point.locked if k != direction]
            locked = tuple(sorted([*kept, direction] if on else kept))
            point = replace(point, locked=locked)
            self.cook(replace(self.recipe, point=point, end=None, position=0.0))

    def free_share(self, direction: int, locked: Sequence[int]) -> float:
        """Return the share, 0 to 1, of a direction that locked ones leave."""
        return self._model.free_share(direction, locked) if self._model is not None else 1.0

    def rest_all(self) -> None:
        """Put all sliders to 0."""
        point = self.point()
        if self.recipe is not None and point is not None:
            self.cook(replace(self.recipe, point=point.at_rest(), end=None, position=0.0))

    def differ(self, difference: float) -> None:
        """Set how far the left breast departs from the right one, 0 to 1."""
        if self.recipe is not None:
            self.cook(replace(self.recipe, difference=difference))

    def mark(self, end: str) -> None:
        """Keep the point in view as end A or B of a walk."""
        if (point := self.point()) is not None:
            self.ends[end] = point
            self.changed.emit()
            self._film()

    def walk(self, position: float) -> None:
        """Go to a place between A and B, 0 to 1."""
        if self.recipe is not None and {"A", "B"} <= set(self.ends):
            a, b = self.ends["A"], self.ends["B"]
            self.cook(replace(self.recipe, point=a, end=b, position=position))

    def _film(self) -> None:
        """Draw the walk between the ends, small, when there are both."""
        model, rung = self._model, self._preview
        if model is None or self.recipe is None or not {"A", "B"} <= set(self.ends):
            return
        recipe = replace(self.recipe, point=self.ends["A"], end=self.ends["B"], position=0.0)
        self._jobs.run(
            "film",
            lambda _: Film(frames=model.frames(recipe, FRAMES, rung), angle=model.angle(recipe)),
            self.filmed.emit,
            lane="synth",
        )

    def peek(self, on: bool) -> None:
        """Show the exam with all sliders at 0 while asked to, then the one that was there."""
        point = self.point()
        if on and self._kept is None and self.recipe is not None and point is not None:
            self._kept = self.recipe
            self.cook(replace(self.recipe, point=point.at_rest(), end=None, position=0.0))
        elif not on and self._kept is not None:
            kept, self._kept = self._kept, None
            self.cook(kept)

    # Lineage.

    def undo(self) -> None:
        """Go back to the recipe that the one in view was grown from."""
        if self.lineage is not None:
            self._travel(self.lineage.undone())

    def redo(self) -> None:
        """Go on to the recipe grown from the one in view that was seen last."""
        if self.lineage is not None:
            self._travel(self.lineage.redone())

    def visit(self, index: int) -> None:
        """Go to any recipe of the lineage."""
        if self.lineage is not None:
            self._travel(self.lineage.going_to(index))

    def _travel(self, lineage: Lineage) -> None:
        self.lineage = lineage
        self.cook(lineage.now)

    # Drawing.

    def _draw(self, *, full: bool) -> None:
        model, preview, recipe = self._model, self._preview, self.recipe
        if full and recipe is not None and recipe == self.shown:
            return
        self._jobs.run(
            "synth",
            lambda job: _drawn(model, preview, recipe, full=full, job=job),
            self._take,
            failed=self.failed.emit,
            lane="synth",
            keep=True,
        )

    def _take(self, drawn: Drawn) -> None:
        fresh = self._model is None
        self._model, self._preview = drawn.model, drawn.preview
        if fresh:
            self.info, self.recipe = drawn.model.info, drawn.recipe
            self.loaded.emit()
            self.changed.emit()
        for picture in drawn.pictures:
            self._pictures.put(picture)
        self.shown = drawn.recipe if drawn.full else None
        if drawn.full:
            self.changes = drawn.changes
            self._remember(drawn.recipe)
            self._draw_thumbs()
        self.drawn.emit(drawn.exam)

    def _remember(self, recipe: Recipe) -> None:
        """Let a recipe that has come to rest join the lineage."""
        before = self.lineage
        if before is None:
            self.lineage = begun(recipe)
        elif recipe == self.recipe and self._kept is None:
            self.lineage = before.grown(recipe)
            if len(self.lineage.recipes) > len(before.recipes):
                self.remembered.emit()

    def show_directions(self, count: int) -> None:
        """Say how many directions are in sight; only those get thumbnails."""
        self._sliders = count
        self._draw_thumbs()

    def _draw_thumbs(self) -> None:
        """Draw where each direction in sight leads, when nothing else is to be drawn."""
        model, recipe, count, rung = self._model, self.shown, self._sliders, self._preview
        if model is None or recipe is None or (recipe, count) == self._thumbs_of:
            return
        self._thumbs_of = (recipe, count)
        self._jobs.run(
            "thumbs",
            lambda job: _thumbs(model, recipe, count, rung, job),
            lambda _: None,
            part=lambda found: self.thumbed.emit(*found),
            lane="synth",
        )


def _thumbs(model: "Synthesizer", recipe: Recipe, count: int, rung: int, job: Job) -> None:
    """Hand over, direction by direction, pictures of where they lead, on the thread."""
    for direction in range(count):
        if job.cancelled():
            return
        reach = model.info.directions[direction].reach
        amounts = [float(np.clip(at, -reach, reach)) for at in AT]
        job.give((direction, model.thumbnails(recipe, direction, amounts, rung)))


def _drawn(
    model: "Synthesizer | None", preview: int, recipe: Recipe | None, *, full: bool, job: Job
) -> Drawn:
    """Load the model if need be and draw, on the thread."""
    if model is None:
        model = load(resources.default_model())
        preview = model.preview_rung(PREVIEW_MS)
    if recipe is None:
        recipe = Recipe(model=model.info.hash, point=LatentPoint(seed=model.info.opening))
    top = len(model.info.rungs) - 1
    rung = top if full else min(preview, top)
    from app.synth.render import exam_of

    # One name for whatever hangs in a place: the next picture replaces the last without a blink.
    made = tuple(
        replace(m, facts=replace(m.facts, file=f"generated-{m.facts.label}", exam="generated"))
        for m in model.render(recipe, rung)
    )
    return Drawn(
        model=model,
        preview=preview,
        recipe=recipe,
        exam=exam_of(made, recipe),
        pictures=tuple(develop(m) for m in made),
        full=full,
        changes=model.changes(recipe) if full else {},
    )


def load(path: Path) -> "Synthesizer":
    """Load a model; this imports torch, so call it on a thread only."""
    with IMPORTS:
        from app.synth.render import Synthesizer

    return Synthesizer(path)
