"""How mammograms are shown: windows, negative, sizes, overlays; what menus and keys call."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from PySide6.QtWidgets import QMenu

from app.core.display import Voi
from app.language import tr
from app.ui.grid import Grid
from app.ui.hands import Hands
from app.ui.overlay import LEVELS, window_words
from app.ui.pane import Pane
from app.ui.presets import Preset


class Looks:
    """Acts on the active pane of a grid and the panes linked to it."""

    def __init__(self, grid: Grid, hands: Hands) -> None:
        self.grid, self.hands = grid, hands
        self.offered: Callable[[Pane], Iterable[Voi]] = lambda pane: ()  #: beside the file's own

    def next_level(self) -> None:
        """Write nothing, labels, or everything over the panes."""
        level = self.grid.level or "labels"
        self.grid.set_level(LEVELS[(LEVELS.index(level) + 1) % len(LEVELS)])

    def set_voi(self, voi: Voi | None) -> None:
        """Give the active pane a window of its file, None for the first; partners theirs.

        A partner takes the window of its own file that has the same name, if there is one.
        """
        pane = self.grid.active
        if pane is None:
            return
        chosen = {pane: voi}
        for other in self.hands.partners(pane, "window"):
            if voi is None:
                chosen[other] = None
            elif other is not pane and other.picture is not None and voi.name:
                own = other.picture.mammogram.encoding.vois
                if (same := next((v for v in own if v.name == voi.name), None)) is not None:
                    chosen[other] = same
        self.grid.change(chosen, lambda p: replace(p.view, voi=chosen[p]), at_once=True)

    def set_preset(self, preset: Preset) -> None:
        """Give the active pane and its partners a preset, each relative to its own file."""
        if (pane := self.grid.active) is not None:
            panes = [p for p in self.hands.partners(pane, "window") if p.picture is not None]
            self.grid.change(
                panes,
                lambda p: replace(p.view, voi=preset.of(p.picture.voi) if p.picture else None),
                at_once=True,
            )

    def toggle_invert(self) -> None:
        """Show the active pane and its partners as negatives, or no longer."""
        if (pane := self.grid.active) is not None:
            invert = not pane.view.invert
            panes = self.hands.partners(pane, "window")
            self.grid.change(panes, lambda p: replace(p.view, invert=invert), at_once=True)

    def next_voi(self) -> None:
        """Go to the next window or LUT of the active pane's file, past the last to the first."""
        pane = self.grid.active
        if pane is None or pane.picture is None or pane.voi is None:
            return
        vois = [*pane.picture.mammogram.encoding.vois, *self.offered(pane)]
        at = next((n for n, voi in enumerate(vois) if voi is pane.voi or voi == pane.voi), -1)
        if vois:
            self.set_voi(vois[(at + 1) % len(vois)])

    def list_vois(self, menu: QMenu) -> None:
        """List every window and LUT of the active pane's file by its explanation."""
        menu.clear()
        pane = self.grid.active
        own = pane.picture.mammogram.encoding.vois if pane and pane.picture else ()
        vois = [*own, *(self.offered(pane) if pane else ())]
        for number, voi in enumerate(vois, 1):
            words = window_words(voi) if voi.name else f"{number}: {window_words(voi)}"
            menu.addAction(words).triggered.connect(partial(self._pick, voi))
        if not vois:
            menu.addAction(tr("The file offers none")).setEnabled(False)

    def _pick(self, voi: Voi, _checked: bool = False) -> None:
        self.set_voi(voi)

    def reset(self) -> bool:
        """Show all panes as they were hung; return whether that changed anything."""
        before = self.grid.views()
        self.grid.reset()
        return self.grid.views() != before
