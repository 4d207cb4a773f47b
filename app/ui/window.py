"""The main window: puts rail, grid, bars and panels together, and answers the action table."""

from functools import partial

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QLabel, QMainWindow, QMenu, QStackedWidget, QWidget

from app.core.mammogram import Exam
from app.core.paging import MODES
from app.language import tr
from app.settings import Store
from app.ui.actions import install
from app.ui.browser.panel import ExamsPanel
from app.ui.browser.thumbnails import Thumbnails
from app.ui.capture.export import Capture
from app.ui.desk import Desk
from app.ui.dialogs import Dialogs
from app.ui.explore.explorer import Explorer
from app.ui.frame import Frame
from app.ui.grid import Grid
from app.ui.hands import Hands
from app.ui.hanging import Hangings
from app.ui.jobs import Jobs
from app.ui.keymap import actions_of
from app.ui.looks import Looks
from app.ui.memory import Memory
from app.ui.monitors import Monitors
from app.ui.opening import Opening
from app.ui.pages import Pages, makers
from app.ui.pane import Pane
from app.ui.panels.measurements import MeasurementsPanel
from app.ui.panels.peek import Peek
from app.ui.panels.protocol import ProtocolPanel
from app.ui.pictures import Pictures
from app.ui.quality.notice import Notice
from app.ui.series import Series
from app.ui.strip import Strip
from app.ui.studio import Studio
from app.ui.theme import Theme
from app.ui.tools.kit import Kit
from app.ui.tools.notebook import Notebook
from app.ui.watchdog import Watchdog
from app.ui.welcome import Welcome

PAGE_MENUS = ("File", "Train", "Help")  #: what can be done while a page hides the images


