from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from app import resources
from app.core.by_hand import placed
from app.core.geometry import Transform
from app.core.hanging import default_protocol, hang, hang_transform, together
from app.core.mammogram import Exam, Facts, Source
from app.core.persons import age_words
from app.core.protocol_file import parse_protocol, protocol_table

SMALL = """
schema = 1
id = "small"
title = "Small"
[select.A]
side = "R"
view = "CC"
[select.B]
side = "L"
[[step]]
name = "both"
grid = [["A", "B"]]
"""


def facts(label, **more):
    side, view = label[0], label[1:]
    return Facts(
        **{
            "file": f"{label}.dcm",
            "rows": 8,
            "columns": 6,
            "side": None if side == "?" else side,
            "view": None if view == "?" else view,
        }
        | more
    )


def exam(*images, name="one"):
    return Exam(id=name, title=name, images=images)


def screening(source=Source.REAL, name="one", date=""):
    return exam(
        *(
            facts(label, source=source, file=f"{name}/{label}", date=date)
            for label in ("LMLO", "RCC", "RMLO", "LCC")
        ),
        name=name,
    )


def shown(hanging):
    """What lies where, by step: {step: {cell: file}}."""
    return {
        step.name: {h.cell.name: h.image and h.image.file for h in step.cells}
        for step in hanging.steps
    }


def test_every_shipped_protocol_is_read():
    files = {path.stem for path in resources.folder("protocols").glob("*.toml")}
    shipped = {"screening-4up", "cc-pair", "mlo-pair", "real-and-generated", "generated", "single"}
    assert shipped <= files
    assert set(resources.protocols()) == files


def test_an_unknown_protocol_names_those_there_are():
    with pytest.raises(ValueError, match=r"no hanging protocol 'x'.*screening-4up"):
        resources.protocol("x")


def test_screening_puts_the_right_breast_on_the_left_and_cc_above():
    hanging = hang([screening()], resources.protocol("screening-4up"))
    assert [step.name for step in hanging.steps] == ["4-up", "CC", "MLO", "right", "left"]
    places = {(h.cell.row, h.cell.column): h.image.label for h in hanging.steps[0].cells}
    assert places == {(0, 0): "RCC", (0, 1): "LCC", (1, 0): "RMLO", (1, 1): "LMLO"}
    assert [h.image.label for h in hanging.steps[3].cells] == ["RCC", "RMLO"]
    assert hanging.unhung == ()


def test_real_and_generated_share_a_screen_in_rows():
    protocol = resources.protocol("real-and-generated")
    hanging = hang([screening(), screening(Source.SYNTHETIC, "made")], protocol)
    eight = hanging.steps[0]
    assert (eight.rows, eight.columns) == (2, 4)
    rows = [[h.image.file for h in eight.cells if h.cell.row == row] for row in (0, 1)]
    assert rows[0] == ["one/RCC", "one/LCC", "one/RMLO", "one/LMLO"]
    assert rows[1] == ["made/RCC", "made/LCC", "made/RMLO", "made/LMLO"]
    cc = {(h.cell.row, h.cell.column): h.image.file for h in hanging.steps[1].cells}
    assert cc == {
        (0, 0): "one/RCC",
        (0, 1): "one/LCC",
        (1, 0): "made/RCC",
        (1, 1): "made/LCC",
    }
    assert hanging.unhung == ()


def test_real_and_generated_alone_still_hangs_with_the_other_row_empty():
    protocol = resources.protocol("real-and-generated")
    eight = hang([screening()], protocol).steps[0]
    assert [h.image is None for h in eight.cells] == [False] * 4 + [True] * 4


def test_single_pages_through_all_in_screening_order_unknown_ones_last():
    images = (facts("?CC"), facts("LMLO"), facts("R?"), facts("RCC"), facts("LML"))
    hanging = hang([exam(*images)], resources.protocol("single"))
    assert [step.name for step in hanging.steps][:2] == ["RCC", "LMLO"]
    assert sorted(step.name for step in hanging.steps) == ["?CC", "LML", "LMLO", "R?", "RCC"]
    assert hanging.unhung == ()


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (facts("?CC"), "its side is not known"),
        (facts("R?"), "its view is not known"),
        (facts("??"), "its side and view are not known"),
        (facts("RML"), "protocol 'screening-4up' has no place for RML"),
        (facts("RCC", modifiers=frozenset({"spot"})), "RCC leaves out spot views"),
    ],
)
def test_what_is_not_hung_says_why(image, words):
    hanging = hang([exam(image, facts("LCC"))], resources.protocol("screening-4up"))
    assert [(left.image, left.reason) for left in hanging.unhung] == [(image, words)]


