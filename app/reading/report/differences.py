"""The results compared: modalities, groups of readers, single readers."""

from app.reading.ratings import CompletedReading
from app.reading.report.document import Section, Table, Text
from app.reading.report.results import Blocks, Plots
from app.reading.report.words import equivalence_words, number, p_value, p_words, with_interval
from app.reading.statistics.analysis import Analysis
from app.reading.statistics.mrmc_or import FIXED_READERS, RANDOM


def comparisons(reading: CompletedReading, found: Analysis, plots: Plots) -> Section | None:
    """Return differences between modalities and between groups of readers."""
    blocks: Blocks = []
    for title, by_endpoint in (("modalities", found.comparisons), ("groups", found.groups)):
        rows = [
            (
                f"{c.first} - {c.second}" + (f" ({c.within})" if c.within else ""),
                "AUC" if name == "auc" else name,
                with_interval(c.primary, 3, least=-1),
                p_value(c.primary.p),
                p_value(c.p_holm),
                with_interval(c.gallas, 3, least=-1),
                p_value(c.gallas.p),
            )
            for name, listed_ones in by_endpoint.items()
            for c in listed_ones
        ]
        if rows:
            caption = (
                f"Differences between {title if title == 'modalities' else 'reader groups'}: "
                "Obuchowski-Rockette with p and Holm-adjusted p over pairs, and U-statistics; "
                "readers and cases random."
            )
            columns = ("Difference", "Endpoint", "OR", "p", "Holm p", "U-statistics", "p")
            blocks.append(
                Table(name=f"{title}-compared", caption=caption, columns=columns, rows=rows, left=2)
            )
    blocks += _reader_differences(found)
    if len(found.data.modalities) > 2:
        blocks.insert(0, _all_at_once(found))
    for c in found.comparisons["auc"]:
        if c.equivalence is not None:
            blocks.append(
                Text(text=f"{c.first} and {c.second}: {equivalence_words(c.equivalence)}")
            )
    return Section(title="Comparisons", blocks=blocks) if blocks else None


def _all_at_once(found: Analysis) -> Text:
    count = len(found.data.modalities)
    several = len(found.data.readers) > 1
    test = found.overall["auc"].obuchowski_rockette["delong"][RANDOM if several else FIXED_READERS]
    if test.statistic is None:
        return Text(text=f"All {count} modalities at once: not estimable ({test.reason}).")
    below = "infinite" if test.df_denominator is None else number(test.df_denominator, 1)
    return Text(
        text=(
            f"All {count} modalities at once: F = {number(test.statistic)} with "
            f"{number(test.df_numerator, 0)} and {below} degrees of freedom, {p_words(test.p)}."
        )
    )


def _reader_differences(found: Analysis) -> Blocks:
    rows = [
        (
            f"{c.first} - {c.second}",
            r.reader,
            with_interval(r.difference, 3),
            p_value(r.difference.p),
            p_value(r.p_holm),
        )
        for c in found.comparisons["auc"]
        for r in c.readers
    ]
    if not rows:
        return []
    caption = "AUC differences of single readers (DeLong, paired), with Holm-adjusted p."
    columns = ("Difference", "Reader", "AUC", "p", "Holm p")
    return [Table(name="readers-compared", caption=caption, columns=columns, rows=rows, left=2)]
