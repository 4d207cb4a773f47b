"""Exams that lie open: grouped once, paged through in any order, narrowed, grown."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.core.mammogram import Exam, Facts, Source
from app.core.opened import Opened
from app.core.persons import by_person


def exam(identity: str, patient: str = "", date: str = "", source: Source = Source.REAL) -> Exam:
    image = Facts(
        file=identity, exam=identity, rows=4, columns=3, patient=patient or f"P{identity}",
        date=date, source=source,
    )  # fmt: skip
    return Exam(id=identity, title=identity, images=(image,), date=date)


def ids(groups) -> list[list[str]]:
    return [[one.id for one in group] for group in groups]


def opened(*exams: Exam) -> Opened:
    made = Opened()
    made.add({one.id: one for one in exams})
    return made


OLD, NEW = exam("1", "P7", "20190302"), exam("3", "P7", "20210510")
OTHER, LAST = exam("2", "P8", "20200101"), exam("4", "P9", "20180101")


def test_a_person_is_where_the_first_of_her_exams_is() -> None:
    lying = opened(OLD, OTHER, NEW, LAST)
    assert ids(lying.persons()) == [["3", "1"], ["2"], ["4"]]
    lying.arrange(["4", "3", "2", "1"], set())
    assert ids(lying.persons()) == [["4"], ["3", "1"], ["2"]]
    assert [one.id for one in lying.in_order()] == ["4", "3", "2", "1"]
    lying.arrange(None, set())
    assert ids(lying.persons()) == [["3", "1"], ["2"], ["4"]]


def test_what_a_search_leaves_out_is_no_prior() -> None:
    lying = opened(OLD, OTHER, NEW, LAST)
    lying.arrange(["1", "4"], {"4"})
    assert ids(lying.persons()) == [["1"], ["4"]]


def test_what_is_in_view_comes_first_when_a_search_leaves_it_out() -> None:
    lying = opened(OLD, OTHER, NEW, LAST)
    lying.arrange(["4"], {"2"})
    assert ids(lying.persons()) == [["2"], ["4"]]


def test_exams_come_and_grow() -> None:
    lying = opened(OLD, OTHER)
    assert ids(lying.persons()) == [["1"], ["2"]]
    assert not lying.add({"3": NEW})
    assert ids(lying.persons()) == [["3", "1"], ["2"]]
    grown = replace(OTHER, images=(*OTHER.images, *LAST.images))
    assert lying.add({"2": grown})
    assert lying.persons()[1][0] is grown


def test_what_a_picture_tells_is_put_in_place() -> None:
    lying = opened(OLD, OTHER, NEW)
    lying.arrange(["3", "2", "1"], set())
    assert ids(lying.persons()) == [["3", "1"], ["2"]]
    told = replace(NEW, images=(replace(NEW.images[0], side="R"),))
    lying.replace(told)
    assert lying.exams["3"] is told
    assert lying.persons()[0][0] is told
    moved = replace(told, images=(replace(told.images[0], patient="P8"),))
    lying.replace(moved)  # another person's, as it turns out
    assert ids(lying.persons()) == [["3", "2"], ["1"]]


def test_a_generated_exam_among_them_is_known() -> None:
    assert opened(OLD).real
    assert not opened(OLD, exam("9", source=Source.SYNTHETIC)).real


@given(st.data())
def test_an_order_groups_as_if_exams_had_been_found_so(data) -> None:
    exams = [
        exam(str(n), f"P{data.draw(st.integers(1, 4))}", f"2019{n + 1:02}01")
        for n in range(data.draw(st.integers(0, 11)))
    ]
    order = data.draw(st.permutations(exams))[: data.draw(st.integers(0, 11))]
    lying = opened(*exams)
    lying.arrange([one.id for one in order], {one.id for one in order[:1]})
    assert ids(lying.persons()) == ids(by_person(order))
