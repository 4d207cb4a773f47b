"""From a DICOM header to facts, stepping down from codes to free text and marking what is inferred.

Hanging goes by codes (IHE Mammography Image): Image Laterality, View Code Sequence, View Modifier
Code Sequence, Patient Orientation. What follows them here is for files that lack them.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from app.core.geometry import first_letters
from app.core.mammogram import Facts, Side, Source, Spacing, SpacingBasis
from app.dicom.codes import (
    MODIFIER_CODES,
    PART_CODES,
    SIDES,
    VIEW_CODES,
    VIEWS,
    side_and_view,
    stem_without_view,
)
from app.dicom.elements import number, pair, sequence, text, value_of, word
from app.dicom.location import Unreadable, name_of

NARROWEST = 64  #: times as long as wide
#: A breast on the table is magnified up to about 1.1 times; magnification views are from 1.4 on.
MAGNIFIED = 1.3
FOR_PROCESSING = "1.2.840.10008.5.1.4.1.1.1.2.1"  #: Digital Mammography, For Processing


def _view_and_modifiers(dataset: Dataset) -> tuple[str | None, frozenset[str]]:
    view, modifiers = None, set()
    for item in sequence(dataset, "ViewCodeSequence"):
        view = view or VIEW_CODES.get(text(item, "CodeValue"))
        for modifier in sequence(item, "ViewModifierCodeSequence"):
            code = text(modifier, "CodeValue")
            modifiers.add(MODIFIER_CODES.get(code, "other"))
    return view, frozenset(modifiers)


#: Free texts that may name side and view, in the order they are asked, with their spoken names.
_TEXTS = (
    ("SeriesDescription", "Series Description"),
    ("ProtocolName", "Protocol Name"),
    ("AcquisitionDeviceProcessingDescription", "Acquisition Device Processing Description"),
    ("ImageComments", "Image Comments"),
    ("PatientID", "Patient ID"),
)


def _named(dataset: Dataset, location: str) -> Iterator[tuple[str, Side | None, str | None]]:
    for keyword, spoken in _TEXTS:
        yield spoken, *side_and_view(text(dataset, keyword))
    yield "the file name", *side_and_view(name_of(location).rsplit(".", 1)[0])


def _side(dataset: Dataset, location: str, inferred: dict[str, str]) -> Side | None:
    for keyword, spoken in (("ImageLaterality", ""), ("Laterality", "Laterality of the series")):
        side = SIDES.get(text(dataset, keyword).upper())
        if side is not None:
            if spoken:
                inferred["side"] = f"from {spoken}; Image Laterality is missing"
            return side
    for spoken, side, _ in _named(dataset, location):
        if side is not None:
            inferred["side"] = f"from words in {spoken}; no laterality is stated"
            return side
    return None


def _view(dataset: Dataset, location: str, inferred: dict[str, str]) -> str | None:
    position = text(dataset, "ViewPosition").upper()
    if position in VIEWS:
        inferred["view"] = "from View Position; the View Code Sequence is missing"
        return position
    orientation = text(dataset, "PatientOrientation").upper()
    if orientation in VIEWS:
        inferred["view"] = "from Patient Orientation, which holds the view instead"
        return orientation
    for spoken, _, view in _named(dataset, location):
        if view is not None:
            inferred["view"] = f"from words in {spoken}; no view is stated"
            return view
    return None


def _orientation(dataset: Dataset) -> tuple[str, str] | None:
    parts = text(dataset, "PatientOrientation").upper().split("\\")
    if len(parts) != 2 or first_letters((parts[0], parts[1])) is None:
        return None
    return parts[0], parts[1]


def _spacings(dataset: Dataset) -> tuple[Spacing, ...]:
    """Return every spacing the header offers, the one to use first.

    Detector over magnification first (IHE Mammography Image), then the detector's, then Pixel
    Spacing: calibrated when it says so or differs from the detector's (PS3.3 10.7.1.3), then the
    scanner's.
    """
    found = []
    imager, pixel = pair(dataset, "ImagerPixelSpacing"), pair(dataset, "PixelSpacing")
    factor = number(dataset, "EstimatedRadiographicMagnificationFactor")
    if imager is not None:
        if factor is not None and 1.0 <= factor <= 5.0:
            corrected, note = (imager[0] / factor, imager[1] / factor), f"x{factor:g}"
            found.append(Spacing(mm=corrected, basis=SpacingBasis.MAGNIFICATION, note=note))
        found.append(Spacing(mm=imager, basis=SpacingBasis.DETECTOR))
    if pixel is not None:
        kind = word(dataset, "PixelSpacingCalibrationType").lower()
        if kind or (imager is not None and pixel != imager):
            found.append(Spacing(mm=pixel, basis=SpacingBasis.CALIBRATED, note=kind))
        elif imager is None:
            found.append(Spacing(mm=pixel, basis=SpacingBasis.DECLARED))
    if not found and (scanned := pair(dataset, "NominalScannedPixelSpacing")) is not None:
        found.append(Spacing(mm=scanned, basis=SpacingBasis.DECLARED, note="of the scanner"))
    return tuple(found)


#: Overlay words: what is shown, from which element, with which unit.
_OVERLAY: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "name": ("PatientName", ""),
        "age": ("PatientAge", ""),
        "kVp": ("KVP", "kV"),
        "exposure": ("Exposure", "mAs"),
        "exposure time": ("ExposureTime", "ms"),
        "exposure index": ("RelativeXRayExposure", ""),
        "anode": ("AnodeTargetMaterial", ""),
        "filter": ("FilterMaterial", ""),
        "thickness": ("BodyPartThickness", "mm"),
        "force": ("CompressionForce", "N"),
        "angle": ("PositionerPrimaryAngle", "deg"),
        "organ dose": ("OrganDose", "dGy"),
        "entrance dose": ("EntranceDoseInmGy", "mGy"),
        "institution": ("InstitutionName", ""),
        "station": ("StationName", ""),
        "operator": ("OperatorsName", ""),
        "maker": ("Manufacturer", ""),
        "machine": ("ManufacturerModelName", ""),
        "detector": ("DetectorID", ""),
    }
)


def _overlay(dataset: Dataset) -> dict[str, str]:
    words = {
        name: f"{value} {unit}".strip()
        for name, (keyword, unit) in _OVERLAY.items()
        if (value := text(dataset, keyword))
    }
    factor = number(dataset, "EstimatedRadiographicMagnificationFactor")
    if factor is not None and factor >= MAGNIFIED:
        words["magnified"] = f"{factor:g}x"
    flags = {
        "for processing": text(dataset, "PresentationIntentType").upper() == "FOR PROCESSING"
        or text(dataset, "SOPClassUID") == FOR_PROCESSING,
        "from tomosynthesis": "GENERATED_2D" in text(dataset, "ImageType").upper(),
        "implant": text(dataset, "BreastImplantPresent").upper() == "YES",
        "partial view": text(dataset, "PartialView").upper() == "YES",
        "quality control": text(dataset, "QualityControlImage").upper() == "YES",
        "burned in": text(dataset, "BurnedInAnnotation").upper() == "YES",
    }
    words |= {name: "yes" for name, present in flags.items() if present}
    if text(dataset, "LossyImageCompression") == "01":
        ratio = text(dataset, "LossyImageCompressionRatio").split("\\")[-1]
        words["lossy"] = f"compressed {ratio}:1" if ratio else "yes"
    return words


def _exam(dataset: Dataset, inferred: dict[str, str]) -> str:
    """Return the key of the exam: the study, or what Patient IDs share that name side and view.

    Where each image has a patient and a study of its own (CBIS-DDSM: "..._P_00173_LEFT_CC"), the
    study would tear the exam apart.
    """
    patient = text(dataset, "PatientID")
    stem = stem_without_view(patient)
    # Without a number ("ANON_LEFT_CC") the rest may be the same for many people.
    if None not in side_and_view(patient) and any(letter.isdigit() for letter in stem):
        inferred["exam"] = "from the Patient ID, which names side and view of each image"
        return stem
    return text(dataset, "StudyInstanceUID") or patient


def _partial(dataset: Dataset) -> str | None:
    """Return which part of the breast a partial view shows, in words; None when it shows all."""
    codes = sequence(dataset, "PartialViewCodeSequence")
    if text(dataset, "PartialView").upper() != "YES" and not codes:
        return None
    named = (
        PART_CODES.get(text(item, "CodeValue")) or text(item, "CodeMeaning").lower()
        for item in codes
    )
    return " ".join(filter(None, named)) or text(dataset, "PartialViewDescription").lower()


def _twins(dataset: Dataset) -> tuple[str, ...]:
    """Return the images this one was made from without moving a pixel, such as For Processing."""
    return tuple(
        text(item, "ReferencedSOPInstanceUID")
        for item in sequence(dataset, "SourceImageSequence")
        if text(item, "SpatialLocationsPreserved").upper() == "YES"
    )


def facts_of(dataset: Dataset, location: str) -> Facts:
    """Return what the header states or implies of a mammogram; Unreadable when it has no image."""
    name = name_of(location)
    rows, columns = number(dataset, "Rows"), number(dataset, "Columns")
    if not rows or not columns:
        raise Unreadable(f"{name}: holds no image (Rows and Columns are missing)")
    if max(rows, columns) > NARROWEST * min(rows, columns):
        raise Unreadable(f"{name}: is {columns:g}x{rows:g} pixels, which no mammogram is")
    if any(isinstance(value_of(dataset, k), MultiValue) for k in ("Rows", "Columns")):
        raise Unreadable(f"{name}: states several sizes; Rows and Columns are one number each")
    counted = value_of(dataset, "NumberOfFrames")
    frames = 1.0 if counted is None or counted == "" else number(dataset, "NumberOfFrames")
    if frames is None or not 0 <= frames <= 1:
        held = "no countable" if frames is None or frames < 0 else f"{frames:g}"
        raise Unreadable(f"{name}: holds {held} frames; single images are read")
    inferred: dict[str, str] = {}
    view, modifiers = _view_and_modifiers(dataset)
    if view is None:
        view = _view(dataset, location, inferred)
    synthetic = text(dataset, "SyntheticData").upper() == "YES"
    # A generated image states a spacing because the standard asks for one; nothing was measured.
    spacings = () if synthetic else _spacings(dataset)
    return Facts(
        file=location,
        rows=int(rows),
        columns=int(columns),
        side=_side(dataset, location, inferred),
        view=view,
        modifiers=modifiers,
        source=Source.SYNTHETIC if synthetic else Source.REAL,
        orientation=_orientation(dataset),
        spacing_mm=spacings[0].mm if spacings else None,
        spacing_basis=spacings[0].basis if spacings else SpacingBasis.NONE,
        spacings=spacings,
        uid=text(dataset, "SOPInstanceUID"),
        twins=_twins(dataset),
        exam=_exam(dataset, inferred) or name,
        date=text(dataset, "StudyDate"),
        patient=text(dataset, "PatientID"),
        born=text(dataset, "PatientBirthDate"),
        partial=_partial(dataset),
        overlay=_overlay(dataset),
        inferred=inferred,
    )
