"""What each button and the wheel do over an image: the usual, changed by the user's settings.

Shift confines a drag to one pane and Alt holds the loupe, whatever a button does; neither can be
given away.
"""

from collections.abc import Iterable, Mapping

from PySide6.QtCore import Qt

from app.language import later, tr
from app.ui.actions import Action
from app.ui.tools.toolbox import TOOLS

ACTIVE = later("active tool")  #: what a drag does that follows the tool in use
NOTHING = later("nothing")
ZOOM, STEPS, EXAMS = later("zoom"), later("steps"), later("exams")
#: what the wheel goes through, and the actions for towards and away from the hand
TURNS = {STEPS: ("next-step", "previous-step"), EXAMS: ("next-exam", "previous-exam")}

BUTTONS = {
    Qt.MouseButton.LeftButton: "Left",
    Qt.MouseButton.RightButton: "Right",
    Qt.MouseButton.MiddleButton: "Middle",
}
DRAGS = (
    later("Left drag"),
    later("Right drag"),
    later("Middle drag"),
    later("Ctrl + left drag"),
    later("Ctrl + right drag"),
    later("Ctrl + middle drag"),
)
WHEELS = (later("Wheel"), later("Ctrl + wheel"))
CLICKS = (later("Double click"), later("Back button"), later("Forward button"))
USUAL: Mapping[str, str] = {
    "Left drag": ACTIVE,
    "Right drag": ZOOM,
    "Middle drag": "pan",
    "Ctrl + left drag": "pan",
    "Ctrl + right drag": "window",
    "Ctrl + middle drag": NOTHING,
    "Wheel": ZOOM,
    "Ctrl + wheel": STEPS,
    "Double click": "image-only",
    "Back button": "previous-step",
    "Forward button": "next-step",
}
FIXED = (
    (later("Shift + drag"), later("this pane only")),
    (later("Alt held"), later("loupe; wheel magnifies, drag its window")),
)


def drag(button: Qt.MouseButton, modifiers: Qt.KeyboardModifier) -> str:
    """Return the name of a drag, empty for a button that can't be given a tool."""
    name = BUTTONS.get(button, "")
    if name and modifiers & Qt.KeyboardModifier.ControlModifier:
        return f"Ctrl + {name.lower()} drag"
    return f"{name} drag" if name else ""


def wheel(modifiers: Qt.KeyboardModifier) -> str:
    """Return the name of a turn of the wheel."""
    return WHEELS[1 if modifiers & Qt.KeyboardModifier.ControlModifier else 0]


def deeds(gesture: str, actions: Iterable[Action]) -> dict[str, str]:
    """Return what a gesture can be given, deed to words."""
    if gesture in DRAGS:
        tools = [tool.name for tool in TOOLS]
        return {one: tr(one) for one in (ACTIVE, *tools, NOTHING)}
    if gesture in WHEELS:
        return {one: tr(one) for one in (ZOOM, *TURNS, NOTHING)}
    words = {action.id: f"{tr(action.menu)}: {tr(action.text).rstrip('.')}" for action in actions}
    return {NOTHING: tr(NOTHING), **words}


def effective(
    changes: Mapping[str, str], actions: Iterable[Action]
) -> tuple[dict[str, str], list[str]]:
    """Return what each gesture does, and a sentence for each change that can't be."""
    actions = list(actions)
    found, troubles = dict(USUAL), []
    for gesture, deed in changes.items():
        if gesture not in USUAL:
            troubles.append(tr("mouse: there is no '{gesture}'", gesture=gesture))
        elif deed not in deeds(gesture, actions):
            troubles.append(tr("mouse: {gesture}: '{deed}' is nothing", gesture=gesture, deed=deed))
        else:
            found[gesture] = deed
    if reason := lacking(found):
        return dict(USUAL), [*troubles, f"mouse: {reason}"]
    return found, troubles


def lacking(given: Mapping[str, str]) -> str:
    """Return why a choice can't be: without a drag for the tool in use nothing could be drawn."""
    if ACTIVE not in [given[gesture] for gesture in DRAGS]:
        return tr("no drag is left for the active tool; give it one first")
    return ""


def shared(gesture: str, given: Mapping[str, str]) -> str:
    """Return another gesture of the same kind that does the same, empty when there is none."""
    kind = next(group for group in (DRAGS, WHEELS, CLICKS) if gesture in group)
    same = (one for one in kind if one != gesture and given[one] == given[gesture])
    return next(same, "") if given[gesture] != NOTHING else ""


def told(given: Mapping[str, str], actions: Iterable[Action]) -> list[tuple[str, str]]:
    """Return gestures and deeds in words, for the sheet of keys."""
    texts = {action.id: tr(action.text).rstrip(".") for action in actions}
    rows = [(tr(g), texts.get(d) or tr(d)) for g, d in given.items() if d != NOTHING]
    return rows + [(tr(gesture), tr(words)) for gesture, words in FIXED]
