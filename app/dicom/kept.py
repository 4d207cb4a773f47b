"""What of a header may leave a hospital: an allow-list of numbers and words out of closed sets.

Runs in the process that opens files. No free text passes: a word is passed on when it is one of
those listed here, a number when it is a number, a code when its meaning is known to us.
"""

from typing import Any

from pydicom.dataset import Dataset

from app.core.mammogram import Facts
from app.dicom.cautions import several
from app.dicom.codes import MODIFIER_CODES, VIEW_CODES
from app.dicom.elements import text

YES_NO = ("YES", "NO")
#: Words of a closed set (PS3.3 C.8.11), by keyword.
WORDS: dict[str, tuple[str, ...]] = {
    "PresentationIntentType": ("FOR PRESENTATION",),
    "PositionerType": ("MAMMOGRAPHIC", "NONE"),
    "PositionerMotion": ("STATIC",),
    "PixelIntensityRelationship": ("LIN", "LOG", "DISP"),
    "DetectorType": ("DIRECT", "SCINTILLATOR", "STORAGE", "FILM"),
    "BreastImplantPresent": YES_NO,
    "PartialView": YES_NO,
    "QualityControlImage": YES_NO,
    "SyntheticData": YES_NO,
    "LossyImageCompression": ("00", "01"),
    "PatientSex": ("F", "M", "O"),
    "AnodeTargetMaterial": ("TUNGSTEN", "MOLYBDENUM", "RHODIUM"),
    "FilterMaterial": (
        "MOLYBDENUM", "ALUMINUM", "COPPER", "RHODIUM", "NIOBIUM", "EUROPIUM", "SILVER", "LEAD",
    ),
    "BurnedInAnnotation": YES_NO,
}  # fmt: skip
#: Numbers, by keyword; how they were exposed says nothing of whose breast it is.
NUMBERS = (
    "KVP", "ExposureTime", "Exposure", "ExposureInuAs", "RelativeXRayExposure",
    "BodyPartThickness", "CompressionForce", "OrganDose", "EntranceDoseInmGy",
    "DistanceSourceToDetector", "DistanceSourceToPatient", "FocalSpots",
    "EstimatedRadiographicMagnificationFactor", "PositionerPrimaryAngle",
    "PixelIntensityRelationshipSign", "ImagerPixelSpacing", "PixelSpacing",
    "LossyImageCompressionRatio", "PixelPaddingValue", "PixelPaddingRangeLimit",
)  # fmt: skip
#: What the new identifiers are made from; none of it is passed on as it is.
IDENTIFIERS = (
    "PatientID", "PatientName", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID",
    "FrameOfReferenceUID", "StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate",
)  # fmt: skip


def kept_of(dataset: Dataset, facts: Facts) -> dict[str, Any]:
    """Return words, numbers and codes that may leave, and what identifiers are made from."""
    words = {
        keyword: word
        for keyword, allowed in WORDS.items()
        if (word := text(dataset, keyword).upper()) in allowed
    }
    numbers = {}
    for keyword in NUMBERS:
        values = [value for value in several(dataset, keyword) if value is not None]
        if values and len(values) <= 8:
            numbers[keyword] = values
    view = next((c for c in _codes(dataset, "ViewCodeSequence") if c in VIEW_CODES), "")
    modifiers = [
        code
        for item in list(dataset.get("ViewCodeSequence") or [])[:1]
        for code in _codes(item, "ViewModifierCodeSequence")
        if code in MODIFIER_CODES
    ]
    return {
        "words": words,
        "numbers": numbers,
        "view": view,
        "modifiers": modifiers,
        "orientation": list(facts.orientation or ()),
        "digital": text(dataset, "Modality").upper() == "MG",
        "identifiers": {keyword: text(dataset, keyword) for keyword in IDENTIFIERS},
    }


def _codes(dataset: Dataset, keyword: str) -> list[str]:
    return [text(item, "CodeValue") for item in dataset.get(keyword) or []]
