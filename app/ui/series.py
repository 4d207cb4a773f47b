"""Generated exams side by side: consecutive seeds, or one direction swept from end to end."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.core.mammogram import Exam
from app.core.protocol import Protocol
from app.core.recipe import SEED_LIMIT, Recipe
from app.language import tr
from app.ui.explore.thumbs import direction_words
from app.ui.jobs import Job, Jobs
from app.ui.locale import number
from app.ui.pictures import Picture, Pictures, develop

if TYPE_CHECKING:
    from app.synth.facts import ModelInfo
    from app.synth.render import Synthesizer
    from app.ui.studio import Studio

Titled = tuple[str, Recipe]  #: words for the panes, and what is drawn


class Series(QObject):
    """Draws the variants a protocol asks for whenever the recipe in view has come to rest."""

    drawn = Signal(object)  #: tuple of Exam, all of them
    failed = Signal(str)

    def __init__(
        self, studio: "Studio", pictures: Pictures, jobs: Jobs, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._studio, self._pictures, self._jobs = studio, pictures, jobs
        self._protocol: Protocol | None = None
        self._shown: tuple[Titled, ...] = ()
        self.direction: Callable[[], int] = lambda: 0  #: the one that a sweep follows
        studio.drawn.connect(lambda _: self._follow())

    def want(self, protocol: Protocol | None) -> None:
        """Draw what a protocol asks for from now on, None for nothing."""
        self._protocol = protocol
        if protocol is None:
            self._jobs.cancel("series")
            self._shown = ()
        else:
            self._studio.start()
            self._follow()

    def _follow(self) -> None:
        """Draw anew when what is in view, drawn in full, is another than before."""
        model, recipe, info = self._studio.model, self._studio.shown, self._studio.info
        if self._protocol is None or model is None or recipe is None or info is None:
            return
        count = self._protocol.variants
        if self._protocol.generate == "sweep":
            titled = sweep(recipe, info, min(self.direction(), len(info.directions) - 1), count)
        else:
            titled = seeds(recipe, count)
        if titled == self._shown:
            return
        self._shown = titled
        self._jobs.run(
            "series",
            lambda job: _drawn(model, titled, job),
            self._take,
            failed=self.failed.emit,
            lane="synth",
        )

    def _take(self, made: Sequence[tuple[Exam, list[Picture]]]) -> None:
        for _, pictures in made:
            for picture in pictures:
                self._pictures.put(picture)
        self.drawn.emit(tuple(exam for exam, _ in made))


def seeds(recipe: Recipe, count: int) -> tuple[Titled, ...]:
    """Return the recipe and those of the next seeds, everything else the same."""
    found = []
    for place in range(count):
        seed = (recipe.point.seed + place) % SEED_LIMIT
        point = replace(recipe.point, seed=seed)
        found.append((tr("seed {seed}", seed=seed), replace(recipe, point=point)))
    return tuple(found)


def sweep(recipe: Recipe, info: "ModelInfo", direction: int, count: int) -> tuple[Titled, ...]:
    """Return the recipe moved along a direction from one end of its reach to the other."""
    if not info.directions:
        return seeds(recipe, count)
    about = info.directions[direction]
    found = []
    for place in range(count):
        amount = round(about.reach * (2 * place / max(count - 1, 1) - 1), 3)
        point = recipe.point.moved(direction, amount)
        words = f"{direction_words(about.name)} {number(amount, 1, signed=True)}"
        found.append((words, replace(recipe, point=point, end=None, position=0.0)))
    return tuple(found)


def _drawn(
    model: "Synthesizer", titled: Sequence[Titled], job: Job
) -> list[tuple[Exam, list[Picture]]]:
    """Draw each recipe in full, on the thread."""
    from app.synth.render import exam_of

    made = []
    for place, (words, recipe) in enumerate(titled, 1):
        if job.cancelled():
            break
        images = tuple(
            replace(
                m,
                facts=replace(
                    m.facts, file=f"generated-{place}-{m.facts.label}", exam=f"generated-{place}"
                ),
            )
            for m in model.render(recipe)
        )
        exam = replace(exam_of(images, recipe), title=words)
        made.append((exam, [develop(m) for m in images]))
        job.progress(place, len(titled))
    return made
