"""From an unblinded reading to the values that analysis and report are made from."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from app.reading.canonical import loads
from app.reading.package import PACK, open_pack, read_protocol
from app.reading.ratings import (
    AuditRow,
    CaseFacts,
    Choice,
    CompletedReading,
    Mark,
    Nearest,
    Rating,
    ReaderFacts,
    Verification,
)
from app.reading.seal import AUDIT
from app.reading.unblind import CHOICES, MARKS, RATINGS, read_truth
from app.readings import coordinator
from app.readings.statements import statements, words_of

THUMB = 160  #: height of a thumbnail in pixels
Table = Mapping[str, Any]


def completed(folder: Path) -> CompletedReading:
    """Return an unblinded reading; ValueError before it is unblinded or when nothing was rated.

    Answers given after unblinding are left out and counted in a note.
    """
    truth = read_truth(folder)
    protocol, protocol_hash = read_protocol(folder)
    design, audit = protocol["design"], loads((folder / AUDIT).read_bytes(), AUDIT)
    marks: defaultdict[tuple[str, str, str], list[Mark]] = defaultdict(list)
    for row in _rows(folder / MARKS):
        mark = Mark(x=float(row["x"]), y=float(row["y"]), reason=row["reason"])
        marks[row["reader"], row["case"], row["order"]].append(mark)
    ratings = [row for row in _rows(folder / RATINGS) if row["late"] == "0"]
    choices = [row for row in _rows(folder / CHOICES) if row["late"] == "0"]
    late = len(_rows(folder / RATINGS)) + len(_rows(folder / CHOICES)) - len(ratings) - len(choices)
    six = any(t["kind"] == "yes_no" and t["scale"] == "six" for t in design["tasks"])
    environment = _environment(folder)
    notes = [f"{late} answers given after unblinding are left out."] if late else []
    if early := _early(folder):
        notes.append(f"Unblinded before all readers had ended: {early}")
    return CompletedReading(
        ratings=tuple(
            _rating(row, marks[row["reader"], row["case"], row["order"]]) for row in ratings
        ),
        choices=tuple(_choice(row) for row in choices),
        cases=_cases(folder, truth, audit),
        readers={
            reader: ReaderFacts(group=facts.get("role"), statements=words_of(facts))
            for reader, facts in environment.items()
        },
        title=design["title"],
        positive="generated",
        negative="real",
        threshold=3.5 if six else 0.0,
        scale=(1, 6) if six else (-100, 100),
        margin=float(design["analysis"]["margin"]),
        margin_reason=design["analysis"]["rationale"],
        alpha=float(design["analysis"]["alpha"]),
        statements=statements(
            protocol, protocol_hash, truth, audit, coordinator.work(folder), environment
        ),
        audit=tuple(_audit_row(row, audit["waived"]) for row in audit["findings"]),
        verification=_verification(folder),
        notes=tuple(notes),
        simulated=any(facts.get("simulated") for facts in environment.values()),
    )


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def _rating(row: Mapping[str, str], marks: Iterable[Mark]) -> Rating:
    return Rating(
        reader=row["reader"],
        case=row["case"],
        truth=row["truth"] == "1",
        rating=float(row["rating"]),
        modality=row["modality"] or None,
        called=row["called"] == "1",
        confidence=float(row["confidence"]),
        seconds=float(row["seconds"]),
        order=int(row["order"]),
        session=int(row["session"]),
        repeat=row["repeat"] == "1",
        interrupted=row["interrupted"] == "1",
        marks=tuple(marks),
    )


def _choice(row: Mapping[str, str]) -> Choice:
    return Choice(
        reader=row["reader"],
        pair=row["pair"],
        positive_left=row["positive_left"] == "1",
        chose_left=row["chose_left"] == "1",
        modality=row["modality"],
        seconds=float(row["seconds"]),
        order=int(row["order"]),
        interrupted=row["interrupted"] == "1",
    )


def _cases(folder: Path, truth: Table, audit: Table) -> dict[str, CaseFacts]:
    pack, key = open_pack(folder / PACK), bytes.fromhex(truth["content_key"])
    nearest = {row["origin"]: row for row in audit["nearest"]}
    found = {}
    for case in truth["cases"]:
        if case["role"] != "test":
            continue
        near = nearest.get(case["origin"])
        measure = "1 - correlation at 20x16"
        found[case["id"]] = CaseFacts(
            view=None if case["view"] == "exam" else case["view"],
            side=case["side"] or None,
            source=case["arm"],
            thumbnail=_thumbnail(pack.pictures(case["id"], key, truth["reading"])),
            nearest=Nearest(
                image=near["image"], distance=1 - float(near["correlation"]), measure=measure
            )
            if near
            else None,
        )
    return found


def _thumbnail(pictures: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    """Return a small PNG of a stimulus: one view, or four as they hang."""
    whole = pictures[0]
    if len(pictures) == 4:
        whole = np.block([[pictures[0], pictures[1]], [pictures[2], pictures[3]]])
    image = Image.fromarray(whole)
    image.thumbnail((THUMB, THUMB))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _environment(folder: Path) -> dict[str, dict[str, Any]]:
    """Return what each reader declared first."""
    return {
        reader: dict(next((r.payload for r in records if r.type == "environment"), {}))
        for reader, records in coordinator.work(folder).items()
    }


def _early(folder: Path) -> str:
    record = coordinator.unblinded(folder)
    return str(record.payload["early"]) if record else ""


def _audit_row(row: Table, waived: Mapping[str, str]) -> AuditRow:
    if row["constant"]:
        verdict = "the same in all cases"
    elif not row["gated"]:
        verdict = "reported, not gated"
    elif row["leaks"]:
        verdict = "tells the truth; waived"
    else:
        verdict = "passed"
    return AuditRow(
        channel=row["channel"],
        auc=float(row["auc"]),
        p=float(row["p"]),
        perceptual=not row["gated"],
        verdict=verdict,
        waiver=waived.get(row["channel"]),
    )


def _verification(folder: Path) -> Verification:
    result = coordinator.check(folder)
    checks = [(f"{finding.file}: {finding.what}", False) for finding in result.findings]
    if result.intact:
        checks.append(
            ("Protocol, pictures, orders and access files are as they were sealed.", True)
        )
        for state in result.states:
            words = (
                f"{state.reader}: {state.records} records follow each other without a gap; "
                f"{state.answered} of {state.trials} trials; code {state.code or 'none'}."
            )
            checks.append((words, True))
    return Verification(checks=tuple(checks))
