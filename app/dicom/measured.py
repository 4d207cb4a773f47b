"""One annotation as a measurement group of a structured report (PS3.16 TID 1410 and 1501).

Every measurement says on which basis its millimetres stand, in its tracking identifier.
"""

from collections.abc import Iterator
from typing import Any

from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from app.core.annotation import REGIONS, Annotation
from app.core.annotation_words import region_statistics
from app.core.mammogram import Mammogram
from app.core.measure import angle, lengths
from app.dicom.outlines import outline_within


def group_of(one: Annotation, mammogram: Mammogram, dataset: Dataset) -> Any:
    """Return the measurement group of an annotation, its coordinates in pixels of the image."""
    from highdicom import sr

    facts = mammogram.facts
    words = one.label or f"{facts.label} {one.kind}"
    if one.kind in REGIONS:
        region = sr.ImageRegion(
            graphic_type="ELLIPSE" if one.kind == "ellipse" else "POLYLINE",
            graphic_data=outline_within(one, mammogram),
            source_image=sr.SourceImageForRegion.from_source_image(dataset),
        )
        return sr.PlanarROIMeasurementsAndQualitativeEvaluations(
            tracking_identifier=sr.TrackingIdentifier(identifier=_based(words, one, mammogram)),
            referenced_region=region,
            finding_sites=_site(facts.side),
            measurements=list(_of_region(one, mammogram)),
        )
    return sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(identifier=_based(words, one, mammogram)),
        finding_sites=_site(facts.side),
        measurements=[_of_line(one, mammogram, dataset)],
    )


def _based(words: str, one: Annotation, mammogram: Mammogram) -> str:
    """Return the name with the basis of the millimetres, which SR has no place of its own for."""
    if one.kind == "angle":
        return words
    length = lengths(mammogram.facts, one.points[0], one.points[1])[0]
    return f"{words} ({' '.join(part for part in (length.basis.value, length.note) if part)})"


def _site(side: str | None) -> Any:
    from highdicom import sr

    laterality = {"R": codes.SCT.Right, "L": codes.SCT.Left}.get(side or "")
    return [sr.FindingSite(anatomic_location=codes.SCT.Breast, laterality=laterality)]


def _of_line(one: Annotation, mammogram: Mammogram, dataset: Dataset) -> Any:
    from highdicom import sr

    where = sr.CoordinatesForMeasurement(
        graphic_type="POLYLINE",
        graphic_data=outline_within(one, mammogram),
        source_image=sr.SourceImageForRegion.from_source_image(dataset),
    )
    if one.kind == "angle":
        degrees = angle(mammogram.facts, *one.points) or 0.0
        name, value, unit = codes.SCT.Angle, degrees, codes.UCUM.Degree
    else:
        length = lengths(mammogram.facts, one.points[0], one.points[1])[0]
        name, value, unit = codes.SCT.Length, length.pixels, _pixels()
        if length.mm is not None:
            value, unit = length.mm, codes.UCUM.Millimeter
    return sr.Measurement(
        name=name, value=round(float(value), 4), unit=unit, referenced_coordinates=[where]
    )


def _pixels() -> Any:
    from highdicom import sr

    return sr.CodedConcept("{pixels}", "UCUM", "pixels")


def _of_region(one: Annotation, mammogram: Mammogram) -> Iterator[Any]:
    from highdicom import sr

    found = region_statistics(one, mammogram)
    if found is None:
        return
    intensity = sr.CodedConcept("Q4LE", "IBSI", "Mean intensity")
    yield sr.Measurement(name=intensity, value=_short(found.mean), unit=codes.UCUM.NoUnits)
    for name, value in (
        (codes.SCT.StandardDeviation, found.sd),
        (codes.SCT.Minimum, found.least),
        (codes.SCT.Median, found.median),
        (codes.SCT.Maximum, found.greatest),
    ):
        yield sr.Measurement(name=name, value=_short(value), unit=codes.UCUM.NoUnits)
    if found.area_mm2 is not None:
        unit = codes.UCUM.SquareMillimeter
        yield sr.Measurement(name=codes.SCT.Area, value=_short(found.area_mm2), unit=unit)


def _short(value: float) -> float:
    return round(float(value), 4)
