"""Makes the pictures that are shipped: of the model, and of the window for README and guide.

Run by hand after another model or another look: `python tests/guide/pictures.py RUN`, with
the folder of a finished training for the training page; `pages RUN` takes only the pages again.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from app import resources
from app.core import pattern
from app.core.annotation import Annotation, Kind
from app.core.recipe import LatentPoint, Recipe
from app.synth.render import Synthesizer
from app.ui import about, cards, theme
from app.ui.quality.patterns import drawn
from app.ui.shell import application
from app.ui.window import MainWindow

GUIDE = resources.folder("guide")
SIZE = (1800, 1000)
SMALL = (1280, 860)  #: of the guide's other pictures


def wait(until: Callable[[], bool], at_least_ms: int = 300) -> None:
    """Let the window live until something is true, and a little longer."""
    while True:
        loop = QEventLoop()
        QTimer.singleShot(at_least_ms, loop.quit)
        loop.exec()
        if until():
            return


def model_pictures() -> None:
    """One exam of the shipped model, and one of its images at rising rungs."""
    path = resources.default_model()
    model = Synthesizer(path)
    recipe = Recipe(model=model.info.hash, point=LatentPoint(seed=model.info.opening))
    look = theme.load()
    exam = cards.hung(model.render(recipe), look)
    exam.save(str(path.with_name(f"{path.stem}-exam.png")))
    top = len(model.info.rungs) - 1
    rungs = [
        model.thumbnails(recipe, 0, [0.0], rung)[0] for rung in range(max(0, top - 4), top + 1)
    ]
    cards.grown(rungs, look).save(str(path.with_name(f"{path.stem}-growth.png")))


def window_pictures() -> None:
    """The start page, the demo, and the generator with its panel."""
    window = MainWindow(theme.load())
    window.resize(*SIZE)
    window.show()
    wait(lambda: not window.jobs.busy(), 1000)
    save(window, "start")
    window.desk.begin_at(None, 1, both=True)
    window.opening.open(about.demo_exams())
    wait(lambda: bool(window.desk.opened) and window.settled())
    save(window, "screenshot")
    window.desk.show_mode("generated")
    window.show_panel("latent")
    wait(window.settled)
    window.latent.rows[0].slider.setValue(100)
    wait(lambda: window.settled() and not window.jobs.busy())
    save(window, "generator")
    window.close()


def reading_pictures(run: Path) -> None:
    """Tools, sheets and pages, each where the guide speaks of it."""
    window = MainWindow(theme.load())
    window.memory.keeps = False
    window.resize(*SMALL)
    window.show()
    window.opening.open(about.demo_exams()[:1])
    wait(lambda: bool(window.desk.opened) and window.settled())
    window.desk.go_step(1)
    wait(lambda: window.settled() and window.notebook.key_of(window.grid.panes[0]) is not None)
    pane = window.grid.panes[0]
    key, facts = window.notebook.key_of(pane), pane.facts
    assert key is not None
    assert facts is not None
    wide, high = facts.columns, facts.rows
    window.notebook.add(key, _drawn("ellipse", wide, high, (0.68, 0.34, 0.82, 0.44)))
    window.notebook.add(key, _drawn("distance", wide, high, (0.64, 0.60, 0.86, 0.64)))
    window.show_panel("measurements")
    wait(window.settled)
    save(window, "measuring")
    window.show_panel("")
    window.capture.ask()
    wait(window.settled)
    save(window, "export")
    assert window.capture._sheet is not None
    window.capture._sheet.close_sheet()
    window.dialogs.show_keys()
    wait(window.settled)
    save(window, "keys")
    window.dialogs.keys.close_sheet()
    window.show_panel("training")
    training = window.pages.page("training")
    training.watch.found.disconnect()  # what else this machine trains is nobody's business
    training.show_run(run)
    wait(lambda: not window.jobs.busy(), 2500)
    save(window, "training")
    window.show_panel("readings")
    readings = window.pages.page("readings")
    readings.design()
    wait(lambda: not window.jobs.busy(), 1000)
    save(window, "readings")
    window.show_panel("display")
    wait(lambda: not window.jobs.busy(), 1000)
    save(window, "display")
    drawn(pattern.quality(1280, 800)).save(str(GUIDE / "pattern.png"))
    window.close()


def _drawn(kind: Kind, wide: int, high: int, box: tuple[float, float, float, float]) -> Annotation:
    """Return an annotation at fractions of an image."""
    left, top, right, bottom = box
    return Annotation(kind=kind, points=((left * wide, top * high), (right * wide, bottom * high)))


def save(window: MainWindow, name: str) -> None:
    """Write a picture of the window into the guide."""
    path: Path = GUIDE / f"{name}.png"
    window.grab().save(str(path), "PNG")
    sys.stdout.write(f"{path.name}\n")


if __name__ == "__main__":
    own = mkdtemp()  # neither the settings nor the notes of who runs this
    os.environ["MAMMOSCOPE_SETTINGS"] = os.environ["MAMMOSCOPE_DATA"] = own
    app: QApplication = application()
    *only, folder = sys.argv[1:]
    if only != ["pages"]:
        model_pictures()
        window_pictures()
    reading_pictures(Path(folder))
