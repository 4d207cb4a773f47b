"""One image, from its location to what a training set needs of it: what a worker process does."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from app.core.display import window_for
from app.core.mammogram import Facts, Mammogram
from app.dicom import raster
from app.dicom.codes import side_and_view, stem_without_view
from app.dicom.location import folder_of, name_of
from app.dicom.raster import is_raster
from app.dicom.read import read, read_facts
from app.prepare.frame import TISSUE, framed, shaded, window_words
from app.prepare.rules import Entry, Rules

FINE = (160, 128)  #: rows, columns of the version that twins are told by
BINS = 32
LEAST_AREA = 0.01  #: of the frame; an image with less that is brighter than air shows no breast
TURNED = "turned by its pixels"
MARKED = "bright mark beside the breast"
#: At 160x128: 13 of 13 images with burned-in letters have such a mark; a detached nipple is nearer.
MARK_GREY, MARK_DISTANCE, MARK_PIXELS = (12, 60), 10, 4
#: What makers call themselves in Manufacturer, and the name their machines go by.
MAKERS = {
    "hologic": "Hologic",
    "lorad": "Hologic",
    "ge": "GE",
    "general electric": "GE",
    "siemens": "Siemens",
    "fuji": "Fujifilm",
    "fujifilm": "Fujifilm",
    "philips": "Philips",
    "sectra": "Philips",
    "ims": "IMS",
    "giotto": "IMS",
    "planmed": "Planmed",
    "carestream": "Carestream",
    "kodak": "Carestream",
    "agfa": "Agfa",
    "konica": "Konica Minolta",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What decides which images are used and how they are written."""

    rows: int = 640  #: height of the top rung
    held_out: float = 0.15  #: share of patients kept aside
    keep: tuple[str, ...] = ()  #: rules that are switched off
    listed: tuple[Entry, ...] = ()  #: the user's list of what to leave out


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was found of a usable image; all that is not in its pixels."""

    name: str
    view: str
    side: str
    patient: str  #: a hash
    exam: str  #: a hash
    density: str
    vendor: str
    age: str
    window: str
    bits: int
    size: int  #: pixels of the source
    area: float  #: share of the frame that is brighter than air
    grey: tuple[int, ...]  #: how many of those pixels fall into each of 32 equal ranges
    notes: tuple[str, ...]  #: facts the file did not state, such as "side", and what was noticed


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What became of one image: a reason why it is left out, or what was seen and its pixels."""

    location: str
    reason: str = ""
    listed: int | None = None  #: the line of the user's list that left it out
    seen: Seen | None = None
    fine: NDArray[np.uint8] | None = None  #: (160, 128)
    top: NDArray[np.uint16] | None = None  #: (rows, rows * 4 / 5), 0 air


def worked(location: str, settings: Settings) -> Outcome:
    """Read, judge and frame one image; whatever is wrong with it comes back as a reason."""
    try:
        return _worked(location, settings)
    except ValueError as error:
        return Outcome(location=location, reason=_clause(str(error), location))
    except Exception as error:  # one bad file must not stop the rest
        return Outcome(location=location, reason=f"can't be prepared ({type(error).__name__})")


def _worked(location: str, settings: Settings) -> Outcome:
    rules = _rules(settings)
    if not any(entry.patient for entry in settings.listed):
        number = rules.listed_as(location, None)  # need not even be readable
        if number is not None:
            return _listed(location, settings, number)
    facts = read_facts(location)
    if (number := rules.listed_as(location, facts)) is not None:
        return _listed(location, settings, number)
    if reason := rules.reason(facts):
        return Outcome(location=location, reason=reason)
    mammogram = read(location)
    stated = bool(mammogram.encoding.vois)
    voi = window_for(mammogram.pixels, mammogram.encoding)
    grey = shaded(mammogram, voi)
    top = framed(grey, settings.rows)
    tissue = top[top > TISSUE]
    if tissue.size < LEAST_AREA * top.size:
        return Outcome(location=location, reason="shows no breast: nearly all of it is air")
    counts, _ = np.histogram(tissue, BINS, (0, 65536))
    labels, fine = _labels(mammogram.facts, location), _fine(top, grey)
    seen = Seen(
        name=name_of(location),
        view=mammogram.facts.view or "",
        side=mammogram.facts.side or "",
        patient=_hash(_patient(facts, location)),
        exam=_hash(facts.exam),
        density=labels["density"],
        vendor=labels["vendor"],
        age=labels["age"],
        window=window_words(voi, stated),
        bits=mammogram.encoding.bits,
        size=facts.rows * facts.columns,
        area=round(tissue.size / top.size, 4),
        grey=tuple(int(n) for n in counts),
        notes=(*sorted(_inferred(mammogram.facts)), *([MARKED] if marked(fine) else [])),
    )
    return Outcome(location=location, seen=seen, fine=fine, top=top)


