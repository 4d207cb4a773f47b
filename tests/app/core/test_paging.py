"""What is hung at once and where in it one is, without a window."""

from dataclasses import replace

import pytest

from app import resources
from app.core.mammogram import SCREENING, Exam, Facts, Source
from app.core.paging import Paging


def exam(identity: str, patient: str = "", date: str = "", source: Source = Source.REAL) -> Exam:
    images = tuple(
        Facts(
            file=f"{identity} {side}{view}", exam=identity, rows=4, columns=3, side=side, view=view,
            patient=patient or f"P{identity}", date=date, source=source,
        )
        for side, view in SCREENING
    )  # fmt: skip
    return Exam(id=identity, title=identity, images=images, date=date)


OLD, MIDDLE, NEW = (exam(day, "P7", day) for day in ("20170301", "20190302", "20210510"))
OTHER = exam("other", "P8", "20200101")
MADE = exam("made", source=Source.SYNTHETIC)


@pytest.fixture
def paging() -> Paging:
    made = Paging(resources.protocols())
    made.add({one.id: one for one in (OLD, OTHER, NEW, MIDDLE)})
    return made


def ids(exams) -> list[str]:
    return [one.id for one in exams]


def test_a_person_hangs_as_current_over_prior_and_others_as_four_views(paging) -> None:
    assert ids(paging.now()) == ["20210510", "20190302", "20170301"]
    assert paging.protocol().id == "current-and-prior"
    paging.turn(1)
    assert ids(paging.now()) == ["other"]
    assert paging.protocol().id == "screening-4up"
    assert paging.go_prior(1) == "There is no other exam of this person with a date"


def test_the_prior_in_view_goes_as_far_back_as_there_are_exams(paging) -> None:
    assert paging.go_prior(-1) == "There is no newer exam of this person"
    assert paging.go_prior(1) == ""
    assert paging.prior == 2
    assert "2017-03-01" in paging.dates()
    assert paging.go_prior(1) == "There is no older exam of this person"


def test_without_places_for_a_prior_all_that_hangs_is_of_another_day(paging) -> None:
    paging.choose("screening-4up")
    assert paging.go_prior(1) == ""
    assert ids(paging.now()) == ["20190302", "20170301"]
    assert paging.dates().startswith("2019-03-02 (2 of 3")


def test_a_protocol_for_generated_exams_shows_them_and_one_for_any_goes_back(paging) -> None:
    paging.generated = MADE
    paging.choose("real-and-generated")
    assert paging.mode == "both"
    assert ids(paging.here())[-1] == "made"
    paging.choose("generated")
    assert paging.mode == "generated"
    assert ids(paging.now()) == ["made"]
    paging.choose("screening-4up")
    assert paging.mode == "real"


def test_where_one_was_is_found_again(paging) -> None:
    assert paging.find("20170301")
    assert (paging.group, paging.back) == (0, 2)
    here = paging.place(step=3)
    assert (here.exam, here.step) == ("20170301", 3)
    assert paging.find("other")
    paging.go_to(here)
    assert ids(paging.now()) == ["20170301"]
    assert not paging.find("nobody")


def test_another_order_keeps_what_is_in_view(paging) -> None:
    paging.find("other")
    assert paging.arrange(["other", "20210510"])
    assert not paging.arrange(["other", "20210510"])
    assert paging.group == 0
    assert ids(paging.now()) == ["other"]


def test_what_a_picture_tells_changes_what_suits(paging) -> None:
    paging.find("other")
    assert paging.protocol().id == "screening-4up"
    strange = tuple(replace(image, side=None, view=None) for image in OTHER.images)
    paging.replace(replace(OTHER, images=strange))
    assert paging.protocol().id == "single"


def test_a_protocol_that_was_deleted_is_no_longer_used(paging) -> None:
    paging.choose("cc-pair")
    paging.know({k: v for k, v in paging.protocols.items() if k != "cc-pair"})
    assert paging.protocol().id == "current-and-prior"


def test_something_else_is_opened(paging) -> None:
    paging.generated, paging.mode = MADE, "generated"
    paging.find("made")
    paging.clear()
    assert paging.mode == "real"
    assert paging.now() == ()
