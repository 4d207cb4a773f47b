"""A themed application, small mammograms, a window, and a generator that needs no torch."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from app import resources
from app.core.display import Encoding, Window
from app.core.hanging import hang
from app.core.mammogram import SCREENING, Exam, Facts, Mammogram, Source
from app.core.recipe import Recipe
from app.ui import theme
from app.ui.collector import Collector
from app.ui.desk import Desk
from app.ui.explore import drawing
from app.ui.grid import Grid
from app.ui.hands import Hands
from app.ui.jobs import Jobs
from app.ui.pictures import Pictures, develop
from app.ui.tools.notebook import Notebook
from app.ui.window import MainWindow

ENCODING = Encoding(bits=12, vois=(Window(center=2048, width=4096, name="file"),))
ORIENTATIONS = {"RCC": "P\\L", "LCC": "A\\R", "RMLO": "P\\FL", "LMLO": "A\\FR"}


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path, monkeypatch) -> None:
    """What is drawn in a test must not meet the notes of the person who runs it."""
    monkeypatch.setenv("MAMMOSCOPE_DATA", str(tmp_path / "user-data"))


@pytest.fixture(autouse=True)
def no_trainings(monkeypatch) -> None:
    """Leave the trainings of who runs the tests alone."""
    monkeypatch.setattr("app.launch.running", list)


@pytest.fixture(scope="session")
def themed(qapp):
    theme.apply(qapp, theme.load())
    collector = Collector()
    yield qapp
    collector.stop()


def mammogram(side: str, view: str, *, rows: int = 300, columns: int = 240, **facts) -> Mammogram:
    """A noisy half disc on black, its flat side at the chest wall, in the standard hang."""
    y, x = np.mgrid[:rows, :columns]
    inward = columns - 1 - x if side == "R" else x
    disc = (inward / (0.8 * columns)) ** 2 + ((y - rows / 2) / (0.4 * rows)) ** 2 < 1
    rng = np.random.default_rng(columns + len(side + view))
    pixels = np.where(disc, rng.integers(800, 4000, (rows, columns)), 0).astype(np.uint16)
    known = Facts(
        file=facts.pop("file", f"{side}{view}.dcm"),
        rows=rows,
        columns=columns,
        side=side,
        view=view,
        orientation=tuple(ORIENTATIONS[side + view].split("\\")),
        spacing_mm=(0.5, 0.5),
        exam="one",
    )
    return Mammogram(facts=replace(known, **facts), pixels=pixels, encoding=ENCODING)


@dataclass
class Bench:
    """A grid with its surroundings, four views hung and settled."""

    jobs: Jobs
    pictures: Pictures
    grid: Grid
    hands: Hands
    notebook: Notebook
    desk: Desk
    images: dict[str, Mammogram] = field(default_factory=dict)

    def pane(self, name: str):
        return next(p for p in self.grid.panes if p.hung.cell.name == name)


@pytest.fixture
def bench(themed, qtbot) -> Iterator[Bench]:
    jobs = Jobs()
    pictures = Pictures(jobs)
    grid = Grid(pictures, jobs, theme.load())
    qtbot.addWidget(grid)
    notebook = Notebook(pictures, jobs)
    bench = Bench(jobs, pictures, grid, Hands(grid, notebook), notebook, Desk(pictures, jobs))
    for side, view in SCREENING:
        image = mammogram(side, view)
        bench.images[image.facts.label] = image
        pictures.put(develop(image))
    exam = Exam(id="one", title="one", images=tuple(m.facts for m in bench.images.values()))
    grid.resize(801, 661)
    grid.show_step(hang([exam], resources.protocol("screening-4up")).steps[0])
    grid.show()
    qtbot.waitExposed(grid)
    qtbot.waitUntil(grid.settled, timeout=5000)
    qtbot.waitUntil(lambda: all(notebook.key_of(pane) for pane in grid.panes), timeout=5000)
    yield bench
    jobs.close()


@dataclass
class FakeSynthesizer:
    """Draws flat pictures whose grey tells the first edit; counts what it was asked."""

    asked: list[tuple[Recipe, int | None]] = field(default_factory=list)
    info: object = field(
        default_factory=lambda: SimpleNamespace(
            hash="f" * 64,
            title="Fake",
            opening=0,
            file="fake.safetensors",
            rungs=((50, 40), (100, 80), (200, 160)),
            directions=tuple(
                SimpleNamespace(
                    name=f"direction {n}", kind="measured", r2=0.5, reach=3.0, told=None
                )
                for n in range(7)
            ),
            licence="none",
            attribution="nobody",
            facts={},
        )
    )
    wait_s: float = 0.0

    def preview_rung(self, budget_ms: float) -> int:
        return 0

    def took(self, rung: int, milliseconds: float) -> None:
        assert rung == 0 < milliseconds

    def changes(self, recipe: Recipe) -> dict[int, float]:
        return {0: 0.8 * recipe.point.edits[0]} if recipe.point.edits else {}

    def free_share(self, direction: int, locked: Sequence[int]) -> float:
        return 0.1 if {direction, *locked} >= {0, 1} else 1.0  # 0 and 1 are all but the same

    def views(self, recipe, rung) -> np.ndarray:
        shade = 200 * recipe.position if recipe.end else 100 + 40 * self._edit(recipe)
        return np.full((4, *self.info.rungs[rung]), np.clip(shade, 0, 255), np.uint8)

    def latent(self, recipe) -> np.ndarray:
        point = recipe.point
        if point.latent:
            return np.array(point.latent, np.float32)
        drawn = np.random.default_rng(point.seed).standard_normal(8).astype(np.float32)
        return drawn + np.float32(self._edit(recipe))

    def _edit(self, recipe) -> float:
        return recipe.point.edits[0] if recipe.point.edits else 0.0

    def angle(self, recipe) -> float:
        return 88.0

    def thumbnails(self, recipe, direction, amounts, rung) -> np.ndarray:
        shades = [100 + 40 * round(amount) for amount in amounts]
        return np.array(shades, np.uint8)[:, None, None] * np.ones((1, 50, 40), np.uint8)

    def render(
        self, recipe: Recipe, rung: int | None = None, *, exact: bool = True
    ) -> tuple[Mammogram, ...]:
        self.asked.append((recipe, rung))
        time.sleep(self.wait_s)
        rows, columns = self.info.rungs[-1 if rung is None else rung]
        edit = recipe.point.edits[0] if recipe.point.edits else 0.0
        made = []
        for side, view in SCREENING:
            image = mammogram(side, view, rows=rows, columns=columns)
            pixels = np.where(image.pixels > 0, 2000 + round(300 * edit), 0).astype(np.uint16)
            facts = replace(
                image.facts, source=Source.SYNTHETIC, spacing_mm=None, overlay={"seed": "0"}
            )
            made.append(replace(image, facts=facts, pixels=pixels))
        return tuple(made)


@pytest.fixture
def fake(monkeypatch) -> FakeSynthesizer:
    made = FakeSynthesizer()

    def load(path: Path) -> FakeSynthesizer:
        assert threading.current_thread() is not threading.main_thread()  # torch takes 2 s
        return made

    monkeypatch.setattr(drawing, "load", load)
    monkeypatch.setattr(resources, "default_model", lambda: Path("fake.safetensors"))
    return made


@pytest.fixture
def window(themed, qtbot) -> Iterator[MainWindow]:
    window = MainWindow(theme.load())
    qtbot.addWidget(window)
    window.resize(1200, 800)
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close()


@pytest.fixture
def exam_folder(tmp_path) -> Callable[[str], Path]:
    """Write a four-view exam as PNG files with a manifest; the name is its patient."""

    def write(name: str) -> Path:
        from PIL import Image

        folder = tmp_path / name
        folder.mkdir()
        lines = ["file,source,patient_id,laterality,view,bits,notes"]
        for side, view in SCREENING:
            pixels = mammogram(side, view).pixels * 16
            Image.fromarray(pixels).save(folder / f"{side}{view}.png")
            lines.append(f"{side}{view}.png,test,{name},{side},{view},16,")
        (folder / "manifest.csv").write_text("\n".join(lines) + "\n")
        return folder

    return write


def grey_of(widget) -> np.ndarray:
    """The widget as an array of shape (rows, columns, 3)."""
    image = widget.grab().toImage().convertToFormat(widget.grab().toImage().Format.Format_RGB888)
    buffer = np.frombuffer(image.constBits(), np.uint8)
    rows = buffer.reshape(image.height(), image.bytesPerLine())[:, : 3 * image.width()]
    return rows.reshape(image.height(), image.width(), 3).copy()


@pytest.fixture(name="grey_of")
def _grey_of():
    return grey_of
