"""Pictures of the report as markup: SVG drawn by hand, and PNG inline. No plotting library.

A training node has none, and these few shapes do not need one.
"""

import base64
import html
import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gan.images import png

COLOURS = {"generated": "#f2a65a", "training": "#6f9fd8", "held-out": "#7fd1ae"}
WIDTH, HEIGHT = 330, 240  #: three beside each other on the page
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 26, 40
INK = "currentColor"  #: light on the screen, dark on paper
TILE = 160  #: rows of a small image on a sheet
Values = NDArray[np.floating]


def image(grey: NDArray[np.uint8], words: str = "") -> str:
    """Return an img element that holds an 8-bit picture, grey (h, w) or colour (h, w, 3)."""
    data = base64.b64encode(png(grey)).decode()
    source = f'src="data:image/png;base64,{data}"'
    return f'<img alt="{html.escape(words)}" width="{grey.shape[1]}" {source}>'


def small(grey: Values, rows: int = TILE) -> NDArray[np.uint8]:
    """Return an image in [0, 1] as 8 bits, averaged down or repeated to about so many rows."""
    down, up = max(1, grey.shape[0] // rows), max(1, rows // grey.shape[0])
    h, w = (n // down for n in grey.shape)
    mean = grey[: h * down, : w * down].reshape(h, down, w, down).mean(axis=(1, 3))
    shown = np.rint(np.clip(mean, 0, 1) * 255).astype(np.uint8)
    large: NDArray[np.uint8] = shown.repeat(up, axis=0).repeat(up, axis=1)
    return large


def tiles(rows: Sequence[Sequence[Values]], group: int = 1, words: str = "") -> str:
    """Return images in [0, 1], all of one size, in rows; a wider gap after each group."""
    lines = []
    for row in rows:
        parts = []
        for k, one in enumerate(row):
            gap = 10 if (k + 1) % group == 0 and group > 1 else 2
            parts.append(np.pad(small(one), ((0, 2), (0, gap)), constant_values=40))
        lines.append(np.hstack(parts))
    widest = max(line.shape[1] for line in lines)
    padded = [np.pad(x, ((0, 0), (0, widest - x.shape[1])), constant_values=40) for x in lines]
    return image(np.vstack(padded), words)


def heat_map(values: Values, around_zero: float = 0.0) -> str:
    """Return a map: grey from its lowest to its highest value, or blue to red about zero."""
    up = max(1, 256 // values.shape[0])
    if around_zero:
        part = np.clip(values / around_zero, -1, 1)[..., None]
        cold, warm = np.array([64, 120, 220]), np.array([230, 80, 60])
        paint = 24 + np.where(part < 0, -part * (cold - 24), part * (warm - 24))
    else:
        low, high = float(values.min()), float(values.max())
        paint = (values - low) / max(high - low, 1e-9) * 255
    return image(paint.astype(np.uint8).repeat(up, axis=0).repeat(up, axis=1))


def histogram(samples: Mapping[str, Values], x: str, bins: int = 20) -> str:
    """Return outlines of densities of samples by name, (n,) each."""
    everything = np.concatenate([np.ravel(v) for v in samples.values()])
    low, high = np.percentile(everything, (0.1, 99.9))
    edges = np.linspace(low, max(high, low + 1e-9), bins + 1)
    lines_ = {}
    for name, values in samples.items():
        share = np.histogram(values, edges)[0] / max(len(values), 1)
        lines_[name] = (edges.repeat(2)[1:-1], share.repeat(2))
    return lines(lines_, x=x, y="share", from_zero=True)


def lines(
    curves: Mapping[str, tuple[Values, Values]], x: str, y: str, *, from_zero: bool = False
) -> str:
    """Return curves by name, x and y of each."""
    frame = _Frame(
        np.concatenate([c[0] for c in curves.values()]),
        np.concatenate([c[1] for c in curves.values()]),
        from_zero,
    )
    marks = []
    for name, (xs, ys) in curves.items():
        points = " ".join(f"{frame.x(a):.1f},{frame.y(b):.1f}" for a, b in zip(xs, ys, strict=True))
        colour = COLOURS.get(name, INK)
        marks.append(
            f'<polyline fill="none" stroke="{colour}" stroke-width="1.6" points="{points}"/>'
        )
    return frame.drawn(marks, list(curves), x, y)


def scatter(points: Mapping[str, Values], x: str, y: str) -> str:
    """Return points by name, (n, 2) each; the many generated ones under the few real ones."""
    together = np.concatenate(list(points.values()))
    frame = _Frame(together[:, 0], together[:, 1], from_zero=False)
    marks = [
        f'<circle cx="{frame.x(a):.1f}" cy="{frame.y(b):.1f}" r="2" fill="{COLOURS.get(name, INK)}"'
        f' fill-opacity="{0.45 if name == "generated" else 0.9}"/>'
        for name, some in points.items()
        for a, b in some
    ]
    return frame.drawn(marks, list(points), x, y)


class _Frame:
    """Axes with round ticks."""

    def __init__(self, xs: Values, ys: Values, from_zero: bool) -> None:
        self.xs = _limits(xs)
        self.ys = _limits(np.append(ys, 0.0) if from_zero else ys)

    def x(self, value: float) -> float:
        low, high = self.xs
        return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        low, high = self.ys
        return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    def drawn(self, marks: Iterable[str], names: Sequence[str], x: str, y: str) -> str:
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="11">'
        ]
        for tick in _ticks(*self.xs):
            at = self.x(tick)
            parts.append(_line(at, TOP, at, HEIGHT - BOTTOM))
            parts.append(_text(at, HEIGHT - BOTTOM + 14, f"{tick:g}", "middle"))
        for tick in _ticks(*self.ys):
            at = self.y(tick)
            parts.append(_line(LEFT, at, WIDTH - RIGHT, at))
            parts.append(_text(LEFT - 5, at + 4, f"{tick:g}", "end"))
        parts += marks
        parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, x, "middle"))
        middle = (TOP + HEIGHT - BOTTOM) / 2
        turned = f' transform="rotate(-90 12 {middle})"'
        parts.append(_text(12, middle, y, "middle", more=turned))
        for k, name in enumerate(names):
            parts.append(_text(LEFT + 90 * k, 16, name, "start", COLOURS.get(name, INK)))
        return "".join([*parts, "</svg>"])


def _limits(values: Values) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    margin = 0.03 * (high - low) or 0.5
    return low - margin, high + margin


def _ticks(low: float, high: float) -> list[float]:
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = min((m * power for m in (1, 2, 5, 10)), key=lambda s: abs(s - rough))
    first, last = math.ceil(low / step), math.floor(high / step)
    return [round(k * step, 10) for k in range(first, last + 1)]


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{INK}" stroke-opacity="0.15"/>'


def _text(x: float, y: float, words: str, anchor: str, colour: str = INK, more: str = "") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"'
    return f"<text {place}{more}>{html.escape(words)}</text>"
