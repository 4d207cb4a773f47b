from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.core import drafting
from app.core.protocol import CellOptions, Selector
from app.core.protocol_file import parse_protocol, protocol_table

PLACES = st.tuples(st.integers(0, 3), st.integers(0, 3))
SELECTORS = st.builds(
    Selector,
    name=st.just(""),
    side=st.sampled_from([None, "R", "L"]),
    view=st.sampled_from([None, "CC", "MLO"]),
    when=st.sampled_from(["current", "prior1", "oldest", "any"]),
    source=st.sampled_from(["any", "real", "synthetic"]),
    pick=st.sampled_from(["latest", "all"]),
)


def start():
    return drafting.new_protocol("new", "New")


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("assign"), PLACES, SELECTORS),
            st.tuples(st.just("empty"), PLACES, st.none()),
            st.tuples(st.just("swap"), PLACES, PLACES),
            st.tuples(st.just("size"), PLACES, st.none()),
            st.tuples(st.just("span"), PLACES, PLACES),
            st.tuples(st.just("step"), PLACES, st.none()),
            st.tuples(st.just("remove"), PLACES, st.none()),
            st.tuples(st.just("link"), PLACES, st.none()),
        ),
        max_size=8,
    )
)
def test_whatever_is_done_can_be_written_and_read(deeds):
    """The reader of the TOML files is the judge: grids are rectangles, every name is defined."""
    protocol, at = start(), 0
    for what, place, more in deeds:
        step = protocol.steps[at]
        inside = place[0] < step.rows and place[1] < step.columns
        cell = drafting.cell_at(step, place)
        if what == "assign" and inside:
            protocol = drafting.assigned(protocol, at, place, more)
        elif what == "empty" and cell is not None and len(step.cells) > 1:
            protocol = drafting.emptied(protocol, at, place)
        elif what == "swap" and inside and more[0] < step.rows and more[1] < step.columns:
            protocol = drafting.swapped(protocol, at, place, more)
        elif what == "size":
            smaller = drafting.resized(step, place[0] + 1, place[1] + 1)
            if smaller.cells:
                protocol = drafting.with_step(protocol, at, smaller)
        elif what == "span" and cell is not None:
            wider = drafting.spanned(step, cell, more[0] + 1, more[1] + 1)
            protocol = drafting.with_step(protocol, at, wider)
        elif what == "step":
            protocol = drafting.added_step(protocol, at)
            at += 1
        elif what == "remove":
            protocol = drafting.removed_step(protocol, at)
            at = min(at, len(protocol.steps) - 1)
        elif what == "link":
            protocol = drafting.with_step(protocol, at, drafting.linked(step, ["zoom"], True))
        assert_readable(protocol)


def assert_readable(protocol):
    import tomli_w

    again = parse_protocol(tomli_w.dumps(protocol_table(protocol)), "new.toml")
    assert [step.name for step in again.steps] == [step.name for step in protocol.steps]
    for one, other in zip(again.steps, protocol.steps, strict=True):
        assert set(one.cells) == set(other.cells)
    assert again.selectors == protocol.selectors


def test_a_cell_keeps_its_place_and_links_when_it_shows_something_else():
    protocol = start()
    mlo = Selector(name="", side="R", view="MLO")
    changed = drafting.assigned(protocol, 0, (0, 0), mlo, CellOptions(invert=True))
    cell = drafting.cell_at(changed.steps[0], (0, 0))
    assert (cell.name, cell.options.invert) == ("RMLO", True)
    assert changed.steps[0].links[0].cells == ("RMLO", "LCC")
    assert set(changed.selectors) == {"RMLO", "LCC"}


def test_the_same_selector_twice_in_a_step_gets_a_name_of_its_own():
    protocol = drafting.with_step(start(), 0, drafting.resized(start().steps[0], 1, 3))
    twin = replace(protocol.selectors["RCC"], name="")
    changed = drafting.assigned(protocol, 0, (0, 2), twin)
    assert [cell.name for cell in changed.steps[0].cells] == ["RCC", "LCC", "RCC_2"]
    assert changed.steps[0].links[0].cells == ("RCC", "LCC", "RCC_2")
