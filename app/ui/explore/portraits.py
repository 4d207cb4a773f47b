"""Small pictures of exams, one after the other, whenever the generator has time."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from app.core.recipe import Recipe
from app.ui.jobs import Job
from app.ui.studio import Studio

if TYPE_CHECKING:
    from app.synth.render import Synthesizer


def portray(
    studio: Studio,
    key: str,
    recipes: Sequence[Recipe],
    take: Callable[[Any], None],
    *,
    one_view: bool = False,
    rows: int = 0,
) -> None:
    """Have exams drawn small; `take` gets place in the order, recipe and picture of each.

    Pictures are of the four views as they hang, or with `one_view` of the left CC view; views are
    drawn at the preview's rung, or at the first with at least so many rows. What a hand interrupts
    goes on where it was.
    """
    got: set[int] = set()

    def work(model: "Synthesizer", preview: int, job: Job) -> None:
        from app.synth.glimpse import miniature

        high = [k for k, (height, _) in enumerate(model.info.rungs) if height >= rows]
        rung = max(preview, min(high, default=len(model.info.rungs) - 1)) if rows else preview
        for number, recipe in enumerate(recipes):
            if job.cancelled():
                return
            if number not in got:
                view = model.views(recipe, rung)[1] if one_view else miniature(model, recipe, rung)
                job.give((number, recipe, view))

    def taken(found: tuple[int, Recipe, Any]) -> None:
        got.add(found[0])
        take(found)

    studio.ask(key, work, taken)
