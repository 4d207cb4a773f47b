"""Which keys do what: the table's own, changed by the user's settings, no key given twice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from PySide6.QtGui import QAction, QKeySequence

from app.ui.actions import Action

PORTABLE = QKeySequence.SequenceFormat.PortableText


def normal(key: str) -> str:
    """Return a key as Qt writes it, empty when it is none; of several strokes only the first."""
    sequence = QKeySequence(key, PORTABLE)
    return "" if sequence.isEmpty() else sequence.toString(PORTABLE).split(", ")[0]


def effective(
    actions: Sequence[Action], changes: Mapping[str, Sequence[str]]
) -> tuple[list[Action], list[str]]:
    """Return the actions with the user's keys, and a sentence for each change that can't be.

    A change that would give a key twice, names no action or no key is left out; the rest holds.
    """
    known = {action.id: action for action in actions}
    current, troubles = dict(known), []
    for identity, keys in changes.items():
        if identity not in known:
            troubles.append(f"keys: there is no action '{identity}'")
            continue
        wrong = [key for key in keys if not normal(key)]
        if wrong:
            troubles.append(f"keys: {identity}: '{wrong[0]}' is no key")
            continue
        current[identity] = replace(known[identity], keys=[normal(key) for key in keys])
    for identity in changes:  # judged together: two actions may have swapped their keys
        if identity in known and (clash := clashing(current.values(), identity)):
            key, other = clash
            troubles.append(f"keys: {key} is given to both {identity} and {other}")
            current[identity] = known[identity]
    if any(clashing(current.values(), identity) for identity in changes):
        return list(actions), [*troubles, "keys: the changes clash; the usual keys are in use"]
    return list(current.values()), troubles


def clashing(actions: Iterable[Action], identity: str) -> tuple[str, str] | None:
    """Return a key of an action that another action has as well, and that action's id."""
    taken = {normal(key): a.id for a in actions for key in a.keys if a.id != identity}
    mine = next((a.keys for a in actions if a.id == identity), ())
    return next(((normal(k), taken[normal(k)]) for k in mine if normal(k) in taken), None)


def rebind(made: Mapping[str, QAction], actions: Iterable[Action]) -> None:
    """Give Qt's actions their keys anew."""
    for action in actions:
        made[action.id].setShortcuts([QKeySequence(key) for key in action.keys])
