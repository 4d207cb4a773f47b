"""What a window keeps for the next one: settings in use, recent items, what was open and where."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject
from PySide6.QtWidgets import QApplication, QMenu

from app import session
from app.core.caption import GROUPS
from app.language import tr
from app.settings import Settings, Store
from app.ui import keys, mouse, theme

if TYPE_CHECKING:
    from app.ui.actions import Action
    from app.ui.training.page import TrainingPage
    from app.ui.window import MainWindow


class Memory(QObject):
    """Stands between a window and the two files: settings.toml and session.json."""

    def __init__(self, window: "MainWindow", store: Store) -> None:
        super().__init__(window)
        self._window = window
        self.store = store
        self.session = session.load()
        self.troubles = list(store.troubles)  #: what could not be read, in sentences
        self.usual: list[Action] = []
        self.table: list[Action] = []  #: the actions with the keys in use
        self._training: TrainingPage | None = None
        self.keeps = True  #: whether this window is remembered; one drawn to a file is not
        self._going_to: tuple[int, int] | None = None
        store.on_change(self.apply)
        window.jobs.changed.connect(self._scanned)

    def begin(self, usual: "list[Action]") -> None:
        """Take the usual table of actions, and make the window as the settings say."""
        self.usual = usual
        window, look = self._window, self.store.now.look
        window.frame.set_widths(look.panel_width, look.font_percent / 100)
        if look.overlay != "as hung":
            window.grid.set_level(look.overlay)
        self.apply(self.store.now)

    def apply(self, settings: Settings) -> None:
        """Follow the settings: font, keys, what the form for a training begins with."""
        window = self._window
        overlays, scale = settings.overlays, settings.look.font_percent / 100
        window.theme.rescale(scale, overlays.font_percent / 100)
        window.frame.set_widths(window.frame.panel_width, scale)
        window.grid.set_corners({group: getattr(overlays, group) for group in GROUPS})
        app = QApplication.instance()
        if isinstance(app, QApplication) and app.font() != window.theme.font():
            theme.refont(app, window.theme)
        self.table, troubles = keys.effective(self.usual, settings.keys)
        keys.rebind(window.actions_by_id, self.table)
        window.hands.deeds, wrong = mouse.effective(settings.mouse, self.table)
        troubles += wrong
        self.troubles += [trouble for trouble in troubles if trouble not in self.troubles]
        if self._training is not None:
            self._brief(self._training)
        window.update()

    def all_keys(self) -> list[tuple[str, str]]:
        """Return keys and gestures as they are now, each with what it does, in words."""
        made = self._window.actions_by_id
        shown = [a for a in self.table if a.keys and made[a.id].isVisible()]
        keyed = [(" ".join(a.keys), made[a.id].text().rstrip(".")) for a in shown]
        return keyed + mouse.told(self._window.hands.deeds, self.table)

    def training_page(self) -> "TrainingPage":
        """Return a training page that knows the runs of earlier windows."""
        from app.ui.training.page import TrainingPage  # pyqtgraph takes half a second to import

        page = TrainingPage(self._window.jobs, self._window.theme)
        self._training = page
        self._brief(page)
        page.begin_with(self.session.recent.get("runs", []))
        page.remembered.connect(partial(self._remember, "runs"))
        return page

    def training_page_open(self) -> "TrainingPage":
        """Return the training page, which is shown."""
        assert self._training is not None
        return self._training

    def _brief(self, page: "TrainingPage") -> None:
        training = self.store.now.training
        page.preset, page.threads, page.home = training.preset, training.threads, training.folder

    # Recent items.

    def opened(self, paths: list[str]) -> None:
        """Remember what was opened."""
        self.session = replace(self.session, open=list(paths))
        if self.store.now.start.remember:
            self.session = self.session.with_recent("opened", paths[:1])

    def _remember(self, kind: str, paths: list[str]) -> None:
        if self.store.now.start.remember:
            recent = {**self.session.recent, kind: paths[: session.KEPT]}
            self.session = replace(self.session, recent=recent)
            self.save()

    def show_archives(self) -> None:
        """Show the page where archives are told of and asked."""
        self._window.show_panel("archive")

    def recent(self) -> list[str]:
        """Return what was opened lately and is still there, the newest first."""
        return session.present(self.session.recent.get("opened", []))

    def list_recent(self, menu: QMenu) -> None:
        """List what was opened lately, by name; the whole path in the tip."""
        menu.clear()
        menu.setToolTipsVisible(True)
        paths = self.recent()
        for path in paths:
            entry = menu.addAction(Path(path).name or path)
            entry.setToolTip(path)
            entry.triggered.connect(partial(self._open, path))
        if not paths:
            menu.addAction(tr("Nothing yet")).setEnabled(False)
            return
        menu.addSeparator()
        menu.addAction(tr("Forget these")).triggered.connect(self.forget)

    def _open(self, path: str, _checked: bool = False) -> None:
        self._window.opening.open([path])

    def forget(self) -> None:
        """Forget all recent items."""
        self.session = replace(self.session, recent={})
        self.save()

    # The session.

    def toured(self) -> None:
        """Remember that the first steps were shown."""
        self.session = replace(self.session, toured=True)
        if self.keeps:
            self.save()

    def arranged(self, arrangement: str, mode: str) -> None:
        """Remember where the images are with an arrangement of screens."""
        screens = {**self.session.screens, arrangement: mode}
        self.session = replace(self.session, screens=screens)

    def restore_place(self) -> None:
        """Put the window where it was."""
        if self.session.geometry:
            place = QByteArray.fromBase64(self.session.geometry.encode())
            self._window.restoreGeometry(place)

    def restore(self) -> None:
        """Open again what was open, where it stood."""
        now, window = self.session, self._window
        if not self.store.now.start.restore:
            return
        if now.panel in window.panels:
            window.show_panel(now.panel)
        if paths := session.present(now.open):
            if now.protocol in window.desk.paging.protocols:
                window.desk.begin_at(now.protocol, 1)
            self._going_to = (now.group, now.step)
            window.opening.open(paths)

    def _scanned(self, key: str, on: bool) -> None:
        """Go to the exam and step that were in view, once all exams are found."""
        if key == "scan" and not on and self._going_to is not None:
            group, step = self._going_to
            self._going_to = None
            self._window.desk.go_group(group)
            self._window.desk.go_step(step)

    def close(self) -> None:
        """Remember how the window was left."""
        if self._training is not None:
            self._training.dispose()
        if not self.keeps:
            return
        window, desk = self._window, self._window.desk
        self.session = replace(
            self.session,
            open=self.session.open if desk.opened else [],
            protocol=desk.paging.chosen or "",
            group=desk.paging.group,
            step=desk.step,
            panel=window.frame.panel,
            geometry=bytes(window.saveGeometry().toBase64().data()).decode(),
        )
        self.save()
        width = window.frame.panel_width
        if width != self.store.now.look.panel_width and width >= MIN_PANEL:
            self._keep_width(width)

    def _keep_width(self, width: int) -> None:
        try:
            self.store.change("look", panel_width=width)
        except (ValueError, OSError):  # a damaged file is told of where settings are changed
            return

    def save(self) -> None:
        """Write the session; a full disk must not keep a window from closing."""
        try:
            session.save(self.session)
        except OSError as error:
            self._window.readout.words.setText(f"session: can't be written ({error.strerror})")


MIN_PANEL = 200
