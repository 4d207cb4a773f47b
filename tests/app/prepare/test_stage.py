"""What is done stays done, however the process that did it ended."""

import json

import numpy as np
import pytest

from app.prepare.stage import Stage
from app.prepare.work import FINE, Outcome, Seen, Settings

SETTINGS = Settings(rows=20)


def outcome(location, number):
    seen = Seen(
        name="n", view="CC", side="L", patient="p", exam="e", density="", vendor="", age="",
        window="w", bits=8, size=9, area=0.5, grey=(number,), notes=("side",),
    )  # fmt: skip
    draw = np.random.default_rng(number)
    return Outcome(
        location=location,
        seen=seen,
        fine=draw.integers(0, 256, FINE, dtype=np.uint8),
        top=draw.integers(0, 65536, (20, 16), dtype=np.uint16),
    )


@pytest.fixture
def files(tmp_path):
    found = [str(tmp_path / f"{i}.png") for i in range(4)]
    for path in found:
        with open(path, "w") as file:
            file.write(path)
    return found


def filled(folder, files):
    with Stage(folder, SETTINGS) as stage:
        for number, path in enumerate(files):
            left_out = Outcome(location=path, reason="r", listed=2)
            stage.keep(left_out if number == 1 else outcome(path, number))
    return folder


def check(stage, files):
    """Whatever the stage says it has is what was put in."""
    for number, path in enumerate(files):
        if path in stage.images:
            expected = outcome(path, number)
            assert stage.seen[path] == expected.seen
            np.testing.assert_array_equal(stage.fine(path), expected.fine)
            np.testing.assert_array_equal(stage.top(path), expected.top)
        elif path in stage.left_out:
            assert (number, stage.left_out[path]) == (1, ("r", 2))


def test_all_is_there_again(tmp_path, files):
    with Stage(filled(tmp_path / "work", files), SETTINGS) as stage:
        assert all(path in stage for path in files)
        check(stage, files)
        stage.remove()
    assert not (tmp_path / "work").exists()


@pytest.mark.parametrize("torn", ["journal.jsonl", "images.bin"])
def test_torn_anywhere_it_goes_on(tmp_path, files, torn):
    whole = (filled(tmp_path / "whole", files) / torn).read_bytes()
    other = {"journal.jsonl": "images.bin", "images.bin": "journal.jsonl"}[torn]
    kept = (tmp_path / "whole" / other).read_bytes()
    for at in np.linspace(0, len(whole), 60, dtype=int):
        folder = tmp_path / f"cut-{at}"
        folder.mkdir()
        (folder / torn).write_bytes(whole[:at])
        (folder / other).write_bytes(kept)
        with Stage(folder, SETTINGS) as stage:
            check(stage, files)
            for number, path in enumerate(files):
                if path not in stage:
                    stage.keep(outcome(path, number))
        with Stage(folder, SETTINGS) as stage:
            assert all(path in stage for path in files)
            check(stage, [*files[:1], "", *files[2:]])


def test_a_flipped_byte_is_found(tmp_path, files):
    images = filled(tmp_path / "work", files) / "images.bin"
    data = bytearray(images.read_bytes())
    data[30_000] ^= 1  # in the second image on disk
    images.write_bytes(data)
    with Stage(tmp_path / "work", SETTINGS) as stage:
        assert [path in stage for path in files] == [True, True, False, True]
        check(stage, files)


def test_a_source_that_changed_is_done_again(tmp_path, files):
    filled(tmp_path / "work", files)
    with open(files[0], "a") as file:
        file.write("more")
    with Stage(tmp_path / "work", SETTINGS) as stage:
        assert files[0] not in stage
        stage.keep(outcome(files[0], 0))
    with Stage(tmp_path / "work", SETTINGS) as stage:
        assert files[0] in stage
        check(stage, files)


def test_other_settings_and_another_process_are_told(tmp_path, files):
    folder = filled(tmp_path / "set" / "work", files)
    with pytest.raises(ValueError, match=r"set: was begun with other settings.*--restart"):
        Stage(folder, Settings(rows=40))
    with (
        Stage(folder, SETTINGS),
        pytest.raises(ValueError, match="set: another process is preparing this set"),
    ):
        Stage(folder, SETTINGS)


def test_it_is_for_its_owner_alone_and_holds_no_identifier(tmp_path, files):
    folder = filled(tmp_path / "work", files)
    assert folder.stat().st_mode & 0o777 == 0o700
    line = json.loads((folder / "journal.jsonl").read_text().splitlines()[1])
    assert set(line) == {"location", "stamp", "place", "crc", "seen"}
