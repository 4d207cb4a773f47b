"""What an annotation measures, in lines of text: beside the drawing and in the panel."""

from app.core.annotation import REGIONS, Annotation
from app.core.mammogram import Mammogram
from app.core.measure import Region, Statistics, angle, lengths, statistics


def region_statistics(annotation: Annotation, mammogram: Mammogram) -> Statistics | None:
    """Return the statistics of a region; None for other kinds and regions without pixels."""
    if annotation.kind not in REGIONS:
        return None
    region: Region = annotation.kind  # type: ignore[assignment]  # one of REGIONS
    return statistics(
        mammogram.facts, mammogram.pixels, mammogram.encoding, region, annotation.points
    )


def brief(annotation: Annotation, mammogram: Mammogram) -> list[str]:
    """Return the lines written beside a drawing: the reader's words, then the first results."""
    lines = [annotation.label] if annotation.label else []
    if annotation.kind in ("distance", "profile"):
        lines.append(lengths(mammogram.facts, annotation.points[0], annotation.points[1])[0].words)
    elif annotation.kind == "angle":
        degrees = angle(mammogram.facts, *annotation.points)
        lines += [] if degrees is None else [f"{degrees:.1f}°"]
    elif (found := region_statistics(annotation, mammogram)) is not None:
        lines.append(f"mean {number(found.mean)}  SD {number(found.sd)}")
        lines.append(_area(found))
    return lines


def full(annotation: Annotation, mammogram: Mammogram) -> list[str]:
    """Return all results, lengths on every basis the file offers."""
    if annotation.kind in ("distance", "profile"):
        found = lengths(mammogram.facts, annotation.points[0], annotation.points[1])
        words = [length.words for length in found]
        return words if found[0].mm is None else [*words, f"{found[0].pixels:.1f} px"]
    if annotation.kind == "angle":
        return brief(annotation, mammogram)[bool(annotation.label) :]
    statistics = region_statistics(annotation, mammogram)
    if statistics is None:
        return ["no pixel inside"]
    return [
        f"mean {number(statistics.mean)}",
        f"SD {number(statistics.sd)}",
        f"minimum {number(statistics.least)}   maximum {number(statistics.greatest)}",
        f"median {number(statistics.median)}",
        _area(statistics),
        f"{statistics.pixels:,} px",
    ]


def number(value: float) -> str:
    """Return a value with one digit behind the point where that says anything."""
    return f"{value:.0f}" if abs(value) >= 1000 or value == round(value) else f"{value:.4g}"


def _area(found: Statistics) -> str:
    if found.area_mm2 is None:
        return f"{found.pixels:,} px {found.basis.value}"
    return f"{found.area_mm2:.1f} mm² {found.basis.value}"
