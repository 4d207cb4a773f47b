"""The results in detail: agreement, order and time, images."""

from collections.abc import Sequence

from app.reading.ratings import CompletedReading
from app.reading.report.document import Section, Table
from app.reading.report.results import Blocks, Plots, figures
from app.reading.report.words import NONE, number, p_value, share, with_interval
from app.reading.statistics.agreement import Repeats
from app.reading.statistics.analysis import Agreement, Analysis, Neighbour
from app.reading.statistics.cases import Artefacts
from app.reading.statistics.estimate import Estimate
from app.reading.statistics.regression import odds_ratio


def agreement(reading: CompletedReading, found: Analysis, plots: Plots) -> Section | None:
    """Return agreement between readers and with themselves."""
    blocks: Blocks = []
    shown = [a for a in found.agreement if len(a.readers) > 1]
    if shown:
        blocks.append(_between(shown))
    if found.repeats:
        blocks.append(_within(found.repeats))
    blocks += figures(plots, "correlations")
    return Section(title="Agreement", blocks=blocks) if blocks else None


def _between(shown: Sequence[Agreement]) -> Table:
    return Table(
        name="agreement",
        caption=(
            "Agreement between readers: calls (Fleiss' kappa, Gwet's AC1) and ratings (intraclass "
            "correlation of one reader and of the mean of all). Near 0, readers shared no cue."
        ),
        columns=("Modality", "Fleiss' kappa", "Gwet's AC1", "ICC(2,1)", "ICC(2,k)"),
        rows=[
            (
                a.modality,
                *map(with_interval, (a.fleiss_kappa, a.gwet_ac1, a.icc_single, a.icc_mean)),
            )
            for a in shown
        ],
    )


def _within(repeats: Sequence[Repeats]) -> Table:
    return Table(
        name="repeats",
        caption="Readers against their own first answer on hidden repeats.",
        columns=("Reader", "Repeats", "Same call", "Kappa", "ICC(2,1)", "Mean change"),
        rows=[
            (
                r.reader or "all",
                str(r.cases),
                NONE if r.same_call is None else f"{100 * r.same_call:.0f}%",
                with_interval(r.kappa),
                with_interval(r.icc),
                number(r.mean_difference),
            )
            for r in repeats
        ],
    )


def trials(reading: CompletedReading, found: Analysis, plots: Plots) -> Section | None:
    """Return learning, serial dependence and times."""
    rows: list[tuple[str, str, str]] = []
    called = f"Called {reading.positive}"
    if found.order is not None:
        for name, one in (
            ("Right answer: last against first trial, odds ratio", found.order.learning),
            (
                f"{called} after calling {reading.positive}, odds ratio",
                found.order.previous_call,
            ),
            (
                f"{called} after a {reading.positive} image, odds ratio",
                found.order.previous_truth,
            ),
        ):
            rows.append((name, _odds(one), p_value(one.p)))
    if found.time is not None:
        for name, one in (
            (f"Time: {reading.positive} against {reading.negative}, ratio", found.time.positive),
            ("Time: right against wrong, ratio", found.time.correct),
            ("Time: last against first trial, ratio", found.time.order),
        ):
            rows.append((name, _odds(one), p_value(one.p)))
    if not rows:
        return None
    table = Table(
        name="order",
        caption=(
            "Effects of order and on time, from regressions with an intercept for each reader "
            "and errors clustered by reader and image."
        ),
        columns=("Effect", "Ratio", "p"),
        rows=rows,
    )
    return Section(title="Order and time", blocks=[table, *figures(plots, "learning", "times")])


def _odds(found: Estimate) -> str:
    ratio = odds_ratio(found)
    if ratio is None:
        return f"not estimable: {found.reason}"
    value, low, high = (number(v) if v < 1000 else "> 1000" for v in ratio)
    return f"{value} ({low} to {high})"


def images(reading: CompletedReading, found: Analysis, plots: Plots) -> Section | None:
    """Return image difficulty, artefacts and nearest training images."""
    blocks: Blocks = figures(plots, "caterpillar")
    if found.artefacts:
        blocks.append(_artefacts(reading, found.artefacts))
        blocks += figures(plots, "artefacts")
    if found.neighbours:
        blocks.append(_neighbours(reading, found.neighbours))
    return Section(title="Images", blocks=blocks) if blocks else None


def _artefacts(reading: CompletedReading, shown: Sequence[Artefacts]) -> Table:
    return Table(
        name="artefacts",
        caption=(
            f"Answers to {reading.positive} images that marked an artefact, by view, beside the "
            "share published for progressive GAN mammograms (Korkinof 2021; one observer)."
        ),
        columns=("View", "Images", "Share marked", "Published", "p", "Reasons"),
        rows=[
            (
                a.view,
                str(a.images),
                with_interval(a.marked, least=0),
                NONE if a.published is None else f"{100 * a.published:.1f}%",
                p_value(a.marked.p if a.published is not None else None),
                ", ".join(f"{name} {count}" for name, count in a.reasons.items()),
            )
            for a in shown
        ],
    )


def _neighbours(reading: CompletedReading, shown: Sequence[Neighbour]) -> Table:
    nearest = sorted(shown, key=lambda n: n.nearest.distance)[:12]
    return Table(
        name="neighbours",
        caption=(
            f"The {len(nearest)} {reading.positive} images nearest to a training image, to show "
            f"memorised ones, and how often they were called {reading.positive}."
        ),
        columns=("Image", "Training image", "Measure", "Distance", "Called"),
        rows=[
            (
                n.case,
                n.nearest.image,
                n.nearest.measure,
                number(n.nearest.distance, 3),
                share(n.called),
            )
            for n in nearest
        ],
        left=3,
    )
