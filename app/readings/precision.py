"""The calculator: how precise a design will be, its power, and what would be enough."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from app.language import later, tr
from app.reading.design import Design
from app.reading.statistics.power import Plan, Power, expected

SPREADS = (0.15, 0.30)  #: standard deviations of the readers' d': alike, and as often found
WANTED = 0.8  #: chance of showing equivalence that is aimed at
MOST_READERS, MOST_CASES = 60, 1000

_expected: Callable[[Plan], Power] = cache(expected)


#: Kinds of a task in words.
KINDS = {"yes_no": later("yes/no"), "2afc": later("pairs")}


def plans_of(design: Design, words: Callable[[str], str] = tr) -> list[tuple[str, Plan]]:
    """Return what each analysis of a design rests on: its words, and the plan of one arm alone."""
    found = []
    for kind in dict.fromkeys(task.kind for task in design.tasks):
        task = next(task for task in design.tasks if task.kind == kind)
        for arm in design.generated:
            of = words(KINDS[kind])
            name = f"{of}, {arm.name}" if len(design.generated) > 1 else of
            plan = Plan(
                readers=len(design.readers),
                positives=max(arm.count, 2),
                negatives=max(design.real.count, 2),
                margin=float(design.analysis.margin),
                alpha=float(design.analysis.alpha),
                levels=6 if task.scale == "six" else 101,
                task="rating" if kind == "yes_no" else "two_alternative",
            )
            found.append((name, plan))
    return found


def power_lines(design: Design) -> list[str]:
    """Return how precise a design is and its chance to show equivalence, by formula.

    For readers whose skill (d') varies with standard deviations of 0.15 and 0.30, and no true
    difference; a margin that can't be met shows here, before anything is sealed.
    """
    lines: list[str] = []
    advice: tuple[str, ...] = ()
    for name, plan in plans_of(design):
        for spread in SPREADS:
            found = _expected(replace(plan, reader_sd=spread))
            advice = found.advice
            lines.append(
                tr(
                    "power, {task}, readers differing by SD {spread} in d': mean AUC known to "
                    "\N{PLUS-MINUS SIGN}{width}, equivalence shown with chance {chance}",
                    task=name,
                    spread=f"{spread:.2f}",
                    width=f"{found.half_width:.3f}",
                    chance=f"{found.equivalence:.2f}",
                )
            )
    return lines + [tr("advice: {words}", words=words) for words in advice]


def power_in_english(design: Design) -> str:
    """Return the same for a report."""
    return "; ".join(
        f"{name}, readers differing by SD {spread:.2f} in d': mean AUC known to "
        f"\N{PLUS-MINUS SIGN}{found.half_width:.3f}, equivalence shown with chance "
        f"{found.equivalence:.2f}"
        for name, plan in plans_of(design, str)
        for spread in SPREADS
        for found in [_expected(replace(plan, reader_sd=spread))]
    )


def enough_lines(design: Design) -> list[str]:
    """Return how many readers, or cases, would show equivalence with a chance of 80 %."""
    lines = []
    for name, plan in plans_of(design):
        for spread in SPREADS:
            alike = replace(plan, reader_sd=spread)
            readers = _least(alike, MOST_READERS, ("readers",))
            cases = _least(alike, MOST_CASES, ("positives", "negatives"))
            with_readers = tr("{count} readers", count=readers)
            with_cases = tr("{count} cases of each kind", count=cases)
            lines.append(
                tr(
                    "enough, {task}, SD {spread}, for a chance of {chance}: {readers} with these "
                    "cases, or {cases} with these readers",
                    task=name,
                    spread=f"{spread:.2f}",
                    chance=f"{WANTED:.0%}",
                    readers=with_readers if readers else tr("no number of readers"),
                    cases=with_cases if cases else tr("no number of cases"),
                )
            )
    return lines


def _least(plan: Plan, most: int, fields: tuple[str, ...]) -> int | None:
    """Return the smallest number for the fields that gives the power wanted; None: not `most`."""

    def suffices(number: int) -> bool:
        change: dict[str, Any] = dict.fromkeys(fields, number)
        tried = replace(plan, **change)
        return _expected(tried).equivalence >= WANTED

    if not suffices(most):
        return None
    low, high = 2, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(middle) else (middle + 1, high)
    return low
