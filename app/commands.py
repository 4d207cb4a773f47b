"""What the windowless commands do: hang, render, info. No Qt, no typer."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from app import protocols
from app.core.display import (
    Curve,
    Voi,
    Window,
    apply_table,
    display_table,
    robust_window,
    window_for,
)
from app.core.hanging import Hanging, default_protocol, hang, hang_transform, together
from app.core.mammogram import Exam, Facts, Mammogram
from app.core.resample import places_in

_NUMBERS = re.compile(r"([^,]+),([^,]+?)(?:,\s*([a-z_]+))?", re.IGNORECASE)
FILMS = (".gif", ".mp4", ".pdf", ".json")  #: hold recipes, and no image that could be hung


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a scan of paths brought: exams, and files that can't be read with the reason."""

    exams: tuple[Exam, ...]
    refused: tuple[tuple[str, str], ...]


def facts_of(path: Path) -> dict[str, Any]:
    """Return JSON-ready facts of an image, a model file, a training set or a run."""
    from app.synth.describe import describe, describes

    if describes(path):
        return describe(path)
    from app.dicom.read import info, reel_in

    reel = reel_in(path) if path.is_file() else None
    if reel is not None and (len(reel.recipes) > 1 or path.suffix.lower() in FILMS):
        facts: dict[str, Any] = {"kind": "generated exams", "source": "synthetic"}
    else:
        facts = info(str(path))
    facts["recipe"] = None if reel is None else json.loads(reel.recipes[0].to_json())
    if reel is not None and len(reel.recipes) > 1:
        facts |= {"exams": len(reel.recipes), "seconds_each": reel.seconds}
    return facts


def find_exams(paths: Sequence[Path]) -> Found:
    """Scan paths; pixels are decoded only where the header can't tell the orientation."""
    from app.dicom.scan import exams_under

    found, left = exams_under(paths)
    refused = [(event.file, event.reason) for event in left]
    exams = []
    for exam in found:
        images = []
        for facts in exam.images:
            try:
                images.append(_oriented(facts))
            except ValueError as error:
                refused.append((facts.file, str(error)))
        if images:
            exams.append(replace(exam, images=tuple(images)))
    return Found(exams=tuple(exams), refused=tuple(refused))


def _oriented(facts: Facts) -> Facts:
    """Return facts completed from the pixels when the header does not say how to hang them."""
    from app.dicom.read import read

    stated = hang_transform(facts)[1] is None
    return facts if stated else read(facts.file).facts


def hang_report(found: Found, protocol_id: str | None) -> dict[str, Any]:
    """Return which image goes to which cell and what was not hung, ready for JSON."""
    if protocol_id is None:
        protocol = default_protocol(found.exams, protocols.every())
    else:
        protocol = protocols.protocol(protocol_id)
    return {
        "exams": [
            _exam_report(group, hang(group, protocol)) for group in together(found.exams, protocol)
        ],
        "refused": [{"file": file, "reason": reason} for file, reason in found.refused],
    }


def _exam_report(exams: Sequence[Exam], hanging: Hanging) -> dict[str, Any]:
    cells = [
        _cell_report(step.name, hung.cell.name, hung.image, hung.cell.options.orient == "standard")
        for step in hanging.steps
        for hung in step.cells
        if hung.image is not None
    ]
    unhung = [{"file": left.image.file, "reason": left.reason} for left in hanging.unhung]
    return {"id": " + ".join(exam.id for exam in exams), "cells": cells, "unhung": unhung}


def _cell_report(step: str, cell: str, facts: Facts, standard: bool) -> dict[str, Any]:
    transform, reason = hang_transform(facts, "standard" if standard else "as_stored")
    inferred = [f"{fact}: {why}" for fact, why in facts.inferred.items()]
    if reason is not None and reason not in facts.inferred.values():
        inferred.append(f"transform: {reason}")
    return {
        "step": step,
        "cell": cell,
        "file": facts.file,
        "side": facts.side,
        "view": facts.view,
        "transform": transform.name.lower(),
        "inferred": inferred,
    }


def render(image: str, out: Path, window: str | None, *, invert: bool) -> None:
    """Write the full-resolution 8-bit grey picture of an image, as stored, without overlays."""
    from app.dicom.read import read

    if out.suffix.lower() != ".png":
        raise ValueError(f"{out.name}: the picture is written as PNG; end the name in .png")
    mammogram = read(image)
    table = display_table(mammogram.encoding, choose_window(mammogram, window), invert=invert)
    grey = apply_table(mammogram.pixels, table)
    if invert and mammogram.fogged is not None:
        rows, columns = ((np.arange(size) + 0.5) / size for size in grey.shape)
        grey[places_in(mammogram.fogged, rows, columns)] = 0
    Image.fromarray(grey).save(out)


def choose_window(mammogram: Mammogram, text: str | None) -> Voi:
    """Return the window named or written out in text, the file's first when text is None.

    ValueError lists the names allowed: the file's explanations, and `auto`.
    """
    pixels, encoding = mammogram.pixels, mammogram.encoding
    if text is None:
        return window_for(pixels, encoding)
    named: dict[str, Voi] = {}
    for number, voi in enumerate(encoding.vois, 1):
        named.setdefault((voi.name or f"window {number}").casefold(), voi)
    if text.casefold() in named:
        return named[text.casefold()]
    if text.casefold() == "auto":
        return robust_window(pixels, encoding)
    numbers = _NUMBERS.fullmatch(text)
    if numbers is None:
        names = ", ".join(repr(name) for name in (*named, "auto"))
        raise ValueError(f"no window {text!r} in this file; there are {names}, or C,W[,CURVE]")
    try:
        center, width = float(numbers[1]), float(numbers[2])
        curve = Curve((numbers[3] or "linear").lower())
    except ValueError:
        raise ValueError(
            f"window {text!r}: two numbers are expected, then {', '.join(Curve)} if any"
        ) from None
    return Window(center=center, width=width, curve=curve)
