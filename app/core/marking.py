"""The one way to something that can be written to a file: marked as synthetic.

Writers of generated images take `Marked` or `MarkedFrames` and nothing else, and only `mark` and
`mark_frames` make those: a file without its markers, or of a real image, can't be written.
"""

from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from numpy.typing import NDArray

from app.core.mammogram import Mammogram, Source
from app.core.recipe import Recipe
from app.core.reel import Reel

WORD = "SYNTHETIC"
TITLE = "SYNTHETIC mammogram"
WARNING = "SYNTHETIC: generated image, no patient; research use only"
TALL = 5  #: rows of a letter
ROWS_PER_DOT = 200  #: rows of an image for each pixel of a letter's dot
LEVEL = 0.65  #: of white: to be read, but not brighter than the breast
LETTERS = {  # three dots wide, row by row
    "S": "####  ###  ####",
    "Y": "# ## # #  #  # ",
    "N": "#### ## ## ## #",
    "T": "### #  #  #  # ",
    "H": "# ## ##### ## #",
    "E": "####  ## #  ###",
    "I": "### #  #  # ###",
    "C": "####  #  #  ###",
}

_SEAL = object()
Pixels = NDArray[np.uint8] | NDArray[np.uint16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A generated mammogram with its recipe, ready for any writer; made by `mark` alone."""

    mammogram: Mammogram
    recipe: Recipe
    burned: bool  #: whether the word stands in a corner of the pixels
    seal: object

    def __post_init__(self) -> None:
        if self.seal is not _SEAL:
            raise TypeError("generated images are marked by app.core.marking.mark before writing")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MarkedFrames:
    """Pictures of generated exams with their recipes; made by `mark_frames` alone."""

    frames: tuple[Pixels, ...]  #: each (rows, columns), all of one size and type
    reel: Reel
    captions: tuple[str, ...]
    burned: bool
    seal: object

    def __post_init__(self) -> None:
        if self.seal is not _SEAL:
            raise TypeError("pictures are marked by app.core.marking.mark_frames before writing")


def mark(mammogram: Mammogram, recipe: Recipe, *, burn: bool = True) -> Marked:
    """Return a generated mammogram as writers want it; `burn` puts the word into a corner.

    ValueError when the mammogram is a real one.
    """
    if mammogram.facts.source is not Source.SYNTHETIC:
        label = mammogram.facts.label
        raise ValueError(f"{label} is a real image; only generated ones are exported")
    if burn:
        pixels = np.array(mammogram.pixels)
        burn_in(pixels, left=mammogram.facts.side != "L")
        mammogram = replace(mammogram, pixels=pixels)
    return Marked(mammogram=mammogram, recipe=recipe, burned=burn, seal=_SEAL)


def mark_frames(
    frames: list[Pixels], reel: Reel, *, captions: tuple[str, ...] = (), burn: bool = True
) -> MarkedFrames:
    """Return pictures of a reel's exams, one each, as writers want them."""
    if len(frames) != len(reel.recipes) or len({(f.shape, f.dtype) for f in frames}) != 1:
        raise ValueError(f"{len(frames)} pictures of {len(reel.recipes)} recipes, or not of a size")
    made: list[Pixels] = [frame.copy() for frame in frames]
    for frame in made if burn else ():
        burn_in(frame, left=True)
        burn_in(frame, left=False)
    return MarkedFrames(frames=tuple(made), reel=reel, captions=captions, burned=burn, seal=_SEAL)


def burn_in(pixels: Pixels, *, left: bool) -> None:
    """Write the word into the lower left or right corner of a picture, (rows, columns)."""
    rows, columns = pixels.shape
    dot = max(1, min(rows // ROWS_PER_DOT, columns // (4 * len(WORD) + 1)))
    text = np.kron(lettered(WORD), np.ones((dot, dot), np.uint8))
    text = np.pad(text, dot)[:rows, :columns]
    high, wide = text.shape
    corner = pixels[rows - high :, :wide] if left else pixels[rows - high :, columns - wide :]
    white = np.iinfo(pixels.dtype).max
    corner[...] = text * pixels.dtype.type(LEVEL * white)


def lettered(word: str) -> NDArray[np.uint8]:
    """Return a word in dots, (5, 4 x letters - 1), 0 or 1; of the letters of `WORD` only."""
    gap = np.zeros((TALL, 1), np.uint8)
    parts = []
    for letter in word:
        dots = np.array([dot == "#" for dot in LETTERS[letter]], np.uint8)
        parts += [dots.reshape(TALL, 3), gap]
    return np.hstack(parts[:-1])


def software() -> str:
    """Return what made a file: with the same of all of these, a recipe gives the same pixels."""
    found = []
    for name in ("mammoscope", "torch", "numpy"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:  # a checkout that was not installed
            found.append(f"{name} (not installed)")
    return ", ".join(found)
