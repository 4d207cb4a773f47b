"""The command around lengths: the same numbers as the ruler in the window, without a window."""

import json
import re
from pathlib import Path
from typing import Annotated

import typer

_PLACE = re.compile(r"\s*([^,]+),([^,]+)\s*")


def measure(
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="A mammogram")],
    start: Annotated[str, typer.Argument(metavar="X0,Y0", help="Pixels from the upper left")],
    end: Annotated[str, typer.Argument(metavar="X1,Y1", help="Pixels from the upper left")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Tell how far two places of an image are apart, on every basis with its name."""
    from app.core.measure import lengths, measure_report
    from app.dicom.read import read_facts

    places = parse_place(start), parse_place(end)
    facts = read_facts(str(image))
    for x, y in places:
        if not (0 <= x <= facts.columns and 0 <= y <= facts.rows):
            raise ValueError(
                f"place {x:g},{y:g} is outside {image.name}, which is "
                f"{facts.columns} x {facts.rows} pixels"
            )
    if as_json:
        report = {"file": facts.file, "label": facts.label, **measure_report(facts, *places)}
        typer.echo(json.dumps(report, indent=2, ensure_ascii=False))
        return
    for length in lengths(facts, *places):
        typer.echo(length.words)


def parse_place(text: str) -> tuple[float, float]:
    """Return the (x, y) of a text such as "120,80.5"; ValueError when it is none."""
    if (match := _PLACE.fullmatch(text)) is not None:
        try:
            x, y = float(match[1]), float(match[2])
        except ValueError:
            pass
        else:
            if abs(x) < float("inf") and abs(y) < float("inf"):
                return x, y
    raise ValueError(f"place {text!r}: two numbers are expected, X,Y, such as 120,80.5")
