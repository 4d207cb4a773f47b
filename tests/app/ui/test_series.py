"""Several generated exams side by side: seed grid and latent sweep."""

from PySide6.QtCore import Qt

from app.core.recipe import LatentPoint, Recipe
from app.ui.series import seeds, sweep


def choose(window, qtbot, identity, count) -> None:
    window.desk.choose(identity)

    def there():
        panes = window.grid.panes
        return len(panes) == count and all(pane.picture is not None for pane in panes)

    qtbot.waitUntil(there, timeout=120_000)
    qtbot.waitUntil(lambda: not window.jobs.busy("series") and window.settled(), timeout=120_000)


def test_a_seed_grid_shows_the_seed_in_view_and_the_next_eight(window, qtbot, fake) -> None:
    choose(window, qtbot, "seed-grid", 9)
    assert [pane.role for pane in window.grid.panes] == [f"seed {n}" for n in range(9)]
    assert {pane.facts.label for pane in window.grid.panes} == {"LCC"}
    assert window.desk.left_out() == ()
    qtbot.keyClick(window.grid, Qt.Key.Key_PageDown)
    assert {pane.facts.label for pane in window.grid.panes} == {"LMLO"}


def test_a_grid_follows_the_generator(window, qtbot, fake) -> None:
    choose(window, qtbot, "generated-pair", 8)
    window.studio.seed(7)
    qtbot.waitUntil(lambda: window.grid.panes[0].role == "seed 7", timeout=120_000)
    assert window.grid.panes[4].role == "seed 8"


def test_a_sweep_goes_from_one_end_of_the_reach_to_the_other(window, qtbot, fake) -> None:
    choose(window, qtbot, "latent-sweep", 10)
    roles = [pane.role for pane in window.grid.panes[:5]]
    assert roles == [f"direction 0 {amount:+.1f}" for amount in (-3.0, -1.5, 0.0, 1.5, 3.0)]
    greys = [int(pane.picture.mammogram.pixels.max()) for pane in window.grid.panes[:5]]
    assert greys == [1100, 1550, 2000, 2450, 2900]


def test_recipes_of_seeds_and_sweeps(fake) -> None:
    recipe = Recipe(model="f" * 64, point=LatentPoint(seed=2**32 - 1, edits=(0.5, 1.0)))
    found = seeds(recipe, 2)
    assert [one.point.seed for _, one in found] == [2**32 - 1, 0]
    assert {one.point.edits for _, one in found} == {(0.5, 1.0)}
    swept = sweep(recipe, fake.info, 1, 3)
    assert [one.point.edits for _, one in swept] == [(0.5, -3.0), (0.5, 0.0), (0.5, 3.0)]


def test_after_generated_ones_a_protocol_for_any_shows_the_real_exam(
    window, qtbot, fake, exam_folder
) -> None:
    window.opening.open([str(exam_folder("a"))])
    qtbot.waitUntil(lambda: bool(window.desk.opened) and window.settled(), timeout=120_000)
    choose(window, qtbot, "seed-grid", 9)
    window.desk.choose("cc-pair")
    assert window.desk.paging.mode == "real"
    assert window.grid.panes[0].facts.file.endswith("RCC.png")


def test_no_strip_is_left_where_everything_hangs(window, qtbot, fake, exam_folder) -> None:
    window.opening.open([str(exam_folder("a"))])
    qtbot.waitUntil(lambda: bool(window.desk.opened) and window.settled(), timeout=120_000)
    window.desk.choose("diagnostic")
    assert window.strip.isVisible()
    choose(window, qtbot, "seed-grid", 9)
    assert window.desk.left_out() == ()
    assert not window.strip.isVisible()
