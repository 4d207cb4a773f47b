import tomllib

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from app import session, settings


@pytest.fixture(autouse=True)
def _place(tmp_path, monkeypatch):
    monkeypatch.setenv(settings.FOLDER_VARIABLE, str(tmp_path / "user"))
    monkeypatch.setattr(settings, "site_file", lambda: tmp_path / "site" / "settings.toml")


def site(tmp_path, text: str) -> None:
    (tmp_path / "site").mkdir(exist_ok=True)
    (tmp_path / "site" / "settings.toml").write_text(text)


def user(tmp_path, text: str) -> None:
    (tmp_path / "user").mkdir(exist_ok=True)
    (tmp_path / "user" / "settings.toml").write_text(text)


def test_the_user_stands_over_the_site_and_the_site_over_the_defaults(tmp_path) -> None:
    site(tmp_path, "[look]\nfont_percent = 120\noverlay = 'full'\n")
    user(tmp_path, "[look]\nfont_percent = 150\n")
    found, troubles = settings.load()
    assert (found.look.font_percent, found.look.overlay) == (150, "full")
    assert found.start.restore is True
    assert troubles == []


def test_the_users_file_holds_overrides_only(tmp_path) -> None:
    site(tmp_path, "[look]\noverlay = 'full'\n")
    store = settings.Store()
    store.change("look", font_percent=125)
    store.change("training", threads=2)
    written = tomllib.loads((tmp_path / "user" / "settings.toml").read_text())
    assert written == {"look": {"font_percent": 125}, "training": {"threads": 2}}
    store.change("look", font_percent=100)
    written = tomllib.loads((tmp_path / "user" / "settings.toml").read_text())
    assert written == {"training": {"threads": 2}}


def test_a_default_can_be_set_against_the_site(tmp_path) -> None:
    site(tmp_path, "[look]\noverlay = 'full'\n")
    settings.Store().change("look", overlay="as hung")
    assert settings.Store().now.look.overlay == "as hung"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[look]\nfont = 3\n", "settings.toml: unknown key 'look.font'"),
        ("[look]\nfont_percent = 500\n", "'look.font_percent' is 500; .*less than or equal to 200"),
        ("[look]\nfont_percent = 'big'\n", "'look.font_percent' is 'big'; .*integer"),
        (
            "[look]\noverlay = 'some'\n",
            "'look.overlay' is 'some'; .*'none', 'labels' or 'full'",
        ),
        ("look = ", "settings.toml: not TOML"),
    ],
)
def test_a_wrong_level_is_told_of_and_left_out(tmp_path, text, words) -> None:
    site(tmp_path, "[look]\noverlay = 'none'\n")
    user(tmp_path, text)
    found, (trouble,) = settings.load()
    assert found.look.overlay == "none"
    with pytest.raises(ValueError, match=words):
        settings.read(tmp_path / "user" / "settings.toml")
    assert trouble.startswith("settings.toml:")


def test_a_file_that_a_person_may_still_mend_is_not_written_over(tmp_path) -> None:
    user(tmp_path, "[look\n")
    store = settings.Store()
    with pytest.raises(ValueError, match="not TOML"):
        store.change("look", font_percent=150)
    assert store.now.look.font_percent == 150  # it holds for this window all the same
    assert (tmp_path / "user" / "settings.toml").read_text() == "[look\n"


def test_a_value_that_is_not_allowed_changes_nothing(tmp_path) -> None:
    store = settings.Store()
    told = []
    store.on_change(told.append)
    with pytest.raises(ValueError, match="font_percent"):
        store.change("look", font_percent=20)
    assert store.now == settings.Settings()
    store.change("look", font_percent=100)
    assert told == []
    store.change("look", font_percent=110)
    assert [s.look.font_percent for s in told] == [110]


def test_recent_items_come_newest_first_and_once() -> None:
    now = session.Session()
    for name in "abcdefghijkla":
        now = now.with_recent("runs", [name])
    assert now.recent["runs"] == list("alkjihgfed")
    assert now.recent.get("opened") is None


def test_a_session_survives_being_written(tmp_path) -> None:
    now = session.Session(open=["a b", "c"], step=3, protocol="single").with_recent("runs", ["r"])
    session.save(now)
    assert session.load() == now


@examples(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(repr))
def test_any_state_file_is_read_or_as_good_as_none(tmp_path, text) -> None:
    session.file().parent.mkdir(exist_ok=True)
    session.file().write_text(text, encoding="utf-8")
    assert isinstance(session.load(), session.Session)


@pytest.mark.parametrize(
    "text",
    ['{"recent": {"runs": [1, "a"], "other": ["b"]}, "open": [2, "c"], "step": "3", "new": 1}'],
)
def test_what_is_wrong_in_a_state_file_is_left_out(text) -> None:
    session.file().parent.mkdir(exist_ok=True)
    session.file().write_text(text)
    assert session.load() == session.Session(recent={"runs": ["a"]}, open=["c"])
