"""Unblinding: the key is opened, checked against what was promised, and joined with the answers."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.reading.canonical import canonical, loads, sha256
from app.reading.design import rejoined
from app.reading.order import Case, reader_order
from app.reading.package import ORDER, PACK, open_pack
from app.reading.record import Record
from app.reading.seal import PACKAGES
from app.reading.truth import CaseTruth, Key, private_commitment, root_of, seed_commitment
from app.reading.verify import Finding

TRUTH, RATINGS, CHOICES, MARKS = "truth.json", "ratings.csv", "choices.csv", "marks.csv"
TEXT = Mapping[str, Any]


def check_key(folder: Path, protocol: Mapping[str, Any], key: Key) -> list[Finding]:
    """Return in what the opened key departs from what was promised when the reading was sealed."""
    found: list[Finding] = []

    def expect(same: bool, file: str, what: str) -> None:
        if not same:
            found.append(Finding(file=file, what=what))

    expect(key.reading == protocol["reading"], "key", "belongs to another reading")
    expect(root_of(key.cases) == protocol["truth_root"], "key", "its truth is not the one sealed")
    expect(
        seed_commitment(key.seed) == protocol["seed_commitment"], "key", "its seed is not the one"
    )
    expect(
        private_commitment(key.private, key.private_salt) == protocol["private_commitment"],
        "key",
        "its design is not the one sealed",
    )
    if found:
        return found
    pack = open_pack(folder / PACK)
    secret = bytes.fromhex(key.content_key)
    expect(set(pack.ids) == set(key.by_id()), PACK, "holds other cases than the key")
    for case in key.cases:
        try:
            image = sha256(pack.pictures(case.id, secret, key.reading).tobytes())
        except (ValueError, KeyError):
            image = ""
        expect(image == case.image, PACK, f"case {case.id} is not the picture sealed")
    cases = cases_to_order(key.cases)
    design = rejoined(protocol["design"], key.private)
    for reader, entry in protocol["readers"].items():
        drawn = sha256(canonical(reader_order(design, cases, key.seed, reader)))
        expect(
            drawn == entry["order"], f"{PACKAGES}/{reader}/{ORDER}", "is not drawn from the seed"
        )
    return found


def cases_to_order(cases: Sequence[CaseTruth]) -> list[Case]:
    """Return the cases orders are drawn over; the draw sorts them by id itself."""
    twins = {case.repeats: case.id for case in cases if case.repeats}
    return [
        Case(id=c.id, arm=c.arm, training=c.role == "training", twin=twins.get(c.id, ""))
        for c in cases
        if c.role != "repeat"
    ]


def tables(
    protocol: Mapping[str, Any],
    key: Key,
    work: Mapping[str, Sequence[Record]],
    seen_before: Mapping[str, int],
) -> dict[str, bytes]:
    """Return the files of an unblinded reading by name: truth, ratings, choices, marks.

    `work` holds the records by reader; those after number `seen_before` came after unblinding. A
    real case has no modality: it stands in that of every generated arm.
    """
    truth = key.by_id()
    rows: dict[str, list[dict[str, Any]]] = {RATINGS: [], CHOICES: [], MARKS: []}
    for reader, records in work.items():
        seen: set[str] = set()
        for order, record in enumerate((r for r in records if r.type == "answer"), 1):
            facts = record.payload
            if facts["phase"] != "test":
                continue
            late = record.seq > seen_before.get(reader, record.seq)
            common = {"reader": reader, "order": order} | _common(facts) | {"late": int(late)}
            rows[MARKS] += _marks(common, facts, truth)
            if len(facts["cases"]) == 2:
                rows[CHOICES].append(_choice(common, facts, truth))
            else:
                rows[RATINGS].append(_rating(common, facts, truth[facts["cases"][0]], seen))
    cases = [{k: v for k, v in asdict(case).items() if k != "salt"} for case in key.cases]
    whole = {"reading": key.reading, "private": key.private, "content_key": key.content_key}
    out = {TRUTH: canonical({**whole, "cases": cases})}
    return out | {name: _csv(table) for name, table in rows.items() if table}


def _common(facts: TEXT) -> dict[str, Any]:
    return {
        "seconds": f"{facts['time_us'] / 1e6:.6f}",
        "session": facts["session"] + 1,
        "trial": facts["trial"] + 1,
        "showing": facts["showing"],
        "interrupted": int(facts["interrupted"]),
    }


def _rating(common: TEXT, facts: TEXT, case: CaseTruth, seen: set[str]) -> dict[str, Any]:
    """Return a row of `ratings.csv`; of a case and its hidden repeat, what comes second is it."""
    original = case.repeats or case.id
    repeat = original in seen
    seen.add(original)
    return {
        "modality": "" if case.arm == "real" else case.arm,
        "case": original,
        "truth": int(case.generated),
        "rating": facts["rating"],
        "called": int(facts["called"]),
        "confidence": f"{facts['sure'] / 100:.2f}",
        "repeat": int(repeat),
        "view": case.view,
        "side": case.side,
        "source": case.arm,
        **common,
    }


def _choice(common: TEXT, facts: TEXT, truth: Mapping[str, CaseTruth]) -> dict[str, Any]:
    """Return a row of `choices.csv`: where the generated case stood and what was chosen."""
    left, right = (truth[case] for case in facts["cases"])
    generated, real = (left, right) if left.generated else (right, left)
    return {
        "modality": generated.arm,
        "pair": f"{real.id[:8]}-{generated.id[:8]}",
        "generated_case": generated.id,
        "real_case": real.id,
        "positive_left": int(left.generated),
        "chose_left": int(not facts["called"]),
        "rating": facts["rating"],
        **common,
    }


def _marks(common: TEXT, facts: TEXT, truth: Mapping[str, CaseTruth]) -> list[dict[str, Any]]:
    rows = []
    for mark in facts["marks"]:
        case = truth[facts["cases"][mark["case"]]]
        rows.append(
            {
                "reader": common["reader"],
                "order": common["order"],
                "case": case.repeats or case.id,
                "truth": int(case.generated),
                "modality": case.arm,
                "view": mark["view"] or case.view,
                "x": f"{mark['x'] / 1e6:.6f}",
                "y": f"{mark['y'] / 1e6:.6f}",
                "reason": mark["reason"],
            }
        )
    return rows


def _csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def read_truth(folder: Path) -> dict[str, Any]:
    """Return the revealed truth of an unblinded reading; ValueError before it is unblinded."""
    path = folder / TRUTH
    if not path.is_file():
        raise ValueError(f"{folder.name}: is still blinded; `reading unblind` comes first")
    table: dict[str, Any] = loads(path.read_bytes(), TRUTH)
    return table
