"""Each reader's order: balanced blocks of random size that change places between readers.

Everything is drawn from the seed in the key, by purpose and reader. The seed stays sealed, because
the draw takes the arms as its input: who knows the seed can reason backwards to the truth.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.reading.design import Design, Task
from app.reading.draw import Draw


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case as the order sees it: opaque id and arm; `twin` is the id of its hidden repeat."""

    id: str
    arm: str  #: "real" or the name of a generated arm
    training: bool = False
    twin: str = ""


def reader_order(design: Design, cases: Sequence[Case], seed: str, reader: str) -> dict[str, Any]:
    """Return the order of one reader, as written to `order.json`: sessions of trials.

    A trial has `phase` (training or test) and `cases`: one id, or the left and the right one.
    """
    number = design.readers.index(reader)
    cases = sorted(cases, key=lambda case: case.id)
    tasks = list(enumerate(design.tasks))
    if design.order.counterbalance and number % 2:
        tasks.reverse()
    sessions: list[dict[str, Any]] = []
    for at, task in tasks:
        draw = Draw(seed, "reader", reader, str(at))
        training = _training(task, cases, draw, seed, at) if not sessions else []
        test = _test(design, task, cases, number, draw, seed, at)
        trials = [{"phase": "training", "cases": ids} for ids in training]
        trials += [{"phase": "test", "cases": ids} for ids in test]
        sessions.append({"task": at, "trials": trials})
    return {"reader": reader, "sessions": sessions}


def _training(task: Task, cases: Sequence[Case], draw: Draw, seed: str, at: int) -> list[list[str]]:
    chosen = [case for case in cases if case.training]
    if task.kind == "2afc":
        return _sided(_pairs(chosen, Draw(seed, "training pairs", str(at))), draw)
    return [[case.id] for case in draw.shuffled(chosen)]


def _test(
    design: Design,
    task: Task,
    cases: Sequence[Case],
    number: int,
    draw: Draw,
    seed: str,
    at: int,
) -> list[list[str]]:
    chosen = [case for case in cases if not case.training]
    common = Draw(seed, "blocks", str(at))  # the same for all readers
    if task.kind == "2afc":
        pairs = _pairs(chosen, Draw(seed, "pairs", str(at)))
        blocks = _cut(common.shuffled(pairs), design.order.block, common)
        arranged = _arranged(blocks, number, draw, counterbalance=design.order.counterbalance)
        return _sided(arranged, draw)
    blocks = _cut(_stratified(chosen, common), design.order.block, common)
    arranged = _arranged(blocks, number, draw, counterbalance=design.order.counterbalance)
    return [[case] for case in _with_repeats(arranged, {c.id: c.twin for c in chosen}, draw)]


def _stratified(cases: Sequence[Case], draw: Draw) -> list[str]:
    """Return ids so that every stretch holds the arms about in their shares, never countably."""
    places = []
    for arm in sorted({case.arm for case in cases}):
        members = draw.shuffled(sorted(case.id for case in cases if case.arm == arm))
        places += [((k + draw.unit()) / len(members), id_) for k, id_ in enumerate(members)]
    return [id_ for _, id_ in sorted(places)]


def _cut(items: Sequence[Any], size: tuple[int, int], draw: Draw) -> list[list[Any]]:
    """Return the items in blocks of random size; the last may be smaller."""
    blocks, at = [], 0
    while at < len(items):
        step = draw.between(*size)
        blocks.append(list(items[at : at + step]))
        at += step
    return blocks


def williams_row(count: int, number: int) -> list[int]:
    """Return row `number` of a Williams square of `count` treatments (E. J. Williams 1949).

    Over `count` rows (twice as many when odd) each treatment is at each place equally often, and
    follows each other one equally often.
    """
    first = [0] + [(k + 1) // 2 if k % 2 else count - k // 2 for k in range(1, count)]
    row = [(value + number % count) % count for value in first]
    return row[::-1] if count % 2 and number // count % 2 else row


def _arranged(
    blocks: Sequence[Sequence[Any]], number: int, draw: Draw, *, counterbalance: bool
) -> list[Any]:
    places = range(len(blocks))
    turn = williams_row(len(blocks), number) if counterbalance else draw.shuffled(places)
    return [item for place in turn for item in draw.shuffled(blocks[place])]


def _with_repeats(order: Sequence[str], twins: Mapping[str, str], draw: Draw) -> list[str]:
    """Return the order with each hidden repeat about half a session away from its case."""
    total = len(order)
    places = [(float(at), id_) for at, id_ in enumerate(order)]
    for at, id_ in enumerate(order):
        if twins[id_]:
            jitter = (draw.unit() - 0.5) * total / 6
            places.append(((at + total / 2 + jitter) % total, twins[id_]))
    return [id_ for _, id_ in sorted(places)]


def _pairs(cases: Sequence[Case], draw: Draw) -> list[tuple[str, str]]:
    """Return pairs (real, generated), the same for all readers."""
    real = draw.shuffled(sorted(case.id for case in cases if case.arm == "real"))
    generated = draw.shuffled(sorted(case.id for case in cases if case.arm != "real"))
    return list(zip(real, generated, strict=False))


def _sided(pairs: Sequence[tuple[str, str]], draw: Draw) -> list[list[str]]:
    """Return pairs as left and right, the generated one at the left in half of them."""
    half = len(pairs) // 2 + (draw.below(2) if len(pairs) % 2 else 0)
    left = draw.shuffled([at < half for at in range(len(pairs))])
    return [[b, a] if at_left else [a, b] for (a, b), at_left in zip(pairs, left, strict=True)]
