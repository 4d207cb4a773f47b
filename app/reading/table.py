"""The plain ratings table: CSV in, CSV out."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from app.reading.ratings import CaseFacts, CompletedReading, Rating, ReaderFacts

REQUIRED = ("reader", "modality", "case", "truth", "rating")
DECIMALS = ("rating", "confidence", "seconds")
MISSING = ("", "na", "nan", "n/a")
YES, NO = ("1", "1.0", "true", "yes", "positive"), ("0", "0.0", "false", "no", "negative")


def read_table(text: str, name: str = "table") -> CompletedReading:
    """Return the reading written in a table with commas, semicolons or tabs between columns.

    Where that is no comma, a comma may be the decimal mark.
    Columns `reader, modality, case, truth` (1 = positive) and `rating` are needed; `called,
    confidence, seconds, order, session, block, repeat, interrupted` fill the fields of `Rating`,
    `view, side, source` those of the case and `group` that of the reader. Other columns are
    ignored. An empty rating is a missing answer; an empty modality, a case that stands in all.
    ValueError names the line.
    """
    try:
        return _read(text, name)
    except csv.Error as error:
        raise ValueError(f"{name}: not a CSV table ({error})") from None


def _read(text: str, name: str) -> CompletedReading:
    lines = io.StringIO(text.lstrip("\ufeff"), newline=None)
    first = lines.readline()
    lines.seek(0)  # spreadsheets of some countries put semicolons between columns
    between = next((mark for mark in ",;\t" if mark in first), ",")
    rows = csv.DictReader(lines, skipinitialspace=True, delimiter=between)
    columns = [(c or "").strip().lower() for c in rows.fieldnames or ()]
    rows.fieldnames = columns
    lacking = [c for c in REQUIRED if c not in columns]
    if lacking:
        raise ValueError(
            f"{name}: no column {', '.join(lacking)}; needed are {', '.join(REQUIRED)}"
        )
    ratings, cases, readers = [], {}, {}
    for cells in rows:
        where = f"{name} line {rows.line_num}"
        row = {k: (v or "").strip() for k, v in cells.items() if k and not isinstance(v, list)}
        if between != ",":  # those countries write 0,5
            row |= {k: row[k].replace(",", ".") for k in DECIMALS if k in row}
        if not any(row.values()) or row["rating"].lower() in MISSING:
            continue
        ratings.append(_rating(row, where))
        view, side, source = (row.get(k) or None for k in ("view", "side", "source"))
        cases[row["case"]] = CaseFacts(view=view, side=side, source=source)
        if row.get("group"):
            readers[row["reader"]] = ReaderFacts(group=row["group"])
    if not ratings:
        raise ValueError(f"{name}: the table holds no rating")
    return CompletedReading(ratings=tuple(ratings), cases=cases, readers=readers, title=name)


def write_table(ratings: Iterable[Rating], cases: Mapping[str, CaseFacts]) -> str:
    """Return the ratings as CSV with every column `read_table` knows but `group`."""
    out = io.StringIO()
    fields = [*REQUIRED, *FIELDS, "view", "side", "source"]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(fields)
    for row in ratings:
        facts = cases.get(row.case, CaseFacts())
        values = [getattr(row, f) if hasattr(row, f) else getattr(facts, f) for f in fields]
        writer.writerow([_cell(v) for v in values])
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return repr(value) if isinstance(value, float) else str(value)


def _rating(row: dict[str, str], where: str) -> Rating:
    optional: dict[str, Any] = {}
    for name, convert in FIELDS.items():
        if row.get(name) and row[name].lower() not in MISSING:
            optional[name] = convert(row[name], name, where)
    try:
        return Rating(
            reader=row["reader"],
            modality=row["modality"] or None,
            case=row["case"],
            truth=_flag(row["truth"], "truth", where),
            rating=_number(row["rating"], "rating", where),
            **optional,
        )
    except ValueError as error:
        raise ValueError(str(error) if where in str(error) else f"{where}: {error}") from None


def _flag(text: str, column: str, where: str) -> bool:
    if text.lower() in YES:
        return True
    if text.lower() in NO:
        return False
    raise ValueError(f"{where}: {column} {text!r}; 1 (positive) or 0 (negative) is needed")


def _number(text: str, column: str, where: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{where}: {column} {text!r} is not a number") from None


def _count(text: str, column: str, where: str) -> int:
    value = _number(text, column, where)
    if not value.is_integer():
        raise ValueError(f"{where}: {column} {text!r} is not a whole number")
    return int(value)


FIELDS: dict[str, Callable[[str, str, str], Any]] = {
    "called": _flag,
    "confidence": _number,
    "seconds": _number,
    "order": _count,
    "session": _count,
    "block": _count,
    "repeat": _flag,
    "interrupted": _flag,
}
