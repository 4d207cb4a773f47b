"""What a pane shows, in patches of device pixels: air is left out, and a pan moves what is there.

Patches are places of a grid that is fixed to the image, not to the tile. Where an image holds
nothing but air there is none: air is black in every window. A patch shows what sampling the whole
tile at once would show there.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from app.core.display import Grey
from app.core.geometry import Transform
from app.core.interpolation import CORES, SPLIT, Index, Stored, second_core
from app.core.resample import BLOCK, Placement, Places, Pyramid, Range, Sight

WIDE, HIGH = 512, 128  #: device pixels of a patch: what is worked out on the way fits the cache
DENSE = 0.55  #: share of a box from which leaving out the rest costs more than it saves
TOGETHER = 5  #: cells below each other that are picked in one go
REACH = 3  #: pixels, of the screen or the image, from which filters and averages take in something
BLACK = np.uint32(0xFF000000)
Cell = tuple[int, int]  #: column, row of the grid
Box = tuple[Range, Range]  #: columns, rows, in device pixels from the sight's origin
Goal = tuple[Sight, tuple[int, int], tuple[int, int]]  #: a sight, its origin, size of the tile
Refined = tuple[Goal, "dict[Cell, Patch]"]
Colours = NDArray[np.uint32]  #: 0xFFRRGGBB, as the screen holds them: drawing only copies
T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Patch:
    """Stored values and colours of a rectangle, which holds one cell or some.

    All arrays are of its shape.
    """

    box: Box
    pixels: Stored
    fogged: Places | None
    fine: bool  #: interpolated, not picked
    colours: Colours | None = None
    index: Index | None = None  #: the pixels in numpy's own index type, for the steps of a drag

    def tint(self, table: Colours, *, invert: bool) -> None:
        """Run a table of 65,536 entries; fogged film is black when inverted."""
        pixels = self.pixels if self.index is None else self.index
        self.colours = np.take(table, pixels, out=self.colours, mode="clip")
        if invert and self.fogged is not None:
            np.putmask(self.colours, self.fogged, BLACK)


class Mosaic:
    """The patches of one pane: `aim` finds them, `tint` shows them through another table.

    While the hand moves, pixels are picked, and a picture that is panned moves by whole device
    pixels, at most half of one beside its place. `refinement` puts both right.

    A second core begins at once on what `aim` and `tint` ask for; whoever looks at the patches
    helps it to the end first. So one pane is drawn while the next is worked out.
    """

    def __init__(self) -> None:
        self.sight: Sight | None = None
        self.origin = (0, 0)  #: of the sight, in device pixels of the tile
        self._patches: dict[Cell, Patch] = {}
        self._goal: Goal | None = None  #: what was asked for
        self._table: Grey | None = None
        self._colours: Colours = np.full(1, BLACK)  #: of the table
        self._invert = False
        self._begun: list[Callable[[], None]] = []  #: what ends work that goes on

    @property
    def patches(self) -> Mapping[Cell, Patch]:
        """What is shown of each cell."""
        self._settle()
        return self._patches

    @property
    def fine(self) -> bool:
        """Whether there is nothing left to refine."""
        return self._at_goal() and all(patch.fine for patch in self.patches.values())

    def forget(self) -> None:
        """Show nothing."""
        self._settle()
        self.sight, self._goal, self._patches = None, None, {}

    def aim(
        self,
        pyramid: Pyramid,
        transform: Transform,
        place: Placement,
        table: Grey,
        *,
        invert: bool,
    ) -> None:
        """Show a part of an image: keep the patches that a pan only moves, pick the others."""
        self._settle()
        sight, origin = Sight.of(pyramid, transform, place)
        tile = (place.width, place.height)
        self._goal = sight, origin, tile
        before: dict[Cell, Patch] = {}
        if self.sight is not None and sight.panned(self.sight):
            sight, before = self.sight, self._patches
            origin = round(place.left - sight.phase_x), round(place.top - sight.phase_y)
        self.sight, self.origin, self._patches = sight, origin, {}
        missing: list[tuple[Cell, Box]] = []
        for cell, box, whole in _cells(sight, origin, tile):
            patch = before.get(cell)
            if patch is not None and _within(box, patch.box):
                self._patches[cell] = patch
            else:  # what a pan brings into view is likely to come further
                missing.append((cell, whole if before else box))
        if table is not self._table or invert != self._invert:
            self.tint(table, invert=invert)
        if not missing:
            return
        sampler = sight.sampler(*_round(box for _, box in missing), fine=False)

        def pick(group: list[tuple[Cell, Box]]) -> None:
            box = _round(each for _, each in group)
            patch = Patch(box, *sampler(*box), sight.exact)
            patch.tint(self._colours, invert=invert)
            self._patches.update(dict.fromkeys((cell for cell, _ in group), patch))

        groups = _grouped(missing, 1.0 if before else DENSE)
        self._begun.append(_begun(pick, groups, sum(_size(box) for _, box in missing)))

    def tint(self, table: Grey, *, invert: bool) -> None:
        """Show the patches through a table."""
        self._settle()
        self._table, self._invert = table, invert
        self._colours = table * np.uint32(0x010101) + BLACK

        def tint(patch: Patch) -> None:
            if patch.index is None:
                patch.index = patch.pixels.astype(np.intp)
            patch.tint(self._colours, invert=invert)

        patches = list(dict.fromkeys(self._patches.values()))
        self._begun.append(_begun(tint, patches, sum(_size(patch.box) for patch in patches)))

    def _settle(self) -> None:
        """Help what has been begun to its end."""
        begun, self._begun = self._begun, []
        for end in begun:
            end()

    def refinement(self) -> Callable[[], Refined] | None:
        """Return the work, for a thread, that interpolates what is shown; None if it is."""
        if self._goal is None or self.fine:
            return None
        goal, now = self._goal, dict(self._patches) if self._at_goal() else {}

        def work() -> Refined:
            sight, origin, tile = goal
            patches = {cell: patch for cell, patch in now.items() if patch.fine}
            rest = [(c, box) for c, box, _ in _cells(sight, origin, tile) if c not in patches]
            if rest:
                sampler = sight.sampler(*_round(box for _, box in rest), fine=True)
            for group in _grouped(rest):
                box = _round(each for _, each in group)
                patch = Patch(box, *sampler(*box), True)
                patches.update(dict.fromkeys((cell for cell, _ in group), patch))
            return goal, patches

        return work

    def refine(self, refined: Refined) -> None:
        """Show interpolated patches if they are still what is asked for."""
        self._settle()
        goal, patches = refined
        if goal != self._goal or self._table is None:
            return
        for patch in set(patches.values()) - set(self._patches.values()):
            patch.tint(self._colours, invert=self._invert)
        (self.sight, self.origin, _), self._patches = goal, patches

    def _at_goal(self) -> bool:
        """Return whether the picture lies where it was asked for, not only nearly."""
        if self._goal is None or self.sight is None:
            return True
        return self._goal[0].near(self.sight)

    def shown(self) -> Iterator[tuple[int, int, Colours]]:
        """Give left, top in device pixels of the tile, and colours of every patch."""
        for patch in dict.fromkeys(self.patches.values()):
            if patch.colours is not None:
                (left, _), (top, _) = patch.box
                yield self.origin[0] + left, self.origin[1] + top, patch.colours

    def picture(self, width: int, height: int) -> Colours:
        """Return the tile in one piece, shape (height, width), black where there is no patch."""
        whole: Colours = np.full((height, width), BLACK)
        for left, top, colours in self.shown():
            x, y = max(-left, 0), max(-top, 0)
            part = colours[y : height - top, x : width - left]
            rows, columns = part.shape
            whole[top + y : top + y + rows, left + x : left + x + columns] = part
        return whole


def _cells(
    sight: Sight, origin: tuple[int, int], tile: tuple[int, int]
) -> Iterator[tuple[Cell, Box, Box]]:
    """Give every cell with more than air in it: the part of it in the tile, and all of it."""
    across, down = sight.across(origin[0], tile[0]), sight.down(origin[1], tile[1])
    if across is None or down is None:
        return
    wide = sight.across(0, 1 << 30) or across  # the whole image: a cell ends where that ends
    high = sight.down(0, 1 << 30) or down
    columns = range(across[0] // WIDE, -(-across[1] // WIDE))
    rows = range(down[0] // HIGH, -(-down[1] // HIGH))
    for column, row in product(columns, rows):
        lines = _common((row * HIGH, (row + 1) * HIGH), high)
        run = _occupied(sight, _common((column * WIDE, (column + 1) * WIDE), wide), lines)
        if run is None:
            continue
        box = _common(run, across), _common(lines, down)
        if _size(box):
            yield (column, row), box, (run, lines)


def _occupied(sight: Sight, across: Range, down: Range) -> Range | None:
    """Return which columns of a box hold more than air, to whole blocks; None when none do."""
    blocks = sight.pyramid.blocks
    if blocks is None:
        return across
    transpose, flip_x, flip_y = sight.transform.value
    height, width = sight.turned
    reach = REACH * max(1.0, 1 / min(sight.zoom_x, sight.zoom_y))  # pixels of the image
    x = _blocks(across, sight.phase_x, sight.zoom_x, reach, width if flip_x else None)
    y = _blocks(down, sight.phase_y, sight.zoom_y, reach, height if flip_y else None)
    part = blocks[slice(*x), slice(*y)].T if transpose else blocks[slice(*y), slice(*x)]
    held = np.flatnonzero(part.any(axis=0))
    if held.size == 0:
        return None
    first, last = (x[0] + int(held[0])) * BLOCK, (x[0] + int(held[-1]) + 1) * BLOCK
    if flip_x:
        first, last = width - last, width - first
    left = int(np.floor((first - reach) * sight.zoom_x + sight.phase_x))
    right = int(np.ceil((last + reach) * sight.zoom_x + sight.phase_x))
    return _common((left, right), across)


def _blocks(pixels: Range, phase: float, zoom: float, reach: float, flipped: int | None) -> Range:
    """Return the blocks that device pixels take in; `flipped` is the length of a turned side."""
    low, high = (pixels[0] - phase) / zoom - reach, (pixels[1] - phase) / zoom + reach
    if flipped is not None:
        low, high = flipped - high, flipped - low
    return max(int(low // BLOCK), 0), max(int(-(-high // BLOCK)), 0)


def _common(one: Range, other: Range) -> Range:
    return max(one[0], other[0]), min(one[1], other[1])


def _within(one: Box, other: Box) -> bool:
    pairs = zip(one, other, strict=True)
    return all(inner[0] >= outer[0] and inner[1] <= outer[1] for inner, outer in pairs)


def _grouped(
    cells: Sequence[tuple[Cell, Box]], dense: float = DENSE
) -> list[list[tuple[Cell, Box]]]:
    """Return cells that are picked in one go: fewer and longer calls.

    Where little would be left out that is the upper and the lower half of the box round all, air
    too; else what lies below each other and is equally wide.
    """
    boxes = [box for _, box in cells]
    if cells and sum(map(_size, boxes)) >= dense * _size(_round(boxes)):
        rows = sorted({row for (_, row), _ in cells})
        middle = rows[len(rows) // 2]
        halves = [[c for c in cells if (c[0][1] < middle) == upper] for upper in (True, False)]
        return [half for half in halves if half]
    groups: list[list[tuple[Cell, Box]]] = []
    for cell, box in cells:
        last = groups[-1] if groups else []
        (left, (_, bottom)) = last[-1][1] if last else ((0, 0), (0, 0))
        if last and len(last) < TOGETHER and (left, bottom) == (box[0], box[1][0]):
            last.append((cell, box))
        else:
            groups.append([(cell, box)])
    return groups


def _round(boxes: Iterable[Box]) -> Box:
    """Return the columns and rows that hold all of the boxes."""
    lefts, rights, tops, bottoms = zip(*((*across, *down) for across, down in boxes), strict=True)
    return (min(lefts), max(rights)), (min(tops), max(bottoms))


def _size(box: Box) -> int:
    (left, right), (top, bottom) = box
    return max(right - left, 0) * max(bottom - top, 0)


def _begun(work: Callable[[T], None], items: Sequence[T], pixels: int) -> Callable[[], None]:
    """Have a second core, when there is one, begin on the items; return what does the rest.

    Each takes the next item from its end: a core that is kept busy by others holds nothing up.
    """
    queue = deque(items)

    def do(take: Callable[[], T]) -> None:
        while True:
            try:
                item = take()
            except IndexError:
                return
            work(item)

    help_ = second_core().submit(do, queue.pop) if pixels >= SPLIT and CORES > 1 else None

    def end() -> None:
        do(queue.popleft)
        if help_ is not None and not help_.cancel():
            help_.result()

    return end
