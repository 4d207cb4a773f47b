from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from app.core.caption import USUAL
from app.core.display import VoiTable, Window
from app.core.viewstate import PaneView
from app.ui import overlay
from app.ui.overlay import Caption, corner_lines, fact_lines
from app.ui.pictures import develop


def by_hand(image, window: Window, invert: bool) -> np.ndarray:
    """Window, invert, round: straight from PS3.3 C.11.2.1.2, no code of ours."""
    values = image.pixels.astype(float)
    grey = np.clip((values - (window.center - 0.5)) / (window.width - 1) + 0.5, 0, 1)
    return np.rint(255 * (1 - grey if invert else grey)).astype(np.uint8)


@pytest.mark.parametrize("invert", [False, True])
@pytest.mark.parametrize("name", ["RCC", "LMLO"])
def test_paint_at_one_to_one_is_the_windowed_image_by_hand(bench, grey_of, name, invert) -> None:
    pane = bench.pane(name)
    window = Window(center=1500, width=1800)
    bench.grid.set_level("none")
    bench.grid.activate(bench.pane("RMLO"))
    pane.show_view(PaneView(scale=0.5, depth=0, along=0, voi=window, invert=invert))
    seen = grey_of(pane)
    wanted = by_hand(bench.images[name], window, invert)
    assert (seen[..., 0] == seen[..., 1]).all()
    height, width = seen.shape[:2]
    top = round(height / 2 - 150)
    left = width - 240 if name.startswith("R") else 0
    inside = seen[max(top, 0) : top + 300, left : left + 240, 0]
    np.testing.assert_array_equal(inside, wanted[max(-top, 0) :][: inside.shape[0]])
    outside = np.delete(seen, np.s_[left : left + 240], axis=1)
    assert outside.max() == 0


@pytest.mark.parametrize("name", ["RCC", "LCC"])
def test_the_chest_wall_touches_the_edge_of_the_tile(bench, grey_of, name) -> None:
    bench.grid.set_level("none")
    bench.grid.activate(bench.pane("RMLO"))
    edge = grey_of(bench.pane(name))[:, -1 if name == "RCC" else 0, 0]
    assert edge.max() > 40
    far = grey_of(bench.pane(name))[:, 0 if name == "RCC" else -1, 0]
    assert far.max() == 0


def test_fogged_film_is_black_when_inverted_and_as_it_is_otherwise(bench, grey_of) -> None:
    pane = bench.pane("RCC")
    bench.grid.set_level("none")
    plain, fogged = bench.images["RCC"], np.zeros((10, 10), bool)
    fogged[:5] = True
    window = Window(center=2048, width=4096)
    for invert in (False, True):
        view = PaneView(scale=0.5, depth=0, along=0, voi=window, invert=invert)
        pane.show_picture(develop(plain))
        pane.show_view(view)
        before = grey_of(pane)[..., 0]
        pane.show_picture(develop(replace(plain, fogged=fogged)))
        after = grey_of(pane)[..., 0]
        changed = after != before
        assert changed.any() == invert
        assert not after[changed].any()


def test_a_window_change_samples_nothing_anew(bench) -> None:
    pane = bench.pane("RCC")
    pane.grab()
    sampled = {cell: patch.pixels for cell, patch in pane.mosaic.patches.items()}
    assert sampled

    def kept() -> bool:
        now = {cell: patch.pixels for cell, patch in pane.mosaic.patches.items()}
        return all(now[cell] is pixels for cell, pixels in sampled.items())

    pane.show_view(replace(pane.view, voi=Window(center=100, width=50)))
    pane.grab()
    assert kept()
    pane.show_view(replace(pane.view, scale=pane.view.scale * 1.1))
    pane.grab()
    assert not kept()


def test_a_late_refinement_of_an_old_view_is_dropped(bench) -> None:
    pane = bench.pane("RCC")
    pane.show_view(replace(pane.view, along=1.0))
    pane.grab()
    work = pane.refinement()
    assert work is not None
    result = work()
    pane.show_view(replace(pane.view, along=2.0))
    pane.grab()
    pane.refine(result)
    assert not pane.fine


def test_a_stored_lut_can_be_shown_and_keeps_air_black(bench, grey_of) -> None:
    pane = bench.pane("RCC")
    bench.grid.set_level("none")
    ramp = VoiTable(data=np.arange(4096, dtype=np.uint16)[::-1].copy(), first=0, bits=12, name="x")
    pane.show_view(replace(pane.view, voi=ramp))
    assert grey_of(pane)[..., 0].max() == 255


