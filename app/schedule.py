"""The stages of a training, drawn from the settings a run was started with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One stage of the ladder; `begin`, `full` and `end` in images shown."""

    number: int
    height: int
    width: int
    begin: int
    full: int  #: from here on it has faded in
    end: int

    @property
    def size(self) -> str:
        """Height x width, as the paper writes it."""
        return f"{self.height}x{self.width}"

    def alpha(self, shown: int) -> float:
        """Return how far the rung has faded in, 0 to 1, after so many images."""
        fading = self.full - self.begin
        return 1.0 if fading == 0 else min(max((shown - self.begin) / fading, 0.0), 1.0)


def rungs_of(config: Mapping[str, Any], ends: Sequence[int] = ()) -> tuple[Rung, ...]:
    """Return the rungs of resolved settings (config.json of a run, or a preset's table).

    Rung `start` is held, each next is faded in and held; thousands of images by rung, the last
    entry holds above. `ends` holds, from the first rung on, the images shown when one was left
    early. ValueError names the key that is no number.
    """
    growth, network = _table(config, "growth"), _table(config, "network")
    base = network.get("base", (5, 4))
    if not (isinstance(base, list | tuple) and len(base) == 2):
        raise ValueError(f"network.base is {base!r}; two numbers are needed")
    start = round(_numbers(growth, "start", 0)[0])
    top = round(_numbers(growth, "top", _numbers(network, "rungs", 9)[0] - 1)[0])
    fade, hold = _numbers(growth, "fade_kimg", 600.0), _numbers(growth, "hold_kimg", 600.0)
    if not 0 <= start <= top <= 16:
        raise ValueError(f"growth from rung {start} to {top}; 0 <= start <= top <= 16 is needed")
    height, width = (round(_numbers({"base": n}, "base", 0)[0]) for n in base)
    found: list[Rung] = []
    begin = 0
    for place, number in enumerate(range(start, top + 1)):
        fading = 0 if place == 0 else round(1000 * fade[min(number, len(fade) - 1)])
        end = begin + fading + round(1000 * hold[min(number, len(hold) - 1)])
        if place < len(ends):
            end = ends[place]
        found.append(
            Rung(
                number=number,
                height=height << number,
                width=width << number,
                begin=begin,
                full=min(begin + fading, end),
                end=end,
            )
        )
        begin = end
    return tuple(found)


def _table(config: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = config.get(name, {})
    if not isinstance(table, Mapping):
        raise ValueError(f"{name} is {table!r}; a table is needed")
    return table


def _numbers(table: Mapping[str, Any], key: str, default: float) -> list[float]:
    """Return a number or a list of numbers, as a list."""
    value = table.get(key, default)
    values = list(value) if isinstance(value, list | tuple) else [value]
    if not values or any(isinstance(v, bool) or not isinstance(v, int | float) for v in values):
        raise ValueError(f"{key} is {value!r}; a number or numbers are needed")
    return values
