import random

import pytest
from PySide6.QtCore import QPoint, Qt

from app import resources
from app.core.recipe import LatentPoint, Recipe
from app.ui.explore.drawing import Easel


@pytest.fixture
def explored(window, qtbot, fake):
    window.welcome.cards["explore"].click()
    qtbot.waitUntil(lambda: window.studio.info is not None and window.settled(), timeout=10_000)
    return window


def greys(window) -> set[int]:
    return {int(p.picture.mammogram.pixels.max()) for p in window.grid.panes}


def rest(window, qtbot) -> None:
    qtbot.waitUntil(lambda: window.studio.idle and window.settled(), timeout=10_000)


def test_a_generated_exam_hangs_with_its_mark(explored) -> None:
    assert [p.facts.label for p in explored.grid.panes] == ["RCC", "LCC", "RMLO", "LMLO"]
    assert all(p.facts.source == "synthetic" for p in explored.grid.panes)
    assert explored.latent.isVisible()
    assert len(explored.latent.rows) == 7


def test_a_slider_previews_at_a_low_rung_and_ends_with_the_full_one(explored, qtbot, fake) -> None:
    fake.asked.clear()
    slider = explored.latent.rows[0].slider
    for value in (50, 100, 150, 200):
        slider.setValue(value)
    rest(explored, qtbot)
    rungs = [rung for _, rung in fake.asked]
    assert rungs[-1] == 2
    assert set(rungs[:-1]) == {0}
    assert len(rungs) <= 4  # the newest wins: not every value was drawn
    assert fake.asked[-1][0].point.edits[0] == 2.0
    assert greys(explored) == {2600}
    assert explored.grid.panes[0].facts.rows == 200


def test_a_preview_is_smooth_where_it_is_magnified(fake) -> None:
    info, easel = fake.info, Easel()
    recipe = Recipe(model=info.hash, point=LatentPoint(seed=1))
    (drawn, full) = (easel.draw(fake, 0, recipe, full=f, job=None) for f in (False, True))
    assert {(p.mammogram.facts.rows, p.mammogram.pixels.shape) for p in drawn.pictures} == {
        (150, (150, 120))
    }
    assert {p.mammogram.pixels.shape for p in full.pictures} == {(200, 160)}
    assert easel.draw(fake, 0, recipe, full=False, job=None) is drawn


def test_the_old_picture_and_view_stay_until_the_new_one_is_there(explored, qtbot, fake) -> None:
    fake.wait_s = 0.15
    before = [p.picture for p in explored.grid.panes]
    panes = list(explored.grid.panes)
    scales = [p.view.scale for p in panes]
    explored.latent.rows[0].slider.setValue(300)
    qtbot.wait(50)
    assert [p.picture for p in explored.grid.panes] == before
    rest(explored, qtbot)
    assert explored.grid.panes == panes
    assert [p.view.scale for p in panes] == scales
    assert greys(explored) == {2900}


def test_double_click_and_button_bring_a_slider_back(explored, qtbot) -> None:
    row = explored.latent.rows[2]
    row.slider.setValue(120)
    qtbot.mouseDClick(row.slider, Qt.MouseButton.LeftButton)
    assert explored.studio.recipe.point.edits[2] == 0
    row.slider.setValue(120)
    row.back.click()
    assert explored.studio.recipe.point.edits[2] == 0
    row.slider.setValue(120)
    explored.latent.difference.slider.setValue(80)
    explored.latent.directions.reset.click()
    assert not any(explored.studio.recipe.point.edits)
    assert explored.studio.recipe.difference == pytest.approx(0.8)


def test_seeds_are_typed_stepped_and_rolled(explored, qtbot, monkeypatch) -> None:
    panel = explored.latent
    panel.seed.clear()
    qtbot.keyClicks(panel.seed, "42")
    qtbot.keyClick(panel.seed, Qt.Key.Key_Return)
    assert explored.studio.recipe.point.seed == 42
    panel.up.click()
    assert explored.studio.recipe.point.seed == 43
    panel.down.click()
    panel.down.click()
    assert panel.seed.text() == "41"
    monkeypatch.setattr(random, "randrange", lambda top: 777)
    qtbot.keyClick(explored.grid, Qt.Key.Key_R)
    assert explored.studio.recipe.point.seed == 777


