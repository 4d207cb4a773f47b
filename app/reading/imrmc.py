"""The iMRMC file format: a header, then `reader,case,modality,score` rows.

The truth of a case is a row of the reader "-1" (in newer files "truth") with score 0 or 1.
Source: iMRMC user guide (FDA DIDSR, public domain).
"""

import csv
import io
from collections.abc import Iterable, Sequence

from app.reading.ratings import CompletedReading, Rating
from app.reading.table import MISSING

BEGIN = "BEGIN DATA:"
TRUTH = ("-1", "truth")


def read_imrmc(text: str, name: str = "file") -> CompletedReading:
    """Return the reading in an iMRMC file; ValueError names the line that can't be used."""
    lines = text.lstrip("\ufeff").splitlines()
    start = next((n for n, line in enumerate(lines) if BEGIN in line.upper()), None)
    if start is None:
        raise ValueError(f"{name}: no line '{BEGIN}', so this is not an iMRMC file")
    truth: dict[str, bool] = {}
    scores: list[tuple[str, str, str, float]] = []
    for number, line in enumerate(lines[start + 1 :], start + 2):
        fields = _fields(line, f"{name} line {number}")
        if not any(fields):
            continue
        if len(fields) < 4:
            raise ValueError(f"{name} line {number}: four fields are needed, found {len(fields)}")
        reader, case, modality, score = fields[:4]
        if score.lower() in MISSING:
            continue
        try:
            value = float(score)
        except ValueError:
            raise ValueError(f"{name} line {number}: score {score!r} is not a number") from None
        if reader.lower() not in TRUTH:
            scores.append((reader, case, modality, value))
        elif value not in (0, 1):
            raise ValueError(f"{name} line {number}: truth {score!r}; 0 or 1 is needed")
        elif truth.setdefault(case, value == 1) != (value == 1):
            raise ValueError(f"{name} line {number}: case {case!r} has two truths")
    unknown = [case for _, case, _, _ in scores if case not in truth]
    if unknown:
        raise ValueError(
            f"{name}: case {unknown[0]!r} is rated but has no row of reader -1 with its truth"
        )
    ratings = tuple(
        Rating(reader=reader, case=case, modality=modality, truth=truth[case], rating=value)
        for reader, case, modality, value in scores
    )
    return CompletedReading(ratings=ratings, title=name)


def _fields(line: str, where: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line]), [])]
    except csv.Error as error:
        raise ValueError(f"{where}: {error}") from None


def write_imrmc(ratings: Iterable[Rating], modalities: Sequence[str], title: str) -> str:
    """Return the ratings, without repeats, as an iMRMC file; shared cases go to every modality."""
    rows = [r for r in ratings if not r.repeat]
    truth = {r.case: r.truth for r in rows}
    readers = sorted({r.reader for r in rows})
    out = io.StringIO()
    out.write(
        f"{title.splitlines()[0] if title else 'Reading'}\n\n"
        f"NR: {len(readers)}\n"
        f"N0: {sum(not t for t in truth.values())}\n"
        f"N1: {sum(truth.values())}\n"
        f"NM: {len(modalities)}\n\n{BEGIN}\n"
    )
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([TRUTH[0], case, "truth", int(value)] for case, value in truth.items())
    for row in rows:
        for modality in modalities if row.modality is None else (row.modality,):
            writer.writerow([row.reader, row.case, modality, repr(float(row.rating))])
    return out.getvalue()
