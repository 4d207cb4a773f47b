"""Which exam of a model is shown first: chosen by a rule that anyone can run again."""

from collections.abc import Callable
from pathlib import Path

from app.core.recipe import LatentPoint, Recipe
from app.synth.quality import Judge
from app.synth.render import Synthesizer

RULE = (
    "seed {seed}: the most usual of seeds 0 to {last} by `mammoscope opening`; no other is chosen"
)


def choose_opening(path: Path, seeds: int, progress: Callable[[int, int], None]) -> int:
    """Find the seed below `seeds` whose exam is the most usual, store it in the model; return it.

    Of exams equally usual the lowest seed is taken. ValueError when the file is no model.
    """
    from gan.checkpoint import replace_opening

    model = Synthesizer(path)
    judge = Judge(model, progress)

    def rank(seed: int) -> float:
        return judge.quality(Recipe(model=model.info.hash, point=LatentPoint(seed=seed)))

    best = max(range(seeds), key=rank)
    replace_opening(path, best, RULE.format(seed=best, last=seeds - 1))
    return best
