"""The generated exam in the making: its recipe, and the model that draws it on a thread."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.core.lineage import Lineage, begun
from app.core.recipe import SEED_LIMIT, LatentPoint, Recipe
from app.language import tr
from app.ui.explore.drawing import Drawn, Easel
from app.ui.explore.spare import Spare
from app.ui.jobs import Job, Jobs
from app.ui.pictures import Pictures

if TYPE_CHECKING:
    from app.synth.facts import ModelInfo
    from app.synth.render import Synthesizer

REST_MS = 150  #: after so long without a change the full picture is drawn
Ask = Callable[["Synthesizer", int, Job], object]


class Studio(QObject):
    """Turns recipes into pictures: newest wins, previews in motion, the full rung at rest."""

    loaded = Signal()  #: the model is there: `info` is set
    changed = Signal()  #: the recipe is another
    drawn = Signal(object)  #: Exam
    failed = Signal(str)
    remembered = Signal()  #: a recipe that can be undone joined the lineage
    rested = Signal()  #: the full picture of the recipe is shown, and there is time for more

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
        self._kept: Recipe | None = None  #: what is shown again after a peek
        self._easel = Easel()
        self._spare = Spare(jobs, "synth")
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

    def take(self, recipe: Recipe) -> None:
        """Go to the recipe of a file; a walk brings its ends. A wrong model is told."""
        if recipe.end is not None:
            self.ends = {"A": recipe.point, "B": recipe.end}
        if self.info is None:
            self.recipe = recipe
            self._draw(full=True)
        elif recipe.model != self.info.hash:
            self.failed.emit(
                tr(
                    "This exam was made with model {other}; the one here is {title} ({own})",
                    other=recipe.model[:8],
                    title=self.info.title,
                    own=self.info.hash[:8],
                )
            )
        else:
            self.cook(recipe)

    def cook(self, recipe: Recipe, *, passing: bool = False) -> None:
        """Take another recipe: a preview at once, the full picture at rest.

        One that is only `passing`, a frame of what is played, never comes to rest by itself.
        """
        if recipe != self.recipe:
            self.recipe, self.shown = recipe, None
            self._rest.stop()
            self.changed.emit()
            self._spare.pause()
            self._draw(full=False)
        if not passing:
            self.settle()

    def settle(self) -> None:
        """Come to rest where one is."""
        if self.recipe is not None and self.recipe != self.shown:
            self._rest.start()

    def seed(self, seed: int) -> None:
        """Go to a seed, all sliders at rest; ValueError when it is no seed."""
        if self.recipe is not None:
            self.go(LatentPoint(seed=seed))

    def go(self, point: LatentPoint) -> None:
        """Go to a latent point; this ends a walk."""
        if self.recipe is not None:
            self.cook(replace(self.recipe, point=point, end=None, position=0.0))

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
        if (point := self.point()) is not None:
            self.go(point.moved(direction, amount))

    def lock(self, direction: int, on: bool) -> None:
        """Have other moves leave a direction as it is, or let go of it."""
        if (point := self.point()) is not None:
            kept = [k for k in point.locked if k != direction]
            self.go(replace(point, locked=tuple(sorted([*kept, direction] if on else kept))))

    def free_share(self, direction: int, locked: Sequence[int]) -> float:
        """Return the share, 0 to 1, of a direction that locked ones leave."""
        return self._model.free_share(direction, locked) if self._model is not None else 1.0

    def rest_all(self) -> None:
        """Put all sliders of directions to 0, and typicality."""
        if self.recipe is not None and (point := self.point()) is not None:
            rest = replace(point.at_rest(), locked=point.locked)
            self.cook(replace(self.recipe, point=rest, end=None, position=0.0, typicality=0.0))

    def differ(self, difference: float) -> None:
        """Set how far the left breast departs from the right one, 0 to 1."""
        if self.recipe is not None:
            self.cook(replace(self.recipe, difference=difference))

    def typify(self, typicality: float) -> None:
        """Set how far the first features are drawn to the model's mean, 0 to 1."""
        if self.recipe is not None:
            self.cook(replace(self.recipe, typicality=typicality))

    def among_seeds(self, start: Recipe, x: float, y: float) -> LatentPoint | None:
        """Return the point of the plane of seeds, x seeds and y rows from a recipe's seed."""
        if self._model is None:
            return None
        from app.synth.glimpse import among_seeds

        return among_seeds(self._model, start, x, y)

    def still(self) -> Recipe | None:
        """Return the exam in view as one that is on no walk."""
        if self._model is None or self.recipe is None:
            return None
        from app.synth.glimpse import still

        return still(self._model, self.recipe)

    def mark(self, end: str) -> None:
        """Keep the point in view as end A or B of a walk."""
        if (point := self.point()) is not None:
            self.ends[end] = point
            self.changed.emit()

    def between(self, position: float) -> Recipe | None:
        """Return the exam at a place between A and B, 0 to 1, when both are set."""
        if self.recipe is None or not {"A", "B"} <= set(self.ends):
            return None
        a, b = self.ends["A"], self.ends["B"]
        return replace(self.recipe, point=a, end=b, position=position)

    def peek(self, on: bool) -> None:
        """Show the exam with all sliders at 0 while asked to, then the one that was there."""
        point = self.point()
        if on and self._kept is None and self.recipe is not None and point is not None:
            self._kept = self.recipe
            rest = replace(self.recipe, point=point.at_rest(), end=None, position=0.0)
            self.cook(replace(rest, typicality=0.0))
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
            lambda job: self._easel.draw(model, preview, recipe, full=full, job=job),
            self._take,
            failed=self._fail,
            lane="synth",
            keep=True,
        )

    def _fail(self, reason: str) -> None:
        if self.info is None:
            self.recipe = None  # of another model, or none
        self.failed.emit(reason)

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
        self.drawn.emit(drawn.exam)
        if drawn.full and drawn.recipe == self.recipe:
            self.rested.emit()
            self._spare.go_on()

    def _remember(self, recipe: Recipe) -> None:
        """Let a recipe that has come to rest join the lineage."""
        before = self.lineage
        if before is None:
            self.lineage = begun(recipe)
        elif recipe == self.recipe and self._kept is None:
            self.lineage = before.grown(recipe)
            if len(self.lineage.recipes) > len(before.recipes):
                self.remembered.emit()

    def ask(self, key: str, ask: Ask, take: Callable[[Any], None]) -> None:
        """Have something done with the model when the exam itself needs no drawing.

        `ask(model, preview rung, job)` runs on the thread and hands over by `job.give`; a hand on a
        slider interrupts it, and it begins anew at rest. Nothing is done before a model is there.
        """
        if (model := self._model) is not None:
            rung = self._preview
            self._spare.want(key, lambda job: ask(model, rung, job), take)

    def drop(self, key: str) -> None:
        """Want nothing more of what was asked under a key."""
        self._spare.drop(key)
