"""The training set on disk."""

import json
from dataclasses import replace

import numpy as np
import pytest

from gan import trainset


def records(count):
    return [
        trainset.Record(file=f"{i}.png", view="CC", side="L", patient=str(i), split="train")
        for i in range(count)
    ]


def test_rungs_are_area_averages(tmp_path):
    top = np.random.default_rng(0).integers(0, 65536, (3, 20, 16), dtype=np.uint16)
    mark = trainset.write(tmp_path, top, records(3), (5, 4))
    opened = trainset.open_set(tmp_path)
    assert (opened.rungs, opened.fingerprint, opened.records[2].file) == (3, mark, "2.png")
    np.testing.assert_array_equal(opened.images(2), top)
    cells = top.reshape(3, 10, 2, 8, 2).mean(axis=(2, 4))
    np.testing.assert_allclose(opened.images(1), cells, atol=0.5)


def test_fingerprint_changes_with_a_pixel_and_with_a_record():
    top = np.zeros((1, 5, 4), np.uint8)
    (record,) = records(1)
    marks = {
        trainset.fingerprint(top, [record]),
        trainset.fingerprint(top + np.uint8(1), [record]),
        trainset.fingerprint(top, [replace(record, split="held-out")]),
    }
    assert len(marks) == 3


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