class MainWindow(QMainWindow):
    """One window for real and generated mammograms."""

    closing = Signal()  #: everything has stopped; what was only for this window goes

    def __init__(self, theme: Theme, store: Store | None = None) -> None:
        super().__init__()
        self.theme = theme
        self.setWindowTitle("Mammoscope")
        self.setAcceptDrops(True)
        self.jobs = Jobs(self)
        self.watchdog = Watchdog(self.jobs, self)
        self.pictures = Pictures(self.jobs, self)
        self.desk = Desk(self.pictures, self.jobs, self)
        self.studio = Studio(self.pictures, self.jobs, self)
        self.grid = Grid(self.pictures, self.jobs, theme, self)
        self.notebook = Notebook(self.pictures, self.jobs, self)
        self.hands = Hands(self.grid, self.notebook, self)
        self.kit = Kit(self.hands, self.notebook, self.jobs, self.desk, theme, self)
        self.kit.undo.add("recipe", self.studio, self.studio.remembered)
        self.looks = Looks(self.grid, self.hands)
        self.welcome = Welcome()
        self.stack = QStackedWidget()
        self.strip = Strip(self.pictures, theme)
        self.series = Series(self.studio, self.pictures, self.jobs, self)
        self.memory = Memory(self, store or Store())
        self.pages = Pages(self.stack, makers(self), self)
        thumbnails = Thumbnails(self.pictures, self.jobs, theme, self)
        self.exams = ExamsPanel(self.desk, thumbnails, theme)
        self.explorer = Explorer(self.studio, theme, self)
        self.latent = self.explorer.panel
        self.panels: dict[str, QWidget] = {
            "exams": self.exams,
            "protocol": ProtocolPanel(self.desk),
            "latent": self.latent,
            "measurements": MeasurementsPanel(self.grid, self.notebook, theme),
        }
        self.stack.addWidget(self.welcome)
        self.stack.addWidget(self.grid)
        self.nothing = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)  # in place of empty panes
        self.nothing.setObjectName("surround")
        self.stack.addWidget(self.nothing)
        below = {"latent": self.explorer.reel}
        self.frame = Frame(self.stack, self.strip, self.panels, below)
        self.rail, self.steps = self.frame.rail, self.frame.steps
        self.readout = self.frame.readout
        self.notice = Notice(self, self.readout.banner)
        self.setCentralWidget(self.frame)
        self.grid.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.grid.setAccessibleName(tr("Images"))
        self.grid.activated.connect(self._describe)
        self._show_work("", False)
        self._connect()
        self.opening = Opening(self)
        self.capture = Capture(self)
        self.monitors = Monitors(self)
        self.dialogs = Dialogs(self)
        table = actions_of(self)
        self.actions_by_id, menus = install(self, self.grid, table)
        self.memory.begin(table)
        self.hangings.retitle()
        self.monitors.recall()
        self.dialogs.begin(table)
        files = QMenu(tr("Windows of the file"), self)
        files.aboutToShow.connect(partial(self.looks.list_vois, files))
        menus["Window"].addMenu(files)
        recent = QMenu(tr("Open recent"), self)
        recent.aboutToShow.connect(partial(self.memory.list_recent, recent))
        menus["File"].insertMenu(self.actions_by_id["demo"], recent)
        self.pages.rest(self.actions_by_id[a.id] for a in table if a.menu not in PAGE_MENUS)

    def _connect(self) -> None:
        self.rail.picked.connect(self.show_panel)
        self.pages.left.connect(self._leave_page)
        self.steps.picked.connect(self.desk.go_step)
        self.desk.hung.connect(self._show_hanging)
        self.desk.listed.connect(lambda: self.steps.place.setText(self.desk.place()))
        self.desk.generated_wanted.connect(self.studio.start)
        self.desk.said.connect(self.readout.words.setText)
        self.hangings = Hangings(self)
        self.studio.drawn.connect(self._take_exam)
        self.explorer.shown.connect(self._explore)
        self.explorer.picked.connect(self._explore)
        self.explorer.batch_wanted.connect(partial(self.show_panel, "batch"))
        self.studio.failed.connect(self.welcome.say)
        self.exams.cancelled.connect(lambda: self.jobs.cancel("scan"))
        self.jobs.changed.connect(self._show_work)
        self.jobs.progressed.connect(lambda _, done, total: self.exams.show_progress(done, total))
        self.jobs.failed.connect(lambda _, reason: self.readout.words.setText(reason))
        self.hands.hovered.connect(self._hover)
        self.hands.left.connect(lambda: self.readout.show_pane(self.grid.active))
        self.hands.asked.connect(lambda action: self.actions_by_id[action].trigger())
        self.hands.tool_changed.connect(lambda _: self._show_links())
        self.hands.linking_changed.connect(self._show_links)
        self.grid.viewed.connect(lambda: self.readout.show_pane(self.grid.active))
        self.grid.activated.connect(self.readout.show_pane)
        Peek(self.studio, self)
        self.looks.offered = self.kit.others.vois
        self.kit.said.connect(self.readout.words.setText)
        self._show_links()

    # What is shown.

    def show_panel(self, name: str) -> None:
        """Open one side panel, or a page in place of the images, or none."""
        if name not in self.pages:
            self.pages.close()
        self.rail.mark(name)
        if name in self.pages:
            self.frame.show_side("")
            self.steps.hide()
            self.strip.hide()
            self.pages.open(name)
            return
        self.frame.show_side(name)
        if name == "latent":
            self.studio.start()

    def _leave_page(self) -> None:
        self.rail.mark("")
        self._show_hanging(True)

    def toggle_panel(self, name: str) -> None:
        """Open a side panel, or close it when it is the one that is open."""
        self.show_panel("" if self.frame.panel == name else name)

    def _show_hanging(self, stay: bool) -> None:
        """Follow the desk: step bar, grid, or the welcome page when nothing hangs."""
        desk = self.desk
        if self.pages.current and stay:  # nobody asked to leave the page
            return
        self.pages.close()
        step = desk.current()
        self.grid.show_step(step, keep_views=stay)
        empty = step is None and not desk.opened and desk.paging.generated is None
        self.nothing.setText(
            tr(
                "{protocol}: no place for any image of this exam.\nPick another protocol.",
                protocol=tr(desk.protocol().title),
            )
        )
        shown = self.nothing if step is None and desk.left_out() else self.grid
        self.stack.setCurrentWidget(self.welcome if empty else shown)
        if not stay and not empty:
            self.grid.setFocus()
        self.steps.show_steps([s.name for s in desk.steps()], desk.step, desk.place())
        self.steps.setVisible(bool(desk.steps()) and not self.menuBar().isHidden())
        # Or panes would change their size when the last image is hung by hand.
        keep = desk.rearranged() and self.strip.isVisible()
        wanted = self.steps.isVisibleTo(self.frame) or shown is self.nothing
        self.strip.show_left(desk.left_out() if wanted else (), keep)

    def _take_exam(self, exam: Exam) -> None:
        self.desk.take_generated(exam)
        self.welcome.say("")

    def _show_work(self, key: str, on: bool) -> None:
        """Show that something is on its way: a thin line, without moving anything."""
        waiting = any(self.jobs.busy(k) for k in ("scan", "recipe", "synth"))
        self.frame.line.setMaximum(1)
        self.frame.line.setValue(int(waiting))
        if key == "scan":
            self.exams.show_scan(on)
            if not on and not self.desk.opened and self.desk.refused:
                self.welcome.say(tr("Nothing could be opened. The reasons are in the Exams panel."))
                self.show_panel("exams")

    def _show_links(self) -> None:
        hands = self.hands
        linked = tr("linked, mirrored") if hands.mirror else tr("linked")
        linked = linked if hands.linked else tr("not linked")
        self.readout.links.setText(f"{tr(hands.tool)}   {linked}")

    def _describe(self, pane: Pane | None) -> None:
        """Tell who can't see the images which one keys act on."""
        facts = pane.facts if pane is not None else None
        self.grid.setAccessibleDescription(facts.label if facts is not None else "")

    def _hover(self, pane: Pane, place: QPointF) -> None:
        self.readout.show_pane(pane, place)

    # What the actions call.

    def next_mode(self) -> None:
        """Go from real to generated to both."""
        modes = MODES if self.desk.opened else ("generated",)
        at = modes.index(self.desk.paging.mode) if self.desk.paging.mode in modes else -1
        self.desk.show_mode(modes[(at + 1) % len(modes)])

    def find_exam(self) -> None:
        """Put the cursor into the search of the exams panel."""
        self.show_panel("exams")
        self.exams.search_here()

    def _explore(self) -> None:
        """Show the generated exam and the panel that changes it."""
        if self.desk.paging.mode == "real":
            self.desk.show_mode("both" if self.desk.opened else "generated")
        self.show_panel("latent")

    def random_exam(self) -> None:
        """Draw a random exam, and show it if only real ones are shown."""
        if self.desk.paging.mode == "real":
            self.desk.show_mode("both" if self.desk.opened else "generated")
        self.studio.roll()

    def escape(self) -> None:
        """Leave what a tool does, reset the views, then leave the image-only mode."""
        if not self.kit.escape() and not self.looks.reset() and self.menuBar().isHidden():
            self.toggle_image_only()

    def toggle_image_only(self) -> None:
        """Give the image everything but the line that says what it is and is for."""
        full = not self.menuBar().isHidden()
        self.menuBar().setVisible(not full)
        self.rail.setVisible(not full)
        self.steps.setVisible(not full and bool(self.desk.steps()))
        self.strip.setVisible(not full and bool(self.desk.left_out()))
        if full:
            self.show_panel("")

    def switch_region(self) -> None:
        """Give the keyboard to the side panel, or back to the images."""
        side, panel = self.frame.side, self.frame.side.currentWidget()
        if side.isVisible() and panel and not side.isAncestorOf(self.focusWidget() or self):
            panel.setFocus()
            panel.focusNextChild()
        else:
            self.grid.setFocus()

    def train(self) -> None:
        """Begin with a folder of mammograms and end with a training."""
        self.show_panel("training")
        self.memory.training_page_open().prepare_first()

    # Qt.

    def settled(self) -> bool:
        """Return whether everything on its way has arrived and is painted as it will stay."""
        busy = any(self.jobs.busy(k) for k in ("scan", "recipe", "synth", "series"))
        return not busy and self.studio.idle and self.grid.settled()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        if self.opening.drop(event.mimeData()):
            event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop all work."""
        self.notebook.flush()
        self.memory.close()
        self.monitors.close()
        self.jobs.close()
        self.closing.emit()
        super().closeEvent(event)