def test_generated_images_are_not_hung_as_real_and_say_so():
    protocol = resources.protocol("generated")
    hanging = hang([exam(facts("RCC")), screening(Source.SYNTHETIC, "made")], protocol)
    assert [left.reason for left in hanging.unhung] == [
        "it is real, RCC_GEN takes synthetic images only"
    ]


def test_the_latest_is_chosen_and_the_other_listed():
    old, new = facts("RCC", date="20200101", file="b"), facts("RCC", date="20240101", file="a")
    hanging = hang([exam(new, old)], resources.protocol("cc-pair"))
    assert shown(hanging)["CC"]["RCC"] == "a"
    assert [(left.image.file, left.reason) for left in hanging.unhung] == [
        ("b", "another image was chosen for RCC (latest of several)")
    ]
    first = parse_protocol(SMALL.replace('view = "CC"', 'view = "CC"\npick = "first"'), "x")
    assert shown(hang([exam(new, old)], first))["both"]["A"] == "b"


def test_the_order_of_the_images_does_not_matter():
    images = [facts("RCC", file=f"{n}") for n in range(4)] + [facts("LCC")]
    protocol = resources.protocol("screening-4up")
    assert hang([exam(*images)], protocol) == hang([exam(*reversed(images))], protocol)


def test_steps_without_any_image_are_left_out():
    hanging = hang([exam(facts("RCC"))], resources.protocol("screening-4up"))
    assert [step.name for step in hanging.steps] == ["4-up", "CC", "right"]


def test_skip_step_leaves_the_step_out_and_says_which_image_lacks():
    protocol = parse_protocol(SMALL + 'when_missing = "skip_step"\n', "x")
    hanging = hang([exam(facts("RCC"))], protocol)
    assert hanging.steps == ()
    assert hanging.unhung[0].reason == "step 'both' is left out because B is missing"


def test_collapse_drops_bare_rows_and_columns():
    text = SMALL.replace('[["A", "B"]]', '[[".", "B"], [".", "A"]]')
    protocol = parse_protocol(text + 'when_missing = "collapse"\n', "x")
    step = hang([exam(facts("RCC"))], protocol).steps[0]
    assert (step.rows, step.columns, len(step.cells)) == (1, 1, 1)
    assert (step.cells[0].cell.row, step.cells[0].cell.column) == (0, 0)


def test_fallback_is_asked_when_the_first_selector_finds_nothing():
    text = SMALL.replace('view = "CC"', 'view = "MLO"\nfallback = ["B"]')
    assert shown(hang([exam(facts("LCC"))], parse_protocol(text, "x")))["both"]["A"] == "LCC.dcm"


def test_a_repeated_cell_spans():
    text = SMALL.replace('[["A", "B"]]', '[["A", "A", "B"], ["A", "A", "."]]')
    cells = {c.name: c for c in parse_protocol(text, "x").steps[0].cells}
    assert (cells["A"].row_span, cells["A"].column_span) == (2, 2)
    assert (cells["B"].row, cells["B"].column, cells["B"].row_span) == (0, 2, 1)


