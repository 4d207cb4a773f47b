"""Nothing that was made is lost, and undo leads back to it."""

from hypothesis import given
from hypothesis import strategies as st

from app.core.lineage import begun
from app.core.recipe import LatentPoint, Recipe


def recipe(seed: int) -> Recipe:
    return Recipe(model="m", point=LatentPoint(seed=seed))


def test_undo_then_another_change_begins_a_branch():
    tree = begun(recipe(0)).grown(recipe(1)).grown(recipe(2)).undone().grown(recipe(3))
    assert tree.now == recipe(3)
    assert tree.undone().now == recipe(1)
    assert tree.undone().redone().now == recipe(3)  # the child last seen
    assert tree.going_to(2).undone().redone().now == recipe(2)
    assert tree.places == ((0, 0), (1, 0), (2, 0), (2, 1))


def test_the_ends_hold_fast_and_the_same_again_is_no_change():
    tree = begun(recipe(0))
    assert tree.undone() is tree
    assert tree.redone() is tree
    assert tree.grown(recipe(0)) is tree
    tree = tree.grown(recipe(1)).undone().grown(recipe(1))
    assert len(tree.recipes) == 2


@given(st.lists(st.one_of(st.integers(0, 5), st.sampled_from(["undo", "redo"])), max_size=40))
def test_whatever_is_done_all_recipes_stay_and_no_two_share_a_place(moves):
    tree = begun(recipe(0))
    made = {recipe(0)}
    for move in moves:
        if move == "undo":
            tree = tree.undone()
        elif move == "redo":
            tree = tree.redone()
        else:
            tree = tree.grown(recipe(move))
            made.add(recipe(move))
            assert tree.now == recipe(move)
    assert set(tree.recipes) == made
    assert len(set(tree.places)) == len(tree.recipes)
