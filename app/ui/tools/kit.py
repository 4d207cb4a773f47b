"""Everything around the tools that keys and menus call, and what is drawn over the panes."""

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QWindow

from app.core.annotation import REGIONS, Annotation
from app.core.display import Curve, Window
from app.core.enhance import ENHANCEMENTS
from app.core.measure import Region, values_in, window_of
from app.language import later, tr
from app.ui.desk import Desk
from app.ui.hands import Hands
from app.ui.jobs import Jobs
from app.ui.overlay import EDGE, write
from app.ui.pane import Pane
from app.ui.theme import Theme
from app.ui.tools import paint, screens
from app.ui.tools.calibration import CalibrationPage
from app.ui.tools.draw import DrawTool
from app.ui.tools.enhance import Enhancer
from app.ui.tools.export import Export
from app.ui.tools.keyboard import Keyboard
from app.ui.tools.layer import Layer
from app.ui.tools.loupe import Loupe
from app.ui.tools.notebook import Notebook
from app.ui.tools.others import Others
from app.ui.tools.tour import Tour
from app.ui.tools.undo import Undo

SIZES = {
    "same": later("same size"),
    "true": later("true size"),
    "fit_breast": later("fit breast"),
    "fit_image": later("fit image"),
    "pixels": later("1:1 pixels"),
}
UNCALIBRATED = later("screen not calibrated: Tools, Calibrate screen")


