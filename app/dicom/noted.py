"""A mammogram with its notes and its header: what exported objects are made from."""

from dataclasses import dataclass
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from app.core.annotation import Notes
from app.core.display import Voi
from app.core.geometry import Transform
from app.core.mammogram import Mammogram

NAME = "Mammoscope"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NotedImage:
    """A mammogram with its notes and how it is shown."""

    mammogram: Mammogram
    notes: Notes
    voi: Voi
    invert: bool
    transform: Transform


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Source:
    """A noted image and its header, which the new objects refer to."""

    image: NotedImage
    dataset: Dataset


def identity() -> dict[str, Any]:
    """Return what every new object states of itself."""
    return {
        "series_instance_uid": generate_uid(prefix=None),
        "series_number": 9000,
        "sop_instance_uid": generate_uid(prefix=None),
        "instance_number": 1,
        "manufacturer": NAME,
    }
