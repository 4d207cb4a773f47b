"""The panes of one step, edge to edge, and the history of their views."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.core.caption import USUAL, Corner, Group
from app.core.display import Voi
from app.core.fitting import Seat, fit_all, fitted
from app.core.hanging import HungStep
from app.core.mammogram import Facts
from app.core.protocol import Overlay
from app.core.viewstate import History, PaneView, aligned
from app.language import tr
from app.ui.jobs import Jobs
from app.ui.pane import Pane
from app.ui.pictures import Pictures
from app.ui.surface import ImageWindow
from app.ui.theme import Theme

REST_MS = 120  #: the hand rests: smooth the picture, remember the view for undo
Change = Callable[[Pane], PaneView]
Tone = tuple[Voi | None, bool, str]  #: window, invert, enhancement: what an image keeps


class Grid(QWidget):
    """Lays out panes, fits them, and keeps their history."""

    pane_added = Signal(object)
    activated = Signal(object)  #: the active pane, or None
    viewed = Signal()  #: any view changed
    remembered = Signal()  #: views that can be undone were added to the history
    restarted = Signal()  #: the history begins anew
    levelled = Signal()  #: the user chose how much is written over the panes

    def __init__(
        self, pictures: Pictures, jobs: Jobs, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("surround")
        self._pictures, self._jobs, self._theme = pictures, jobs, theme
        self.panes: list[Pane] = []
        self.step: HungStep | None = None
        self.active: Pane | None = None
        self.level: Overlay | None = None  #: chosen by the user; None leaves it to the protocol
        self.corners: Mapping[Group, Corner] = USUAL  #: where the groups of the overlay stand
        self.fit = "same"  #: how the panes were last fitted; "" once a hand moved them
        self.pitch_mm: Callable[[QWidget], float | None] = lambda _: None  #: of a pane's screen
        self.surfaces: Sequence[QWidget] = (self,)  #: windows the panes are in, from left to right
        self.history = History(now=())
        self.left: tuple[History, str] = self.history, self.fit  #: of the step shown before
        self._tones: dict[str, Tone] = {}  # by file
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self.settle)
        pictures.arrived.connect(self._take_picture)
        pictures.refused.connect(self._take_failure)

    # Steps.

    def show_step(self, step: HungStep | None, *, keep_views: bool = False) -> None:
        """Fill the grid with a step; with `keep_views` panes of the same cells keep their view."""
        views = self.views()
        self.left = self.history, self.fit
        same = self.step is not None and step is not None and _alike(self.step, step)
        before = self.panes
        was = self.panes.index(self.active) if self.active in self.panes else 0
        empty = [pane.plate is None for pane in self.panes]
        self._clear()
        self.step = step
        self.panes = [Pane(hung, self._theme, self) for hung in step.cells] if step else []
        for pane in self.panes:
            pane.resized.connect(self._refit)
            pane.painting.connect(self._prepare)
            pane.level = self.level or pane.level
            pane.corners = self.corners
            self._fill(pane)
            self.pane_added.emit(pane)
        self._arrange()
        for pane in self.panes:
            pane.show()
        if keep_views and same:
            pairs = list(zip(self.panes, before, views, strict=True))
            self.restore([_over(pane, old, view) for pane, old, view in pairs])
            self._tone([pane for pane, old, _ in pairs if pane.facts_file != old.facts_file])
            self._fit_new(empty)
        else:
            sizes = {hung.cell.options.size for hung in step.cells} if step else set()
            self.fit = "same" if len(sizes) != 1 else sizes.pop()
            self.apply_fit()
            self._tone()
        self.history = History(now=self.views())
        self.restarted.emit()
        self.activate(self.panes[min(was, len(self.panes) - 1)] if self.panes else None)
        self._rest.start()

    def _fit_new(self, empty: Sequence[bool]) -> None:
        """Fit panes that were empty before; all of them when no hand has moved any."""
        if self.fit:
            self.apply_fit()
            return
        for pane, was_empty in zip(self.panes, empty, strict=True):
            if was_empty and pane.plate is not None:
                pane.show_view(fitted(pane.view, pane.plate, pane.tile()))

    def _clear(self) -> None:
        for number, pane in enumerate(self.panes):
            self._jobs.cancel(f"fine:{number}")
            pane.setParent(None)
            pane.deleteLater()
        self.active = None
        self.update()

    def images(self) -> list[Facts]:
        """Return what the step shows, in its order."""
        return [c.image for c in self.step.cells if c.image is not None] if self.step else []

    def forget_tones(self) -> None:
        """Let windows start from what the files ask: another exam is shown."""
        self._tones.clear()

    def _fill(self, pane: Pane) -> None:
        if pane.facts is None:
            return
        if (picture := self._pictures.get(pane.facts.file)) is not None:
            pane.show_picture(picture)
        elif reason := self._pictures.reasons.get(pane.facts.file):
            pane.show_failure(reason)

    def _take_picture(self, file: str) -> None:
        """Give an arrived picture to the panes that wait for it."""
        waiting = [p for p in self.panes if p.facts is not None and p.facts.file == file]
        first = any(p.picture is None for p in waiting)
        for pane in waiting:
            self._fill(pane)
        if waiting:
            if first and self.fit and not self.history.past:
                self.apply_fit()
                self.history = History(now=self.views())
            self._rest.start()
            self.viewed.emit()

    def _take_failure(self, file: str, reason: str) -> None:
        for pane in self.panes:
            if pane.facts is not None and pane.facts.file == file:
                pane.show_failure(reason)

    def _tone(self, which: Iterable[Pane] | None = None) -> None:
        """Give panes the window, negative and enhancement their image had when seen last."""
        for pane in self.panes if which is None else which:
            if pane.facts is not None and (tone := self._tones.get(pane.facts.file)):
                voi, invert, enhancement = tone
                kept = replace(pane.view, voi=voi, invert=invert, enhancement=enhancement)
                pane.show_view(kept)

    # Layout.

    def spread(self, surfaces: Sequence[ImageWindow]) -> None:
        """Show the panes in other windows, columns shared out from left to right; or back here."""
        for surface in surfaces:
            if surface not in self.surfaces:
                surface.resized.connect(self._arrange)
        self.surfaces = tuple(surfaces) or (self,)
        self._arrange()
        self.update()

    def place_of(self, pane: Pane) -> QPoint:
        """Return where a pane is in all surfaces side by side, in logical pixels."""
        home = self.surfaces.index(pane.parentWidget()) if len(self.surfaces) > 1 else 0
        return pane.pos() + QPoint(sum(s.width() for s in self.surfaces[:home]), 0)

    def _arrange(self) -> None:
        """Give every cell its tile; one pixel of line between tiles."""
        if self.step is None:
            return
        share = -(-self.step.columns // len(self.surfaces))
        for number, surface in enumerate(self.surfaces):
            first = number * share
            here = [p for p in self.panes if first <= p.hung.cell.column < first + share]
            for pane in here:
                if pane.parentWidget() is not surface:
                    pane.setParent(surface)
                    pane.show()
            self._lay(here, surface, first, min(share, max(self.step.columns - first, 1)))
            surface.update()

    def _lay(self, panes: Sequence[Pane], surface: QWidget, start: int, wide: int) -> None:
        """Lay out the columns from `start` on over one surface."""
        assert self.step is not None
        high = self.step.rows
        xs = [round(c * (surface.width() + 1) / wide) for c in range(wide + 1)]
        ys = [round(r * (surface.height() + 1) / high) for r in range(high + 1)]
        for pane in panes:
            cell = pane.hung.cell
            column = cell.column - start
            left, right = xs[column], xs[min(column + cell.column_span, wide)] - 1
            top, bottom = ys[cell.row], ys[cell.row + cell.row_span] - 1
            number, pieces = pane.hung.part  # below each other: chest walls stay at the edge
            high = bottom - top
            first, last = (top + round(at * (high + 1) / pieces) for at in (number, number + 1))
            pane.setGeometry(left, first, right - left, last - 1 - first)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out anew."""
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Only the lines between the tiles are ever seen of the grid itself."""
        painter = QPainter(self)
        away = self.surfaces[0] is not self
        empty = away or not self.panes
        painter.fillRect(self.rect(), self._theme.color("surround" if empty else "line"))
        if away:
            painter.setPen(self._theme.color("dim"))
            words = tr("The images are on another screen")
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), words)
        painter.end()

    # Views.

    def views(self) -> tuple[PaneView, ...]:
        """Return the views of all panes."""
        return tuple(pane.view for pane in self.panes)

    def restore(self, views: Sequence[PaneView]) -> None:
        """Show views, one per pane."""
        for pane, view in zip(self.panes, views, strict=True):
            pane.show_view(view)
        self._rest.start()
        self.viewed.emit()

    def change(self, panes: Iterable[Pane], change: Change, *, at_once: bool = False) -> None:
        """Change the views of panes that hold an image; `at_once` makes it one step of undo."""
        for pane in panes:
            if pane.plate is not None:
                pane.show_view(change(pane))
        if at_once:
            self._remember()
        self._rest.start()
        self.viewed.emit()

    def set_fit(self, fit: str) -> None:
        """Fit all panes: same, true, fit_breast, fit_image or pixels.

        The last and true size stay at the place a hand has moved to; else at the chest wall.
        """
        moved, self.fit = not self.fit, fit
        self.apply_fit(stay=moved)
        self._remember()

    def apply_fit(self, *, stay: bool = False) -> None:
        """Fit the panes as `fit` says; each pane's own tile decides."""
        panes, seats = [], []
        for pane in self.panes:
            if pane.plate is not None:
                panes.append(pane)
                seats.append(
                    Seat(
                        view=pane.view,
                        plate=pane.plate,
                        tile=pane.tile(),
                        exam=pane.facts.exam if pane.facts else "",
                        pitch_mm=self.pitch_mm(pane) if self.fit == "true" else None,
                        central=pane.hung.cell.options.justify == "center",
                    )
                )
        for pane, view in zip(panes, fit_all(self.fit, seats, stay=stay), strict=True):
            pane.show_view(view)
        self._rest.start()
        self.viewed.emit()

    def _prepare(self) -> None:
        """Have the panes painted next begun while the first is drawn: a linked move changes all."""
        for pane in self.panes:
            if pane.isVisible():
                pane.prepare()

    def _refit(self, pane: Pane) -> None:
        """After a resize: fit again what was fitted, otherwise only sample anew."""
        if pane.picture is not None:
            pane.spoil("sample")
        if self.fit and self.fit != "pixels":
            self.apply_fit()
            self.history = replace(self.history, now=self.views())
        self._rest.start()

    # Stacks.

    def turn(self, by: int, panes: Iterable[Pane] | None = None, *, most: int = 0) -> bool:
        """Page through what panes can show beside their image, in place; say whether any did.

        Views stay: the other image lies with its chest wall and nipple where the first had them.
        `most` limits to the first images of a stack, 2 to flicker between current and prior.
        """
        turned = False
        for pane in self.panes if panes is None else panes:
            count = min(len(pane.hung.stack), most or len(pane.hung.stack))
            if count < 2:
                continue
            page = (pane.page + by) % count
            file = pane.hung.stack[page].file
            if self._pictures.get(file) is None and file not in self._pictures.reasons:
                continue  # still on its way
            self._keep_tone(pane)
            pane.turn(page)
            self._fill(pane)
            voi, *_ = self._tones.get(file, (None,))
            pane.show_view(replace(pane.view, voi=voi))
            turned = True
        if turned:
            self.history = replace(self.history, now=self.views())
            self._rest.start()
            self.viewed.emit()
        return turned

    def _keep_tone(self, pane: Pane) -> None:
        if pane.facts is not None:
            view = pane.view
            self._tones[pane.facts.file] = (view.voi, view.invert, view.enhancement)

    # Rest, undo.

    def settle(self) -> None:
        """Remember the views for undo, and have every pane smoothed on a thread."""
        self._remember()
        for number, pane in enumerate(self.panes):
            if (work := pane.refinement()) is not None:
                self._jobs.run(f"fine:{number}", partial(_ignoring_job, work), pane.refine)

    def settled(self) -> bool:
        """Return whether every pane shows what it will show when left alone."""
        images = self.images()
        ready = all(p.fine for p in self.panes if p.picture is not None)
        return ready and not self._pictures.pending(images) and not self._rest.isActive()

    def _remember(self) -> None:
        for pane in self.panes:
            self._keep_tone(pane)
        before, self.history = self.history, self.history.changed(self.views())
        if self.history is not before:
            self.remembered.emit()

    def undo(self) -> None:
        """Go back to the views before the last change."""
        self._remember()
        self._travel(self.history.undone())

    def redo(self) -> None:
        """Take an undone change back."""
        self._travel(self.history.redone())

    def recall(self, history: History, fit: str) -> None:
        """Go on with the history a step had when it was left."""
        if len(history.now) == len(self.panes):
            self.history, self.fit = history, fit
            self.restore(history.now)

    def reset(self) -> None:
        """Show the active pane and its partners as they were hung."""
        self._tones.clear()
        for pane in self.panes:
            invert = pane.hung.cell.options.invert
            pane.show_view(replace(pane.view, voi=None, invert=invert, enhancement=""))
        self.set_fit("same")

    def _travel(self, history: History) -> None:
        if [view.place for view in history.now] != [view.place for view in self.views()]:
            self.fit = ""  # or 1:1 would stay where nobody has moved to
        self.history = history
        if len(history.now) == len(self.panes):
            self.restore(history.now)

    def activate(self, pane: Pane | None) -> None:
        """Make a pane the one that keys act on."""
        if self.active is not None and self.active in self.panes:
            self.active.active = False
            self.active.update()
        self.active = pane
        if pane is not None:
            pane.active = len(self.panes) > 1
            pane.update()
        self.activated.emit(pane)

    def set_corners(self, corners: Mapping[Group, Corner]) -> None:
        """Have groups of the overlay stand in other corners."""
        self.corners = corners
        for pane in self.panes:
            pane.corners = corners
            pane.update()

    def set_level(self, level: Overlay | None) -> None:
        """Write none, labels or all facts over every pane; None is what the protocol says."""
        self.level = level
        for pane in self.panes:
            pane.level = level or pane.hung.cell.options.overlay
            pane.update()
        self.levelled.emit()


def _alike(one: HungStep, other: HungStep) -> bool:
    """Return whether two steps have the same places."""
    return [(c.cell, c.part) for c in one.cells] == [(c.cell, c.part) for c in other.cells]


def _over(pane: Pane, old: Pane, view: PaneView) -> PaneView:
    """Return the view that shows of a pane's image what another pane shows of its own."""
    if pane.plate is None or old.plate is None or pane.facts_file == old.facts_file:
        return view
    plate = aligned(pane.plate, old.plate, (pane.nipple(), old.nipple()))
    depth, along = (a + b for a, b in zip(plate.shift, old.plate.shift, strict=True))
    return replace(view, depth=view.depth + depth, along=view.along + along, voi=None)


def _ignoring_job(work: Callable[[], object], job: object) -> object:
    return work()
