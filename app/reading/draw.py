"""Random draws that any later version repeats to the bit from the stored seed.

numpy does not promise its streams across versions, and orders are drawn again when a reading is
verified years later; so numbers come from SHA-256 in counter mode, rejection keeps them uniform.
"""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
WORD = 2**64


class Draw:
    """A stream of random numbers named by a seed and a purpose."""

    def __init__(self, seed: str, *purpose: str) -> None:
        self._name = "\0".join((seed, *purpose)).encode()
        self._count = 0

    def _word(self) -> int:
        data = hashlib.sha256(self._name + self._count.to_bytes(8)).digest()
        self._count += 1
        return int.from_bytes(data[:8])

    def below(self, limit: int) -> int:
        """Return a whole number, 0 to limit - 1, each equally likely."""
        whole = WORD - WORD % limit
        while (word := self._word()) >= whole:
            pass
        return word % limit

    def unit(self) -> float:
        """Return a number, 0 up to but not including 1."""
        return (self._word() >> 11) / 2**53

    def between(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both possible."""
        return low + self.below(high - low + 1)

    def shuffled(self, values: Sequence[T]) -> list[T]:
        """Return the values in random order (Fisher and Yates)."""
        out = list(values)
        for at in range(len(out) - 1, 0, -1):
            other = self.below(at + 1)
            out[at], out[other] = out[other], out[at]
        return out
