"""The methods of a report in words, from the design as it was sealed and what was recorded."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from app.reading.design import rejoined
from app.reading.record import Record
from app.reading.report.words import counted
from app.readings.precision import power_in_english

Table = Mapping[str, Any]
INTERRUPTING = ("focus_lost", "paused", "resumed", "machine_slept", "clock_changed")
OF_READERS = ("role", "years", "per_year", "seen_before")
OF_PLACES = ("monitor", "light", "screen_pixels", "display_function")


def words_of(facts: Table) -> dict[str, str]:
    """Return what one reader declared, in words."""
    return {
        key.replace("_", " "): " x ".join(map(str, v)) if isinstance(v, list) else str(v)
        for key, v in facts.items()
        if key != "simulated"
    }


def statements(
    protocol: Table,
    protocol_hash: str,
    truth: Table,
    audit: Table,
    work: Mapping[str, list[Record]],
    declared: Mapping[str, Table],
) -> dict[str, str]:
    """Return a text for each heading of the methods (`report.methods.STATEMENTS`)."""
    design, private = protocol["design"], truth["private"]
    order, real, training = design["order"], private["real"], private["training"]
    feedback = "with the truth told after each" if training["feedback"] else "without feedback"
    sources = ", ".join(str(source).rstrip("/").rpartition("/")[2] for source in real["source"])
    return {
        "Question": " ".join(
            dict.fromkeys(task["question"] or design["question"] for task in design["tasks"])
        ),
        "Generator": f"{_arms(private['generated'])}. {audit['nearest_words']}.",
        "Real images": f"{real['count']} cases from {sources}, one for each patient, drawn at "
        "random.",
        "Preprocessing": f"The same for every case: {protocol['normaliser']}; "
        f"{design['stimulus']['height']} rows, {_shown(design)}.",
        "Readers": f"{counted(len(protocol['readers']), 'reader')}. "
        + _tallied(declared, OF_READERS),
        "Training and feedback": f"{training['real']} real and {training['generated']} generated "
        f"cases that are not in the test, {feedback}."
        if training["real"] + training["generated"]
        else "None.",
        "Display and environment": _tallied(declared, OF_PLACES),
        "Task and scale": "; ".join(_task(task) for task in design["tasks"]),
        "What readers were told": design["told"],
        "Order and sessions": _order(order, len(design["tasks"])),
        "Exclusions and interruptions": _interruptions(work.values()),
        "Sample size": _size(protocol, private),
        "Registration": f"The protocol was fixed before the first answer; SHA-256 {protocol_hash}.",
        "Data and code": f"Sealed and read with Mammoscope {protocol['version']}. Every answer is "
        "in the records of the readers, whose chains of hashes begin at the protocol; ratings, "
        "and the numbers of each figure, come with this report.",
    }


def _arms(arms: Iterable[Table]) -> str:
    return "; ".join(
        f"{arm['name']}: {arm['count']} cases, {arm['policy']} selection"
        + (f", {arm['rejected']} looked at and not taken" if arm["policy"] == "curated" else "")
        for arm in arms
    )


def _shown(design: Table) -> str:
    return "one view" if design["stimulus"]["show"] == "single" else "all four views"


def _tallied(declared: Mapping[str, Table], keys: Iterable[str]) -> str:
    """Return how many readers declared what, a sentence for each of the keys."""
    sentences = []
    for key in keys:
        given = Counter(words_of({key: f[key]})[key.replace("_", " ")]
                        for f in declared.values() if key in f)  # fmt: skip
        if given:
            listed = ", ".join(f"{words} ({count})" for words, count in given.most_common())
            sentences.append(f"{key.replace('_', ' ').capitalize()}: {listed}.")
    return " ".join(sentences)


def _order(order: Table, sessions: int) -> str:
    places = ", counterbalanced over readers" if order["counterbalance"] else ""
    apart = f"; {order['washout_days']} days between the {sessions} sessions"
    return (
        f"Blocks of {order['block'][0]} to {order['block'][1]} cases, balanced over the arms"
        f"{places}; {order['repeats']} hidden repeats; a break every {order['break_every']} "
        f"trials; blank of {order['blank_ms']} ms between trials{apart if sessions > 1 else ''}."
    )


def _interruptions(work: Iterable[list[Record]]) -> str:
    events = Counter(r.type for records in work for r in records if r.type in INTERRUPTING)
    listed = ", ".join(f"{kind.replace('_', ' ')} {n}" for kind, n in sorted(events.items()))
    return listed or "No interruption was recorded."


def _size(protocol: Table, private: Table) -> str:
    design = rejoined(protocol["design"], private)
    return (
        f"Fixed before the first answer: {counted(len(design.readers), 'reader')}, "
        f"{design.real.count} real and {design.generated_count} generated cases. By formula, for "
        "an AUC of 0.5: " + power_in_english(design) + "."
    )


def _task(task: Table) -> str:
    kind = "which of two is generated" if task["kind"] == "2afc" else "generated or real"
    scale = "six steps" if task["scale"] == "six" else "0 to 100 percent sure"
    time = f"shown for {task['exposure_ms']} ms" if task["exposure_ms"] else "untimed"
    return f"{kind}, {scale}, {time}{', artefacts marked' * task['marks']}"
