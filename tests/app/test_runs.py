import json
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import runs
from app.runs import Follower
from app.schedule import rungs_of
from train.config import TrainConfig
from train.schedule import Growth, stage_at

CONFIG = {
    "network": {"base": [5, 4], "rungs": 4},
    "growth": {"start": 1, "top": 3, "fade_kimg": [0, 0, 2, 4], "hold_kimg": [6, 8, 10]},
}


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").write_text(json.dumps(CONFIG))
    return tmp_path / "run"


def tell(folder: Path, *events: dict) -> None:
    with (folder / "events.jsonl").open("a") as file:
        for event in events:
            file.write(json.dumps({"time": 1.0, **event}) + "\n")


def tick(shown: int, **values) -> dict:
    return {"event": "tick", "shown": shown, **values}


def read(folder: Path) -> runs.Run:
    follower = Follower(folder)
    follower.read()
    return follower.run


@given(
    st.integers(0, 4),
    st.integers(0, 4),
    st.lists(st.integers(0, 9000), min_size=1, max_size=6),
    st.lists(st.integers(1, 9000), min_size=1, max_size=6),
    st.integers(0, 90_000),
)
def test_the_schedule_is_the_trainers(start, more, fade, hold, shown) -> None:
    growth = Growth(
        start=start,
        top=start + more,
        fade_kimg=tuple(f / 1000 for f in fade),
        hold_kimg=tuple(h / 1000 for h in hold),
    )
    rungs = rungs_of({"growth": asdict(growth), "network": {"base": [5, 4]}})
    assert rungs[-1].end == growth.total
    stage = stage_at(shown, growth)
    here = next((r for r in rungs if shown < r.end), rungs[-1])
    assert (here.number, here.end) == (stage.rung, stage.ends_at)
    assert here.alpha(shown) == pytest.approx(stage.alpha)


def test_the_default_settings_of_the_trainer_can_be_drawn() -> None:
    config = TrainConfig()
    rungs = rungs_of(json.loads(json.dumps(config.to_dict())))
    assert [(r.height, r.width) for r in rungs] == [
        config.network.size(n) for n in range(config.growth.start, config.growth.top + 1)
    ]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"growth": {"fade_kimg": "long"}}, "fade_kimg is 'long'"),
        ({"growth": {"hold_kimg": []}}, "hold_kimg is \\[\\]"),
        ({"growth": 3}, "growth is 3; a table"),
        ({"growth": {"start": 4, "top": 2}}, "from rung 4 to 2"),
        ({"network": {"base": 5}}, "network.base is 5"),
        ({"growth": {"top": 1e9}}, "top <= 16"),
    ],
)
def test_settings_that_cannot_be_drawn_say_which_key(config, words) -> None:
    with pytest.raises(ValueError, match=words):
        rungs_of(config)


def test_ticks_are_read_as_they_are_appended(folder) -> None:
    tell(folder, {"event": "started", "set": "abc"}, tick(2000, critic_loss=0.5, rate=100))
    follower = Follower(folder)
    assert follower.read()
    assert not follower.read()
    with (folder / "events.jsonl").open("a") as file:
        file.write('{"event": "tick", "sho')
    assert not follower.read()
    with (folder / "events.jsonl").open("a") as file:
        file.write('wn": 4000, "critic_loss": 0.4, "time": 2.0}\n')
    assert follower.read()
    assert follower.run.series("critic_loss") == ((2000, 4000), (0.5, 0.4))
    assert follower.run.series("rate") == ((2000,), (100.0,))
    assert follower.run.series("swd") == ((), ())


def test_stage_and_total_follow_the_settings(folder) -> None:
    tell(folder, tick(9000, rung=2, alpha=0.5))
    run = read(folder)
    assert [(r.size, r.begin, r.full, r.end) for r in run.rungs] == [
        ("10x8", 0, 0, 8000),
        ("20x16", 8000, 10000, 20000),
        ("40x32", 20000, 24000, 34000),
    ]
    assert run.total == 34_000
    assert run.rung().size == "20x16"
    assert run.rung().alpha(9000) == 0.5


def test_a_rung_left_early_moves_all_that_follow(folder) -> None:
    tell(folder, tick(15_000), {"event": "settled", "rung": 2, "shown": 15_000})
    assert [(r.begin, r.full, r.end) for r in read(folder).rungs] == [
        (0, 0, 8000),
        (8000, 10000, 15000),
        (15000, 19000, 29000),
    ]


def test_what_was_trained_twice_counts_the_last_time(folder) -> None:
    tell(
        folder,
        *(tick(n, critic_loss=n / 1000) for n in (1000, 2000, 3000)),
        {"event": "resumed", "shown": 2000},
        tick(3000, critic_loss=9.0),
    )
    assert read(folder).series("critic_loss") == ((1000, 2000, 3000), (1.0, 2.0, 9.0))


