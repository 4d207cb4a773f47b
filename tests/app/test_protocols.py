import pytest

from app import protocols, resources
from app.core import drafting


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MAMMOSCOPE_SETTINGS", str(tmp_path))
    return tmp_path / "protocols"


def mine(title="Mine"):
    return drafting.new_protocol(protocols.free_id(title), title)


def test_a_saved_protocol_is_found_again_after_those_of_mammoscope(folder):
    path = protocols.save(mine())
    assert path == folder / "mine.toml"
    assert protocols.protocol("mine") == mine_as_saved()
    assert list(protocols.every())[-1] == "mine"
    assert protocols.free_id("Mine") == "mine-2"
    assert protocols.free_id("Mine", keep="mine") == "mine"
    protocols.delete("mine")
    assert "mine" not in protocols.every()


def mine_as_saved():
    return drafting.new_protocol("mine", "Mine")


def test_a_wrong_file_is_left_out_and_told_of(folder):
    protocols.save(mine())
    (folder / "broken.toml").write_text("schema = 1\nid = 'broken'\n")
    (folder / "screening-4up.toml").write_text(
        (resources.folder("protocols") / "screening-4up.toml").read_text()
    )
    (folder / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    own, troubles = protocols.own()
    assert list(own) == ["mine"]
    assert troubles == [
        "broken.toml: key 'title' is missing",
        "bytes.toml: not TOML: it is not UTF-8 text",
        "screening-4up.toml: 'id' is that of a protocol of Mammoscope; choose another",
    ]
    with pytest.raises(
        ValueError, match=r"no hanging protocol 'broken'.*broken\.toml: key 'title'"
    ):
        protocols.protocol("broken")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": " "}, "A protocol needs a title"),
        ({"id": "screening-4up"}, "is a protocol of Mammoscope"),
    ],
)
def test_what_can_not_be_saved_says_why(change, words):
    from dataclasses import replace

    with pytest.raises(ValueError, match=words):
        protocols.save(replace(mine(), **change))


def test_two_steps_of_one_name_are_refused():
    from dataclasses import replace

    twice = replace(mine(), steps=mine().steps * 2)
    with pytest.raises(ValueError, match="Two steps are named 'CC'"):
        protocols.check(twice)
