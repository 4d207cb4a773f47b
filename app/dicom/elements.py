"""Values of a header's elements, whatever stands there: text, a code, a number, lengths, items."""

import re
from functools import cache
from typing import Any

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import Tag

LONGEST = 1024  #: characters of a text that is shown: what is longer is cut

_tag = cache(Tag)


def value_of(dataset: Dataset, keyword: str) -> Any:
    """Return an element's value, None when it is absent: most are, and `Dataset.get` is slow then.

    An exam is asked for seventy elements, a folder holds forty thousand images.
    """
    tag = _tag(keyword)
    return dataset[tag].value if tag in dataset else None


def text(dataset: Dataset, keyword: str) -> str:
    """Return an element as one line of text, empty when absent."""
    value = value_of(dataset, keyword)
    if value is None:
        return ""
    if isinstance(value, MultiValue):
        value = "\\".join(str(v) for v in value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    # No line ends, escape sequences or reversals of direction: it is shown as it is.
    shown = "".join(letter if letter.isprintable() else " " for letter in str(value)[:LONGEST])
    return " ".join(shown.split())


def word(dataset: Dataset, keyword: str) -> str:
    """Return a code string in capitals, empty when the element holds anything else.

    Only this may be quoted in messages: a damaged element may run on into the patient's name.
    """
    value = text(dataset, keyword).upper()
    return value if re.fullmatch(r"[A-Z0-9 _]{1,16}", value) else ""


def number(dataset: Dataset, keyword: str) -> float | None:
    """Return an element's first value as a finite number, None when it has none."""
    try:
        value = value_of(dataset, keyword)
        if isinstance(value, MultiValue):
            value = value[0] if len(value) else None
        found = None if value is None or value == "" else float(value)
    except (TypeError, ValueError):
        return None
    return found if found is not None and abs(found) < float("inf") else None


def pair(dataset: Dataset, keyword: str) -> tuple[float, float] | None:
    """Return an element's two values as lengths in millimetres that can be meant, else None."""
    value = value_of(dataset, keyword)
    try:
        first, second = (float(v) for v in value)
    except (TypeError, ValueError):
        return None
    return (first, second) if min(first, second) > 1e-3 and max(first, second) < 10 else None


def sequence(dataset: Dataset, keyword: str) -> list[Dataset]:
    """Return the items of a sequence, none when it is absent or no sequence."""
    value = value_of(dataset, keyword)
    return [item for item in value if isinstance(item, Dataset)] if value else []
