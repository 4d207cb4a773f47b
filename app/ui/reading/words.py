"""What a reader is told, word for word the same for every reader of a reading."""

from collections.abc import Mapping
from typing import Any

from app.language import later, tr
from app.ui.reading.answering import side_words


def question_of(design: Mapping[str, Any], task: Mapping[str, Any]) -> str:
    """Return the question of a session: its own, or the design's."""
    return str(task["question"] or design["question"])


def instructions(design: Mapping[str, Any], task: Mapping[str, Any]) -> tuple[str, str]:
    """Return title and text of the page before a session."""
    pair = task["kind"] == "2afc"
    first, second = side_words(pair, False), side_words(pair, True)
    parts = [design["told"], question_of(design, task)]
    if task["scale"] == "six":
        parts.append(
            tr(
                "Keys 1 to 6: from surely {first} (1) to surely {second} (6).",
                first=first,
                second=second,
            )
        )
    else:
        arrows = tr("Left or Right arrow; then how sure you are, 0 to 100.")
        letters = tr("R for real, G for generated; then how sure you are, 0 to 100.")
        parts.append(arrows if pair else letters)
    if task["confirm"] or task["scale"] == "percent":
        parts.append(tr("Enter confirms. There is no going back."))
    else:
        parts.append(tr("The key is your answer at once. There is no going back."))
    if task["exposure_ms"]:
        shown = f"{task['exposure_ms'] / 1000:g}"
        parts.append(tr("Each is shown for {seconds} s; answer when you like.", seconds=shown))
    if design["stimulus"]["zoom"] > 1:
        parts.append(tr("Z enlarges, arrows move the enlarged picture."))
    if task["marks"]:
        parts.append(tr("M or a click points at an artefact; arrows move, 1 to 6 say why."))
    parts.append(tr("Esc pauses."))
    return design["title"], "\n\n".join(parts)


GAME_OVER = (later("That was it."), later("See what was what."), later("Enter: go on"))


def end_words(*, finished: bool) -> tuple[str, str, str]:
    """Return title, text and hint of the page at the end of a session."""
    title = (
        tr("Thank you. The reading is complete.")
        if finished
        else tr("Thank you. End of this session.")
    )
    text = tr(
        "Everything is saved. Write this completion code down, or copy it, and send it to the "
        "coordinator together with the package."
    )
    return title, text, tr("C: copy the code      Enter: quit")
