"""Keeps what readers draw, one small file per image in the user's data folder.

A file is named by the image's content (`content_key`): no patient data is in its name or its text,
and the notes are found again wherever the image is opened from.
"""

import hashlib
import os
import re
from pathlib import Path

import numpy as np
import platformdirs

from app.core.annotation import Notes, notes_from_json
from app.core.mammogram import Stored

FOLDER = "MAMMOSCOPE_DATA"  #: environment variable that puts the data folder elsewhere
_KEY = re.compile(r"[0-9a-f]{64}")


def data_folder() -> Path:
    """Return the folder of what the user makes, which need not exist yet."""
    given = os.environ.get(FOLDER)
    return Path(given) if given else Path(platformdirs.user_data_dir("mammoscope", False))


def content_key(pixels: Stored) -> str:
    """Return the SHA-256, hexadecimal, of an image's size and stored values."""
    digest = hashlib.sha256(f"{pixels.shape[0]}x{pixels.shape[1]};".encode())
    digest.update(np.ascontiguousarray(pixels, "<u2").data)
    return digest.hexdigest()


def _file(key: str) -> Path:
    assert _KEY.fullmatch(key), key
    return data_folder() / "notes" / key[:2] / f"{key}.json"


def load_notes(key: str) -> Notes:
    """Return the notes of an image, empty when there are none; ValueError when damaged."""
    path = _file(key)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Notes()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path.name}: damaged annotations are left as they are") from error
    try:
        return notes_from_json(text)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error


def save_notes(key: str, notes: Notes) -> None:
    """Keep the notes of an image, whole or not at all; empty ones leave no file behind."""
    path = _file(key)
    if notes == Notes():
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(f".{os.getpid()}.new")
    with new.open("w", encoding="utf-8") as file:
        file.write(notes.to_json())
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
