"""Where exported files keep the recipe of a generated mammogram, and how to get it out again."""

from pathlib import Path

import pydicom
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from app.core.recipe import Recipe, recipe_from_json

PRIVATE_GROUP, PRIVATE_CREATOR, RECIPE_ELEMENT = 0x0011, "MAMMOSCOPE", 0x01
PNG_RECIPE = "mammoscope_recipe"


def embed(dataset: Dataset, recipe_json: str) -> None:
    """Put the recipe into the private block of a DICOM dataset."""
    block = dataset.private_block(PRIVATE_GROUP, PRIVATE_CREATOR, create=True)
    block.add_new(RECIPE_ELEMENT, "UT", recipe_json)


def recipe_of(dataset: Dataset) -> Recipe | None:
    """Return the recipe in a dataset's private block, None when there is none."""
    try:
        value = dataset.private_block(PRIVATE_GROUP, PRIVATE_CREATOR)[RECIPE_ELEMENT].value
    except KeyError:
        return None
    # Stored again as implicit little endian, the element loses its VR and comes back as bytes.
    text = value.decode("utf-8") if isinstance(value, bytes) else str(value)
    return recipe_from_json(text.rstrip("\0 "))


def recipe_in(path: Path) -> Recipe | None:
    """Return the recipe an exported DICOM or PNG holds, None when it holds none.

    ValueError when it holds something that is not a recipe of this version.
    """
    if path.suffix.lower() == ".png":
        with Image.open(path) as image:
            text = getattr(image, "text", {}).get(PNG_RECIPE)
        return None if text is None else recipe_from_json(text)
    try:
        return recipe_of(pydicom.dcmread(path, stop_before_pixels=True))
    except InvalidDicomError:
        return None