def test_a_seed_out_of_range_is_refused_in_place(explored, qtbot) -> None:
    panel = explored.latent
    panel.seed.clear()
    qtbot.keyClicks(panel.seed, "9999999999")
    qtbot.keyClick(panel.seed, Qt.Key.Key_Return)
    assert panel.trouble.isVisible()
    assert "4294967295" in panel.trouble.text()
    assert explored.studio.recipe.point.seed == 0


def test_a_walk_from_a_to_b(explored, qtbot) -> None:
    panel, walk = explored.latent, explored.explorer.reel
    assert not walk.slider.isEnabled()
    walk.set_a.click()
    explored.studio.seed(5)
    walk.set_b.click()
    assert walk.slider.isEnabled()
    walk.slider.setValue(30)
    recipe = explored.studio.recipe
    assert (recipe.point.seed, recipe.end.seed, recipe.position) == (0, 5, 0.3)
    panel.rows[1].slider.setValue(100)
    assert explored.studio.recipe.end is None
    assert explored.studio.recipe.point.seed == 0


def test_brackets_move_a_slider(explored, qtbot) -> None:
    explored.latent.rows[3].slider.setFocus()
    qtbot.keyClick(explored.latent.rows[3].slider, Qt.Key.Key_BracketRight)
    assert explored.studio.recipe.point.edits[3] == pytest.approx(0.1)
    qtbot.keyClick(explored.latent.rows[3].slider, Qt.Key.Key_BracketLeft)
    assert explored.studio.recipe.point.edits[3] == pytest.approx(0.0)


def test_a_missing_model_is_told_in_place(window, qtbot, monkeypatch) -> None:
    def none():
        raise FileNotFoundError("resources/models holds no model file")

    monkeypatch.setattr(resources, "default_model", none)
    window.show_panel("latent")
    qtbot.waitUntil(window.latent.trouble.isVisible)
    assert "no model file" in window.latent.trouble.text()


def test_real_generated_and_both_by_one_key(explored, qtbot, exam_folder) -> None:
    explored.opening.open([str(exam_folder("a"))])
    qtbot.waitUntil(lambda: bool(explored.desk.opened) and explored.settled(), timeout=10_000)
    counts = {}
    for _ in range(3):
        counts[explored.desk.paging.mode] = len(explored.grid.panes)
        sources = {p.facts.source.value for p in explored.grid.panes}
        wanted = {"real": {"real"}, "generated": {"synthetic"}, "both": {"real", "synthetic"}}
        assert sources == wanted[explored.desk.paging.mode]
        qtbot.keyClick(explored.grid, Qt.Key.Key_G)
    assert counts == {"real": 4, "generated": 4, "both": 8}


