"""What is read ahead, in which order, and what goes when memory runs short."""

import pytest

from app.core.mammogram import SCREENING
from app.ui import pictures
from app.ui.pictures import Pictures, develop


@pytest.fixture
def small(monkeypatch):
    """A budget that holds ten of the test pictures."""
    monkeypatch.setattr(pictures, "budget", lambda: 10 * (300 * 240 * 2 * 4 // 3) + 1)


def pane_images(window) -> set[str]:
    return {pane.facts.file for pane in window.grid.panes if pane.facts is not None}


def test_the_next_exam_and_the_one_before_are_here_before_they_are_asked_for(
    window, qtbot, exam_folder
):
    folders = [exam_folder(name) for name in ("ann-1", "bea-2", "cat-3", "dora-4")]
    window.opening.open([str(folder) for folder in folders])
    desk, kept = window.desk, window.pictures

    def here() -> list[str]:
        return [e.title for e in desk.opened.values() if all(kept.peek(i.file) for i in e.images)]

    qtbot.waitUntil(lambda: len(desk.opened) == 4 and here() == ["ann-1", "bea-2"], timeout=30_000)
    desk.go_group(2)
    qtbot.waitUntil(lambda: here() == ["ann-1", "bea-2", "cat-3", "dora-4"], timeout=30_000)
    desk.go_group(1)
    assert all(pane.picture is not None for pane in window.grid.panes)  # at once: it was here


def test_what_memory_has_no_room_for_is_not_read_ahead(bench, small):
    facts = [image.facts for image in bench.images.values()]
    assert len(pictures._fitting(facts * 4)) == 10
    assert pictures._fitting(facts) == facts


def test_what_is_wanted_stays_and_the_rest_goes_oldest_first(bench, small):
    from dataclasses import replace

    store = Pictures(bench.jobs)
    (side, view) = SCREENING[0]
    one = bench.images[side + view]

    def put(name: str) -> None:
        store.put(develop(replace(one, facts=replace(one.facts, file=name))))

    for number in range(10):
        put(f"{number}")
    store._wanted = {"0", "1"}
    put("10")
    put("11")
    assert store.peek("0") is not None
    assert store.peek("2") is None
    assert store.peek("3") is None
    assert store.peek("11") is not None