def test_cell_options_come_from_the_nearest_place():
    text = (
        SMALL.replace("[select.A]", '[cell_defaults]\nsize = "pixels"\n[select.A]')
        + '[step.cell_defaults]\noverlay = "none"\n[step.cell.A]\ninvert = true\nsize = "same"\n'
    )
    a, b = parse_protocol(text, "x").steps[0].cells
    assert (a.options.size, a.options.overlay, a.options.invert) == ("same", "none", True)
    assert (b.options.size, b.options.overlay, b.options.invert) == ("pixels", "none", False)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("schema = 1", "schema = 2"), "p.toml: 'schema' is 2; this version reads 1"),
        (("schema = 1\n", ""), "p.toml: key 'schema' is missing"),
        (('title = "Small"', 'title = "Small"\ncolour = 1'), "p.toml: unknown key 'colour'"),
        (('side = "R"', 'sides = "R"'), "p.toml: [select.A]: unknown key 'sides'"),
        (('side = "R"', 'side = "X"'), "'side' is 'X'; allowed are R, L"),
        (('view = "CC"', 'view = "MOL"'), "'view' is 'MOL'; allowed are CC, MLO"),
        (('[["A", "B"]]', '[["A", "C"]]'), "names C, which no [select] defines"),
        (('[["A", "B"]]', '[["A", "B"], ["A"]]'), "the rows of 'grid' differ in length"),
        (('[["A", "B"]]', '[["A", "B", "A"]]'), "the places of 'A' in 'grid' are not one rect"),
        (('[["A", "B"]]', '[["."]]'), "'grid' names no cell"),
        (('[["A", "B"]]', "3"), "'grid' is 3; a list is expected"),
        (('[["A", "B"]]', '[["A", "B"]]\neach = true'), "'each' needs a grid of exactly one cell"),
        (('name = "both"', 'name = "both"\nwhen_missing = "x"'), "'when_missing' is 'x'; allowed"),
        (("[[step]]", "[[steps]]"), "p.toml: key 'step' is missing"),
        (("[select.B]", "[select.B"), "p.toml: not TOML"),
        (('title = "Small"', "title = 5"), "'title' is 5; text is expected"),
        (('side = "R"', 'when = "before"'), "'when' is 'before'; allowed are current, prior1"),
        (('side = "R"', "variant = 99"), "'variant' is 99; allowed are 1 to 16"),
        (('side = "R"', 'modifiers = { none_of = ["spt"] }'), "'none_of' names spt; allowed are s"),
        (('title = "Small"', 'title = "Small"\nnumber = 400'), "'number' is 400; allowed are 1 to"),
        (('side = "R"', 'fallback = ["Q"]'), "'fallback' names Q, which no [select] defines"),
    ],
)
def test_mistakes_name_file_key_and_what_is_allowed(change, words):
    text = SMALL.replace(*change)
    assert text != SMALL
    with pytest.raises(ValueError, match=r"^p\.toml") as caught:
        parse_protocol(text, "p.toml")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('cells = ["A"]', "at least two cells"),
        ('cells = ["A", "Z"]', "'cells' names Z; allowed are A, B"),
        ('cells = ["A", "B"]\nwhat = ["sound"]', "'what' names sound; allowed are pan, window"),
        ('cells = ["A", "B"]\nmirrored = true', "unknown key 'mirrored'"),
    ],
)
def test_mistakes_in_links(lines, words):
    with pytest.raises(ValueError, match="step 1 'both'") as caught:
        parse_protocol(f"{SMALL}[[step.link]]\n{lines}\n", "p.toml")
    assert words in str(caught.value)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


def toml(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(c):08X}" for c in value) + '"'
    if isinstance(value, list):
        return "[" + ", ".join(toml(v) for v in value if v is not None) + "]"
    if isinstance(value, dict):
        inside = (f"{toml(k)} = {toml(v)}" for k, v in value.items() if v is not None)
        return "{" + ", ".join(inside) + "}"
    return str(value)


@given(
    key=st.sampled_from(["schema", "id", "title", "select", "step", "cell_defaults", "extra"]),
    value=VALUES.filter(lambda v: v is not None),
)
def test_any_value_in_any_key_is_read_or_refused_in_words(key, value):
    base = {
        "schema": "1",
        "id": '"small"',
        "title": '"Small"',
        "select": '{A = {side = "R"}}',
        "step": '[{name = "s", grid = [["A"]]}]',
    }
    text = "\n".join(f"{k} = {v}" for k, v in (base | {key: toml(value)}).items())
    try:
        read = parse_protocol(text, "p.toml")
    except ValueError as error:
        read = str(error)
    if key == "extra":
        assert read == "p.toml: unknown key 'extra'"
    elif isinstance(read, str):
        assert read.startswith("p.toml: ")
    else:
        assert read.steps


@given(st.text(max_size=60))
def test_any_text_is_refused_in_words(text):
    with pytest.raises(ValueError, match=r"^p\.toml"):
        parse_protocol(text, "p.toml")


