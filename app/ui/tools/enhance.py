"""CLAHE and sharpening: enhanced copies are made on a thread and shown in place of the pixels."""

from functools import partial

from PySide6.QtCore import QObject

from app.core.enhance import ENHANCEMENTS
from app.core.resample import Pyramid, build_pyramid
from app.ui.grid import Grid
from app.ui.jobs import Jobs
from app.ui.pane import Pane
from app.ui.pictures import Picture
from app.ui.tools.by_image import ByImage

KEPT = 16  #: enhanced copies, each as large as the picture itself: two for each of 8 panes


class Enhancer(QObject):
    """Gives every pane the enhanced copy its view asks for."""

    def __init__(self, grid: Grid, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._grid, self._jobs = grid, jobs
        self._made: ByImage[Pyramid] = ByImage(KEPT)
        grid.viewed.connect(self.follow)
        grid.restarted.connect(self.follow)

    def follow(self) -> None:
        """Have what is lacking made, and take away what is not asked for any more."""
        for number, pane in enumerate(self._grid.panes):
            picture, wanted = pane.picture, pane.view.enhancement
            if picture is None:
                continue
            have = self._made.get(picture.mammogram.pixels, wanted) if wanted else None
            if have is not pane.enhanced:
                pane.enhanced = have
                pane.spoil("sample")
            if wanted and have is None and not self._jobs.busy(key := f"enhance:{number}"):
                work = partial(_enhanced, picture, wanted)
                self._jobs.run(key, work, partial(self._take, picture, wanted), lane="enhance")

    def waits(self, pane: Pane) -> bool:
        """Return whether a pane's enhanced copy is still being made."""
        return bool(pane.view.enhancement) and pane.picture is not None and pane.enhanced is None

    def _take(self, picture: Picture, name: str, pyramid: Pyramid) -> None:
        self._made.put(picture.mammogram.pixels, pyramid, name)
        self.follow()
        self._grid.settle()


def _enhanced(picture: Picture, name: str, job: object) -> Pyramid:
    mammogram = picture.mammogram
    pixels = ENHANCEMENTS[name](mammogram.pixels, mammogram.encoding)
    return build_pyramid(pixels, mammogram.encoding, mammogram.fogged)
