"""The results: sentences a paper can use, tables and figures."""

from collections.abc import Mapping

from app.reading.plots.base import Plot
from app.reading.ratings import CompletedReading
from app.reading.report.document import Figure, Section, Table, Text
from app.reading.report.words import (
    NONE,
    counted,
    equivalence_words,
    estimate_words,
    listed,
    number,
    p_value,
    share,
    with_interval,
)
from app.reading.statistics.analysis import Analysis
from app.reading.statistics.estimate import Estimate
from app.reading.statistics.mrmc_or import FIXED_CASES, FIXED_READERS, RANDOM
from app.reading.statistics.panel import Comparison, Panel

Blocks = list[Text | Table | Figure]
Plots = Mapping[str, Plot]
METHOD_WORDS = {"delong": "DeLong", "jackknife": "jackknife", "unbiased": "unbiased"}
POPULATION_WORDS = {
    RANDOM: "readers and cases random",
    FIXED_READERS: "readers fixed, cases random",
    FIXED_CASES: "readers random, cases fixed",
}


def figures(plots: Plots, *names: str) -> Blocks:
    """Return those of the figures that could be drawn."""
    return [Figure(plot=plots[name]) for name in names if name in plots]


def summary(reading: CompletedReading, found: Analysis) -> Section:
    """Return the findings in a few sentences."""
    data = found.data
    blocks: Blocks = [Text(text=note, kind="caution") for note in reading.notes]
    if data.ratings:
        blocks.append(
            Text(
                text=(
                    f"{counted(len(data.readers), 'reader')} gave "
                    f"{counted(data.ratings, 'rating')} of {data.positive_cases} "
                    f"{reading.positive} and {data.negative_cases} {reading.negative} images."
                )
            )
        )
    blocks += [_finding(reading, found, p) for p in found.panel["auc"]]
    blocks += [
        Text(
            kind="finding",
            text=(
                f"{c.first} against {c.second}: the AUC differed by {estimate_words(c.primary)}."
            ),
        )
        for c in found.comparisons["auc"]
    ]
    for one in found.choices:
        words = f"Forced choice, {one.modality}: proportion correct {estimate_words(one.gallas)}."
        if one.equivalence is not None:
            words += " " + equivalence_words(one.equivalence)
        blocks.append(Text(kind="finding", text=words))
    return Section(title="Summary", blocks=blocks)


def _finding(reading: CompletedReading, found: Analysis, panel: Panel) -> Text:
    mean = "The reader-mean AUC" if len(panel.performance) > 1 else "The reader's AUC"
    words = [f"{panel.modality}: {mean[0].lower()}{mean[1:]} was {estimate_words(panel.primary)}."]
    if panel.equivalence is not None:
        words.append(equivalence_words(panel.equivalence))
    own = [r for r in found.readers if r.modality == panel.modality]
    detectors = [
        r.reader for r in own if r.p_holm is not None and r.p_holm < reading.alpha and _above(r.auc)
    ]
    inverted = [
        r.reader
        for r in own
        if r.p_holm is not None and r.p_holm < reading.alpha and not _above(r.auc)
    ]
    if len(own) > 1:
        telling = f"{listed(detectors)} told" if detectors else "no reader told"
        words.append(f"Single readers, Holm-adjusted: {telling} the classes apart.")
    if inverted:
        words.append(f"{listed(inverted)} used cues the wrong way round (AUC below 0.5).")
    if panel.reader_sd is not None:
        words.append(
            f"Readers' AUC had a standard deviation of {number(panel.reader_sd)}; the mean rating "
            f"of all readers reached {with_interval(panel.pooled_rating)}."
        )
    return Text(kind="finding", text=" ".join(words))


def _above(found: Estimate) -> bool:
    return (found.value or 0.0) > 0.5


def readers(reading: CompletedReading, found: Analysis, plots: Plots) -> Section | None:
    """Return single readers: table, ROC, forest, ratings, bias, calibration."""
    if not found.readers:
        return None
    rows = [
        (
            r.reader,
            r.modality,
            f"{r.positives}+{r.negatives}",
            share(r.accuracy),
            share(r.sensitivity),
            share(r.specificity),
            number(r.detection.dprime.value),
            number(r.detection.criterion.value),
            with_interval(r.auc),
            p_value(r.p_holm),
            number(r.times.median, 1),
        )
        for r in found.readers
    ]
    table = Table(
        name="readers",
        caption=(
            f"Single readers. Accuracy, sensitivity ({reading.positive} called "
            f"{reading.positive}) and specificity in % with Wilson intervals (exact ones in the "
            "exported numbers); AUC with DeLong interval and Holm-adjusted p; median seconds."
        ),
        columns=(
            "Reader", "Modality", "n", "Acc.", "Sens.", "Spec.", "d'", "c", "AUC", "p", "Time (s)",
        ),
        rows=rows,
        left=2,
    )  # fmt: skip
    blocks = [table, *figures(plots, "forest", "roc", "ratings", "bias")]
    if any(r.calibration is not None for r in found.readers):
        blocks += [_confidence(found), *figures(plots, "calibration")]
    return Section(title="Readers", blocks=blocks)


