"""Window drag of four views with fifty annotations against without: prints one JSON line."""

import json
import statistics
import time

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from app.core.annotation import Annotation, Notes
from app.core.display import Encoding, Window
from app.core.hanging import hang
from app.core.mammogram import SCREENING, Exam, Facts, Mammogram
from app.resources import protocol
from app.ui import theme
from app.ui.desk import Desk
from app.ui.grid import Grid
from app.ui.hands import Hands
from app.ui.jobs import Jobs
from app.ui.pictures import Pictures, develop
from app.ui.tools.kit import Kit
from app.ui.tools.notebook import Notebook

ROWS, COLUMNS = 4096, 3328


@pytest.fixture
def desk(qapp, qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("MAMMOSCOPE_DATA", str(tmp_path))
    theme.apply(qapp, theme.load())
    jobs = Jobs()
    pictures = Pictures(jobs)
    grid = Grid(pictures, jobs, theme.load())
    qtbot.addWidget(grid)
    notebook = Notebook(pictures, jobs)
    hands = Hands(grid, notebook)
    Kit(hands, notebook, jobs, Desk(pictures, jobs), theme.load(), grid)
    facts = []
    for side, view in SCREENING:
        one = Facts(
            file=side + view,
            rows=ROWS,
            columns=COLUMNS,
            side=side,
            view=view,
            orientation=("P" if side == "R" else "A", "F"),
            spacing_mm=(0.07, 0.07),
        )
        rng = np.random.default_rng(len(facts))
        pixels = rng.integers(0, 4096, (ROWS, COLUMNS), dtype=np.uint16)
        encoding = Encoding(bits=12, vois=(Window(center=2048, width=4096),))
        pictures.put(develop(Mammogram(facts=one, pixels=pixels, encoding=encoding)))
        facts.append(one)
    grid.resize(1600, 1000)
    exam = Exam(id="a", title="a", images=tuple(facts))
    grid.show_step(hang([exam], protocol("screening-4up")).steps[0])
    grid.show()
    qtbot.waitUntil(lambda: all(notebook.key_of(p) for p in grid.panes), timeout=20000)
    qtbot.waitUntil(grid.settled, timeout=20000)
    yield grid, hands, notebook
    jobs.close()


def drag(grid, hands) -> float:
    """Median CPU milliseconds of a step of a window drag, all four panes painted."""
    taken = []
    for step in range(60):
        began = time.process_time()
        hands.drag_window(grid.panes[0], QPointF(1 if step % 2 else -1, 1))
        for pane in grid.panes:
            pane.repaint()
        taken.append(1000 * (time.process_time() - began))
    return statistics.median(taken[5:])


def test_annotations_do_not_slow_a_window_drag(desk):
    grid, hands, notebook = desk
    without = drag(grid, hands)
    kinds = ("distance", "ellipse", "rectangle")
    for pane in grid.panes:
        drawn = tuple(
            Annotation(kind=kind, points=((300 + 150 * n, 400), (700 + 150 * n, 900)))
            for n in range(4)
            for kind in kinds
        )
        notebook.put(notebook.key_of(pane), Notes(annotations=drawn, key=True))
    with_them = drag(grid, hands)
    line = {
        "work": "window drag, 4-up, 48 annotations",
        "unit": "ms CPU per step",
        "ours": round(with_them, 2),
        "peers": {"without annotations": round(without, 2)},
        "ratio": round(with_them / without, 2),
    }
    print(json.dumps(line))
