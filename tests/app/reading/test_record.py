import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reading.canonical import canonical
from app.reading.record import Record, breaks, chained, completion_code, genesis

START = genesis("protocol", "ann")


def chain(count: int) -> list[Record]:
    records, head = [], START
    for seq in range(1, count + 1):
        records.append(chained(head, {"seq": seq, "type": "answer", "payload": {"n": seq * 3}}))
        head = records[-1].hash
    return records


def test_an_untouched_chain_has_no_breaks() -> None:
    assert breaks(chain(30), START) == []
    assert breaks([], START) == []


@given(st.integers(2, 12), st.data())
def test_every_change_is_found_at_its_place(count, data) -> None:
    records = chain(count)
    at = data.draw(st.integers(0, count - 1))
    kind = data.draw(st.sampled_from(["change", "lose", "swap", "hash"]))
    old = records[at]
    if kind == "change":
        body = canonical(old.value | {"payload": {"n": -1}})
        records[at] = Record(seq=old.seq, body=body, hash=old.hash)
        expected = {at + 1}
    elif kind == "hash":
        records[at] = Record(seq=old.seq, body=old.body, hash="0" * 64)
        expected = {at + 1, at + 2}
    elif kind == "lose" and at < count - 1:
        del records[at]
        expected = {at + 1}
    elif kind == "swap" and at < count - 1:
        a, b = records[at], records[at + 1]
        records[at] = Record(seq=a.seq, body=b.body, hash=b.hash)
        records[at + 1] = Record(seq=b.seq, body=a.body, hash=a.hash)
        expected = {at + 1, at + 2, at + 3}
    else:
        return
    found = {seq for seq, _ in breaks(records, START)}
    assert found
    assert found <= expected


def test_lost_records_are_counted() -> None:
    records = chain(9)
    del records[3:6]
    assert breaks(records, START) == [(4, "record 4 to 6 is missing")]


def test_another_protocol_or_reader_breaks_the_first_record() -> None:
    assert breaks(chain(3), genesis("other", "ann"))[0][0] == 1
    assert breaks(chain(3), genesis("protocol", "bob"))[0][0] == 1


def test_the_completion_code_follows_the_head() -> None:
    assert completion_code("ab" * 32) != completion_code("ac" * 32)
    with pytest.raises(ValueError, match="hexadecimal"):
        completion_code("no hash")
