"""What is known of a file, as JSON-ready values for `mammoscope info`."""

from typing import Any

from app.core.display import VoiTable
from app.dicom.direct import dataset_of, read
from app.dicom.elements import text
from app.dicom.raster import is_raster


def info(location: str) -> dict[str, Any]:
    """Return facts, encoding and windows of an image; Unreadable when it can't be shown.

    The pixels are decoded, so that what is inferred from them is told too.
    """
    mammogram = read(location)
    facts, encoding = mammogram.facts, mammogram.encoding
    windows = [
        {"name": voi.name, "entries": int(voi.data.size), "first": voi.first, "bits": voi.bits}
        if isinstance(voi, VoiTable)
        else {"name": voi.name, "center": voi.center, "width": voi.width, "curve": voi.curve.value}
        for voi in encoding.vois
    ]
    found: dict[str, Any] = {
        "file": facts.file,
        "label": facts.label,
        "side": facts.side,
        "view": facts.view,
        "modifiers": sorted(facts.modifiers),
        "source": facts.source.value,
        "orientation": list(facts.orientation) if facts.orientation else None,
        "rows": facts.rows,
        "columns": facts.columns,
        "spacing_mm": list(facts.spacing_mm) if facts.spacing_mm else None,
        "spacing_basis": facts.spacing_basis.value,
        "exam": facts.exam,
        "date": facts.date,
        "bits": encoding.bits,
        "signed": encoding.offset < 0,
        "slope": encoding.slope,
        "intercept": encoding.intercept,
        "inverse": encoding.inverse,
        "windows": windows,
        "air": list(encoding.air) if encoding.air else None,
        "overlay": {k: v for k, v in facts.overlay.items() if k != "name"},
        "inferred": dict(facts.inferred),
        "cautions": list(facts.cautions),
    }
    if not is_raster(location):
        dataset = dataset_of(location, with_pixels=False)
        found["photometric_interpretation"] = text(dataset, "PhotometricInterpretation")
        found["transfer_syntax"] = str(dataset.file_meta.TransferSyntaxUID.name)
    return found
