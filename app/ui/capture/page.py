"""A page for print: the hanging as large as it fits, and what it is and is for below it.

Typst sets it, as it sets reports: Qt's own writer lets no other thread run meanwhile.
"""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtGui import QImage

from app import resources
from app.language import tr


def write_png(image: QImage, path: Path) -> None:
    """Write the picture; OSError, in the words of the system, when it can't be."""
    with path.open("wb"):  # Qt does not tell why
        pass
    if not image.save(str(path)):
        raise OSError(0, tr("the picture could not be written"))


def write_pdf(image: QImage, lines: Sequence[str], path: Path) -> None:
    """Write one A4 page, upright or across as suits the picture; OSError when it can't be.

    What stands below the picture is in no file but the page: it may tell who the patient is.
    """
    import typst

    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as name:
        work = Path(name)
        shutil.copyfile(resources.folder("report") / "picture.typ", work / "picture.typ")
        write_png(image, work / "picture.png")
        told = {
            "title": tr("Mammoscope: not for diagnosis"),
            "words": "\n".join(lines),
            "across": "yes" if image.width() >= image.height() else "",
        }
        made = typst.compile(work / "picture.typ", root=work, format="pdf", sys_inputs=told)
    assert isinstance(made, bytes)
    path.write_bytes(made)
