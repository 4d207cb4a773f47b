import numpy as np
import pytest

from app import notes as files
from app.core.annotation import Annotation, Notes

KEY = "a" * 64
LINE = Annotation(kind="distance", points=((0, 0), (3, 4)), label="ü")


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv(files.FOLDER, str(tmp_path))


def test_notes_come_back_and_empty_ones_leave_nothing(tmp_path):
    notes = Notes(annotations=(LINE,), key=True)
    files.save_notes(KEY, notes)
    assert files.load_notes(KEY) == notes
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == [f"{KEY}.json"]
    files.save_notes(KEY, Notes())
    assert files.load_notes(KEY) == Notes()
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]
    files.save_notes(KEY, Notes())  # and once more


def test_an_interrupted_save_leaves_the_old_notes(tmp_path, monkeypatch):
    files.save_notes(KEY, Notes(key=True))

    def broken(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", broken)
    with pytest.raises(OSError, match="No space"):
        files.save_notes(KEY, Notes(annotations=(LINE,)))
    assert files.load_notes(KEY) == Notes(key=True)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"[1, 2]"])
def test_damaged_notes_are_told_with_the_file(content):
    files.save_notes(KEY, Notes(key=True))
    path = files._file(KEY)
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"{KEY}\.json.*annotations"):
        files.load_notes(KEY)
    assert path.read_bytes() == content


def test_the_key_is_of_size_and_values_alone():
    pixels = np.arange(24, dtype=np.uint16).reshape(4, 6)
    key = files.content_key(pixels)
    assert len(key) == 64
    assert files.content_key(np.asfortranarray(pixels)) == key
    assert files.content_key(pixels[:, ::-1][:, ::-1]) == key
    assert files.content_key(pixels.reshape(6, 4)) != key
    assert files.content_key(pixels + np.uint16(1)) != key
