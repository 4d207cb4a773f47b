"""The training set on disk."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan import trainset


def records(count):
    return [
        trainset.Record(file=f"{i}.png", view="CC", side="L", patient=str(i), split="train")
        for i in range(count)
    ]


def noise(count, kind=np.uint16, height=20):
    white = np.iinfo(kind).max
    shape = (count, height, height * 4 // 5)
    return np.random.default_rng(0).integers(0, white + 1, shape, dtype=kind)


def sharded(folder, top, shard_bytes):
    kind = top.dtype.type
    with trainset.Writer(
        folder,
        base=(5, 4),
        height=top.shape[1],
        kind=kind,
        count=len(top),
        shard_bytes=shard_bytes,
    ) as writer:
        for image in top:
            writer.add(image)
        return writer.finish(records(len(top)), {"made": "by hand"})


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_rungs_are_area_averages_of_the_top(tmp_path, kind):
    top = noise(3, kind)
    mark = trainset.write(tmp_path, top, records(3), (5, 4))
    opened = trainset.open_set(tmp_path)
    assert (opened.rungs, opened.fingerprint, opened.records[2].file) == (3, mark, "2.png")
    np.testing.assert_array_equal(opened.images(2), top)
    assert opened.images(2).dtype == kind
    for rung, cell in ((1, 2), (0, 4)):  # rounded once, not once a rung
        cells = top.reshape(3, 20 // cell, cell, 16 // cell, cell).mean(axis=(2, 4))
        np.testing.assert_array_equal(opened.images(rung), np.rint(cells))


def test_shards_keep_to_their_size_and_are_plain_npy(tmp_path):
    top = noise(7)
    sharded(tmp_path, top, 2 * 20 * 16 * 2 + 200)
    files = sorted(tmp_path.glob("rung-2-*.npy"))
    assert [np.load(file, mmap_mode="r").shape[0] for file in files] == [2, 2, 2, 1]
    assert max(file.stat().st_size for file in files) <= 2 * 20 * 16 * 2 + 200
    np.testing.assert_array_equal(np.concatenate([np.load(file) for file in files]), top)


def test_the_bytes_do_not_depend_on_how_they_are_sharded_for_the_reader(tmp_path):
    top = noise(7)
    marks = {sharded(tmp_path / str(size), top, size) for size in (700, 1500, 2**31)}
    assert marks == {trainset.fingerprint(top, records(7))}
    for size in (700, 1500, 2**31):
        opened = trainset.open_set(tmp_path / str(size))
        assert opened.about == {"made": "by hand"}
        np.testing.assert_array_equal(opened.images(2)[:], top)
        np.testing.assert_array_equal(np.stack(list(opened.images(2))), top)


@given(at=st.lists(st.integers(-7, 6), max_size=12), cut=st.slices(7))
def test_indexing_is_that_of_one_array(tmp_path_factory, at, cut):
    folder = tmp_path_factory.getbasetemp() / "sharded"
    top = noise(7)
    if not folder.exists():
        sharded(folder, top, 1500)
    images = trainset.open_set(folder).images(2)
    assert (len(images), images.shape, images.nbytes) == (7, (7, 20, 16), top.nbytes)
    np.testing.assert_array_equal(images[np.array(at, np.int64)], top[np.array(at, np.int64)])
    np.testing.assert_array_equal(images[cut], top[cut])
    np.testing.assert_array_equal(images[-1], top[-1])
    with pytest.raises(IndexError):
        images[7]
    with pytest.raises(IndexError):
        images[np.array([0, -8])]
    with pytest.raises(TypeError, match="whole numbers"):
        images[np.ones(7, bool)]


def test_fingerprint_changes_with_a_pixel_and_with_a_record():
    top = np.zeros((1, 5, 4), np.uint8)
    (record,) = records(1)
    marks = {
        trainset.fingerprint(top, [record]),
        trainset.fingerprint(top + np.uint8(1), [record]),
        trainset.fingerprint(top, [replace(record, split="held-out")]),
    }
    assert len(marks) == 3


def test_the_table_of_records_takes_any_text(tmp_path):
    odd = replace(records(1)[0], vendor='Maker, "Best" & Sons;\nÜ', density="b", exam="7")
    trainset.write(tmp_path, noise(1), [odd], (5, 4))
    assert trainset.open_set(tmp_path).records == (odd,)


def test_a_packed_set_is_the_lower_rungs_in_8_bits(tmp_path):
    top = noise(3)
    trainset.write(tmp_path / "whole", top, records(3), (5, 4))
    whole = trainset.open_set(tmp_path / "whole")
    trainset.packed(whole, tmp_path / "small", rungs=2, kind=np.uint8)
    small = trainset.open_set(tmp_path / "small")
    assert (small.rungs, small.records) == (2, whole.records)
    assert small.about["packed_from"] == whole.fingerprint
    cells = top.reshape(3, 10, 2, 8, 2).mean(axis=(2, 4)) / 257
    np.testing.assert_allclose(small.images(1)[:], cells, atol=0.51)
    assert small.images(1).dtype == np.uint8
    with pytest.raises(ValueError, match="rung 3 is not in it"):
        trainset.packed(whole, tmp_path / "more", rungs=4, kind=np.uint8)


def test_format_1_is_still_read(tmp_path):
    top = noise(2, np.uint8)
    for rung in range(3):
        cell = 4 >> rung
        cells = top.reshape(2, 20 // cell, cell, 16 // cell, cell).mean(axis=(2, 4))
        np.save(tmp_path / f"rung-{rung}.npy", np.rint(cells).astype(np.uint8))
    known = ("file", "view", "side", "patient", "split", "density", "vendor", "age", "window")
    rows = [{k: v for k, v in asdict(r).items() if k in known} for r in records(2)]
    table = {"format": 1, "base": [5, 4], "rungs": 3, "fingerprint": "f", "records": rows}
    (tmp_path / "set.json").write_text(json.dumps(table))
    opened = trainset.open_set(tmp_path)
    assert opened.records == tuple(records(2))
    np.testing.assert_array_equal(opened.images(2)[:], top)
    assert opened.images(0).shape == (2, 5, 4)


def test_what_is_wrong_is_said(tmp_path):
    with pytest.raises(ValueError, match=r"set\.json is missing"):
        trainset.open_set(tmp_path)
    (tmp_path / "set.json").write_text("{")
    with pytest.raises(ValueError, match="not JSON"):
        trainset.open_set(tmp_path)
    (tmp_path / "set.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(ValueError, match="format 99"):
        trainset.open_set(tmp_path)
    with pytest.raises(ValueError, match="do not fit"):
        trainset.write(tmp_path, np.zeros((1, 21, 16), np.uint8), records(1), (5, 4))
    with pytest.raises(ValueError, match="5 times a power of two"):
        trainset.Writer(tmp_path, base=(5, 4), height=15, kind=np.uint8, count=1)


def test_a_damaged_set_is_told_by_the_file(tmp_path):
    trainset.write(tmp_path, noise(3), records(3), (5, 4))
    shard = tmp_path / "rung-2-00000.npy"
    shard.write_bytes(shard.read_bytes()[:400])
    with pytest.raises(ValueError, match=r"rung-2-00000\.npy: is missing or damaged"):
        trainset.open_set(tmp_path).images(2)[0]
    lines = (tmp_path / "records.csv").read_text().splitlines(keepends=True)
    (tmp_path / "records.csv").write_text("".join(lines[:-1]))
    with pytest.raises(ValueError, match=r"3 images, but 2 lines in records\.csv"):
        trainset.open_set(tmp_path)
    (tmp_path / "records.csv").write_text("file,colour\na,b\n")
    with pytest.raises(ValueError, match="unknown or missing columns"):
        trainset.open_set(tmp_path)


def test_a_set_that_was_not_finished_is_none(tmp_path):
    with trainset.Writer(tmp_path, base=(5, 4), height=20, kind=np.uint16, count=2) as writer:
        writer.add(noise(1)[0])
        with pytest.raises(ValueError, match="1 images of 2"):
            writer.finish(records(2))
    with pytest.raises(ValueError, match=r"set\.json is missing"):
        trainset.open_set(tmp_path)
