"""The formats there are: what each is for, its ending, and its writer."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.core.marking import Marked, MarkedFrames

Shape = Literal["views", "exam", "film", "sheet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format of files that generated exams are written in.

    `shape` says what goes into one file: a view, an exam, a walk, or many exams.
    """

    id: str
    words: str
    suffix: str
    shape: Shape
    bits: int = 16


FORMATS: dict[str, Format] = {
    one.id: one
    for one in (
        Format(id="dicom", words="DICOM, a file for each view", suffix=".dcm", shape="views"),
        Format(id="png16", words="PNG 16 bits, a file for each view", suffix=".png", shape="views"),
        Format(
            id="tiff16", words="TIFF 16 bits, a file for each view", suffix=".tif", shape="views"
        ),
        Format(id="recipe", words="Recipe alone (JSON)", suffix=".json", shape="exam"),
        Format(id="pdf", words="Contact sheet (PDF)", suffix=".pdf", shape="sheet", bits=8),
        Format(id="gif", words="Walk as GIF", suffix=".gif", shape="film", bits=8),
        Format(id="mp4", words="Walk as MP4", suffix=".mp4", shape="film", bits=8),
        Format(id="dicom-walk", words="Walk as multi-frame DICOM", suffix=".dcm", shape="film"),
    )
}


def format_of(name: str, *shapes: Shape) -> Format:
    """Return a format by its id; ValueError lists those that are allowed."""
    allowed = [f.id for f in FORMATS.values() if not shapes or f.shape in shapes]
    if name not in allowed:
        raise ValueError(f"format {name!r}; allowed are {', '.join(allowed)}")
    return FORMATS[name]


def view_writer(form: Format) -> Callable[[Marked, Path], None]:
    """Return what writes one view; heavy packages are imported only now."""
    from app.dicom import write

    return {
        "dicom": write.write_synthetic,
        "png16": write.write_png16,
        "tiff16": write.write_tiff16,
    }[form.id]


def frames_writer(form: Format) -> Callable[[MarkedFrames, Path], None]:
    """Return what writes a walk or a sheet."""
    from app.dicom.multiframe import write_frames
    from app.export.films import write_gif, write_mp4
    from app.export.sheet import write_sheet

    return {
        "gif": write_gif,
        "mp4": write_mp4,
        "pdf": write_sheet,
        "dicom-walk": write_frames,
    }[form.id]
