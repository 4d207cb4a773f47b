import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.annotation import (
    PLACES,
    Annotation,
    Change,
    ChangeLog,
    Notes,
    notes_from_json,
)

coordinates = st.floats(-1e6, 1e6)


@given(st.sampled_from(sorted(PLACES)), st.data(), st.text(max_size=20), st.booleans())
def test_notes_come_back_from_json(kind, data, label, key):
    least, _ = PLACES[kind]
    points = tuple((data.draw(coordinates), data.draw(coordinates)) for _ in range(least))
    one = Annotation(kind=kind, points=points, label=label)
    notes = Notes(annotations=(one, one.moved(1, 2)), key=key)
    assert notes_from_json(notes.to_json()) == notes


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "[" * 100_000,
        '{"mammoscope_notes": 2, "key": false, "annotations": []}',
        '{"mammoscope_notes": 1, "key": 1, "annotations": []}',
        '{"mammoscope_notes": 1, "key": false, "annotations": {}}',
        '{"mammoscope_notes": 1, "key": false, "annotations": [], "more": 1}',
        '{"mammoscope_notes": 1, "key": false, "annotations": [{"kind": "distance"}]}',
        '{"mammoscope_notes": 1, "key": false, "annotations": '
        '[{"kind": "blob", "points": [[0, 0], [1, 1]], "label": ""}]}',
        '{"mammoscope_notes": 1, "key": false, "annotations": '
        '[{"kind": "distance", "points": [[0, 0], [1, NaN]], "label": ""}]}',
        '{"mammoscope_notes": 1, "key": false, "annotations": '
        '[{"kind": "distance", "points": [[0, 0], [1]], "label": ""}]}',
        '{"mammoscope_notes": 1, "key": false, "annotations": '
        '[{"kind": "angle", "points": [[0, 0], [1, 1]], "label": ""}]}',
    ],
)
def test_wrong_notes_are_refused_in_words(text):
    with pytest.raises(ValueError, match=r"annotations|angle|distance"):
        notes_from_json(text)


def test_json_names_nobody():
    notes = Notes(annotations=(Annotation(kind="distance", points=((0, 0), (1, 1))),))
    assert set(json.loads(notes.to_json())) == {"mammoscope_notes", "key", "annotations"}


def test_a_log_goes_back_and_forth():
    one = Change(image="a", before=Notes(), after=Notes(key=True))
    two = Change(image="b", before=Notes(), after=Notes(key=True))
    log = ChangeLog().with_change(one).with_change(two)
    log, undone = log.undone()
    assert undone == two
    log, undone = log.undone()
    assert undone == one
    assert log.undone() == (log, None)
    log, redone = log.redone()
    assert redone == one
    assert log.with_change(two).redone()[1] is None


def test_notes_change_by_replacement():
    line = Annotation(kind="distance", points=((0, 0), (1, 1)))
    notes = Notes().with_annotation(line).with_annotation(line.moved(2, 3))
    assert notes.annotations[1].points == ((2, 3), (3, 4))
    changed = notes.with_annotation(line.with_place(1, (9, 9)), 0)
    assert changed.annotations[0].points == ((0, 0), (9, 9))
    assert changed.without(0).annotations == (notes.annotations[1],)
