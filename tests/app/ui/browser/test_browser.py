"""The list of exams: narrowed, ordered, pictured, and the order one pages through them."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl

from app.core.mammogram import Exam, Facts, Source
from app.ui.browser import listing, thumbnails
from app.ui.browser.finding import Batch
from app.ui.browser.model import HERE, ROW, ExamModel


def facts(exam: str, label: str, **known) -> Facts:
    side, view = label[0], label[1:]
    return Facts(
        file=f"{exam}-{label}.dcm", rows=9, columns=9, side=side, view=view, exam=exam, **known
    )


def exam(name: str, date: str = "", labels=("RCC", "LCC"), **known) -> Exam:
    images = tuple(facts(name, label, date=date, **known) for label in labels)
    return Exam(id=name, title=name, images=images, date=date)


FOUR = ("RCC", "LCC", "RMLO", "LMLO")
EXAMS = [
    exam("b2", "20250102", FOUR),
    exam("a1", "20260301"),
    exam("c3"),
    exam("synthetic 4", labels=FOUR, source=Source.SYNTHETIC),
    exam("a5", "20240505", ("RCC",), inferred={"side": "from words"}),
]


@pytest.fixture
def model(qtmodeltester) -> ExamModel:
    model = ExamModel()
    model.put(EXAMS)
    qtmodeltester.check(model)
    return model


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("", "All exams", ["b2", "a1", "c3", "synthetic 4", "a5"]),
        ("2025", "All exams", ["b2"]),
        ("2026-03", "All exams", ["a1"]),
        ("RMLO", "All exams", ["b2", "synthetic 4"]),
        ("rcc a", "All exams", ["a1", "a5"]),
        ("a5 rcc", "All exams", ["a5"]),
        ("", "Four views", ["b2", "synthetic 4"]),
        ("", "Views missing", ["a1", "c3", "a5"]),
        ("", "Generated", ["synthetic 4"]),
        ("2025", "Generated", []),
        ("", "Something inferred", ["a5"]),
    ],
)
def test_the_list_is_narrowed(model, text, kind, found):
    model.arrange(text, kind, "As found")
    assert sorted(model.ids()) == sorted(found)
    assert model.known() == len(EXAMS)


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("As found", ["b2", "a1", "c3", "synthetic 4", "a5"]),
        ("Newest first", ["a1", "b2", "a5", "c3", "synthetic 4"]),
        ("Oldest first", ["a5", "b2", "a1", "c3", "synthetic 4"]),
        ("By name", ["a1", "a5", "b2", "c3", "synthetic 4"]),
    ],
)
def test_the_list_is_ordered_whenever_an_exam_arrives(qtmodeltester, order, found):
    early = ExamModel()
    early.arrange("", "All exams", order)
    for one in EXAMS:
        early.put([one])
    assert early.ids() == found
    early.arrange("", "All exams", "As found")
    early.arrange("", "All exams", order)
    assert early.ids() == found
    qtmodeltester.check(early)


def test_an_exam_that_grows_stays_one_row(model):
    grown = exam("c3", "20270101", FOUR)
    model.arrange("", "All exams", "Newest first")
    model.put([grown])
    assert model.ids()[0] == "c3"
    assert model.rowCount() == len(EXAMS)
    assert model.place("c3").data(ROW).exam is grown
    model.show_here(["c3"])
    assert [model.index(n).data(HERE) for n in range(2)] == [True, False]
    assert "RCC LCC RMLO LMLO" in model.index(0).data()


def test_views_are_counted():
    many = exam("x", labels=("RCC", "RCC", *FOUR[1:], "RML", "LML", "RLM", "LLM", "RFB", "LFB"))
    assert listing.views(many).startswith("2\N{MULTIPLICATION SIGN}RCC LCC RMLO")
    assert listing.views(many).endswith("+2")


def opened(window, qtbot, *folders):
    window.opening.open([str(folder) for folder in folders])
    qtbot.waitUntil(lambda: bool(window.desk.opened) and window.settled(), timeout=120_000)


def test_one_pages_through_what_the_list_shows(window, qtbot, exam_folder):
    opened(window, qtbot, exam_folder("ann-1"), exam_folder("bea-2"), exam_folder("cat-3"))
    panel, desk = window.exams, window.desk
    window.show_panel("exams")

    def here() -> str:
        (shown,) = desk.paging.groups()[desk.paging.group]
        return shown.title

    assert panel.model.rowCount() == 3
    assert here() == "ann-1"
    panel.search.setText("-3")
    panel._typing.timeout.emit()
    assert here() == "ann-1"  # what one looks at is not taken away
    desk.go_group(desk.paging.group + 1)
    assert here() == "cat-3"
    desk.go_group(desk.paging.group + 1)
    assert here() == "cat-3"
    panel.search.setText("nobody")
    panel._typing.timeout.emit()
    assert panel.stack.currentWidget() is panel.empty
    assert panel.empty.words.text() == "No exam matches."
    panel.empty.all.click()
    assert panel.model.rowCount() == 3
    panel.order.setCurrentText("By name")
    assert here() == "cat-3"
    assert panel.exams.currentIndex().row() == 2
    panel.search.setText("bea")
    panel.search.returnPressed.emit()
    assert here() == "bea-2"
    qtbot.keyClick(panel.search, Qt.Key.Key_Escape)
    assert panel.search.text() == ""


def test_a_picture_that_comes_puts_its_facts_in_place_and_orders_nothing_anew(
    window, qtbot, exam_folder, monkeypatch
):
    opened(window, qtbot, exam_folder("ann-1"), exam_folder("bea-2"))
    window.exams.order.setCurrentIndex(1)
    image = window.grid.panes[0].facts
    known = replace(image, overlay={**image.overlay, "maker": "Hologic"})
    picture = replace(window.pictures.peek(image.file).mammogram, facts=known)
    arrived = SimpleNamespace(mammogram=picture)
    listed = []
    monkeypatch.setattr(window.pictures, "peek", lambda file: arrived)
    window.desk.listed.connect(lambda: listed.append(True))
    window.pictures.arrived.emit(image.file)
    assert known in window.desk.paging.groups()[0][0].images
    assert known in window.desk.paging.now()[0].images
    assert listed == []  # with ten thousand exams that would take a while, for each picture


def test_small_pictures_come_by_themselves_and_are_not_kept_on_disk(
    window, qtbot, exam_folder, tmp_path
):
    folder = exam_folder("ann-1")
    before = sorted(tmp_path.rglob("*"))
    opened(window, qtbot, folder)
    window.show_panel("exams")
    (one,) = window.desk.opened.values()
    made = window.exams._thumbnails
    qtbot.waitUntil(lambda: made.get(one) is not None, timeout=120_000)
    image = made.get(one)
    size = thumbnails.SIZE * thumbnails.SHARP
    assert image.size() == size
    grey = np.frombuffer(image.constBits(), np.uint8).reshape(size.height(), image.bytesPerLine())
    half = size.width() // 2
    assert grey[:, half - 8 : half + 8].mean() > 60  # chest walls meet in the middle
    assert grey[:8, :8].max() < 10  # air in the corners
    assert grey[-8:, size.width() - 8 : size.width()].max() < 10
    assert sorted(tmp_path.rglob("*")) == before


def test_pictures_are_dropped_when_they_outgrow_their_budget(
    window, qtbot, exam_folder, monkeypatch
):
    monkeypatch.setattr(thumbnails, "BUDGET", 1)
    opened(window, qtbot, exam_folder("ann-1"), exam_folder("bea-2"))
    made = window.exams._thumbnails
    for one in window.desk.opened.values():
        qtbot.waitUntil(lambda one=one: made.get(one) is not None, timeout=120_000)
        assert len(made._kept) == 1


def test_generated_exams_are_marked_in_the_list(window, qtbot):
    window.desk._found(Batch(exams={EXAMS[3].id: EXAMS[3]}))
    assert "SYNTHETIC" in window.exams.model.index(0).data()


def test_the_empty_list_offers_what_was_open(window, qtbot, exam_folder):
    folder = exam_folder("ann-1")
    window.show_panel("exams")
    empty = window.exams.empty
    assert empty.words.text().startswith("No exams are open")
    window.memory.opened([str(folder)])
    empty.recent.refresh()
    assert [button.text() for button in empty.recent.buttons] == ["ann-1"]
    empty.recent.buttons[0].click()
    qtbot.waitUntil(lambda: window.exams.model.rowCount() == 1, timeout=120_000)
    assert window.exams.stack.currentWidget() is window.exams.exams


def test_files_folders_and_archives_can_be_dropped_together(window, qtbot, exam_folder, tmp_path):
    import shutil

    first, second = exam_folder("ann-1"), exam_folder("bea-2")
    archive = shutil.make_archive(str(tmp_path / "bea"), "zip", second)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in (first, archive)])
    assert window.opening.drop(data)
    qtbot.waitUntil(lambda: len(window.desk.opened) == 2 and window.settled(), timeout=120_000)


def test_an_exam_without_any_readable_picture_says_so(window, qtbot, tmp_path, monkeypatch):
    lost = replace(EXAMS[0], images=tuple(facts("gone", label) for label in FOUR))
    made = window.exams._thumbnails
    assert made.get(lost) is None
    qtbot.waitUntil(lambda: made.failed(lost.id), timeout=120_000)
