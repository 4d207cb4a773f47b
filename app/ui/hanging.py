"""Protocols, priors and images hung by hand: what keys, panel and strip ask for."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from app.core.mammogram import Facts
from app.hanging_files import read_protocol, write_protocol
from app.language import tr
from app.ui.actions import Action
from app.ui.moves import Moves
from app.ui.pane import Pane
from app.ui.panels.protocol import ProtocolPanel

if TYPE_CHECKING:
    from app.ui.protocols.page import ProtocolsPage
    from app.ui.window import MainWindow

#: Keys of the first protocols, by their number in the list.
NUMBERS = (*(f"Ctrl+{n}" for n in (*range(1, 10), 0)), *(f"Alt+{n}" for n in (*range(1, 10), 0)))


class Hangings(QObject):
    """Acts on desk and grid of one window."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window, self.desk, self._grid = window, window.desk, window.grid
        panel = window.panels["protocol"]
        if isinstance(panel, ProtocolPanel):
            panel.edit_asked.connect(self.edit)
            panel.imported.connect(self.import_)
            panel.exported.connect(self.export)
        window.strip.picked.connect(self._hang_in_active)
        window.grid.pane_added.connect(self._attach)
        window.kit.undo.add("hanging", self.desk.by_hand, self.desk.by_hand.remembered)
        Moves(self.desk, self._grid, window.hands, window.kit.undo, self)
        self.desk.series_wanted.connect(window.series.want)
        window.series.drawn.connect(self.desk.take_series)
        window.series.failed.connect(window.readout.words.setText)
        window.series.direction = self._direction

    def _direction(self) -> int:
        """Return the direction a sweep follows: that of the slider in focus."""
        latent = self._window.latent
        return next((n for n, row in enumerate(latent.rows) if row.slider.hasFocus()), 0)

    # Protocols.

    def title(self, number: int) -> str:
        """Return the title of a protocol by its number in the list."""
        known = list(self.desk.paging.protocols.values())
        if number > len(known):
            return tr("Protocol {number} (none yet)", number=number)
        return tr(known[number - 1].title)

    def retitle(self) -> None:
        """Write the titles into the menu anew: protocols came or went."""
        for number in range(1, len(NUMBERS) + 1):
            entry = self._window.actions_by_id[f"protocol-{number}"]
            entry.setText(self.title(number))
            entry.setVisible(number <= len(self.desk.paging.protocols))

    def choose(self, number: int) -> None:
        """Hang by the protocol of that number in the list, from 1."""
        known = list(self.desk.paging.protocols.values())
        if number > len(known):
            words = tr(
                "There is no protocol {number}; there are {count}", number=number, count=len(known)
            )
            self._say(words)
            return
        self.desk.choose(known[number - 1].id)
        title = tr(known[number - 1].title)
        self._say(tr("Protocol {number}: {title}", number=number, title=title))

    # The editor.

    def editor(self) -> "ProtocolsPage":
        """Return the page on which protocols are edited."""
        from app.ui.protocols.page import ProtocolsPage

        page = ProtocolsPage(self.desk, self._window.pictures, self._window.theme)
        page.saved.connect(lambda _: self._read_again())
        page.deleted.connect(self._read_again)
        page.hang_asked.connect(self._hang_by)
        return page

    def edit(self, identity: str = "") -> None:
        """Open the editor with a protocol, the one in use when none is named."""
        from app.ui.protocols.page import ProtocolsPage

        self._window.show_panel("protocols")
        page = self._window.pages.page("protocols")
        assert isinstance(page, ProtocolsPage)
        page.begin(identity or self.desk.protocol().id)

    def export(self, identity: str) -> None:
        """Ask for a file and write a protocol to it; say what DICOM can't express."""
        kinds = tr("DICOM Hanging Protocol (*.dcm);;Protocol (*.toml)")
        path, _ = QFileDialog.getSaveFileName(
            self._window, tr("Export a hanging protocol"), f"{identity}.dcm", kinds
        )
        if path:
            self._tell(lambda: self._written(identity, Path(path)))

    def _written(self, identity: str, path: Path) -> str:
        lost = write_protocol(identity, path)
        return "\n".join([tr("Written: {file}", file=path.name), *lost])

    def export_current(self) -> None:
        """Export the protocol in use."""
        self.export(self.desk.protocol().id)

    def import_(self) -> None:
        """Ask for a file and take its protocol among the user's own."""
        kinds = tr("Hanging protocols (*.dcm *.toml);;All (*)")
        path, _ = QFileDialog.getOpenFileName(
            self._window, tr("Import a hanging protocol"), "", kinds
        )
        if path:
            self._tell(lambda: self._taken(Path(path)))

    def _taken(self, path: Path) -> str:
        identity, notes = read_protocol(path)
        self._read_again()
        self.desk.choose(identity)
        return "\n".join([tr("Imported: {protocol}", protocol=identity), *notes])

    def _tell(self, work: Callable[[], str]) -> None:
        try:
            words, wrong = work(), False
        except (ValueError, OSError) as error:
            words, wrong = str(error), True
        panel = self._window.panels["protocol"]
        if isinstance(panel, ProtocolPanel):
            panel.verdict.refuse(words) if wrong else panel.verdict.tell(words)

    def _read_again(self) -> None:
        self.desk.read_protocols()
        self.retitle()

    def _hang_by(self, identity: str) -> None:
        self._window.pages.close()
        self.desk.choose(identity)

    # Priors.

    def flicker(self) -> None:
        """Show the prior in place of the current image, or the current one again."""
        if not self._grid.turn(1, most=2):
            self._say(tr("No pane has a prior to flicker with"))

    def turn(self, by: int) -> None:
        """Page through the stacks of the step."""
        if not self._grid.turn(by):
            self._say(tr("No pane has a stack to page through"))

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
        self._say(
            tr(
                "{label} hangs in {cell}: Ctrl+Z takes it back",
                label=image.acr_label,
                cell=pane.hung.cell.name,
            )
        )

    def hang_next(self) -> None:
        """Hang the first image that no step shows in the active pane."""
        if left := self.desk.left_out():
            self._hang_in_active(left[0].image)
        else:
            self._say(tr("Every image of the exam hangs"))

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
        ("edit-protocols", "Edit protocols...", h.edit, "Ctrl+Shift+P"),
        ("import-protocol", "Import a protocol...", h.import_, ""),
        ("export-protocol", "Export the protocol...", h.export_current, ""),
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
    return [
        *(Action(id=i, text=t, run=r, keys=[k] if k else [], menu="Hang") for i, t, r, k in rows),
        *numbered,
    ]
