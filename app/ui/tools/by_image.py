"""Values worked out from images, kept as long as the images are: they never keep one alive."""

import weakref
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from app.core.mammogram import Stored

Value = TypeVar("Value")


class ByImage(Generic[Value]):
    """At most `most` values, by the identity of an image's pixels and what they are of it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[
            tuple[int, Hashable], tuple[weakref.ReferenceType[Stored], Value]
        ] = OrderedDict()

    def get(self, pixels: Stored, what: Hashable = None) -> Value | None:
        """Return the value put for an image, None when there is none any more."""
        found = self._kept.get((id(pixels), what))
        return found[1] if found is not None and found[0]() is pixels else None

    def put(self, pixels: Stored, value: Value, what: Hashable = None) -> None:
        """Keep a value; those of images that are gone, and the oldest, make room."""
        self._kept[id(pixels), what] = weakref.ref(pixels), value
        for key in [key for key, (ref, _) in self._kept.items() if ref() is None]:
            del self._kept[key]
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def __len__(self) -> int:
        return len(self._kept)
