"""Pictures ready to be shown: read and averaged on a thread, kept until memory is needed."""

from collections import OrderedDict
from collections.abc import Container, Iterable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.core.display import Voi, window_for
from app.core.geometry import Transform
from app.core.mammogram import Facts, Mammogram, Source
from app.core.resample import Pyramid, build_pyramid
from app.core.viewstate import Box, Wall
from app.ui.jobs import IMPORTS, Job, Jobs
from app.ui.tools.by_image import ByImage

BUDGET = 1_500_000_000  #: bytes of pyramids kept, on machines with memory to spare
SHARE = 4  #: of the machine's memory no more than one part in so many is kept
NEEDED = 8  #: pictures kept whatever their size: an 8-up


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """A mammogram with what every pane needs of it, worked out once."""

    mammogram: Mammogram
    pyramid: Pyramid
    breast: Box  #: in pixels as stored
    voi: Voi  #: what the file asks for first, or a robust window


def develop(mammogram: Mammogram) -> Picture:
    """Return the picture of a mammogram; about a tenth of a second for 14 megapixels."""
    return Picture(
        mammogram=mammogram,
        pyramid=build_pyramid(mammogram.pixels, mammogram.encoding, mammogram.fogged),
        breast=_breast(mammogram),
        voi=window_for(mammogram.pixels, mammogram.encoding),
    )


def _breast(mammogram: Mammogram) -> Box:
    """Return the breast's box, of a generated image all: sizes then compare from seed to seed."""
    facts = mammogram.facts
    if facts.source is Source.SYNTHETIC and facts.spacing_mm is None:
        return 0, 0, facts.rows, facts.columns
    if mammogram.breast is not None:
        return mammogram.breast
    from app.core.breast import breast_box  # brings scipy: not before the first window

    return breast_box(mammogram.pixels, mammogram.encoding)


_nipples: ByImage[tuple[float | None]] = ByImage(64)


def nipple_of(picture: Picture, transform: Transform, wall: Wall) -> float | None:
    """Return the row of the nipple as a share of the turned image's height, None when unclear.

    About 20 ms the first time for an image; asked for only where images are laid over each other.
    """
    mammogram = picture.mammogram
    if mammogram.facts.source is Source.SYNTHETIC:
        return None
    if (kept := _nipples.get(mammogram.pixels, transform)) is None:
        from app.core.breast import breast_mask, nipple_row

        turned = transform.apply(breast_mask(mammogram.pixels, mammogram.encoding))
        mask = np.asarray(turned, bool)
        kept = (nipple_row(mask, wall),)
        _nipples.put(mammogram.pixels, kept, transform)
    return kept[0]


class Pictures(QObject):
    """Pictures by file, least recently used ones dropped when they outgrow the budget."""

    arrived = Signal(str)  #: file
    refused = Signal(str, str)  #: file, reason in one sentence

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._kept: OrderedDict[str, Picture] = OrderedDict()
        self._wanted: set[str] = set()
        self.reasons: dict[str, str] = {}

    def get(self, file: str) -> Picture | None:
        """Return the picture of a file when it is here."""
        if (picture := self._kept.get(file)) is not None:
            self._kept.move_to_end(file)
        return picture

    def peek(self, file: str) -> Picture | None:
        """Return the picture of a file when it is here, without counting that as a use."""
        return self._kept.get(file)

    def reading(self) -> bool:
        """Return whether images that were asked for are being read."""
        return any(self._jobs.busy(f"read:{file}") for file in self._wanted)

    def put(self, picture: Picture) -> None:
        """Keep a picture and tell of it."""
        file = picture.mammogram.facts.file
        self._kept[file] = picture
        self._kept.move_to_end(file)
        self.reasons.pop(file, None)
        self._shrink()
        self.arrived.emit(file)

    def want(self, images: Iterable[Facts]) -> None:
        """Fetch what is not here yet, in this order, as far as it fits; older wishes end."""
        files = [image.file for image in _fitting(images)]
        for file in self._wanted - set(files):
            self._jobs.cancel(f"read:{file}")
        self._wanted = set(files)
        for file in files:
            if file in self._kept or file in self.reasons or self._jobs.waits(f"read:{file}"):
                continue
            self._jobs.run(
                f"read:{file}",
                partial(_read, file),
                self._took,
                failed=partial(self._refuse, file),
                lane="read",
            )

    def forget(self, *, keep: Container[str] = ()) -> None:
        """Drop what was open, apart from the files named."""
        for file in [file for file in self._kept if file not in keep]:
            del self._kept[file]
        self.reasons.clear()

    def pending(self, images: Iterable[Facts]) -> bool:
        """Return whether any of the images is still on its way."""
        return any(i.file not in self._kept and i.file not in self.reasons for i in images)

    def _took(self, picture: Picture | None) -> None:
        if picture is not None:
            self.put(picture)

    def _refuse(self, file: str, reason: str) -> None:
        self.reasons[file] = reason
        self.refused.emit(file, reason)

    def _shrink(self) -> None:
        """Drop what was not used for longest; what is wanted now stays, it fits the budget."""
        total = sum(picture.pyramid.nbytes for picture in self._kept.values())
        for file in [file for file in self._kept if file not in self._wanted]:
            if total <= budget() or len(self._kept) <= NEEDED:
                return
            total -= self._kept.pop(file).pyramid.nbytes


@cache
def budget() -> int:
    """Return how many bytes of pictures are kept on this machine."""
    import psutil  # not before the first picture

    return min(BUDGET, int(psutil.virtual_memory().total) // SHARE)


def _fitting(images: Iterable[Facts]) -> list[Facts]:
    """Return the first images of those given that memory has room for, the needed ones always."""
    fitting: list[Facts] = []
    room = budget()
    for image in images:
        room -= image.rows * image.columns * 2 * 4 // 3  # levels of a pyramid are a third more
        if room < 0 and len(fitting) >= NEEDED:
            break
        fitting.append(image)
    return fitting


def _read(file: str, job: Job) -> Picture | None:
    """Read and develop one file, on a thread. pydicom takes half a second to import: only here."""
    with IMPORTS:
        from app.dicom.read import read

    mammogram = read(file)
    return None if job.cancelled() else develop(mammogram)
