"""The commands that analyse a reading and report it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from app.reading.ratings import CompletedReading

Table = Annotated[
    Path,
    typer.Option(
        "--table",
        metavar="RATINGS.csv",
        help="Columns reader, modality, case, truth (1 = positive), rating; or an .imrmc file",
    ),
]
Margin = Annotated[
    float | None, typer.Option("--margin", metavar="M", help="Equivalence: AUC within 0.5 +- M")
]
Threshold = Annotated[
    float | None, typer.Option("--threshold", metavar="T", help="Ratings above T mean positive")
]
Alpha = Annotated[float, typer.Option("--alpha", metavar="A", help="Two-sided level")]


def load(path: Path) -> "CompletedReading":
    """Return the reading in a ratings table, an iMRMC file, or the folder of an unblinded one."""
    from app.reading.imrmc import BEGIN, read_imrmc
    from app.reading.table import read_table

    if path.is_dir():
        from app.completed import completed

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
    alpha: Alpha = 0.05,
) -> None:
    """Analyse a table of ratings: readers, panel, comparisons, agreement."""
    from app.reading.statistics.analysis import analyse as run
    from app.reading.statistics.estimate import as_json as plain
    from app.reading.summary import summary

    reading = load(table)
    if not table.is_dir():  # a reading states these itself
        reading = replace(reading, margin=margin, threshold=threshold, alpha=alpha)
    found = run(reading)
    if as_json:
        typer.echo(json.dumps(plain(found), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        for line in summary(found):
            typer.echo(line)


COMMANDS = (analyse,)
