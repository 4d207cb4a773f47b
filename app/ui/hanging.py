"""Protocols, priors and images hung by hand: what keys, panel and strip ask for."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.core.mammogram import Facts
from app.ui.actions import Action
from app.ui.pane import Pane

if TYPE_CHECKING:
    from app.ui.window import MainWindow

#: Keys of the first protocols, by their number in the list.
NUMBERS = (*(f"Ctrl+{n}" for n in (*range(1, 10), 0)), *(f"Alt+{n}" for n in (*range(1, 10), 0)))


class Hangings(QObject):
    """Acts on desk and grid of one window."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window, self.desk, self._grid = window, window.desk, window.grid
        window.strip.picked.connect(self._hang_in_active)
        window.grid.pane_added.connect(self._attach)
        window.kit.undo.add("hanging", self.desk.by_hand, self.desk.by_hand.remembered)
        self.desk.series_wanted.connect(window.series.want)
        window.series.drawn.connect(self.desk.take_series)
        window.series.failed.connect(window.readout.words.setText)
        window.series.direction = self._direction

    def _direction(self) -> int:
        """Return the direction a sweep follows: that of the slider in focus."""
        latent = self._window.latent
        row = latent.focused()
        return latent.rows.index(row) if row in latent.rows else 0

    # Protocols.

    def title(self, number: int) -> str:
        """Return the title of a protocol by its number in the list."""
        known = list(self.desk.protocols.values())
        return known[number - 1].title if number <= len(known) else f"Protocol {number} (none yet)"

    def retitle(self) -> None:
        """Write the titles into the menu anew: protocols came or went."""
        for number in range(1, len(NUMBERS) + 1):
            self._window.actions_by_id[f"protocol-{number}"].setText(self.title(number))

    def choose(self, number: int) -> None:
        """Hang by the protocol of that number in the list, from 1."""
        known = list(self.desk.protocols.values())
        if number > len(known):
            self._say(f"There is no protocol {number}; there are {len(known)}")
            return
        self.desk.choose(known[number - 1].id)
        self._say(f"Protocol {number}: {known[number - 1].title}")

    # Priors.

    def flicker(self) -> None:
        """Show the prior in place of the current image, or the current one again."""
        if not self._grid.turn(1, most=2):
            self._say("No pane has a prior to flicker with")

    def turn(self, by: int) -> None:
        """Page through the stacks of the step."""
        if not self._grid.turn(by):
            self._say("No pane has a stack to page through")

    # By hand.

    def _attach(self, pane: Pane) -> None:
        pane.received.connect(self._receive)

    def _receive(self, pane: Pane, file: str) -> None:
        for one in self.desk.left_out():
            if one.image.file == file:
                self._hang(pane, one.image)
                return

    def _hang_in_active(self, image: Facts) -> None:
        if self._grid.active is not None:
            self._hang(self._grid.active, image)

    def _hang(self, pane: Pane, image: Facts) -> None:
        self.desk.hang_by_hand(pane.hung.cell.name, pane.hung.part[0], image)
        self._say(f"{image.acr_label} hangs in {pane.hung.cell.name}: Ctrl+Z takes it back")

    def hang_next(self) -> None:
        """Hang the first image that no step shows in the active pane."""
        if left := self.desk.left_out():
            self._hang_in_active(left[0].image)
        else:
            self._say("Every image of the exam hangs")

    def _say(self, words: str) -> None:
        self._window.readout.words.setText(words)


def hanging_actions(h: Hangings) -> list[Action]:
    """Return the part of the action table that belongs to protocols and priors."""
    desk = h.desk
    rows: list[tuple[str, str, Callable[[], object], str]] = [
        ("prior", "Prior: the exam before", partial(desk.go_prior, 1), "P"),
        ("prior-newer", "Prior: a newer one", partial(desk.go_prior, -1), "Shift+P"),
        ("flicker", "Flicker: current, prior", h.flicker, "Y"),
        ("stack-next", "Stack: next image", partial(h.turn, 1), "Ctrl+PgDown"),
        ("stack-previous", "Stack: previous image", partial(h.turn, -1), "Ctrl+PgUp"),
        ("hang-left-out", "Hang what is left out in the active pane", h.hang_next, "U"),
    ]
    numbered = [
        Action(
            id=f"protocol-{n}",
            text=h.title(n),
            run=partial(h.choose, n),
            keys=[key],
            menu="Protocol",
        )
        for n, key in enumerate(NUMBERS, 1)
    ]
    return [*(Action(id=i, text=t, run=r, keys=[k], menu="Hang") for i, t, r, k in rows), *numbered]