def test_words_stand_on_the_side_away_from_the_breast(bench, grey_of) -> None:
    bench.grid.set_level("full")
    for name, half in (("RCC", np.s_[:, :200]), ("LCC", np.s_[:, 200:])):
        pane = bench.pane(name)
        bench.grid.activate(bench.pane("RMLO"))
        pane.show_view(replace(pane.view, depth=1e6))  # the picture is pushed out of sight
        words = grey_of(pane).max(axis=2)
        assert words[half].max() > 100
        words[half] = 0
        assert words.max() == 0


def test_the_synthetic_mark_stays_at_every_overlay_level(bench, grey_of) -> None:
    pane = bench.pane("LCC")
    mark = tuple(int(pane.theme.synthetic[i : i + 2], 16) for i in (1, 3, 5))
    assert not (grey_of(pane) == mark).all(axis=2).any()
    pane.facts = replace(pane.facts, source="synthetic")
    for level in ("none", "labels", "full"):
        bench.grid.set_level(level)
        seen = (grey_of(pane) == mark).all(axis=2)
        assert seen.any(), level
        assert not seen[: seen.shape[0] - 30].any()


def test_inferred_facts_get_a_dot_that_explains_itself(bench, grey_of, qtbot) -> None:
    pane = bench.pane("RCC")
    color = tuple(int(pane.theme.caution[i : i + 2], 16) for i in (1, 3, 5))
    assert not (grey_of(pane) == color).all(axis=2).any()
    pane.cautions = ("side: from the chest wall",)
    assert (grey_of(pane) == color).all(axis=2).any()


def test_full_overlay_says_what_is_known_and_no_more(bench) -> None:
    pane = bench.pane("RCC")
    caption = Caption(
        facts=pane.facts, plate=pane.plate, view=pane.view, voi=pane.voi, level="full", ratio=1.0
    )
    words = "\n".join(fact_lines(caption))
    assert "RCC.dcm" in words
    assert "file  2048 / 4096" in words


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0, 2.75])
@pytest.mark.parametrize("size", [(286, 336), (287, 335), (289, 337)])
def test_the_frame_has_four_whole_sides_at_any_ratio(size, ratio) -> None:
    """In device pixels; a side that ends between two of them is drawn on the inner one."""
    image = QImage(int(size[0] * ratio), int(size[1] * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor("black"))
    painter = QPainter(image)
    overlay.frame(painter, size, ratio, QColor("white"))
    painter.end()
    drawn = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1) != 0xFF000000
    assert drawn[0].all()
    assert drawn[-1].all()
    assert drawn[:, 0].all()
    assert drawn[:, -1].all()
    wide = max(1, int(ratio))
    assert not drawn[wide:-wide, wide:-wide].any()


def test_groups_of_the_full_overlay_stand_in_their_corners(bench) -> None:
    pane = bench.pane("RCC")
    facts = replace(
        pane.facts,
        patient="P-7",
        date="20210510",
        overlay={
            "name": "DOE^JANE^Q",
            "age": "058Y",
            "kVp": "28 kV",
            "organ dose": "0.013 dGy",
            "implant": "yes",
            "lossy": "compressed 12.5:1",
            "quality control": "yes",
        },
    )
    caption = Caption(
        facts=facts,
        plate=pane.plate,
        view=pane.view,
        voi=pane.voi,
        level="full",
        ratio=1.0,
        part=(0, 1),
        corners={**USUAL, "technique": "lower wall", "dose": "off"},
    )
    outer = corner_lines(caption, "upper outer")
    assert outer == [
        "P-7",
        "DOE, JANE Q",
        "58 years",
        "2021-05-10",
        "implant",
        "lossy compressed 12.5:1",
        "quality control",
    ]
    assert corner_lines(caption, "lower wall") == ["kVp 28 kV"]
    assert not any("dGy" in line for line in fact_lines(caption))
    labels = corner_lines(replace(caption, level="labels"), "upper outer")
    assert labels == ["implant", "lossy compressed 12.5:1", "quality control"]


def test_a_failure_is_written_in_the_pane(bench, grey_of) -> None:
    pane = bench.pane("RCC")
    pane.picture = None
    pane.mosaic.forget()
    before = grey_of(pane)
    pane.show_failure("RCC.dcm: is damaged")
    assert (grey_of(pane) != before).any()


def test_the_mouse_tells_the_hands(bench, qtbot) -> None:
    pane = bench.pane("LCC")
    said = []
    pane.grabbed.connect(lambda p, e: said.append("grab"))
    pane.dragged.connect(lambda p, m: said.append((m.x(), m.y())))
    pane.released.connect(lambda p: said.append("release"))
    qtbot.mousePress(pane, Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    qtbot.mouseMove(pane, QPoint(60, 45))
    qtbot.mouseRelease(pane, Qt.MouseButton.LeftButton, pos=QPoint(60, 45))
    assert said[0] == "grab"
    assert said[-1] == "release"
    assert bench.grid.active is pane
    assert QPointF(10, -5) == QPointF(*said[1])
