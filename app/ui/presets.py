"""Window presets from resources/windows/presets.toml: keys 1 to 9."""

import tomllib
from dataclasses import dataclass
from functools import cache

from app import resources
from app.core.display import Curve, Voi, VoiTable, Window

KEYS = {"name", "center", "width", "curve"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A window told relative to the file's own: shift and stretch in its widths."""

    name: str
    center: float
    width: float
    curve: Curve | None = None

    def of(self, own: Voi) -> Voi:
        """Return the preset for an image whose file asks for `own`.

        A stored LUT keeps its shape: its input axis is shifted and stretched.
        """
        if isinstance(own, VoiTable):
            return VoiTable(
                data=own.data,
                first=own.first,
                bits=own.bits,
                name=f"{self.name} ({own.name})" if own.name else self.name,
                shift=self.center * own.data.size,
                stretch=self.width,
            )
        return Window(
            center=own.center + self.center * own.width,
            width=max(own.width * self.width, 1.0),
            curve=self.curve or own.curve,
            name=self.name,
        )


@cache
def presets() -> tuple[Preset, ...]:
    """Return the presets in key order; ValueError names what is wrong in the file."""
    path = resources.folder("windows") / "presets.toml"
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    found = []
    for number, entry in enumerate(raw.get("preset", []), 1):
        where = f"{path.name}: preset {number}"
        if wrong := set(entry) ^ KEYS - ({"curve"} - set(entry)):
            raise ValueError(f"{where}: missing or unknown: {', '.join(sorted(wrong))}")
        if not float(entry["width"]) > 0:
            raise ValueError(f"{where}: 'width' is {entry['width']}; it must be above 0")
        curve = Curve(entry["curve"]) if "curve" in entry else None
        found.append(
            Preset(
                name=str(entry["name"]),
                center=float(entry["center"]),
                width=float(entry["width"]),
                curve=curve,
            )
        )
    if len(found) > 9:
        raise ValueError(f"{path.name}: {len(found)} presets; there are keys for 9")
    return tuple(found)
