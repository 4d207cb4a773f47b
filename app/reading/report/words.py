"""Numbers as a paper prints them."""

import math
from collections.abc import Sequence

from app.reading.statistics.equivalence import Equivalence
from app.reading.statistics.estimate import Estimate
from app.reading.statistics.single_reader import Proportion

NONE = "n/a"


def number(value: float | None, places: int = 2) -> str:
    """Return a rounded number with a true minus sign, or "n/a"."""
    if value is None:
        return NONE
    rounded = round(value, places) + 0.0  # no negative zero
    return f"{rounded:.{places}f}".replace("-", "\N{MINUS SIGN}")


def p_value(p: float | None) -> str:
    """Return p as "< 0.001" or with three places."""
    if p is None:
        return NONE
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def p_words(p: float | None) -> str:
    """Return "p = 0.012", "p < 0.001" or that there is none."""
    if p is None:
        return "no test possible"
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def with_interval(found: Estimate, places: int = 2, *, least: float = -math.inf) -> str:
    """Return "0.66 (0.55 to 0.77)", or what is known; `least` is of what can't be above 1."""
    if found.value is None:
        return "not estimable"
    if found.shown is None:
        return f"{number(found.value, places)} (no interval)"
    low, high = found.shown
    if least > -math.inf:
        low, high = max(low, least), min(high, 1.0)
    return f"{number(found.value, places)} ({span(low, high, places)})"


def span(low: float, high: float, places: int = 2) -> str:
    """Return "0.55 to 0.77"."""
    return f"{number(low, places)} to {number(high, places)}"


def estimate_words(found: Estimate, places: int = 2) -> str:
    """Return "0.66 (95% CI 0.55 to 0.77; p = 0.008)", or why there is none."""
    if found.value is None:
        return f"not estimable ({found.reason})"
    if found.shown is None:
        return f"{number(found.value, places)} (interval not estimable: {found.reason})"
    level = round(100 * (found.level or 0.95))
    test = "" if found.p is None else f"; {p_words(found.p)}"
    return f"{number(found.value, places)} ({level}% CI {span(*found.shown, places)}{test})"


def share(found: Proportion, *, exact: bool = False) -> str:
    """Return "58% (48 to 69)" with Wilson's interval, or the exact one."""
    bounds = found.exact if exact else found.wilson
    if found.value is None or bounds is None:
        return "not estimable"
    return f"{100 * found.value:.0f}% ({100 * bounds[0]:.0f} to {100 * bounds[1]:.0f})"


def equivalence_words(found: Equivalence) -> str:
    """Return the outcome of the two one-sided tests in a sentence."""
    if found.p is None or found.low is None or found.high is None:
        return f"Equivalence could not be tested: {found.reason}."
    level = round(100 * (1 - 2 * found.alpha))
    outcome = "lies" if found.equivalent else "does not lie"
    low, high = found.centre - found.margin, found.centre + found.margin
    return (
        f"The {level}% interval ({span(found.low, found.high)}) {outcome} inside the equivalence "
        f"margin ({span(low, high)}), two one-sided tests {p_words(found.p)}: equivalence was "
        f"{'shown' if found.equivalent else 'not shown'}."
    )


def listed(words: Sequence[str]) -> str:
    """Return "a, b and c"."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def counted(count: int, word: str) -> str:
    """Return "1 reader", "2 readers"."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
