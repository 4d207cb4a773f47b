"""The commands that analyse a reading and report it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.core.release import release

if TYPE_CHECKING:
    from app.reading.ratings import CompletedReading
    from app.reading.report.compose import Report

Table = Annotated[
    Path,
    typer.Option(
        "--table",
        metavar="RATINGS.csv",
        help="Columns reader, modality, case, truth (1 = positive), rating; an .imrmc file; "
        "or the folder of an unblinded reading",
    ),
]
Margin = Annotated[
    float | None, typer.Option("--margin", metavar="M", help="Equivalence: AUC within 0.5 +- M")
]
Threshold = Annotated[
    float | None, typer.Option("--threshold", metavar="T", help="Ratings above T mean positive")
]
Alpha = Annotated[
    float | None, typer.Option("--alpha", metavar="A", help="Two-sided level, else 0.05")
]


def load(path: Path) -> "CompletedReading":
    """Return the reading in a ratings table, an iMRMC file, or the folder of an unblinded one."""
    from app.reading.imrmc import BEGIN, read_imrmc
    from app.reading.table import read_table

    if path.is_dir():
        from app.readings.completed import completed

        return completed(path)

    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path.name}: not a text file in UTF-8") from None
    if path.suffix.lower() == ".imrmc" or BEGIN in text[:20000].upper():
        return read_imrmc(text, path.name)
    return read_table(text, path.name)


def analyse(
    table: Table,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
    margin: Margin = None,
    threshold: Threshold = None,
    alpha: Alpha = None,
) -> None:
    """Analyse a table of ratings: readers, panel, comparisons, agreement.

    Further columns are used where present: called (0 or 1), confidence (0 to 1), seconds, order,
    session, block, repeat, interrupted, view, side, source, and group (of the reader: groups are
    compared). An empty rating is missing; an empty modality stands for all, as real images do.
    """
    from app.reading.statistics.analysis import analyse as run
    from app.reading.statistics.estimate import as_json as plain
    from app.reading.summary import summary

    found = run(_changed(load(table), margin=margin, threshold=threshold, alpha=alpha))
    if as_json:
        typer.echo(json.dumps(plain(found), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        for line in summary(found):
            typer.echo(line)


def report(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write")],
    table: Annotated[
        Path | None,
        typer.Option("--table", metavar="RATINGS.csv", help="Table, .imrmc, or unblinded folder"),
    ] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="The sample reading with simulated readers")
    ] = False,
    margin: Margin = None,
    reason: Annotated[
        str | None, typer.Option("--margin-reason", metavar="WORDS", help="Why this margin")
    ] = None,
    threshold: Threshold = None,
    alpha: Alpha = None,
    positive: Annotated[str | None, typer.Option(help="Word for truth 1")] = None,
    negative: Annotated[str | None, typer.Option(help="Word for truth 0")] = None,
    title: Annotated[str | None, typer.Option(help="Title of the report")] = None,
) -> None:
    """Write the report of a reading: web page, PDF, figures with their numbers, exports."""
    if sample == (table is not None):
        raise ValueError("give either --table RATINGS.csv or --sample")
    reading = _changed(
        load(table) if table is not None else _sample(),
        margin=margin,
        margin_reason=reason,
        threshold=threshold,
        alpha=alpha,
        positive=positive,
        negative=negative,
        title=title,
    )
    typer.echo(write_report(reading, out))


def _sample() -> "CompletedReading":
    """Return the sample reading that comes with Mammoscope, unpacked for as long as it takes."""
    from tempfile import TemporaryDirectory

    from app.readings.completed import completed
    from app.readings.sample import place

    with TemporaryDirectory() as folder:
        return completed(place(Path(folder)))


def sample(
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="New folder; else in yours")
    ] = None,
) -> None:
    """Unpack the finished sample reading: simulated readers, to verify, report, look at."""
    from app.readings.sample import KEY, PASSPHRASE, REPORT, TOLD, place

    folder = place(out)
    typer.echo(TOLD)
    typer.echo(f"report   {folder.with_name(REPORT) / 'report.html'}")
    typer.echo(f"reading  {folder}")
    typer.echo(f"key      {folder.with_name(KEY)}, passphrase: {PASSPHRASE}")
    typer.echo(f"try      mammoscope reading verify {folder}")


def _changed(reading: "CompletedReading", **options: object) -> "CompletedReading":
    """Return the reading with the options that were given in the place of its own facts."""
    given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    return replace(reading, **given)


def composed(reading: "CompletedReading") -> "Report":
    """Analyse a reading and compose its report, dated today."""
    from datetime import UTC, datetime

    from app.reading.report.compose import compose

    made = datetime.now(UTC).strftime("%Y-%m-%d")
    return compose(reading, version=release(), made=made)


def write_report(reading: "CompletedReading", out: Path) -> Path:
    """Write the report of a reading into the folder `out` and return its page."""
    from app import resources
    from app.reading.report.compose import write

    return write(composed(reading), reading, out, resources.folder("report"))[0]


COMMANDS = (analyse, report, sample)
