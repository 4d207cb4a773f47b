"""What readers answered, as plain values: the input of every analysis and report."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One artefact a reader pointed at.

    `x` and `y` are fractions 0..1 of the image's width and height as it is hung with the chest
    wall on the left, so that marks on both breasts can be drawn on one outline.
    """

    x: float
    y: float
    reason: str


@dataclass(frozen=True, kw_only=True)
class Rating:
    """One answer of one reader to one case.

    `truth` is True for a positive case (in a real-or-generated reading: generated). `rating` is
    any ordinal or continuous number, larger meaning more surely positive. `modality` names the
    arm that is evaluated (a generator, a checkpoint); None marks a case that stands in every
    modality, such as the real images two generators are compared against. `called` is the
    yes/no answer, True for "positive"; None leaves it to a threshold on the rating.
    `confidence`, 0..1, is how sure the reader was of the answer. `seconds` runs from first paint
    to answer; `order` counts a reader's trials from 1 through all sessions. `repeat` marks the
    hidden second showing of a case: it enters only the analysis of repeats. `interrupted` marks
    a trial cut by a pause, crash or lost focus: it is left out of the analysis of times.
    """

    reader: str
    case: str
    truth: bool
    rating: float
    modality: str | None = None
    called: bool | None = None
    confidence: float | None = None
    seconds: float | None = None
    order: int | None = None
    session: int = 1
    block: int | None = None
    repeat: bool = False
    interrupted: bool = False
    marks: tuple[Mark, ...] = ()

    def __post_init__(self) -> None:
        where = f"reader {self.reader!r}, case {self.case!r}"
        if not self.reader or not self.case:
            raise ValueError(f"{where}: reader and case need a name")
        if not math.isfinite(self.rating):
            raise ValueError(f"{where}: rating {self.rating} is not a finite number")
        if self.confidence is not None and not 0 <= self.confidence <= 1:
            raise ValueError(f"{where}: confidence {self.confidence} is outside 0..1")
        if self.seconds is not None and not self.seconds >= 0:
            raise ValueError(f"{where}: {self.seconds} seconds; a time is 0 or more")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One answer of a two-alternative forced choice: which of two is the generated one.

    `pair` names the pair shown; `positive_left` says where the positive case stood,
    `chose_left` what the reader took for it.
    """

    reader: str
    pair: str
    positive_left: bool
    chose_left: bool
    modality: str | None = None
    seconds: float | None = None
    order: int | None = None
    interrupted: bool = False

    @property
    def correct(self) -> bool:
        """Whether the positive case was found."""
        return self.positive_left == self.chose_left


@dataclass(frozen=True, kw_only=True)
class Nearest:
    """The training image nearest to a generated case; `measure` names the distance used."""

    image: str
    distance: float
    measure: str


@dataclass(frozen=True, kw_only=True)
class CaseFacts:
    """What is known of a case after unblinding; `thumbnail` is a small PNG file as bytes."""

    view: str | None = None
    side: str | None = None
    source: str | None = None
    thumbnail: bytes | None = None
    nearest: Nearest | None = None


@dataclass(frozen=True, kw_only=True)
class ReaderFacts:
    """What is known of a reader: the group compared (such as experience) and free statements."""

    group: str | None = None
    statements: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class AuditRow:
    """One channel of the leak audit: how well it alone tells truth, and what was decided."""

    channel: str
    auc: float
    p: float
    perceptual: bool
    verdict: str
    waiver: str | None = None


@dataclass(frozen=True, kw_only=True)
class Verification:
    """Result of `mammoscope reading verify`: one sentence per check, True where it held."""

    checks: tuple[tuple[str, bool], ...]

    @property
    def intact(self) -> bool:
        """Whether every check held."""
        return all(held for _, held in self.checks)


@dataclass(frozen=True, kw_only=True)
class CompletedReading:
    """All that one analysis and its report are made from.

    `positive` and `negative` are the words for truth. `threshold` turns ratings into calls where
    a rating has no `called` (above it means positive; None: the middle of the scale used).
    `scale` is the lowest and highest rating that could be given, if the design fixed them.
    `margin` is the half-width of the equivalence region around AUC 0.5, with its reason.
    `statements` maps a heading of the report's methods (see `report.STATEMENTS`) to a text.
    `notes` are printed on the first page; `simulated` prints so on every page.
    """

    ratings: tuple[Rating, ...]
    choices: tuple[Choice, ...] = ()
    cases: Mapping[str, CaseFacts] = field(default_factory=dict)
    readers: Mapping[str, ReaderFacts] = field(default_factory=dict)
    title: str = "Reading"
    positive: str = "positive"
    negative: str = "negative"
    threshold: float | None = None
    scale: tuple[float, float] | None = None
    margin: float | None = None
    margin_reason: str = ""
    alpha: float = 0.05
    statements: Mapping[str, str] = field(default_factory=dict)
    audit: tuple[AuditRow, ...] = ()
    verification: Verification | None = None
    notes: tuple[str, ...] = ()
    simulated: bool = False

    def __post_init__(self) -> None:
        if not self.ratings and not self.choices:
            raise ValueError("there is no answer to analyse")
        if not 0 < self.alpha < 0.5:
            raise ValueError(f"alpha {self.alpha}: a level between 0 and 0.5 is needed")
        if self.margin is not None and not 0 < self.margin < 0.5:
            raise ValueError(f"margin {self.margin}: an AUC margin lies between 0 and 0.5")
        _check_rows(self.ratings)

    @property
    def modalities(self) -> tuple[str, ...]:
        """The modalities in order of their first rating."""
        named = dict.fromkeys(r.modality for r in self.ratings if r.modality is not None)
        return tuple(named) or ("all",)


def _check_rows(ratings: tuple[Rating, ...]) -> None:
    truth: dict[str, bool] = {}
    seen: set[tuple[str, str | None, str]] = set()
    for row in ratings:
        if truth.setdefault(row.case, row.truth) != row.truth:
            raise ValueError(f"case {row.case!r} is positive in one row and negative in another")
        key = (row.reader, row.modality, row.case)
        if not row.repeat and key in seen:
            raise ValueError(
                f"reader {row.reader!r} rated case {row.case!r} twice in one modality; "
                "mark the second as a repeat"
            )
        if not row.repeat:
            seen.add(key)