@given(
    labels=st.lists(
        st.sampled_from(["RCC", "LCC", "RMLO", "LMLO", "RML", "?CC", "R?", "??"]), max_size=8
    ),
    identity=st.sampled_from(sorted(resources.protocols())),
)
def test_every_image_is_shown_or_listed_never_both(labels, identity):
    images = tuple(facts(label, file=f"{n}-{label}") for n, label in enumerate(labels))
    hanging = hang([exam(*images)], resources.protocol(identity))
    stacks = {n for n, s in resources.protocol(identity).selectors.items() if s.pick == "all"}
    cells = [h for step in hanging.steps for h in step.cells if h.image]
    seen = {i.file for h in cells for i in (h.stack if h.cell.name in stacks else (h.image,))}
    left = [unhung.image.file for unhung in hanging.unhung]
    assert seen.isdisjoint(left)
    assert sorted([*seen, *left]) == sorted(image.file for image in images)
    assert all(unhung.reason for unhung in hanging.unhung)


def test_default_protocol_suits_what_is_there():
    known = resources.protocols()
    real, made = screening(), screening(Source.SYNTHETIC, "made")
    assert default_protocol([real], known).id == "screening-4up"
    assert default_protocol([made], known).id == "generated"
    assert default_protocol([real, made], known).id == "real-and-generated"
    assert default_protocol([exam(facts("??"))], known).id == "single"


def test_together_pairs_real_with_generated_only_where_the_protocol_asks():
    reals = [screening(name="a"), screening(name="b")]
    made = screening(Source.SYNTHETIC, "made")
    both = resources.protocol("real-and-generated")
    assert together([made, *reals], both) == [(reals[0], made), (reals[1], made)]
    assert together(reals, both) == [(reals[0],), (reals[1],)]
    four = resources.protocol("screening-4up")
    assert together([made, *reals], four) == [(made,), (reals[0],), (reals[1],)]


def person(*dates, views=("RCC", "LCC", "RMLO", "LMLO")):
    """Exams of one person at several dates, each with the views given."""
    exams = []
    for number, date in enumerate(dates):
        images = (
            facts(label, file=f"{date or number}/{label}", date=date, patient="P1", born="19600101")
            for label in views
        )
        exams.append(Exam(id=f"e{number}", title="P1", images=tuple(images), date=date))
    return exams


def test_exams_of_one_person_are_hung_together_newest_first():
    old, new = person("20190302", "20210510")
    other = screening(name="b")
    four = resources.protocol("screening-4up")
    assert together([old, other, new], four) == [(new, old), (other,)]
    assert default_protocol((new, old), resources.protocols()).id == "current-and-prior"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"born": "19610101"}, "another birth date"),
        ({"patient": "P2"}, "another identifier"),
        ({"patient": "ANONYMOUS"}, "an identifier that says nothing"),
    ],
)
def test_exams_that_may_be_of_others_stay_apart(change, why):
    old, new = person("20190302", "20210510")
    if change.get("patient") == "ANONYMOUS":
        both = [
            replace(e, images=tuple(replace(i, patient="ANONYMOUS") for i in e.images))
            for e in (old, new)
        ]
    else:
        both = [old, replace(new, images=tuple(replace(i, **change) for i in new.images))]
    assert len(together(both, resources.protocol("screening-4up"))) == 2, why


def test_without_dates_nothing_is_prior_to_anything():
    assert len(together(person("", "20210510"), resources.protocol("single"))) == 2
    assert len(together(person("20210510", "20210510"), resources.protocol("single"))) == 2
    assert len(together(person("20219910", "20210510"), resources.protocol("single"))) == 2


def test_current_hangs_over_prior_and_says_how_long_before():
    exams = person("20161004", "20210510", "20190302")
    step = hang(exams, resources.protocol("current-and-prior")).steps[0]
    rows = [[h for h in step.cells if h.cell.row == row] for row in (0, 1)]
    assert [h.image.file for h in rows[0]] == [f"20210510/{n}" for n in STANDARD]
    assert [h.image.file for h in rows[1]] == [f"20190302/{n}" for n in STANDARD]
    assert {h.roles[0] for h in rows[0]} == {"current"}
    assert {h.roles[0] for h in rows[1]} == {"prior, 2 y 2 mo before"}
    older = hang(exams, resources.protocol("current-and-prior"), prior=2)
    assert older.steps[0].cells[4].image.file == "20161004/RCC"
    assert older.unhung == ()