def _confidence(found: Analysis) -> Table:
    return Table(
        name="confidence",
        caption=(
            "Confidence: Brier score and mean calibration error of ratings read as probabilities, "
            "and how well confidence tells right answers from wrong ones (type-2 AUC)."
        ),
        columns=("Reader", "Modality", "Brier score", "Calibration error", "Type-2 AUC"),
        rows=[
            (
                r.reader,
                r.modality,
                number(r.calibration.brier),
                number(r.calibration.error),
                with_interval(r.calibration.type2_auc),
            )
            for r in found.readers
            if r.calibration is not None
        ],
        left=2,
    )


def panel(reading: CompletedReading, found: Analysis, plots: Plots) -> Section | None:
    """Return the panel by all methods, and the binary endpoints."""
    if not found.panel["auc"]:
        return None
    rows = [
        (p.modality, method, population, with_interval(e, 3), _df(e), p_value(e.p))
        for p in found.panel["auc"]
        for method, population, e in _methods(p)
    ]
    table = Table(
        name="panel",
        caption="Reader-mean AUC by method and population, tested against 0.5.",
        columns=("Modality", "Method", "Conclusion for", "AUC", "df", "p"),
        rows=rows,
        left=3,
    )
    binary = Table(
        name="binary",
        caption=(
            "Yes/no answers of the panel by the same machinery (Obuchowski-Rockette and "
            "U-statistics; readers and cases random)."
        ),
        columns=("Modality", "Endpoint", "Obuchowski-Rockette", "U-statistics"),
        rows=[
            (p.modality, name, with_interval(p.primary, 3), with_interval(p.gallas, 3))
            for name in ("accuracy", "sensitivity", "specificity")
            for p in found.panel[name]
        ],
        left=2,
    )
    return Section(title="Panel", blocks=[table, *_components(found.panel["auc"]), binary])


def _methods(found: Panel | Comparison) -> list[tuple[str, str, Estimate]]:
    rows = [
        (f"OR, {METHOD_WORDS[name]}", POPULATION_WORDS[population], estimate)
        for name, by_population in found.obuchowski_rockette.items()
        for population, estimate in by_population.items()
        if name == "delong" or population == RANDOM
    ]
    rows.append(("DBM", POPULATION_WORDS[RANDOM], found.dorfman_berbaum_metz[RANDOM]))
    return [*rows, ("U-statistics", POPULATION_WORDS[RANDOM], found.gallas)]


def _df(found: Estimate) -> str:
    if not found.estimable:
        return NONE
    if found.df is None:
        return "normal"
    return "> 1000" if found.df > 1000 else number(found.df, 1)


def _components(panels: list[Panel]) -> Blocks:
    rows = []
    for one in panels:
        parts = one.obuchowski_rockette["delong"][RANDOM].parts
        gallas = one.gallas.parts.get("components", {})
        rows.append(
            (
                one.modality,
                number(parts.get("reader_variance"), 5),
                number(parts.get("error_variance"), 5),
                number(parts.get("cov2"), 5),
                *(
                    number(gallas.get(k), 4)
                    for k in ("readers", "positive_cases", "negative_cases")
                ),
            )
        )
    caption = (
        "Variance components of the AUC, unconstrained: Obuchowski-Rockette (readers, error, "
        "covariance between readers) and U-statistics (per reader, positive and negative case)."
    )
    columns = ("Modality", "OR readers", "OR error", "OR Cov2", "U readers", "U pos.", "U neg.")
    return [Table(name="components", caption=caption, columns=columns, rows=rows)]


def choices(reading: CompletedReading, found: Analysis, plots: Plots) -> Section | None:
    """Return the forced choices."""
    rows = [
        (r.reader, one.modality, share(r.correct), p_value(r.p_holm), share(r.left))
        for one in found.choices
        for r in one.readers
    ]
    if not rows:
        return None
    table = Table(
        name="choices",
        caption="Two-alternative forced choice: correct and left answers, Holm-adjusted exact p.",
        columns=("Reader", "Modality", "Correct", "p", "Chose left"),
        rows=rows,
        left=2,
    )
    return Section(title="Forced choice", blocks=[table, *figures(plots, "forced_choice")])
