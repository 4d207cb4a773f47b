"""One image, from file or archive member to Mammogram, whatever its kind, in this process.

Only processes that may die of a file call this: `app.dicom.read` is for everyone else.
"""

import app.dicom.whole  # noqa: F401  before anything of pydicom, see there

# isort: split
import io
import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pydicom
from pydicom.dataset import FileDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from app.core.breast import air_counts, breast_box, chest_wall_side, find_air, outline
from app.core.display import Encoding
from app.core.geometry import first_letters, standard_orientation, standard_transform
from app.core.mammogram import CONTRADICTED, Facts, Mammogram, Side, Stored
from app.dicom import cautions, header, pixels, raster
from app.dicom.elements import word
from app.dicom.location import (
    NoImage,
    Unreadable,
    check_deflated,
    folder_of,
    name_of,
    opened,
)
from app.dicom.structure import is_bare, is_dicom, walk

# Its log quotes values of the header, patient names among them.
logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)

_MIRRORED = {"A": "P", "P": "A"}

#: Cautions of a file as a whole.
PROGRAM = "the file begins like a program: never start it"
REPEATED = "the header states an element twice or out of order"
BARE = "the file has no DICOM preamble"


@contextmanager
def in_plain_words(location: str, what: str) -> Iterator[None]:
    """Turn whatever a damaged file makes the parsers raise into Unreadable, and mute warnings.

    pydicom and Pillow parse values when they are touched, and raise nearly anything then.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd values are judged where they are used
            yield
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(f"{name_of(location)}: is damaged: {what}") from error


def dataset_of(location: str, *, with_pixels: bool) -> FileDataset:
    """Return the DICOM dataset of a location; Unreadable when it is none or damaged."""
    return _parsed(location, with_pixels=with_pixels)[0]


def _parsed(location: str, *, with_pixels: bool) -> tuple[FileDataset, list[str]]:
    """Return a dataset and what is to be said of its file; its skeleton is walked first."""
    name = name_of(location)
    with in_plain_words(location, "its DICOM header can't be parsed"):
        check_deflated(location)
        source = opened(location)
        with source.open("rb") if isinstance(source, Path) else source as file:
            before = _state(file)
            bare = not is_dicom(file)
            if bare and not is_bare(file):
                raise Unreadable(f"{name}: is neither DICOM nor a picture that can be read")
            skeleton = walk(file, name)
            file.seek(0)
            dataset = pydicom.dcmread(file, stop_before_pixels=not with_pixels, force=bare)
            if _state(file) != before:
                raise Unreadable(f"{name}: changed while it was being read; open it again")
    if bare and "TransferSyntaxUID" not in dataset.file_meta:
        implicit = dataset.original_encoding[0]
        dataset.file_meta.TransferSyntaxUID = (
            ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
        )
    said = [BARE] if bare else []
    said += [PROGRAM] if skeleton.program else []
    return dataset, said + ([REPEATED] if skeleton.repeated else [])


def _state(file: BinaryIO) -> tuple[int, int] | None:
    """Return size and time of change of an open file; None for the member of an archive."""
    if isinstance(file, io.BytesIO):
        return None
    found = os.fstat(file.fileno())
    return found.st_size, found.st_mtime_ns


def read_facts(location: str) -> Facts:
    """Return what is known of an image without decoding it; Unreadable when it can't be shown."""
    if raster.is_raster(location):
        with in_plain_words(location, "its picture header holds impossible values"):
            return raster.facts_of(location, folder_of(location))
    return _facts(*_parsed(location, with_pixels=False), location)


def _facts(dataset: FileDataset, said: list[str], location: str) -> Facts:
    with in_plain_words(location, "its DICOM header holds impossible values"):
        kind = word(dataset, "Modality") or "not stated"
        if "Rows" not in dataset:
            raise NoImage(f"{name_of(location)}: holds no image (its modality is {kind})")
        facts = header.facts_of(dataset, location)
        return replace(facts, cautions=(*said, *cautions.of_header(dataset)))


def read(location: str, room: pixels.Room = pixels.fresh) -> Mammogram:
    """Return the mammogram at a location, with side and orientation completed from the pixels.

    Decoded values go into what `room` makes for their shape.
    """
    facts = read_facts(location) if raster.is_raster(location) else None
    with in_plain_words(location, "its pixels can't be decoded"):
        if facts is not None:
            return completed(facts, *raster.pixels_of(location))
        dataset, said = _parsed(location, with_pixels=True)
        facts = _facts(dataset, said, location)
        stored, encoding, seen = pixels.pixels_of(dataset, name_of(location), room)
        facts = replace(facts, cautions=(*facts.cautions, *seen))
        return completed(facts, stored, encoding)


def completed(facts: Facts, stored: Stored, encoding: Encoding) -> Mammogram:
    """Return the mammogram with air, side and orientation found in the pixels where not stated."""
    inferred, said = dict(facts.inferred), [*facts.cautions, *cautions.of_picture(stored, encoding)]
    seen = outline(stored, encoding)
    air = find_air(stored, encoding, seen)
    if encoding.air is None and air.constant is not None:
        inferred["air"] = "from the pixels; no padding value is stated"
    before = encoding.air
    encoding = replace(encoding, air=before or air.constant, dim_air=air.noisy)
    if encoding.air != before and air_counts(encoding):
        seen = outline(stored, encoding)
    wall, clear = chest_wall_side(stored, encoding, seen)
    side = facts.side
    if side is None:
        side = "R" if wall == "right" else "L"
        inferred["side"] = f"from the chest wall, which is at the {wall}; no laterality is stated"
    orientation = facts.orientation
    usable = orientation and standard_transform(orientation, side, facts.view) is not None
    if not usable:
        orientation = _from_pixels(side, facts.view, wall)
        inferred["orientation"] = (
            f"from the chest wall, which is at the {wall}; up and down are as stored"
        )
    elif clear and orientation is not None and _wall(orientation) not in (None, wall):
        said.append(f"{CONTRADICTED}: chest wall at the {wall}")
    return Mammogram(
        facts=replace(
            facts,
            side=side,
            orientation=orientation,
            inferred=inferred,
            cautions=tuple(said),
        ),
        pixels=stored,
        encoding=encoding,
        fogged=air.fogged,
        breast=breast_box(stored, encoding, seen),
    )


def _from_pixels(side: Side, view: str | None, wall: str) -> tuple[str, str]:
    """Return the standard orientation of side and view, mirrored if the chest wall says so."""
    row, column = standard_orientation(side, view)
    at_standard = "right" if side == "R" else "left"
    return (row if wall == at_standard else _MIRRORED[row]), column


def _wall(orientation: tuple[str, str]) -> str | None:
    """Return the side of the image the chest wall is at by its orientation; None if up or down."""
    letters = first_letters(orientation)
    if letters is None or letters[0] not in _MIRRORED:
        return None
    return "left" if letters[0] == "A" else "right"
