"""What a model file, a training set or a run says of itself, for `mammoscope info`."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any


def describes(path: Path) -> bool:
    """Say whether a path is something this module knows."""
    folder = path.is_dir() and any((path / n).is_file() for n in ("set.json", "events.jsonl"))
    return folder or path.suffix == ".safetensors"


def describe(path: Path) -> dict[str, Any]:
    """Return JSON-ready facts of a model file, a training set or a run."""
    if path.suffix == ".safetensors":
        return _model(path)
    return _trainset(path) if (path / "set.json").is_file() else _run(path)


def _model(path: Path) -> dict[str, Any]:
    from gan.checkpoint import load_model

    model = load_model(path)
    card = asdict(model.card)
    rows, columns = model.config.size(model.config.rungs - 1)
    return {
        "kind": "model",
        "hash": model.hash,
        **card,
        "rows": rows,
        "columns": columns,
        "labels": list(model.config.labels),
        "conditioning": model.config.conditioning,
        "directions": [asdict(facts) for facts in model.directions.facts],
        "network": model.config.to_dict(),
    }


def _trainset(folder: Path) -> dict[str, Any]:
    from gan.trainset import open_set

    data = open_set(folder)
    rows, columns = (side * 2 ** (data.rungs - 1) for side in data.base)
    counts = Counter(f"{r.view} {r.split}" for r in data.records)
    return {
        "kind": "training set",
        "fingerprint": data.fingerprint,
        "images": len(data.records),
        "patients": len({r.patient for r in data.records}),
        "rows": rows,
        "columns": columns,
        "counts": dict(sorted(counts.items())),
    }


def _run(folder: Path) -> dict[str, Any]:
    """Return facts of a run: of its newest whole checkpoint, from which resuming goes on."""
    events = list(_events(folder / "events.jsonl"))
    ticks = [event for event in events if event["event"] == "tick"]
    last = ticks[-1] if ticks else {}
    newest, damaged = _checkpoint(folder / "checkpoints")
    shown = events[-1].get("shown", last.get("shown", 0)) if events else 0
    return {
        "kind": "run",
        "state": events[-1]["event"] if events else "empty",
        "images_shown": shown,
        "rung": last.get("rung"),
        "alpha": last.get("alpha"),
        "images_per_second": last.get("rate"),
        **newest,
        "damaged": damaged,
    }


def _events(path: Path) -> Iterator[dict[str, Any]]:
    """Yield events; a line that was cut off is passed over."""
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            continue


def _checkpoint(folder: Path) -> tuple[dict[str, Any], list[str]]:
    """Return what the newest whole checkpoint tells, and the names of damaged newer ones."""
    from gan.sealed import read

    damaged = []
    for path in sorted(folder.glob("*.safetensors"), reverse=True):
        try:
            found = read(path)
        except (ValueError, OSError):
            damaged.append(path.name)
            continue
        stage = found.facts["stage"]
        told = {"images_shown": found.facts["shown"], "rung": stage["rung"]}
        return {
            **told,
            "alpha": stage["alpha"],
            "checkpoint": path.name,
            "hash": found.hash,
        }, damaged
    return {}, damaged