def test_undo_goes_back_through_moves_and_seeds(explored, qtbot) -> None:
    slider = explored.latent.rows[0].slider
    for value in (100, 200):
        slider.setValue(value)
        rest(explored, qtbot)
    explored.studio.seed(9)
    rest(explored, qtbot)
    for _ in range(2):
        qtbot.keyClick(explored.grid, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        rest(explored, qtbot)
    assert explored.studio.recipe.point.edits[0] == 1.0
    assert slider.value() == 100
    assert greys(explored) == {2300}
    qtbot.keyClick(explored.grid, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    rest(explored, qtbot)
    assert explored.studio.recipe.point.edits[0] == 2.0
    assert len(explored.studio.lineage.recipes) == 4


def test_after_a_move_asked_and_measured_stand_side_by_side(explored, qtbot) -> None:
    row = explored.latent.rows[0]
    assert row.value.text() == "+0.00"
    row.slider.setValue(100)
    assert "measured" not in row.value.text()
    rest(explored, qtbot)
    assert row.value.text() == "measured +0.8   +1.00"
    assert "R2 0.50" in row.name.toolTip()


def test_a_lock_is_kept_in_the_recipe(explored, qtbot) -> None:
    explored.latent.rows[3].slider.setValue(100)
    explored.latent.rows[5].lock.click()
    assert explored.studio.recipe.point.locked == (5,)
    explored.latent.rows[5].lock.click()
    assert explored.studio.recipe.point.locked == ()


def test_a_slider_that_locks_leave_nothing_of_is_stilled_and_says_so(explored, qtbot) -> None:
    panel = explored.latent
    panel.rows[0].lock.click()
    assert not panel.rows[1].slider.isEnabled()
    assert panel.rows[1].facts.text() == "10% free of what is locked"
    panel.rows[1].slider.setValue(100)  # as a picture below it does
    assert "10% of it is free" in panel.trouble.text()
    assert not any(explored.studio.recipe.point.edits)
    assert panel.rows[1].slider.value() == 0
    panel.rows[0].lock.click()
    assert panel.rows[1].slider.isEnabled()
    assert "R2" in panel.rows[1].facts.text()


def test_a_lock_that_leaves_nothing_is_refused_with_a_sentence(explored, qtbot) -> None:
    panel = explored.latent
    panel.rows[0].slider.setValue(100)
    panel.rows[1].lock.click()
    assert explored.studio.recipe.point.locked == ()
    assert not panel.rows[1].lock.isChecked()
    assert "only 10% of direction 0 would be left" in panel.trouble.text()


def test_thumbnails_show_where_a_direction_leads_and_take_one_there(explored, qtbot) -> None:
    row = explored.latent.rows[2]
    qtbot.waitUntil(row.thumbs.isVisible, timeout=5000)
    picture = row.thumbs.grab().toImage()
    middle = row.thumbs.height() // 2
    shades = [picture.pixelColor(round(x), middle).red() for x in thirds(row.thumbs.width())]
    assert shades == [20, 100, 180]
    there = QPoint(round(thirds(row.thumbs.width())[2]), middle)
    qtbot.mouseClick(row.thumbs, Qt.MouseButton.LeftButton, pos=there)
    assert explored.studio.recipe.point.edits[2] == 2.0


def thirds(width: int) -> list[float]:
    """Where -2, 0 and +2 lie on a slider from -3 to 3."""
    return [width / 6, width / 2, width * 5 / 6]


def test_only_the_first_directions_are_in_sight(window, qtbot, fake) -> None:
    fake.info.directions = (*fake.info.directions, *fake.info.directions)
    window.welcome.cards["explore"].click()
    qtbot.waitUntil(lambda: window.studio.info is not None and window.settled(), timeout=10_000)
    panel = window.latent
    assert len(panel.rows) == 14
    assert [row.slider.isVisibleTo(panel) for row in panel.rows] == [True] * 8 + [False] * 6
    assert panel.directions.more.text() == "6 more directions"
    panel.directions.more.click()
    assert all(row.slider.isVisibleTo(panel) for row in panel.rows)


def at_both_ends(explored, qtbot):
    walk = explored.explorer.reel
    walk.set_a.click()
    explored.studio.seed(5)
    walk.set_b.click()
    qtbot.waitUntil(lambda: "apart" in walk.where.text(), timeout=5000)
    return walk


def test_a_filmstrip_and_the_angle_lie_along_the_walk(explored, qtbot) -> None:
    walk = at_both_ends(explored, qtbot)
    assert "88\N{DEGREE SIGN} apart" in walk.where.text()
    picture = walk.strip.grab().toImage()
    width, middle = picture.width(), picture.height() // 2
    shades = [picture.pixelColor(round((k + 0.5) * width / 7), middle).red() for k in range(7)]
    assert shades == sorted(shades)
    assert shades[0] < 30
    assert shades[-1] > 170


def test_playing_once_ends_at_b_and_rests_on_the_full_picture(explored, qtbot, fake) -> None:
    walk = at_both_ends(explored, qtbot)
    walk.seconds.setValue(0.5)
    walk.play.click()
    qtbot.waitUntil(lambda: not walk.play.isChecked(), timeout=5000)
    rest(explored, qtbot)
    assert explored.studio.recipe.position == 1.0
    assert fake.asked[-1][1] == 2


def test_while_the_key_is_held_the_start_is_shown(explored, qtbot) -> None:
    explored.latent.rows[0].slider.setValue(200)
    rest(explored, qtbot)
    made = len(explored.studio.lineage.recipes)
    qtbot.keyPress(explored.grid, Qt.Key.Key_QuoteLeft)
    rest(explored, qtbot)
    assert greys(explored) == {2000}
    qtbot.keyRelease(explored.grid, Qt.Key.Key_QuoteLeft)
    rest(explored, qtbot)
    assert greys(explored) == {2600}
    assert len(explored.studio.lineage.recipes) == made
