"""What can be sent to an archive: images in view, the generated exam, what was drawn."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.mammogram import Source
from app.language import later, tr
from app.ui.archive.page import Files, Write

if TYPE_CHECKING:
    from app.ui.window import MainWindow


def ways(window: "MainWindow") -> list[tuple[str, Files]]:
    """Return what the window has to send: words, and what takes it up."""
    return [
        (later("Send the exam in view"), lambda: _exam(window)),
        (later("Send the generated exam"), lambda: _generated(window)),
        (later("Send annotations"), lambda: _annotations(window)),
    ]


def _exam(window: "MainWindow") -> Write:
    images = [image for exam in window.desk.paging.now() for image in exam.images]
    files = [Path(i.file) for i in images if i.source is Source.REAL and Path(i.file).is_file()]
    if not files:
        raise ValueError(tr("No real exam is open as files; unpack an archive first."))
    return lambda _: files


def _generated(window: "MainWindow") -> Write:
    recipe, exam = window.studio.recipe, window.desk.paging.generated
    pictures = [window.pictures.peek(image.file) for image in exam.images] if exam else []
    mammograms = [picture.mammogram for picture in pictures if picture is not None]
    if recipe is None or not mammograms:
        raise ValueError(tr("No generated exam is in view."))

    def write(folder: Path) -> Sequence[Path]:
        from app.core.marking import mark
        from app.dicom.write import write_synthetic

        files = []
        for mammogram in mammograms:
            files.append(folder / f"{mammogram.facts.label}.dcm")
            write_synthetic(mark(mammogram, recipe), files[-1])
        return files

    return write


def _annotations(window: "MainWindow") -> Write:
    images = window.kit.export.images()

    def write(folder: Path) -> Sequence[Path]:
        from app.dicom.results import write_results

        return write_results(images, folder)

    return write