def test_a_stack_holds_every_exam_newest_first():
    exams = person("20161004", "20210510", "20190302")
    hung = hang(exams, resources.protocol("temporal")).steps[0].cells[0]
    dates = [image.date for image in hung.stack]
    assert dates == ["20210510", "20190302", "20161004"]
    assert hung.image is hung.stack[0]


def test_a_place_can_flicker_to_the_prior_of_the_same_view():
    exams = person("20210510", "20190302")
    hung = hang(exams, resources.protocol("screening-4up")).steps[0].cells[0]
    assert [image.file for image in hung.stack] == ["20210510/RCC", "20190302/RCC"]
    lower = hang(exams, resources.protocol("current-and-prior")).steps[0].cells[4]
    assert len(lower.stack) == 1


def test_an_empty_place_says_what_it_waits_for():
    hung = hang(person("20210510"), resources.protocol("current-and-prior")).steps[0].cells
    assert hung[4].missing == "no prior exam for RCC"
    bare = hang([exam(facts("RCC"))], resources.protocol("screening-4up")).steps[0].cells
    assert bare[1].missing == "no LCC in this exam"


@pytest.mark.parametrize(
    ("earlier", "later", "words"),
    [
        ("20190302", "20210510", "2 y 2 mo"),
        ("20190302", "20210301", "1 y 11 mo"),
        ("20200229", "20210228", "11 mo"),
        ("20200229", "20210301", "1 y"),
        ("20210509", "20210510", "1 day"),
        ("20210420", "20210510", "20 days"),
        ("", "20210510", ""),
        ("20210510", "20190302", ""),
    ],
)
def test_time_between_exams(earlier, later, words):
    assert age_words(earlier, later) == words


@pytest.mark.parametrize(
    ("label", "up", "down"), [("LMLO", "superior", "inferior"), ("LCC", "lateral", "medial")]
)
def test_pieces_lie_below_each_other_as_in_the_breast(label, up, down):
    images = [facts(label, file="a", partial=down), facts(label, file="b", partial=up)]
    step = hang([exam(*images)], resources.protocol("screening-4up")).steps[0]
    hung = [c.image.file for c in step.cells if c.image is not None]
    assert hung == ["b", "a"]


def test_pieces_of_one_view_share_its_place():
    pieces = [facts("RCC", file=f"{n}", partial=part) for n, part in enumerate(("front", "back"))]
    hanging = hang([exam(*pieces, facts("LCC"))], resources.protocol("cc-pair"))
    right = [h for h in hanging.steps[0].cells if h.cell.name == "RCC"]
    assert [(h.image.file, h.part) for h in right] == [("0", (0, 2)), ("1", (1, 2))]
    assert hanging.unhung == ()


def test_a_whole_view_and_a_piece_do_not_share():
    images = [facts("RCC", file="a"), facts("RCC", file="b", partial="front")]
    hanging = hang([exam(*images)], resources.protocol("cc-pair"))
    assert [h.part for h in hanging.steps[0].cells] == [(0, 1), (0, 1)]
    assert len(hanging.unhung) == 1


def test_a_modified_view_hangs_where_there_is_no_plain_one():
    rolled = facts("RCC", modifiers=frozenset({"rolled_lateral"}), file="rolled")
    alone = hang([exam(rolled)], resources.protocol("screening-4up"))
    assert shown(alone)["4-up"]["RCC"] == "rolled"
    both = hang([exam(rolled, facts("RCC"))], resources.protocol("screening-4up"))
    assert shown(both)["4-up"]["RCC"] == "RCC.dcm"
    assert [left.reason for left in both.unhung] == ["RCC leaves out rolled lateral views"]


def test_for_presentation_goes_before_for_processing():
    raw = facts("RCC", file="a", date="20210510", overlay={"for processing": "yes"})
    made = facts("RCC", file="b", date="20210510")
    hanging = hang([exam(raw, made)], resources.protocol("cc-pair"))
    assert shown(hanging)["CC"]["RCC"] == "b"


def test_labels_spell_modifiers_as_the_acr_does():
    spot = facts("RCC", modifiers=frozenset({"magnification", "spot"}))
    assert spot.acr_label == "RCCSM"
    assert facts("RMLO", modifiers=frozenset({"implant_displaced"})).acr_label == "RMLOID"


