"""What a metric answers: figures for the JSON, pictures for the report, and what they mean."""

from dataclasses import dataclass, field
from typing import Any

from train.evaluate.estimate import Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture of the report: markup of an SVG or of an image with its data inside."""

    caption: str
    markup: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The answer of one metric."""

    title: str
    about: str  #: definition, features, source; for someone who quotes the number
    figures: tuple[Figure, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)  #: JSON-ready further numbers
    pictures: tuple[Picture, ...] = ()
