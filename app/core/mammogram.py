"""The values everything else passes around: what is known of a mammogram, its pixels, an exam."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.core.display import Encoding

Side = Literal["R", "L"]
Stored = NDArray[np.uint16]

#: The four views of a screening exam, in the order every list of Mammoscope keeps.
SCREENING: tuple[tuple[Side, str], ...] = (("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO"))

NOTHING: Mapping[str, str] = {}
#: Letters of the ACR for view modifiers, in the order they are written behind the view.
ACR: Mapping[str, str] = {
    "rolled_lateral": "RL",
    "rolled_medial": "RM",
    "rolled_inferior": "RI",
    "rolled_superior": "RS",
    "implant_displaced": "ID",
    "tangential": "TAN",
    "cleavage": "CV",
    "axillary_tail": "AT",
    "nipple_in_profile": "NP",
    "anterior_compression": "AC",
    "infra_mammary_fold": "IMF",
    "axillary_tissue": "AX",
    "spot": "S",
    "magnification": "M",
}
#: Begins the caution that the pixels speak against Patient Orientation.
CONTRADICTED = "Patient Orientation contradicts the pixels"


class Source(StrEnum):
    """Whether a mammogram was exposed or generated."""

    REAL = "real"
    SYNTHETIC = "synthetic"


class SpacingBasis(StrEnum):
    """Where a pixel spacing comes from, in the words shown beside every length."""

    DETECTOR = "at detector"
    MAGNIFICATION = "corrected for magnification"
    CALIBRATED = "calibrated"
    DECLARED = "declared"
    NONE = "no spacing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spacing:
    """A pixel spacing that a file offers, with where it comes from."""

    mm: tuple[float, float]  #: between rows, between columns
    basis: SpacingBasis
    note: str = ""  #: how it came about, such as "x1.5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of one mammogram without its pixels.

    A fact that the file did not state in its proper place is named in `inferred` with the reason;
    the keys are the field names: side, view, orientation, exam, spacing, air.
    """

    file: str  #: path as shown to the user; a member of a ZIP archive is "archive.zip!member"
    rows: int
    columns: int
    side: Side | None = None
    view: str | None = None  #: CC, MLO, ML, ... as DICOM CID 4014 abbreviates them
    modifiers: frozenset[str] = frozenset()  #: spot, magnification, implant_displaced, ...
    source: Source = Source.REAL
    orientation: tuple[str, str] | None = None  #: Patient Orientation: row and column direction
    spacing_mm: tuple[float, float] | None = None  #: between rows, between columns
    spacing_basis: SpacingBasis = SpacingBasis.NONE
    spacings: tuple[Spacing, ...] = ()  #: all that the file offers, the one in use first
    uid: str = ""  #: SOP Instance UID, by which other objects point at the image
    twins: tuple[str, ...] = ()  #: UIDs of images it was made from, place for place the same
    exam: str = ""  #: key that groups mammograms into one exam
    date: str = ""  #: YYYYMMDD of the exam, empty when not known
    patient: str = ""  #: shown in the full overlay only, never logged
    born: str = ""  #: YYYYMMDD, tells persons of one identifier apart; never shown, never logged
    partial: str | None = None  #: which part of the breast, maybe empty words; None: all of it
    overlay: Mapping[str, str] = field(default_factory=lambda: NOTHING)  #: words for the overlay
    inferred: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    cautions: tuple[str, ...] = ()  #: where the picture, its side or its lengths could mislead

    @property
    def contradicted(self) -> bool:
        """Whether the pixels show the chest wall where Patient Orientation does not have it."""
        return any(said.startswith(CONTRADICTED) for said in self.cautions)

    @property
    def label(self) -> str:
        """Short ACR label such as RCC or LMLO; a question mark stands for what is not known."""
        return f"{self.side or '?'}{self.view or '?'}"

    @property
    def acr_label(self) -> str:
        """The label with the ACR's letters for view modifiers, such as RMLOID or LCCSM."""
        return self.label + "".join(ACR[m] for m in ACR if m in self.modifiers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mammogram:
    """One image of one breast: facts, untouched stored values, and how they become grey.

    `pixels` has shape (rows, columns), uint16, read-only. Signed stored values are shifted to
    zero at reading; `encoding.offset` says by how much. `fogged`, a grid of any size over the
    image, is True outside the breast where film is fogged: black when inverted, or it would glare.
    `breast` is its top, left, bottom and right in pixels as stored, where it was looked for.
    """

    facts: Facts
    pixels: Stored
    encoding: Encoding
    fogged: NDArray[np.bool_] | None = None
    breast: tuple[int, int, int, int] | None = None

    def __post_init__(self) -> None:
        assert self.pixels.dtype == np.uint16, self.pixels.dtype
        assert self.pixels.shape == (self.facts.rows, self.facts.columns), self.pixels.shape
        self.pixels.flags.writeable = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Exam:
    """The mammograms of one person at one time, facts only; pixels are read when they are hung."""

    id: str
    title: str
    images: tuple[Facts, ...]
    date: str = ""

    @property
    def source(self) -> Source:
        """Synthetic when any of its mammograms is."""
        for image in self.images:  # not any(): lists of ten thousand exams ask each often
            if image.source is Source.SYNTHETIC:
                return Source.SYNTHETIC
        return Source.REAL
