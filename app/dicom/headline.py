"""What new objects state of the image they refer to: an allow-list, out of the process that parses.

`headline_of` runs there; `dataset_from` makes of its plain words and numbers a header again.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from app.dicom.cautions import several
from app.dicom.elements import text
from app.dicom.pixels import table_of

WORDS = (
    "SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID",
    "PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex", "PatientAge",
    "StudyID", "StudyDate", "StudyTime", "StudyDescription", "AccessionNumber",
    "ReferringPhysicianName", "Modality", "RescaleType",
)  # fmt: skip
NUMBERS = (
    "Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "BitsAllocated", "BitsStored",
    "HighBit", "PixelRepresentation", "RescaleSlope", "RescaleIntercept", "PixelSpacing",
    "ImagerPixelSpacing",
)  # fmt: skip
LONGEST = 1024  #: characters of a word


def headline_of(dataset: Dataset) -> dict[str, Any]:
    """Return words and numbers of a header by keyword, and its Modality LUT if it has one."""
    words = {k: text(dataset, k)[:LONGEST] for k in WORDS if dataset.get(k) is not None}
    numbers = {}
    for keyword in NUMBERS:
        values = [value for value in several(dataset, keyword) if value is not None]
        if 0 < len(values) <= 2:
            numbers[keyword] = values
    found = {"words": words, "numbers": numbers, "table": None, "first": 0, "bits": 0}
    if dataset.get("ModalityLUTSequence"):
        signed = numbers.get("PixelRepresentation") == [1.0]
        data, first, bits = table_of(dataset.ModalityLUTSequence[0], dataset, signed)
        found |= {"table": data, "first": first, "bits": bits}
    return found


def dataset_from(
    words: dict[str, str],
    numbers: dict[str, list[float]],
    table: NDArray[np.uint16] | None,
    first: int,
    bits: int,
) -> Dataset:
    """Return the header that these words and numbers make."""
    made = Dataset()
    made.SpecificCharacterSet = "ISO_IR 192"
    for keyword in WORDS:
        if keyword in words:
            setattr(made, keyword, words[keyword])
    for keyword in NUMBERS:
        plain = [int(v) if v.is_integer() else float(f"{v:.10g}") for v in numbers.get(keyword, [])]
        if plain:
            setattr(made, keyword, plain if len(plain) > 1 else plain[0])
    if table is not None:
        item = Dataset()
        kind = "SS" if first < 0 else "US"
        item.add_new("LUTDescriptor", kind, [table.size % 65536, first, bits])
        item.ModalityLUTType = "US"
        item.add_new("LUTData", "OW", table.astype("<u2").tobytes())
        made.ModalityLUTSequence = Sequence([item])
    return made
