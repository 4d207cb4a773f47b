"""From real mammograms to the exam the model makes that is closest, and how close that is."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app import settings
from app.core.display import window_for
from app.core.mammogram import Mammogram
from app.core.recipe import LatentPoint, Recipe
from app.prepare.frame import framed, shaded
from app.synth import found
from app.synth.render import Synthesizer

Progress = Callable[[int, int], None]
Picture = NDArray[np.float32]
SAID = "closest this model can make"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Closest:
    """The outcome: the exam, what was asked for and what is left, by label such as RCC."""

    recipe: Recipe
    score: float
    asked: dict[str, NDArray[np.float32]]
    made: dict[str, NDArray[np.float32]]
    reached: tuple[float, ...]  #: scores of held-out generated images, if they are known

    @property
    def place(self) -> str:
        """Where the score lies among what held-out generated images reach, in words."""
        if not self.reached:
            return "not yet compared with held-out generated images"
        below = sum(one <= self.score for one in self.reached)
        low, high = min(self.reached), max(self.reached)
        return (
            f"held-out generated images reach {low:.2f} to {high:.2f}; "
            f"{below} of {len(self.reached)} reach no more than this one"
        )

    @property
    def words(self) -> str:
        """The whole of it in a sentence or two."""
        return f"{SAID.capitalize()}: likeness {self.score:.2f}; {self.place}."


def pictures_of(mammograms: Iterable[Mammogram], model: Synthesizer) -> dict[str, Picture]:
    """Return real mammograms as the model would make them: its size, [-1, 1], chest wall left.

    ValueError for two of one view, or none of a view that the model makes.
    """
    rows, _ = model.info.rungs[-1]
    asked: dict[str, NDArray[np.float32]] = {}
    for mammogram in mammograms:
        label = mammogram.facts.label
        if label not in found.LABELS:
            continue
        if label in asked:
            raise ValueError(f"two images are {label}; one of each view is projected")
        grey = framed(shaded(mammogram, window_for(mammogram.pixels, mammogram.encoding)), rows)
        asked[label] = np.asarray(grey / np.float32(32767.5) - 1, np.float32)
    if not asked:
        raise ValueError("none of the images is a CC or MLO view of a breast")
    return asked


def closest(
    model: Synthesizer,
    asked: dict[str, NDArray[np.float32]],
    told: Callable[[found.Found], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Closest:
    """Return the exam that comes closest; a cancelled search gives the best so far.

    ValueError says in a sentence that pictures are like no mammogram the model can make.
    """
    last = None
    for last in found.find(model, asked, cancelled):
        told(last)
    assert last is not None
    values = model.values(last.recipe)
    made = {label: values[label] for label in asked}
    score = found.score(made, asked)
    if last.done == last.total and (refusal := found.unlike(score)):
        raise ValueError(refusal)
    return Closest(
        recipe=last.recipe, score=score, asked=asked, made=made, reached=reached(model, asked)
    )


def reached(model: Synthesizer, labels: Iterable[str]) -> tuple[float, ...]:
    """Return the scores of held-out generated images of the same views; empty when not known."""
    labels = list(labels)
    kinds = (_scores(path, model).get(_kind(labels)) for path in _files(model, labels))
    return tuple(next((scores for scores in kinds if scores), ()))


def compare(
    model: Synthesizer,
    labels: Sequence[str],
    told: Progress = lambda done, total: None,
    cancelled: Callable[[], bool] = lambda: False,
    *,
    with_model: bool = False,
) -> tuple[float, ...]:
    """Project held-out generated images of the same views and keep their scores; takes minutes.

    They are kept with the user, or beside the model file for all who use it.
    """
    scores: list[float] = []
    for number in range(found.REFERENCES):
        point = LatentPoint(seed=found.FIRST_SEED + number)
        values = model.values(Recipe(model=model.info.hash, point=point))
        asked = {label: values[label] for label in labels}
        last = None
        for last in found.find(model, asked, cancelled):
            told(number * last.total + last.done, found.REFERENCES * last.total)
        if cancelled() or last is None:
            return tuple(scores)
        again = model.values(last.recipe)
        scores.append(found.score({label: again[label] for label in labels}, asked))
    beside, own = _files(model, labels)
    path = beside if with_model else own
    path.parent.mkdir(parents=True, exist_ok=True)
    known = _scores(path, model) | {_kind(labels): [round(score, 4) for score in scores]}
    whole = {"model": model.info.hash, "scores": known}
    path.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    return tuple(scores)


def _scores(path: Path, model: Synthesizer) -> dict[str, list[float]]:
    """Return the scores in a file by kind; none where it is of another model, or can't be read."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["model"] == model.info.hash:
            return {kind: [float(one) for one in scores] for kind, scores in told["scores"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    return {}


def _kind(labels: Iterable[str]) -> str:
    """Return what scores compare: how many views of which breasts are asked for at once."""
    return " ".join(sorted({label[1:] for label in labels})) + (
        " of both" if len({label[0] for label in labels}) == 2 else " of one"
    )


def _files(model: Synthesizer, labels: Iterable[str]) -> list[Path]:
    """Return where scores may be: with the model, then with the user."""
    kind = _kind(labels).replace(" ", "-").lower()
    own = settings.folder() / "models" / f"projection-{model.info.hash[:16]}-{kind}.json"
    return [model.path.with_name(f"{model.path.stem}-projection.json"), own]
