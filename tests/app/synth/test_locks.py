"""Locks of the shipped model hold: measured on exams that no direction was found from."""

from dataclasses import replace

import numpy as np
import pytest

from app import resources
from app.core.recipe import LatentPoint, Recipe
from app.synth.render import Synthesizer
from gan.latent import LEAST_LEFT

FIRST_SEED = 6_000_000  #: seeds that no direction was found from
EXAMS = 12
#: Half of the 95 % interval of an attribute's mean over 64 random exams, in its deviations.
INTERVAL = 1.96 / np.sqrt(64)


@pytest.fixture(scope="module")
def model():
    return Synthesizer(resources.default_model())


def measured(model):
    return [k for k, known in enumerate(model.info.directions) if known.kind == "measured"]


def changes(model, edits, locked=(), exams=EXAMS):
    """Measured changes, (exams, measured directions), in steps."""
    made = Recipe(model=model.info.hash, point=LatentPoint(seed=0))
    rows = []
    for seed in range(FIRST_SEED, FIRST_SEED + exams):
        point = LatentPoint(seed=seed, edits=edits, locked=locked)
        found = model.changes(replace(made, point=point))
        rows.append([found[k] for k in measured(model)])
    return np.array(rows)


def one(direction, amount=1.0):
    return (0.0,) * direction + (amount,)


def test_a_random_direction_as_long_moves_no_attribute(model):
    (stray,) = (k for k, known in enumerate(model.info.directions) if known.kind == "random")
    steps = model.network.directions.steps
    long = float(np.linalg.norm(steps[measured(model)], axis=1).mean())
    ahead, back = (changes(model, one(stray, at), exams=6) for at in (long, -long))
    assert np.abs((ahead - back).mean(axis=0) / 2).max() < 0.4


def pairs(model):
    """The direction that leans most on another one without being refused, and one that does not."""
    known = measured(model)
    share = {(k, m): model.free_share(k, (m,)) for k in known for m in known if k != m}
    allowed = {pair: left for pair, left in share.items() if left >= LEAST_LEFT}
    return min(allowed, key=allowed.get), max(allowed, key=allowed.get)


@pytest.mark.parametrize("which", [0, 1])
def test_a_locked_attribute_keeps_its_mean_while_another_moves(model, which):
    moved, locked = pairs(model)[which]
    known = measured(model)
    found = changes(model, one(moved), (locked,))
    assert abs(found[:, known.index(locked)].mean()) < INTERVAL
    assert found[:, known.index(moved)].mean() > 0.25, "and the other one does move"


def test_several_locks_hold_at_once(model):
    known = measured(model)
    moved = known[0]
    free = sorted(known[1:], key=lambda k: -model.free_share(moved, (k,)))[:2]
    found = changes(model, one(moved), tuple(sorted(free)))
    for k in free:
        assert abs(found[:, known.index(k)].mean()) < INTERVAL


def test_what_is_left_of_too_little_is_refused_in_a_sentence(model):
    known = measured(model)
    others = [k for k, _ in enumerate(model.info.directions) if k != known[0]]
    count = next(n for n in range(1, len(others)) if model.free_share(known[0], others[:n]) < 0.2)
    point = LatentPoint(seed=1, edits=one(known[0]), locked=tuple(others[:count]))
    with pytest.raises(ValueError, match="at least 20 % is needed to move it"):
        model.render(Recipe(model=model.info.hash, point=point))


def test_a_step_of_a_shipped_direction_is_a_step_of_its_attribute(model):
    for column, k in enumerate(measured(model)):
        ahead, back = (changes(model, one(k, amount)) for amount in (1.0, -1.0))
        assert (ahead - back)[:, column].mean() / 2 == pytest.approx(1, abs=0.3)


def test_a_hand_in_motion_waits_for_no_measuring_and_at_rest_the_preview_is_exact(
    model, monkeypatch
):
    known = measured(model)
    looks = []
    monkeypatch.setattr(
        Synthesizer, "_measured", lambda self, images: looks.append(1) or np.zeros(40)
    )
    made = Recipe(
        model=model.info.hash,
        point=LatentPoint(seed=6_000_100, edits=one(known[0]), locked=(known[1],)),
    )
    moving = model.render(made, rung=2, exact=False)
    assert looks == []
    monkeypatch.undo()
    model.render(made)
    again = [picture.pixels for picture in model.render(made, rung=2, exact=False)]
    exact = model._drawn(model._latents(made), made, 2)
    from gan.images import to_stored

    turned = [to_stored(image[0]) for image in exact]
    assert all(np.array_equal(a, b) for a, b in zip(again[1::2], turned[1::2], strict=True))
    assert len(moving) == 4