def test_an_image_hung_by_hand_takes_a_place_and_the_other_is_listed():
    spot = facts("RCC", modifiers=frozenset({"spot"}), file="spot")
    hanging = hang([exam(spot, facts("RCC"), facts("LCC"))], resources.protocol("cc-pair"))
    changed = placed(hanging, {("CC", "RCC", 0): spot})
    assert shown(changed)["CC"] == {"RCC": "spot", "LCC": "LCC.dcm"}
    assert [(left.image.file, left.reason) for left in changed.unhung] == [
        ("RCC.dcm", "taken from RCC of step 'CC' by hand")
    ]


def test_variants_are_exams_side_by_side():
    made = [
        exam(
            *(facts(n, source=Source.SYNTHETIC, file=f"{k}/{n}") for n in STANDARD),
            name=f"seed {k}",
        )
        for k in range(9)
    ]
    protocol = resources.protocol("seed-grid")
    assert together(made, protocol) == [tuple(made)]
    hanging = hang(made, protocol)
    assert [h.image.file for h in hanging.steps[0].cells] == [f"{k}/LCC" for k in range(9)]
    assert hanging.steps[0].cells[8].roles == ("seed 8",)


@pytest.mark.parametrize("identity", sorted(resources.protocols()))
def test_every_protocol_can_be_written_and_read_again(identity):
    protocol = resources.protocol(identity)
    again = parse_protocol(tomli_w.dumps(protocol_table(protocol)), "x")
    assert again == protocol


STANDARD = {"RCC": ("P", "L"), "LCC": ("A", "R"), "RMLO": ("P", "FL"), "LMLO": ("A", "FR")}
OPPOSITE = {"A": "P", "P": "A", "L": "R", "R": "L", "H": "F", "F": "H", "FL": "HR", "FR": "HL"}


def turned(image, orientation):
    """All eight ways to store an image, with numpy's own flips, and the orientation of each."""
    for swap in (False, True):
        rows, columns = orientation[::-1] if swap else orientation
        picture = np.transpose(image) if swap else image
        yield picture, (rows, columns)
        yield np.fliplr(picture), (OPPOSITE[rows], columns)
        yield np.flipud(picture), (rows, OPPOSITE[columns])
        yield np.rot90(picture, 2), (OPPOSITE[rows], OPPOSITE[columns])


@pytest.mark.parametrize("label", STANDARD)
def test_eight_stored_orientations_hang_the_same(label):
    image = np.arange(48, dtype=np.uint16).reshape(8, 6)
    for stored, orientation in turned(image, STANDARD[label]):
        transform, reason = hang_transform(facts(label, orientation=orientation))
        assert reason is None
        assert np.array_equal(transform.apply(stored), image)


def test_transform_says_what_was_assumed():
    assert hang_transform(facts("RCC")) == (
        Transform.IDENTITY,
        "no Patient Orientation: shown as stored",
    )
    unknown = facts("?CC", orientation=("P", "L"))
    assert hang_transform(unknown) == (Transform.IDENTITY, "side not known: shown as stored")
    why = "chest wall found in the pixels"
    inferred = facts("RCC", orientation=("A", "L"), inferred={"orientation": why})
    assert hang_transform(inferred) == (Transform.FLIP_HORIZONTAL, why)
    other_plane = facts("R?", orientation=("A", "L"))
    assert hang_transform(other_plane) == (
        Transform.FLIP_HORIZONTAL,
        "Patient Orientation A\\L of an unknown view: hung like CC",
    )
    assert hang_transform(other_plane, "as_stored") == (Transform.IDENTITY, None)


def test_a_protocol_whose_id_is_not_its_file_name_is_refused(tmp_path, monkeypatch):
    (tmp_path / "other.toml").write_text(SMALL)
    monkeypatch.setattr(resources, "folder", lambda name: Path(tmp_path))
    with pytest.raises(ValueError, match=r"other\.toml: 'id' is 'small'"):
        resources.protocols.__wrapped__()


def test_facts_are_compared_by_identity_of_the_image_not_by_look():
    twin = facts("RCC")
    hanging = hang([exam(twin, replace(twin, date="20240101"))], resources.protocol("cc-pair"))
    assert len(hanging.unhung) == 1
