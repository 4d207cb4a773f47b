"""What opens over the window: built when first asked for, most of it imported only then."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog

from app.core.mammogram import Facts, Source
from app.ui import about, faults
from app.ui.actions import Action, TextSheet
from app.ui.palette import Palette, ShortcutSheet

if TYPE_CHECKING:
    from app.ui.exporting.dialog import ExportDialog
    from app.ui.guide.tour import FirstSteps
    from app.ui.window import MainWindow


class Dialogs(QObject):
    """Sheets, dialogs and first steps of one window."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self.made: dict[str, QDialog] = {}
        self.tour: FirstSteps | None = None

    def begin(self, table: Sequence[Action]) -> None:
        """Make what lists the actions, once they are there."""
        window = self._window
        self.keys = ShortcutSheet(window.memory.all_keys, window.theme, window)
        self.palette = Palette(window.actions_by_id, table, window)
        self.text = TextSheet(window)

    def show_keys(self) -> None:
        """Show all keys."""
        self.keys.popup()

    def show_palette(self) -> None:
        """Find an action by typing."""
        self.palette.popup()

    def show_about(self) -> None:
        """Say what this is, for whom it is not, and whom the images are owed to."""
        self.text.say(about.words(self._window.studio.info))

    def show_tour(self) -> None:
        """Show the first steps through the window."""
        from app.ui.guide.tour import FirstSteps

        if self._window.pages.current:
            self._window.show_panel("")
        if self.tour is None:
            self.tour = FirstSteps(self._window)
        self.tour.begin()

    def show_logs(self) -> None:
        """Show where faults are written down."""
        faults.folder().mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(faults.folder())))

    def export_generated(self) -> None:
        """Write generated exams to files."""
        from app.ui.exporting.dialog import ExportDialog

        window = self._window
        way = window.explorer.reel.keyed
        window.studio.start()
        made = self._made(
            "export", lambda: ExportDialog(window.studio, window.jobs, window, way=way)
        )
        cast("ExportDialog", made).popup()

    def export_copies(self) -> None:
        """Write copies of real exams without identifiers."""
        from app.ui.exporting.copies import CopiesDialog

        window = self._window
        self._popup("copies", lambda: CopiesDialog(window.desk, window.jobs, window))

    def project_real(self) -> None:
        """Find the generated exam that is closest to a real image."""
        from app.ui.likeness.closest import ClosestDialog

        window = self._window
        window.studio.start()
        studio, jobs = window.studio, window.jobs
        self._popup("closest", lambda: ClosestDialog(studio, jobs, self._real, window))

    def show_nearest(self) -> None:
        """Show the training images nearest to the generated exam."""
        from app.ui.likeness.nearest import NearestDialog

        window = self._window
        window.studio.start()
        store = window.memory.store
        self._popup("nearest", lambda: NearestDialog(window.studio, window.jobs, store, window))

    def _made(self, name: str, make: Callable[[], QDialog]) -> QDialog:
        if name not in self.made:
            self.made[name] = make()
        return self.made[name]

    def _popup(self, name: str, make: Callable[[], QDialog]) -> None:
        dialog = self._made(name, make)
        dialog.show()
        dialog.activateWindow()

    def _real(self, whole: bool) -> list[Facts]:
        """Return the real image that is active, or all of its exam."""
        pane = self._window.grid.active
        active = pane.facts if pane is not None else None
        if active is None or active.source is not Source.REAL:
            return []
        exam = self._window.desk.opened.get(active.exam)
        return list(exam.images) if whole and exam is not None else [active]
