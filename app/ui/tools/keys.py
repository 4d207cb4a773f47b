"""Keys and menu entries of the tools."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from app.ui.actions import Action
from app.ui.tools.toolbox import TOOLS

if TYPE_CHECKING:
    from app.ui.window import MainWindow


def tool_actions(w: "MainWindow") -> list[Action]:
    """Return the part of the action table that belongs to the tools."""
    kit, hands = w.kit, w.hands
    rows: list[tuple[str, str, Callable[[], object], list[str]]] = [
        *(
            (f"tool-{t.name}", f"Tool: {t.name}", partial(hands.set_tool, t.name), [t.key])
            for t in TOOLS
        ),
        ("delete", "Delete annotation", kit.delete, ["Del", "Backspace"]),
        ("annotations", "Annotations on, off", kit.toggle_shown, ["I"]),
        ("others", "Marks of others (CAD) on, off", kit.toggle_others, ["Shift+I"]),
        ("key-image", "Key image", kit.toggle_key, ["K"]),
        ("window-region", "Window from region", kit.window_on_region, ["Shift+W"]),
        ("enhance", "Enhance: none, CLAHE, sharpened", kit.next_enhancement, ["C"]),
        ("tour", "Quadrant tour at 1:1, next", kit.tour.step, ["Q"]),
        ("tour-back", "Quadrant tour, back", partial(kit.tour.step, -1), ["Shift+Q"]),
        ("loupe", "Loupe on, off (hold Alt)", kit.loupe.toggle, ["."]),
        ("calibrate", "Calibrate screen with a card or ruler...", kit.calibrate, []),
        ("sigmoid", "Sigmoid window on, off", kit.toggle_sigmoid, ["Shift+S"]),
        ("measurements", "Measurements panel", partial(w.toggle_panel, "measurements"), ["M"]),
    ]
    export = Action(
        id="export-notes",
        text="Export annotations and key images as DICOM...",
        run=kit.export.ask,
        keys=["Ctrl+Shift+E"],
        menu="File",
    )
    return [export, *(Action(id=i, text=t, run=r, keys=k, menu="Tools") for i, t, r, k in rows)]