def test_going_back_is_told_as_an_alarm(folder) -> None:
    tell(folder, tick(1000), tick(2000))
    tell(folder, {"event": "rolled_back", "shown": 1000, "reason": "mode collapse"})
    tell(folder, {"event": "alarm", "shown": 1000, "kind": "sure", "text": "Look at it."})
    run = read(folder)
    words = [alarm.text for alarm in run.alarms]
    assert words == ["Went back to 1,000 images: mode collapse.", "Look at it."]
    assert [t.shown for t in run.ticks] == [1000]


def test_unknown_kinds_keys_and_values_are_passed_over(folder) -> None:
    tell(folder, tick(1000, critic_loss=None, label="x", deep={"a": 1}, swd=[1, 2], on=True))
    tell(folder, {"event": "teleported", "shown": "far"}, tick(2000, critic_loss=0.1, new=7))
    run = read(folder)
    assert run.series("critic_loss") == ((2000,), (0.1,))
    assert run.series("new") == ((2000,), (7.0,))
    assert run.series("on") == run.series("label") == ((), ())


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=40) | st.sampled_from([b"{}", b'{"event":"tick"}', b"\n"])))
def test_any_bytes_are_read_without_an_error(folder, pieces) -> None:
    (folder / "events.jsonl").write_bytes(b"\n".join(pieces))
    assert isinstance(read(folder), runs.Run)


def test_a_folder_taken_by_another_run_is_read_anew(folder) -> None:
    tell(folder, tick(1000), tick(2000))
    follower = Follower(folder)
    follower.read()
    (folder / "events.jsonl").unlink()
    tell(folder, tick(500))
    assert follower.read()
    assert [t.shown for t in follower.run.ticks] == [500]
    assert follower.run.total == 34_000


def test_settings_that_come_later_or_are_damaged(folder) -> None:
    (folder / "config.json").rename(folder / "later")
    tell(folder, {"event": "started"})
    follower = Follower(folder)
    follower.read()
    assert follower.run.rungs == ()
    assert follower.run.rung() is None
    (folder / "later").rename(folder / "config.json")
    tell(folder, tick(1000))
    follower.read()
    assert follower.run.total == 34_000
    (folder / "config.json").write_text("{")
    run = read(folder)
    assert run.trouble.startswith("run/config.json can't be read")
    assert run.ticks


def test_a_folder_without_a_run_is_refused(tmp_path) -> None:
    with pytest.raises(ValueError, match="no run here"):
        Follower(tmp_path)


def test_time_left_from_the_trainer_or_from_the_rate(folder) -> None:
    tell(folder, tick(4000, rung=1, rate=100.0))
    left = runs.seconds_left(read(folder))
    # 4,000 images to 8,000; then three times slower per rung
    assert left == {1: 40.0, 2: 12_000 * 3 / 100, 3: 14_000 * 9 / 100}
    tell(folder, tick(12_000, rung=2, rate=50.0))
    assert runs.seconds_left(read(folder)) == {2: 160.0, 3: 14_000 * 2 / 50}  # as it fell so far
    tell(folder, tick(13_000, rate=50.0, seconds_left_rung=7, seconds_left=70))
    assert runs.seconds_left(read(folder)) == {2: 7.0, 3: 63.0}
    tell(folder, tick(14_000))
    assert runs.seconds_left(read(folder)) == {}


def test_sheets_are_listed_by_images_shown(folder) -> None:
    (folder / "sheets").mkdir()
    for name in ("fakes-000012000.png", "fakes-000002000.png", "reals.png", "fakes-x.png", "a.png"):
        (folder / "sheets" / name).touch()
    found, reals = runs.sheets(folder)
    assert [s.shown for s in found] == [2000, 12000]
    assert reals.file.name == "reals.png"
    assert [runs.at(found, n) for n in (0, 2000, 11_999, 12_000, 99_999)] == [0, 0, 0, 1, 1]
    assert runs.sheets(folder / "none") == ([], None)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (29, "29 s"), (90, "2 min"), (3600, "1 h 0 min"), (100_000, "1 d 3 h")],
)
def test_durations_in_two_units(seconds, words) -> None:
    assert runs.duration(seconds) == words


def test_states_in_words(folder) -> None:
    tell(folder, tick(1000))
    run = read(folder)
    assert runs.state_words(run, alive=True) == "training"
    assert runs.state_words(run, alive=True, paused=True) == "paused"
    assert runs.state_words(run, alive=False) == "not running"
    tell(folder, {"event": "stopped", "shown": 1000})
    assert runs.state_words(read(folder), alive=False) == "stopped"
    tell(folder, {"event": "resumed", "shown": 1000}, {"event": "started"})
    assert runs.state_words(read(folder), alive=True) == "starting"


def test_nothing_is_ever_written_into_a_run(folder) -> None:
    tell(folder, tick(1000))
    before = sorted((p.name, p.stat().st_mtime_ns) for p in folder.rglob("*"))
    runs.sheets(folder)
    read(folder)
    assert sorted((p.name, p.stat().st_mtime_ns) for p in folder.rglob("*")) == before
