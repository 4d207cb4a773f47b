"""The process that parses and decodes: one request a line on standard input, one answer a line."""

import json
import os
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from app.core.protocol_file import protocol_table
from app.dicom import dicomdir, direct, members
from app.dicom.hanging_read import read_hanging_protocol
from app.dicom.headline import headline_of
from app.dicom.info import info
from app.dicom.kept import kept_of
from app.dicom.location import NoImage, Unreadable, name_of, split
from app.dicom.marks import read_marks
from app.dicom.raster import is_raster
from app.dicom.recipes import recipe_text
from app.dicom.sandbox import limits
from app.dicom.sandbox.arena import Arena
from app.dicom.sandbox.wire import packed


def main() -> None:
    """Serve requests until standard input ends, which it does when the parent ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent to answer
    bounds = limits.Limits(memory=int(sys.argv[2]), processor_s=int(sys.argv[3]))
    arena = Arena(sys.argv[1])
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # decoders in C may print; what they print is no answer
    warnings.simplefilter("ignore")  # nobody reads them; odd values are judged where used
    _load_decoders()
    arena.room(())  # mapped before memory is bounded
    limits.bound(bounds)
    limits.forbid()
    _tell(answers, {"ready": True})
    for line in sys.stdin.buffer:
        request = json.loads(line)
        limits.grant(_fair(request["location"], bounds.processor_s))
        _tell(answers, _answer(request, arena))


def _load_decoders() -> None:
    """Import what pydicom imports when it first decodes: nothing is to be imported in between.

    Only for that, hence F401.
    """
    import gdcm  # noqa: F401
    import jpeg_ls  # noqa: F401
    import openjpeg  # noqa: F401
    import rle  # noqa: F401
    from PIL import Image

    Image.preinit()


def _fair(location: str, most: int) -> int:
    """Return seconds of processor time for a file: a small one that needs long means no good."""
    path, _ = split(location)
    try:
        size = path.stat().st_size
    except OSError:
        size = 0
    return min(most, 3 + 2 * size // 2**20)


def _tell(answers: BinaryIO, answer: dict[str, Any]) -> None:
    try:
        answers.write(json.dumps(answer, allow_nan=False).encode("ascii") + b"\n")
        answers.flush()
    except BrokenPipeError:  # the parent has ended
        os._exit(0)


def _answer(request: dict[str, Any], arena: Arena) -> dict[str, Any]:
    try:
        if request["in"]:
            os.chdir(request["in"])
        found = packed(_WORK[request["do"]](request["location"], arena))
        json.dumps(found, allow_nan=False)
    except NoImage as error:
        return {"refused": "no image", "words": str(error)}
    except Unreadable as error:
        cause = error.__cause__
        kind = "memory" if isinstance(cause, MemoryError) else "unreadable"
        return {"refused": kind, "words": str(error)}
    except MemoryError:
        return {"refused": "memory", "words": ""}
    except ValueError as error:
        return {"refused": "value", "words": str(error)}
    except Exception as error:  # a fault of ours: its kind is told, its words may be a patient's
        return {"refused": "fault", "words": type(error).__name__}
    return {"found": found}


def _read(location: str, arena: Arena) -> dict[str, Any]:
    mammogram = direct.read(location, arena.room)
    pixels = mammogram.pixels
    room = arena.room(pixels.shape)
    if not np.shares_memory(room, pixels):
        np.copyto(room, pixels)
    return {
        "facts": packed(mammogram.facts),
        "encoding": packed(mammogram.encoding),
        "fogged": packed(mammogram.fogged),
        "breast": packed(mammogram.breast),
    }


def _several(locations: str, arena: Arena) -> list[dict[str, Any]]:
    """Return an answer for each of many headers: one by one, most time would go into waiting."""
    asked = ({"do": "facts", "location": one, "in": ""} for one in json.loads(locations))
    return [_answer(one, arena) for one in asked]


def _kept(location: str) -> dict[str, Any]:
    if is_raster(location):
        raise Unreadable(f"{name_of(location)}: is a picture file; DICOM images are de-identified")
    facts = direct.read_facts(location)
    found = kept_of(direct.dataset_of(location, with_pixels=False), facts)
    return {"is": "Kept", **found}


def _headline(location: str) -> dict[str, Any]:
    if is_raster(location):
        raise Unreadable(f"{name_of(location)}: is a picture file, not DICOM")
    dataset = direct.dataset_of(location, with_pixels=False)
    with direct.in_plain_words(location, "its DICOM header holds impossible values"):
        return {"is": "Headline", **headline_of(dataset)}


def _sendable(location: str) -> list[str]:
    """Return SOP class and transfer syntax, empty where not stated."""
    dataset = direct.dataset_of(location, with_pixels=False)
    with direct.in_plain_words(location, "its DICOM header can't be parsed"):
        return [str(dataset.get("SOPClassUID", "")), str(dataset.file_meta.TransferSyntaxUID)]


def _protocol(location: str) -> list[Any]:
    protocol, notes = read_hanging_protocol(Path(location))
    return [json.dumps(protocol_table(protocol)), notes]


_WORK: dict[str, Callable[[str, Arena], Any]] = {
    "read": _read,
    "facts": lambda location, _: direct.read_facts(location),
    "several": _several,
    "marks": lambda location, _: read_marks(location),
    "members": lambda location, _: members.names_in(location),
    "dicomdir": lambda location, _: dicomdir.files_of(location),
    "kept": lambda location, _: _kept(location),
    "headline": lambda location, _: _headline(location),
    "sendable": lambda location, _: _sendable(location),
    "protocol": lambda location, _: _protocol(location),
    "info": lambda location, _: info(location),
    "recipe": lambda location, _: recipe_text(location),
}


if __name__ == "__main__":
    main()
