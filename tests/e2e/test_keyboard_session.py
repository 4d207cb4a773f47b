"""A reading session on the real window without a mouse, from opening a folder to closing."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageGrab

SIZE = (1280, 800)


def draw_exams(folder: Path) -> None:
    """Write two exams of four views, each image different."""
    folder.mkdir()
    y, x = np.mgrid[:400, :300]
    rows = ["file,patient_id,laterality,view"]
    for patient in ("p1", "p2"):
        for n, (side, view) in enumerate((s, v) for s in "RL" for v in ("CC", "MLO")):
            rng = np.random.default_rng(10 * n + ord(patient[1]))
            inward = 299 - x if side == "R" else x
            breast = (inward / 220) ** 2 + ((y - 200) / 150) ** 2 < 1
            grey = np.where(breast, rng.normal(120, 30, x.shape).clip(20, 255), 0)
            name = f"{patient}_{side}_{view}.png"
            Image.fromarray(grey.astype(np.uint8)).save(folder / name)
            rows.append(f"{name},{patient},{side},{view}")
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


class Keys:
    """Starts the application and presses its keys."""

    def __init__(self, display: str, place: Path) -> None:
        own = {
            "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "MAMMOSCOPE_SETTINGS": str(place),
            "MAMMOSCOPE_DATA": str(place / "data"), "MAMMOSCOPE_LOGS": str(place / "logs"),
        }  # fmt: skip
        self.display, self.environment = display, os.environ | own
        self.process = subprocess.Popen([sys.executable, "-m", "app"], env=self.environment)
        self.window = self.find("Mammoscope")
        self.focus(self.window)

    def tool(self, *arguments: str) -> str:
        done = subprocess.run(
            ["xdotool", *arguments],
            env=self.environment, capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        return done.stdout

    def find(self, title: str) -> str:
        self.tool("search", "--sync", "--onlyvisible", "--name", title)
        time.sleep(0.5)
        return self.tool("search", "--onlyvisible", "--name", title).split()[0]

    def focus(self, window: str) -> None:
        """Give a window the keyboard, as a window manager would."""
        self.tool("windowfocus", "--sync", window)

    def press(self, *keys: str) -> None:
        self.tool("key", "--delay", "60", *keys)

    def look(self, name: str = "") -> np.ndarray:
        image = ImageGrab.grab(xdisplay=self.display)
        if name and (folder := os.environ.get("KEYBOARD_SHOTS")):
            image.save(Path(folder) / f"{name}.png")
        return np.asarray(image.convert("L"))

    def until_hung(self) -> np.ndarray:
        """Wait until breasts fill the screen, as no page does, and it rests."""
        deadline, last = time.monotonic() + 120, self.look()
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "the window is gone"
            time.sleep(0.5)
            now = self.look()
            if (now > 60).mean() > 0.12 and (now == last).all():
                return now
            last = now
        raise AssertionError("no exam on the screen")

    def until_different(self, before: np.ndarray, least: float = 0.001) -> np.ndarray:
        """Wait until so much of the screen has changed, and rests."""
        deadline, last = time.monotonic() + 60, before
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "the window is gone"
            time.sleep(0.3)
            now = self.look()
            if (now != before).mean() > least and (now == last).all():
                return now
            last = now
        raise AssertionError("nothing changed on the screen")


def test_a_session_by_keyboard_from_opening_to_closing(display, tmp_path) -> None:
    draw_exams(tmp_path / "exams")
    keys = Keys(display, tmp_path)
    keys.press("Escape")  # the first steps, shown once
    time.sleep(1)
    keys.look("start")
    keys.press("ctrl+shift+o")
    keys.focus(keys.find("Open a folder"))
    keys.tool("type", "--delay", "20", str(tmp_path / "exams"))
    keys.press("Return")
    keys.focus(keys.window)
    shown = keys.until_hung()
    keys.press("Down")  # next exam
    shown = keys.until_different(shown)
    keys.press("shift+Left", "shift+Left", "shift+Down")  # window
    shown = keys.until_different(shown, 0.02)
    keys.press("plus", "plus", "plus")  # zoom
    shown = keys.until_different(shown, 0.02)
    keys.press("Tab")  # to the left breast
    keys.press(
        "d", "Return", "Return", *["Right"] * 8, *["Down"] * 4, "Return", "Escape"
    )  # measure
    keys.press("k")  # key image
    shown = keys.until_different(shown, 0.0002)
    keys.look("measured")
    keys.press("Page_Down")  # next step
    keys.until_different(shown, 0.02)
    keys.look("next step")
    keys.press("ctrl+q")
    assert keys.process.wait(timeout=30) == 0

    session = json.loads((tmp_path / "session.json").read_text(encoding="utf-8"))
    assert session["open"] == [str(tmp_path / "exams")]
    assert (session["group"], session["step"]) == (1, 1)
    notes = [json.loads(p.read_text()) for p in (tmp_path / "data" / "notes").rglob("*.json")]
    assert len(notes) == 1
    assert notes[0]["key"] is True
    assert [one["kind"] for one in notes[0]["annotations"]] == ["distance"]
