from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.reading.canonical import canonical, code_of, plain_code
from app.reading.design import parse_design, rejoined
from app.reading.draw import Draw
from app.reading.order import Case, reader_order, williams_row
from app.readings import plan as plans

TEXT = """
schema = 1
title = "T"
question = "Q?"
told = "Some."
readers = ["a", "b", "c", "d"]
real = { source = ["x"], count = 30 }
generated = [{ name = "m", count = 20 }, { name = "n", count = 10 }]
analysis = { rationale = "small enough for this" }
"""


def test_the_template_is_a_design_but_for_the_rationale(tmp_path) -> None:
    text = plans.template()
    with pytest.raises(ValueError, match="rationale"):
        parse_design(text, "design.toml")
    design = parse_design(text.replace('rationale = ""', 'rationale = "as we say"'), "d.toml")
    assert design.order.blank_ms == 600
    assert any("6 readers" in line for line in plans.summary(design))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("schema = 1", "schema = 2", "schema"),
        ("count = 30", "count = 0", "at least 1"),
        ("count = 30", 'count = "30"', "a whole number"),
        ("count = 30", "count = true", "a whole number"),
        ('title = "T"', 'titel = "T"', "unknown key titel"),
        ('name = "m"', 'name = "real"', "names must differ"),
        ('name = "m"', 'nome = "m"', "unknown key nome"),
        ('"a", "b"', '"a", "A"', "pseudonyms"),
        ('"a", "b"', '"a", "../b"', "pseudonyms"),
        ("small enough for this", "", "rationale"),
        ('told = "Some."', 'told = "Some."\norder = { block = [9, 3] }', "block"),
        ('told = "Some."', 'told = "Some."\norder = { block = [3] }', "2 values"),
        ('told = "Some."', 'told = "Some."\ntask = [{ scale = "ten" }]', "six, percent"),
        ('told = "Some."', 'told = "Some."\nstimulus = { height = 81 }', "divisible by 5"),
        ('name = "m"', 'name = "m", policy = "curated"', "seed"),
        ("count = 10", 'count = 9 }]\ntask = [{ kind = "2afc"', "equal"),
        ("schema = 1", "schema = = 1", "not TOML"),
    ],
)
def test_what_is_wrong_is_said_with_the_key(old, new, words) -> None:
    with pytest.raises(ValueError, match=words) as error:
        parse_design(TEXT.replace(old, new), "study.toml")
    assert str(error.value).startswith("study.toml")


def test_the_protocol_tells_no_arm_and_no_count() -> None:
    design = parse_design(TEXT, "d")
    text = canonical(design.public()).decode()
    assert '"m"' not in text
    assert "30" not in text
    assert rejoined(design.public(), design.private()) == design


# Orders.


def cases(design) -> list[Case]:
    arms = ["real"] * 30 + ["m"] * 20 + ["n"] * 10
    made = [Case(id=f"{n * 7919 % 997:03d}", arm=arm) for n, arm in enumerate(arms)]
    twins = {made[3].id: "t1", made[40].id: "t2", made[55].id: "t3"}
    return [Case(id=c.id, arm=c.arm, twin=twins.get(c.id, "")) for c in made]


def shown(order) -> list[str]:
    return [t["cases"][0] for t in order["sessions"][0]["trials"]]


def test_every_reader_sees_every_case_once_in_an_order_of_his_own() -> None:
    design = parse_design(TEXT, "d")
    orders = [shown(reader_order(design, cases(design), "s", r)) for r in design.readers]
    for order in orders:
        assert Counter(order) == Counter([c.id for c in cases(design)] + ["t1", "t2", "t3"])
    assert len({tuple(order) for order in orders}) == 4
    again = reader_order(design, cases(design)[::-1], "s", "a")
    assert shown(again) == orders[0]  # the order of what is given plays no part
    assert shown(reader_order(design, cases(design), "other", "a")) != orders[0]


def test_repeats_stand_far_from_their_case() -> None:
    design = parse_design(TEXT, "d")
    made = cases(design)
    twin_of = {c.twin: c.id for c in made if c.twin}
    for seed in map(str, range(20)):
        order = shown(reader_order(design, made, seed, "b"))
        for twin, case in twin_of.items():
            assert abs(order.index(twin) - order.index(case)) > len(order) / 4


def test_arms_are_spread_evenly_but_can_not_be_counted() -> None:
    design = parse_design(TEXT, "d")
    arm = {c.id: c.arm for c in cases(design)} | {"t1": "", "t2": "", "t3": ""}
    halves, ends = [], []
    for seed in map(str, range(200)):
        order = [arm[i] for i in shown(reader_order(design, cases(design), seed, "a"))]
        halves.append(order[: len(order) // 2].count("real"))
        ends.append(order[-1] == "real")
        letters = "".join("R" if a == "real" else "-" for a in order)
        assert max(len(run) for run in letters.split("-")) <= 13
    assert 13 < sum(halves) / 200 < 17
    assert len(set(halves)) > 3  # not always the same number: no use in counting
    assert 0.35 < sum(ends) / 200 < 0.65


@given(st.integers(2, 12))
@settings(max_examples=11, deadline=None)
def test_blocks_change_places_as_in_a_williams_square(count) -> None:
    rows = [williams_row(count, n) for n in range(count * (1 + count % 2))]
    assert all(sorted(row) == list(range(count)) for row in rows)
    for place in range(count):
        assert set(Counter(row[place] for row in rows).values()) == {len(rows) // count}
    after = Counter(pair for row in rows for pair in pairwise(row))
    assert len(set(after.values())) == 1


def test_pairs_hold_one_of_each_and_sides_are_balanced() -> None:
    text = TEXT.replace('told = "Some."', 'told = "Some."\ntask = [{ kind = "2afc" }]')
    design = parse_design(text, "d")
    arm = {c.id: c.arm for c in cases(design)}
    trials = reader_order(design, cases(design), "s", "a")["sessions"][0]["trials"]
    assert len(trials) == 30
    assert len({c for t in trials for c in t["cases"]}) == 60
    left = [arm[t["cases"][0]] != "real" for t in trials]
    assert all((arm[t["cases"][1]] != "real") != at for t, at in zip(trials, left, strict=True))
    assert sum(left) == 15


def test_draws_are_uniform_and_fixed_for_all_time() -> None:
    draw = Draw("seed", "purpose")
    # Worked out by hand: SHA-256("seed\0purpose" + counter), first eight bytes, mod 10.
    import hashlib

    words = [hashlib.sha256(b"seed\0purpose" + n.to_bytes(8)).digest()[:8] for n in range(5)]
    assert [draw.below(10) for _ in range(5)] == [int.from_bytes(w) % 10 for w in words]
    counts = Counter(Draw("x", str(n)).below(6) for n in range(6000))
    assert all(880 < counts[k] < 1120 for k in range(6))


def test_codes_forgive_what_is_misread() -> None:
    code = code_of(bytes(range(10)))
    assert len(code) == 19
    assert plain_code(code.lower().replace("-", " ").replace("0", "o")) == plain_code(code)


def test_nothing_with_two_spellings_is_hashed() -> None:
    with pytest.raises(AssertionError):
        canonical({"a": [1, 0.5]})
    assert canonical({"b": 1, "a": "ä"}) == '{"a":"ä","b":1}'.encode()
