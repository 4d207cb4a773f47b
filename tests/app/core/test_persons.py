"""Exams of one person stand together, the newest first, whatever is learnt of them later."""

from dataclasses import replace

from app.core.mammogram import Exam, Facts
from app.core.persons import Persons, by_person


def exam(name: str, date: str, patient: str = "P1") -> Exam:
    image = Facts(file=f"{name}.dcm", rows=8, columns=8, exam=name, patient=patient, date=date)
    return Exam(id=name, title=name, images=(image,), date=date)


def test_dates_order_a_persons_exams_and_persons_stay_apart() -> None:
    old, new, other = exam("a", "20200101"), exam("b", "20210101"), exam("c", "20190101", "P2")
    assert by_person([old, other, new]) == [(new, old), (other,)]


def test_an_identifier_without_a_figure_joins_nothing() -> None:
    exams = [exam("a", "20200101", "ANONYMOUS"), exam("b", "20210101", "ANONYMOUS")]
    assert by_person(exams) == [(exams[0],), (exams[1],)]


def test_an_exam_known_better_takes_its_place_unless_it_belongs_elsewhere() -> None:
    old, new, other = exam("a", "20200101"), exam("b", "20210101"), exam("c", "20190101", "P2")
    persons = Persons()
    for one in (old, new, other):
        persons.add(one)
    better = replace(new, title="better")
    assert persons.replace(new, better)
    assert persons.groups == [(better, old), (other,)]
    assert not persons.replace(better, replace(better, date="20220101"))
    assert not persons.replace(better, exam("b", "20210101", "P2"))
    assert not persons.replace(new, new)  # which is not there any more
    assert persons.groups == [(better, old), (other,)]
