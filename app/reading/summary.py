"""An analysis in a screenful of plain lines."""

from collections.abc import Iterator

from app.reading.statistics.analysis import Analysis
from app.reading.statistics.equivalence import Equivalence
from app.reading.statistics.estimate import Estimate


def number(value: float | None, places: int = 3) -> str:
    """Return a rounded number, or a dash for None."""
    return "-" if value is None else f"{value:.{places}f}"


def p_value(p: float | None) -> str:
    """Return a p value as papers print it."""
    if p is None:
        return "-"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def interval(found: Estimate, places: int = 3) -> str:
    """Return value and interval, or why there is none."""
    if found.value is None:
        return f"not estimable ({found.reason})"
    if found.shown is None:
        return f"{found.value:.{places}f} (interval not estimable: {found.reason})"
    level = round(100 * (found.level or 0.95))
    low, high = found.shown
    span = f"{low:.{places}f} to {high:.{places}f}"
    return f"{found.value:.{places}f} ({level}% CI {span})"


def verdict(found: Equivalence) -> str:
    """Return the outcome of an equivalence test in one sentence."""
    if found.p is None:
        return f"equivalence not estimable ({found.reason})"
    outcome = "shown" if found.equivalent else "not shown"
    level = round(100 * (1 - 2 * found.alpha))
    return (
        f"equivalence to {found.centre:g} within {found.margin:g} {outcome} "
        f"({level}% CI {number(found.low)} to {number(found.high)}, p {p_value(found.p)})"
    )


def summary(found: Analysis) -> Iterator[str]:
    """Yield the lines of the summary."""
    data = found.data
    yield (
        f"{len(data.readers)} readers, {data.positive_cases} positive and {data.negative_cases} "
        f"negative cases, {data.ratings} ratings, {data.missing} missing"
    )
    for panel in found.panel.get("auc", []):
        yield f"\n{panel.modality}"
        for row in (r for r in found.readers if r.modality == panel.modality):
            yield (
                f"  {row.reader:12} AUC {interval(row.auc)}, Holm p {p_value(row.p_holm)}, "
                f"accuracy {number(row.accuracy.value)}, d' {number(row.detection.dprime.value, 2)}"
            )
        yield f"  reader mean  AUC {interval(panel.primary)}, p {p_value(panel.primary.p)}"
        yield f"  U-statistics AUC {interval(panel.gallas)}, p {p_value(panel.gallas.p)}"
        if panel.equivalence is not None:
            yield f"  {verdict(panel.equivalence)}"
    for comparison in found.comparisons.get("auc", []):
        yield f"\n{comparison.first} - {comparison.second}"
        yield f"  {interval(comparison.primary)}, p {p_value(comparison.primary.p)}"
        yield f"  U-statistics {interval(comparison.gallas)}, p {p_value(comparison.gallas.p)}"
