"""Where exported files keep the recipe of a generated mammogram, and how to get it out again."""

from PIL import Image
from pydicom.dataset import Dataset

from app.dicom.direct import dataset_of, in_plain_words
from app.dicom.location import opened

PRIVATE_GROUP, PRIVATE_CREATOR, RECIPE_ELEMENT = 0x0011, "MAMMOSCOPE", 0x01
PNG_RECIPE = "mammoscope_recipe"


def embed(dataset: Dataset, recipe_json: str) -> None:
    """Put the recipe into the private block of a DICOM dataset."""
    block = dataset.private_block(PRIVATE_GROUP, PRIVATE_CREATOR, create=True)
    block.add_new(RECIPE_ELEMENT, "UT", recipe_json)


def recipe_of(dataset: Dataset) -> str | None:
    """Return the recipe in a dataset's private block as JSON, None when there is none."""
    try:
        value = dataset.private_block(PRIVATE_GROUP, PRIVATE_CREATOR)[RECIPE_ELEMENT].value
    except KeyError:
        return None
    # Stored again as implicit little endian, the element loses its VR and comes back as bytes.
    text = value.decode("utf-8") if isinstance(value, bytes) else str(value)
    return text.rstrip("\0 ")


def recipe_text(location: str) -> str | None:
    """Return the recipe an exported DICOM or PNG holds, as JSON; None when it holds none."""
    if location.lower().endswith(".png"):
        with in_plain_words(location, "its picture header can't be read"):
            with Image.open(opened(location)) as image:
                text = getattr(image, "text", {}).get(PNG_RECIPE)
            return None if text is None else str(text)
    return recipe_of(dataset_of(location, with_pixels=False))
