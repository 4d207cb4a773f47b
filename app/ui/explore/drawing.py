"""From a recipe to pictures, on the thread of the generator; what was drawn is kept a while."""

import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from app import resources
from app.core.interpolation import magnified
from app.core.mammogram import Exam, Mammogram
from app.core.recipe import LatentPoint, Recipe
from app.ui.jobs import IMPORTS, Job
from app.ui.pictures import Picture, develop

if TYPE_CHECKING:
    from app.synth.render import Synthesizer

PREVIEW_MS = 40  #: what drawing a preview may take, to be on the screen within 60
BUDGET = 64_000_000  #: bytes of pixels kept: a strip of previews, some hundred exams of 160x128
SMOOTH = 3  #: a moving picture is picked from, not interpolated: of a preview one would see squares
ENOUGH = 400  #: rows up to which a preview is magnified for that


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawn:
    """What comes back from the thread: the exam of a recipe at a rung, ready to be shown."""

    model: "Synthesizer"
    preview: int  #: rung to draw next while a slider moves
    recipe: Recipe
    exam: Exam
    pictures: tuple[Picture, ...]
    full: bool
    changes: Mapping[int, float]  #: what the edits have changed, measured; of full pictures only


class Easel:
    """Draws, and keeps what it drew: a strip that is played again, a step that is undone.

    Used by one thread at a time.
    """

    def __init__(self, budget: int = BUDGET) -> None:
        self._kept: OrderedDict[tuple[Recipe, bool], Drawn] = OrderedDict()
        self._bytes, self._budget = 0, budget

    def draw(
        self,
        model: "Synthesizer | None",
        preview: int,
        recipe: Recipe | None,
        *,
        full: bool,
        job: Job,
    ) -> Drawn:
        """Return an exam, drawn or kept; loads the shipped model when there is none."""
        if model is None:
            model = load(resources.default_model())
            preview = model.preview_rung(PREVIEW_MS)
        if recipe is None:
            recipe = Recipe(model=model.info.hash, point=LatentPoint(seed=model.info.opening))
        if (kept := self._kept.get((recipe, full))) is not None and kept.model is model:
            self._kept.move_to_end((recipe, full))
            return kept
        began = time.perf_counter()
        drawn = _drawn(model, preview, recipe, full=full)
        if not full:
            model.took(preview, 1000 * (time.perf_counter() - began))
            drawn = replace(drawn, preview=model.preview_rung(PREVIEW_MS))
        self._keep(drawn)
        return drawn

    def _keep(self, drawn: Drawn) -> None:
        if (old := self._kept.pop((drawn.recipe, drawn.full), None)) is not None:
            self._bytes -= _size(old)
        self._kept[drawn.recipe, drawn.full] = drawn
        self._bytes += _size(drawn)
        while self._bytes > self._budget and len(self._kept) > 1:
            self._bytes -= _size(self._kept.popitem(last=False)[1])


def _size(drawn: Drawn) -> int:
    """Return the bytes of an exam with its pyramids."""
    return sum(picture.pyramid.nbytes for picture in drawn.pictures)


def _drawn(model: "Synthesizer", preview: int, recipe: Recipe, *, full: bool) -> Drawn:
    from app.synth.render import exam_of

    top = len(model.info.rungs) - 1
    # One name for whatever hangs in a place: the next picture replaces the last without a blink.
    made = tuple(
        replace(m, facts=replace(m.facts, file=f"generated-{m.facts.label}", exam="generated"))
        for m in model.render(recipe, top if full else min(preview, top), exact=full)
    )
    if not full:
        made = tuple(_smooth(m) for m in made)
    return Drawn(
        model=model,
        preview=preview,
        recipe=recipe,
        exam=exam_of(made, recipe),
        pictures=tuple(develop(m) for m in made),
        full=full,
        changes=model.changes(recipe) if full else {},
    )


def _smooth(mammogram: Mammogram) -> Mammogram:
    times = min(SMOOTH, ENOUGH // mammogram.facts.rows)
    if times < 2:
        return mammogram
    pixels = magnified(mammogram.pixels, times)
    rows, columns = pixels.shape
    return replace(
        mammogram, pixels=pixels, facts=replace(mammogram.facts, rows=rows, columns=columns)
    )


def load(path: Path) -> "Synthesizer":
    """Load a model; this imports torch, so call it on a thread only."""
    with IMPORTS:
        from app.synth.render import Synthesizer

    return Synthesizer(path)
