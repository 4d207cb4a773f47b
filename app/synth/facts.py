"""What is known of a model without touching torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gan.checkpoint import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectionInfo:
    """What a slider needs to know of its direction."""

    name: str
    kind: str  #: measured, predicted, feature, factorised or random
    r2: float | None  #: how much of the attribute the latent tells, on exams the fit has not seen
    reach: float  #: steps to either side that are sensible
    told: float | None = None  #: R2 of a prediction on held-out patients


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """What the application shows of a model without touching torch."""

    hash: str
    title: str
    file: str
    rungs: tuple[tuple[int, int], ...]  #: rows, columns of each rung
    directions: tuple[DirectionInfo, ...]
    licence: str
    attribution: str
    facts: Mapping[str, str]
    opening: int = 0  #: seed of the exam that is shown first


def known(model: "Model", file: str) -> ModelInfo:
    """Return what the application shows of a loaded model whose file is named `file`."""
    config, card = model.config, model.card
    return ModelInfo(
        hash=model.hash,
        title=card.title,
        file=file,
        rungs=tuple(config.size(r) for r in range(config.rungs)),
        directions=tuple(
            DirectionInfo(name=f.name, kind=f.kind, r2=f.r2, reach=f.reach, told=f.told)
            for f in model.directions.facts
        ),
        licence=card.licence,
        attribution=card.attribution,
        facts={**card.facts, "images shown in training": f"{card.images_shown:,}"},
        opening=card.opening,
    )
