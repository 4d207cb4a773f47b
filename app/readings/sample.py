"""The finished sample reading that comes with Mammoscope: readers simulated, images generated.

Made by `tests/guide/sample_reading.py`; it is unpacked where the user can write, because a reading
that is verified, reported or unblinded again is a folder like any other.
"""

import os
import shutil
import tarfile
from pathlib import Path

import platformdirs

from app import resources
from app.settings import FOLDER_VARIABLE

ARCHIVE = "sample.tar.xz"
READING, KEY, REPORT = "sample-reading", "sample.key", "sample-report"
PASSPHRASE = "this key is open to all"  #: nothing is secret here
TOLD = (
    "A finished sample. Its readers are programs, and even what stands for real images was "
    "generated: no person and no patient took part."
)


def usual_place() -> Path:
    """Return where the sample is unpacked when nothing else is asked for."""
    given = os.environ.get(FOLDER_VARIABLE)
    place = Path(given) if given else Path(platformdirs.user_data_dir("mammoscope", False))
    return place / "sample"


def place(folder: Path | None = None) -> Path:
    """Unpack the sample, unless it is there, and return the folder of the reading.

    Beside it lie its key and its report. ValueError when something else is in the way.
    """
    out = folder or usual_place()
    if (out / READING).is_dir() and (out / REPORT).is_dir():
        return out / READING
    if out.exists() and any(out.iterdir()):
        raise ValueError(f"{out.name}: is not empty; choose a new folder for the sample")
    unfinished = out.with_name(f".{out.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    with tarfile.open(resources.folder("readings") / ARCHIVE) as file:
        file.extractall(unfinished, filter="data")
    if out.exists():
        out.rmdir()
    os.replace(unfinished, out)
    return out / READING
