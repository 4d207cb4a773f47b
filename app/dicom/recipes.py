"""Where exported DICOM files keep the recipe of a generated exam, and how to get it out again."""

from pydicom.dataset import Dataset

from app.dicom import embedded
from app.dicom.direct import dataset_of, in_plain_words

PRIVATE_GROUP, PRIVATE_CREATOR, RECIPE_ELEMENT = 0x0011, "MAMMOSCOPE", 0x01


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
    """Return the recipe or recipes an exported file holds, as JSON; None when it holds none."""
    if embedded.knows(location):
        with in_plain_words(location, "it can't be looked through for a recipe"):
            return embedded.recipe_text(location)
    return recipe_of(dataset_of(location, with_pixels=False))