class Kit(QObject):
    """The tools of one window."""

    said = Signal(str)  #: one sentence for the reader

    def __init__(
        self,
        hands: Hands,
        notebook: Notebook,
        jobs: Jobs,
        desk: Desk,
        theme: Theme,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.hands, self.grid, self.notebook, self._theme = hands, hands.grid, notebook, theme
        self.undo = Undo(self.grid, notebook, self)
        self.tour = Tour(hands, self)
        self.keyboard = Keyboard(hands, self)
        self.enhancer = Enhancer(self.grid, jobs, self)
        self.export = Export(self.grid, notebook, jobs, self)
        self.export.said.connect(self.said)
        self.others = Others(desk, self)
        self.others.changed.connect(self.repaint)
        self._layer = Layer()
        self._handle: QWindow | None = None
        self._page: CalibrationPage | None = None
        self.shown = True  #: annotations are drawn
        notebook.changed.connect(lambda _: self.repaint())
        notebook.selected.connect(self.repaint)
        notebook.failed.connect(self.said)
        self._fit = self.grid.fit
        self.grid.viewed.connect(self._follow_fit)
        self.grid.pane_added.connect(self._attach)
        self.loupe = Loupe(self.grid, self)  # over everything else
        hands.loupe = self.loupe
        self.grid.pitch_mm = lambda pane: screens.pitch_mm(pane.screen())

    def repaint(self) -> None:
        """Draw the panes' overlays anew."""
        for pane in self.grid.panes:
            pane.update()

    def _attach(self, pane: Pane) -> None:
        pane.over.append(self.paint_notes)
        handle = self.grid.window().windowHandle()
        if handle is not None and handle is not self._handle:
            self._handle = handle
            handle.screenChanged.connect(self._change_screen)

    def _change_screen(self) -> None:
        """Fit anew on another screen: its pixels have another size."""
        if self.grid.fit == "true":
            self.grid.apply_fit()

    def _follow_fit(self) -> None:
        """Write the marks of the size anew, also over panes whose view stayed as it was."""
        if self.grid.fit != self._fit:
            self._fit = self.grid.fit
            self.repaint()

    # What keys call.

    def escape(self) -> bool:
        """Drop what is half done, then the selection; return whether there was any."""
        if self.loupe.on:
            self.loupe.toggle()
            return True
        drafted = self.hands.tools[self.hands.tool].cancel()
        if self.keyboard.end() or drafted or self.tour.end():
            return True
        if self.notebook.selection is not None:
            self.notebook.select(None)
            return True
        return False

    def delete(self) -> None:
        """Delete the selected annotation."""
        if not self.notebook.delete_selected():
            self.said.emit(tr("No annotation is selected: click on one with a drawing tool"))

    def toggle_key(self) -> None:
        """Mark the active pane's image as a key image, or no longer."""
        if self.grid.active is not None:
            self.notebook.toggle_key(self.grid.active)

    def toggle_shown(self) -> None:
        """Hide all annotations, or show them again."""
        self.shown = not self.shown
        self.said.emit(tr("Annotations are shown") if self.shown else tr("Annotations are hidden"))
        self.repaint()

    def toggle_others(self) -> None:
        """Show the marks of presentation states and CAD reports, or hide them."""
        self.said.emit(self.others.toggle())

    def window_on_region(self) -> None:
        """Take the window of the active pane and its partners from the values of a region."""
        pane = self.grid.active
        region = self.region(pane) if pane is not None else None
        if pane is None or pane.picture is None or region is None:
            self.said.emit(tr("Draw a region first: E ellipse, B rectangle, J freehand"))
            return
        mammogram, kind = pane.picture.mammogram, region.kind
        shape: Region = kind  # type: ignore[assignment]  # one of REGIONS
        values = values_in(mammogram.pixels, mammogram.encoding, shape, region.points)
        if (window := window_of(values)) is not None:
            panes = self.hands.partners(pane, "window")
            self.grid.change(panes, lambda p: replace(p.view, voi=window), at_once=True)

    def region(self, pane: Pane) -> Annotation | None:
        """Return the selected region of a pane's image, else the last one drawn."""
        notes, chosen = self.notebook.of(pane), self.notebook.selection
        if chosen is not None and chosen.image == self.notebook.key_of(pane):
            one = notes.annotations[chosen.number]
            if one.kind in REGIONS:
                return one
        return next((a for a in reversed(notes.annotations) if a.kind in REGIONS), None)

    def toggle_sigmoid(self) -> None:
        """Show the window as a sigmoid instead of a straight line, or the other way round."""
        pane = self.grid.active
        if pane is None or not isinstance(pane.voi, Window):
            self.said.emit(tr("A stored LUT has its own curve; choose a window first"))
            return
        curve = Curve.LINEAR if pane.voi.curve is Curve.SIGMOID else Curve.SIGMOID

        def curved(other: Pane) -> Window | None:
            return replace(other.voi, curve=curve) if isinstance(other.voi, Window) else None

        panes = [p for p in self.hands.partners(pane, "window") if curved(p) is not None]
        self.grid.change(panes, lambda p: replace(p.view, voi=curved(p)), at_once=True)

    def next_enhancement(self) -> None:
        """Go from the pixels as they are to CLAHE to sharpened, with all that is linked."""
        if (pane := self.grid.active) is not None:
            names = ("", *ENHANCEMENTS)
            name = names[(names.index(pane.view.enhancement) + 1) % len(names)]
            panes = self.hands.partners(pane, "window")
            self.grid.change(panes, lambda p: replace(p.view, enhancement=name), at_once=True)

    def next_size(self) -> None:
        """Go from same size to true size, fit breast, fit image."""
        names = [name for name in SIZES if name != "pixels"]
        at = names.index(self.grid.fit) if self.grid.fit in names else -1
        self.grid.set_fit(names[(at + 1) % len(names)])
        self.said.emit(tr("Size: {size}", size=tr(SIZES[self.grid.fit])))

    def calibrate(self) -> None:
        """Have the reader measure the screen."""
        if self._page is None:
            self._page = CalibrationPage(self._theme, self.grid.window())
            self._page.calibrated.connect(self._calibrated)
        self._page.popup()

    def _calibrated(self) -> None:
        self.said.emit(tr("The size of this screen is known now"))
        if self.grid.fit == "true":
            self.grid.set_fit("true")

    # Over the panes.

    def paint_notes(self, painter: QPainter, pane: Pane) -> None:
        """Draw annotations, marks and what is noted at the upper edge over a pane."""
        self._paint_marks(painter, pane)
        notes, key = self.notebook.of(pane), self.notebook.key_of(pane)
        tool, chosen = self.hands.tools[self.hands.tool], self.notebook.selection
        moving = tool.moving() if isinstance(tool, DrawTool) else None
        drawn = notes.annotations if self.shown else ()
        if drawn or self.others.shown:
            held = chosen.number if chosen and chosen.image == key else None
            away = moving.number if moving and moving.image == key else None
            about = (drawn, held, away, self.others.state)
            self._layer.draw(painter, pane, about, partial(self._draw, drawn, held, away))

    def _draw(
        self,
        drawn: tuple[Annotation, ...],
        chosen: int | None,
        moving: int | None,
        painter: QPainter,
        pane: Pane,
    ) -> None:
        """Draw annotations, less the one that is moving: the tool draws that."""
        taken: list[QRectF] = []  # by words
        for number, one in enumerate(drawn):
            if number != moving:
                held = number == chosen
                paint.annotation(painter, pane, one, selected=held, taken=taken)
        self.others.paint(painter, pane, taken)

    def marks(self, pane: Pane) -> list[tuple[str, str]]:
        """Return what is written at the upper edge of a pane: words and their colour."""
        marks = []
        if self.notebook.of(pane).key:
            marks.append((tr("KEY IMAGE"), "focus"))
        if name := pane.view.enhancement:
            marks.append((f"{name} ..." if self.enhancer.waits(pane) else name, "caution"))
        if words := self.tour.words(pane):
            marks.append((words, "dim"))
        if self.grid.fit == "true" and pane.plate is not None:
            if pane.plate.nominal:
                marks.append((tr("no true size: no spacing"), "caution"))
            else:
                known = screens.calibrated_mm(pane.screen()) is not None
                marks.append((tr("true size"), "dim") if known else (tr(UNCALIBRATED), "caution"))
        if (lines := self.others.lines(pane)) and not self.others.shown:
            lines = [tr("marks: Shift+I")]
        marks += [(line, "caution" if self.others.shown else "dim") for line in lines]
        return marks

    def _paint_marks(self, painter: QPainter, pane: Pane) -> None:
        """Write the marks beside the label, away from the chest wall."""
        if pane.plate is None or pane.picture is None:
            return
        right = pane.plate.wall == "left"
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        painter.setFont(pane.theme.font("overlay", bold=True))
        label = QFontMetricsF(pane.theme.font("label", bold=True))
        words = pane.facts.acr_label if pane.facts is not None else ""
        shift = max(pane.theme.label * 5.2, label.horizontalAdvance(words) + 18)
        for words, color in self.marks(pane):
            area = QRectF(EDGE, EDGE, pane.width() - 2 * EDGE, pane.theme.label * 1.3)
            area.adjust(0 if right else shift, 0, -shift if right else 0, 0)
            painter.setPen(pane.theme.color(color))
            write(painter, area, side | Qt.AlignmentFlag.AlignTop, words)
            shift += painter.fontMetrics().horizontalAdvance(words) + 14