@lru_cache(maxsize=1)
def _rules(settings: Settings) -> Rules:
    return Rules(settings.keep, settings.listed)


def _listed(location: str, settings: Settings, number: int) -> Outcome:
    words = settings.listed[number].reason or "no reason given"
    return Outcome(location=location, reason=f"listed: {words}", listed=number)


def _clause(sentence: str, location: str) -> str:
    """Return an error without the file's name at its beginning: it is listed beside it."""
    return sentence.removeprefix(f"{name_of(location)}: ")


def _fine(top: NDArray[np.uint16], grey: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """Return the image at 160x128 in 8 bits, from the top rung or, when that is lower, anew."""
    image = framed(grey, FINE[0]) if top.shape[0] < FINE[0] else top
    if image.shape != FINE:
        size = (FINE[1], FINE[0])
        small = Image.fromarray(image.astype(np.float32)).resize(size, Image.Resampling.BOX)
        image = np.asarray(small)
    return np.rint(image.astype(np.float32) / 257).astype(np.uint8)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _patient(facts: Facts, location: str) -> str:
    """Return what tells the patient: the identifier, or what names of her images share."""
    folder, name = folder_of(location), name_of(location)
    stem = name.rsplit(".", 1)[0]
    if "exam" in facts.inferred:
        key = facts.exam  # each image has a Patient ID of its own, which names side and view
    elif facts.patient:
        return facts.patient
    else:
        key = f"{folder}/{stem_without_view(stem)}" if all(side_and_view(stem)) else facts.exam
    # Where a folder lies must not decide who is held out.
    return key.replace(folder, Path(folder).name, 1) if key.startswith(folder) else key


def _inferred(facts: Facts) -> list[str]:
    found = [
        f"{name} inferred" for name in ("side", "view", "orientation") if name in facts.inferred
    ]
    return [*found, TURNED] if facts.contradicted else found


def marked(fine: NDArray[np.uint8]) -> bool:
    """Say whether something bright stands well away from the breast, such as a burned-in marker."""
    parts, _ = ndimage.label(fine > MARK_GREY[0])
    breast = parts == 1 + np.argmax(np.bincount(parts.ravel())[1:])
    near = ndimage.binary_dilation(breast, iterations=MARK_DISTANCE)
    apart = ~np.isin(parts, np.unique(parts[near]))
    return int((apart & (fine > MARK_GREY[1])).sum()) >= MARK_PIXELS


def bright_beside(mammogram: Mammogram) -> bool:
    """Say whether something bright stands well away from the breast of a mammogram."""
    plain = replace(mammogram, fogged=None)  # `shaded` blackens what lies on film beside the breast
    grey = shaded(plain, window_for(plain.pixels, plain.encoding))
    return marked(_fine(framed(grey, FINE[0]), grey))


def _labels(facts: Facts, location: str) -> Mapping[str, str]:
    """Return density, vendor and age: from the header, else from a manifest.csv beside the file."""
    row = raster.manifest(folder_of(location)).get(name_of(location), {})
    words = facts.overlay
    maker = "" if is_raster(location) else words.get("maker", "")
    return {
        "density": density_class(words.get("density", "") or row.get("density", "")),
        "vendor": vendor_name(maker or row.get("vendor", "") or row.get("manufacturer", "")),
        "age": years(words.get("age", "") or row.get("age", "")),
    }


def density_class(text: str) -> str:
    """Return A, B, C or D (ACR BI-RADS 5th edition; 1 to 4 of the 4th), empty for anything else."""
    word = text.strip().upper().removeprefix("ACR").removeprefix("BI-RADS").strip(" -:")
    return {"1": "A", "2": "B", "3": "C", "4": "D"}.get(word, word if word in set("ABCD") else "")


def vendor_name(text: str) -> str:
    """Return one name per maker, however it spells itself; an unknown maker's as it is."""
    words = " ".join(re.findall(r"[a-z]+", text.lower()))
    for spelling, name in MAKERS.items():
        if re.search(rf"\b{spelling}\b", words):
            return name
    return " ".join(text.split())


def years(text: str) -> str:
    """Return an age in whole years, from a DICOM age string (PS3.5 6.2) or a number."""
    found = re.fullmatch(r"0*(\d{1,3})\s*Y?(?:EARS)?", text.strip().upper())
    return found[1] if found else ""
