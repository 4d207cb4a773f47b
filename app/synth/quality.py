"""Attributes and quality of generated exams; what is usual of a model is found out once."""

import io
import logging
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from app import settings
from app.core.mammogram import Mammogram
from app.core.recipe import LatentPoint, Recipe
from app.synth.render import Synthesizer

FIRST_SEED = 3_000_000  #: of the random exams, apart from those people type

log = logging.getLogger(__name__)


class Judge:
    """A synthesizer that also measures and judges its exams."""

    def __init__(
        self,
        model: Synthesizer,
        progress: Callable[[int, int], None] = lambda done, total: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._model, self._progress, self._cancelled = model, progress, cancelled
        self._lock = threading.Lock()
        self._usual: object = None

    def render(self, recipe: Recipe) -> tuple[Mammogram, ...]:
        """Return RCC, LCC, RMLO and LMLO of a recipe."""
        return self._model.render(recipe)

    def measured(self, recipe: Recipe) -> dict[str, float]:
        """Return the attributes of an exam by name, each the mean over its four views."""
        from gan.attributes import ATTRIBUTES, measure

        values = measure(self._model.small(recipe), self._model.air).mean(axis=0)
        return dict(zip(ATTRIBUTES, values.tolist(), strict=True))

    def quality(self, recipe: Recipe) -> float:
        """Return the share of the model's random exams that are more unusual, 0 to 1.

        The first call draws random exams, unless a call before has on this machine. ValueError
        when it was cancelled meanwhile.
        """
        from gan.quality import Usual, described

        with self._lock:
            if self._usual is None:
                self._usual = self._kept() or self._found()
        assert isinstance(self._usual, Usual)
        return self._usual.quality(described(self._model.small(recipe), self._model.air))

    def _file(self) -> Path:
        return settings.folder() / "models" / f"usual-1-{self._model.info.hash[:16]}.npz"

    def _kept(self) -> object:
        from gan.quality import Usual

        try:
            with np.load(self._file()) as found:
                return Usual(**{name: found[name] for name in Usual.__dataclass_fields__})
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            return None

    def _found(self) -> object:
        from gan.quality import EXAMS, described, usual

        exams = []
        for k in range(EXAMS):
            if self._cancelled():
                raise ValueError("stopped before it was known what is usual of this model")
            recipe = Recipe(model=self._model.info.hash, point=LatentPoint(seed=FIRST_SEED + k))
            exams.append(described(self._model.small(recipe), self._model.air))
            self._progress(k + 1, EXAMS)
        found = usual(np.stack(exams))
        kept = io.BytesIO()
        np.savez(kept, **{name: getattr(found, name) for name in found.__dataclass_fields__})
        try:
            put(self._file(), kept.getvalue())
        except OSError as error:
            log.warning("what is usual of a model can't be kept: %s", error.strerror)
        return found


def put(path: Path, content: bytes) -> None:
    """Replace a file so that it is never half there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.replace(path)
