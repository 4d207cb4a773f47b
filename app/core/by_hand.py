"""Images that a reader has put into places of a hanging by hand."""

from collections.abc import Mapping
from dataclasses import replace

from app.core.hanging import Hanging, Unhung
from app.core.mammogram import Facts

Place = tuple[str, str, int]  #: step, cell, piece


def placed(hanging: Hanging, by_hand: Mapping[Place, Facts]) -> Hanging:
    """Return a hanging in which a reader has put other images into places of his choice."""
    if not by_hand:
        return hanging
    taken: dict[str, Unhung] = {}
    steps = []
    for step in hanging.steps:
        cells = []
        for hung in step.cells:
            image = by_hand.get((step.name, hung.cell.name, hung.part[0]))
            if image is not None and image != hung.image:
                if hung.image is not None:
                    words = f"taken from {hung.cell.name} of step '{step.name}' by hand"
                    taken[hung.image.file] = Unhung(image=hung.image, reason=words)
                hung = replace(
                    hung, image=image, stack=(image,), roles=("by hand",), part=hung.part
                )
            cells.append(hung)
        steps.append(replace(step, cells=tuple(cells)))
    seen = {c.image.file for step in steps for c in step.cells if c.image is not None}
    left = {one.image.file: one for one in hanging.unhung} | taken
    unhung = tuple(one for file, one in left.items() if file not in seen)
    return replace(hanging, steps=tuple(steps), unhung=unhung)
