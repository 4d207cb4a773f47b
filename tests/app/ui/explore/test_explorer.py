"""The explorer's panels in the real window, with a stand-in for the generator."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

from app import collection
from app.core.recipe import LatentPoint
from app.ui.explore.thumbs import PICTURE, RECIPE


@pytest.fixture
def explored(window, qtbot, fake):
    window.welcome.cards["explore"].click()
    qtbot.waitUntil(lambda: window.studio.info is not None and window.settled(), timeout=120_000)
    return window


def rest(window, qtbot) -> None:
    qtbot.waitUntil(lambda: window.studio.idle and window.settled(), timeout=120_000)


def pictured(items, qtbot) -> None:
    qtbot.waitUntil(
        lambda: all(items.item(k).data(PICTURE) for k in range(items.count())), timeout=120_000
    )


def test_typicality_is_a_slider_that_is_undone_and_compared(explored, qtbot) -> None:
    slider = explored.latent.typicality.slider
    slider.setValue(40)
    rest(explored, qtbot)
    assert explored.studio.recipe.typicality == pytest.approx(0.4)
    qtbot.keyPress(explored.grid, Qt.Key.Key_QuoteLeft)
    assert explored.studio.recipe.typicality == 0
    qtbot.keyRelease(explored.grid, Qt.Key.Key_QuoteLeft)
    rest(explored, qtbot)
    assert slider.value() == 40
    qtbot.keyClick(explored.grid, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    rest(explored, qtbot)
    assert slider.value() == 0


def test_directions_are_found_renamed_hidden_and_remembered(explored, qtbot) -> None:
    tab, shelf = explored.latent.directions, explored.explorer.shelf
    shelf.rename(2, "pectoral")
    assert tab.rows[2].name.text() == "pectoral"
    qtbot.keyClicks(tab.search, "pect")
    assert tab.in_sight() == [2]
    tab.search.clear()
    shelf.hide(1, True)
    assert not tab.rows[1].slider.isVisibleTo(tab)
    kept = collection.load(explored.studio.info.hash)
    assert (dict(kept.names), kept.hidden) == ({2: "pectoral"}, {1})
    tab.unhide.click()
    assert tab.rows[1].slider.isVisibleTo(tab)
    shelf.rename(2, " ")
    assert tab.rows[2].name.text() == "direction 2"
    assert "R2 0.50" in tab.rows[0].facts.text()


def test_the_plane_moves_two_directions_by_mouse_and_by_keys(explored, qtbot) -> None:
    explored.actions_by_id["plane"].trigger()
    field = explored.latent.plane.field
    qtbot.waitUntil(lambda: len(field.pictures) == 25, timeout=120_000)
    spot = field.spot(1.5, -3.0).toPoint()
    qtbot.mouseClick(field, Qt.MouseButton.LeftButton, pos=spot)
    edits = explored.studio.recipe.point.edits
    assert edits[:2] == pytest.approx((1.5, -3.0), abs=0.06)
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Home)
    qtbot.keyClick(field, Qt.Key.Key_Up)
    qtbot.keyClick(field, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert explored.studio.recipe.point.edits[:2] == pytest.approx((0.5, 0.1))
    explored.latent.rows[0].slider.setValue(-100)
    assert field.at == QPointF(-1.0, 0.1)


def test_the_plane_of_seeds_snaps_to_a_seed(explored, qtbot) -> None:
    plane = explored.latent.plane
    explored.latent.show_tab(plane)
    plane.up.setCurrentIndex(0)
    assert plane.of_seeds
    assert plane.across.currentIndex() == 0
    plane.field.go(0.6, 0.9)
    assert len(explored.studio.recipe.point.latent) == 8
    assert plane.field.known
    qtbot.keyClick(plane.field, Qt.Key.Key_Return)
    assert explored.studio.recipe.point == LatentPoint(seed=101)
    explored.studio.seed(5000)  # elsewhere: the plane goes along
    assert (plane.field.at, "5000" in plane.where.text()) == (QPointF(0, 0), True)


def test_favourites_are_kept_opened_named_and_removed(explored, qtbot) -> None:
    tab = explored.latent.favourites
    explored.studio.seed(3)
    explored.actions_by_id["keep"].trigger()
    explored.actions_by_id["keep"].trigger()  # the same again is not kept twice
    explored.studio.seed(4)
    explored.actions_by_id["keep"].trigger()
    explored.latent.show_tab(tab)
    assert tab.list.count() == 2
    rest(explored, qtbot)
    pictured(tab.list, qtbot)
    tab.list.setCurrentRow(0)
    qtbot.keyClick(tab.list, Qt.Key.Key_Return)
    assert explored.studio.recipe.point.seed == 3
    tab.list.item(0).setText("small and dense")
    kept = collection.load(explored.studio.info.hash).favourites
    assert [one.name for one in kept] == ["small and dense", ""]
    tab.remove()
    assert [one.recipe.point.seed for one in explored.explorer.shelf.kept.favourites] == [4]


def test_the_lineage_is_drawn_and_a_click_goes_there(explored, qtbot) -> None:
    tree = explored.latent.lineage.tree
    for seed in (1, 2):
        explored.studio.seed(seed)
        rest(explored, qtbot)
    explored.studio.undo()
    rest(explored, qtbot)
    explored.studio.seed(7)
    rest(explored, qtbot)
    explored.actions_by_id["lineage"].trigger()
    lineage = explored.studio.lineage
    first = lineage.recipes[0].point.seed
    assert [r.point.seed for r in lineage.recipes] == [first, 1, 2, 7]
    assert tree.box(2).top() == tree.box(3).top()  # both grew from seed 1
    assert tree.box(2).left() < tree.box(3).left()
    qtbot.mouseClick(tree, Qt.MouseButton.LeftButton, pos=tree.box(2).center())
    assert explored.studio.recipe.point.seed == 2
    qtbot.keyClick(tree, Qt.Key.Key_Right)
    assert explored.studio.recipe.point.seed == 7
    qtbot.keyClick(tree, Qt.Key.Key_Up)
    assert explored.studio.recipe.point.seed == 1
    rest(explored, qtbot)
    picture = tree.grab().toImage()
    bright = [picture.pixelColor(tree.box(k).center() + QPoint(0, 5)).red() for k in range(4)]
    assert min(bright) > 60  # pictures, not frames only


def test_keyframes_are_walked_smoothly_and_closed(explored, qtbot) -> None:
    reel = explored.explorer.reel
    reel.kind.setCurrentText("keyframes")
    assert not reel.play.isEnabled()
    for seed in (1, 2, 3):
        explored.studio.seed(seed)
        explored.actions_by_id["add-key"].trigger()
    rest(explored, qtbot)
    qtbot.waitUntil(lambda: reel.way is not None, timeout=120_000)
    assert [key.point.seed for key in reel.keys.recipes()] == [1, 2, 3]
    assert reel.at(0.5) == reel.keys.recipes()[1]
    reel.closed.setChecked(True)
    qtbot.waitUntil(lambda: reel.way is not None, timeout=120_000)
    assert reel.at(1.0) == reel.keys.recipes()[0]
    between = reel.at(0.4)
    assert (between.point.seed, between.end.seed) == (2, 3)
    reel.keys.list.setFocus()
    reel.keys.list.setCurrentRow(0)
    qtbot.keyClick(reel.keys.list, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert [key.point.seed for key in reel.keys.recipes()] == [2, 1, 3]
    qtbot.keyClick(reel.keys.list, Qt.Key.Key_Delete)
    assert [key.point.seed for key in reel.keys.recipes()] == [2, 3]


def test_a_loop_played_again_is_not_drawn_again(explored, qtbot, fake) -> None:
    reel = explored.explorer.reel
    explored.studio.mark("A")
    explored.studio.seed(5)
    explored.studio.mark("B")
    rest(explored, qtbot)
    reel.how.setCurrentText("loop")
    reel.seconds.setValue(0.5)
    reel.rate.setValue(10)
    made = len(explored.studio.lineage.recipes)
    reel.play.click()
    qtbot.wait(1500)
    drawn = len(fake.asked)
    qtbot.wait(1000)
    assert len(fake.asked) <= drawn + 1
    reel.play.click()
    rest(explored, qtbot)
    assert len(explored.studio.lineage.recipes) <= made + 1  # frames passed by are no steps
    places = {round(recipe.position, 6) for recipe, _ in fake.asked if recipe.end}
    assert places <= {round(k / 5, 6) for k in range(6)}


def test_a_random_walk_begins_here_and_plays(explored, qtbot) -> None:
    reel = explored.explorer.reel
    explored.studio.seed(11)
    rest(explored, qtbot)
    explored.actions_by_id["wander"].trigger()
    qtbot.waitUntil(lambda: reel.player.playing, timeout=120_000)
    keys = reel.keys.recipes()
    assert keys[0].point.seed == 11
    assert len({key.point.seed for key in keys}) == 8
    assert reel.closed.isChecked()
    explored.actions_by_id["play"].trigger()
    assert not reel.player.playing


def test_a_page_of_24_unselected_exams_to_pick_from(explored, qtbot) -> None:
    explored.actions_by_id["batch"].trigger()
    page = explored.pages.page("batch")
    pictured(page.list, qtbot)
    recipes = [page.list.item(k).data(RECIPE) for k in range(page.list.count())]
    seeds = [recipe.point.seed for recipe in recipes]
    assert seeds == list(range(seeds[0], seeds[0] + 24))
    assert page.mark.text() == "SYNTHETIC"
    qtbot.keyClick(page.list, Qt.Key.Key_Right)
    page.keep()
    assert explored.explorer.shelf.kept.favourites[0].recipe.point.seed == seeds[1]
    assert "\N{BLACK STAR}" in page.list.item(1).text()
    qtbot.keyClick(page.list, Qt.Key.Key_Return)
    rest(explored, qtbot)
    assert explored.studio.recipe.point.seed == seeds[1]
    assert explored.stack.currentWidget() is explored.grid
    assert explored.latent.isVisible()


def test_even_steps_change_as_much_everywhere(explored, qtbot) -> None:
    from app.ui.explore.reel import Film

    reel = explored.explorer.reel
    explored.studio.mark("A")
    explored.studio.seed(5)
    explored.studio.mark("B")
    shades = np.array([0, 0, 0, 0, 100], np.uint8)  # all that changes does so in the last quarter
    reel._film = Film(frames=shades[:, None, None] * np.ones((1, 4, 4), np.uint8), angle=90.0)
    reel.evenly.setChecked(True)
    assert reel.at(0.5).position == pytest.approx(0.875)
