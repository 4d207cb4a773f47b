"""Pictures that zoom as one, and what the dialogs say when something is missing."""

import numpy as np
from PySide6.QtCore import QPointF

from app.settings import Store
from app.ui.jobs import Jobs
from app.ui.likeness.closest import ClosestDialog
from app.ui.likeness.compared import Compared, grey_image, signed_image
from app.ui.likeness.nearest import NearestDialog
from app.ui.pictures import Pictures
from app.ui.studio import Studio


def test_pictures_zoom_and_move_as_one_and_stay_in_sight(qtbot):
    row = Compared(3)
    qtbot.addWidget(row)
    row.show_images([(f"{k}", grey_image(np.zeros((80, 64), np.float32))) for k in range(2)])
    assert [title.text() for title in row.titles] == ["0", "1", ""]
    row.views[1].zoomed.emit(4.0, QPointF(0.5, 0.25))
    assert {view.zoom for view in row.views} == {4.0}
    place = row.views[0].centre
    assert (place.x(), place.y()) == (0.5, 0.3125), "what is under the pointer stays there"
    row.views[0].panned.emit(QPointF(9, 0))
    assert {view.centre.x() for view in row.views} == {0.125}, "no farther than the edge"
    row.views[2].reset.emit()
    assert {view.zoom for view in row.views} == {1.0}


def test_a_residual_shows_its_sign():
    image = signed_image(np.array([[0.5, 0.0, -0.5]]))
    more, none, less = (image.pixelColor(x, 0) for x in range(3))
    assert more.red() > more.blue()
    assert less.blue() > less.red()
    assert (none.red(), none.green(), none.blue()) == (0, 0, 0)


def test_what_is_missing_is_said(qtbot):
    jobs = Jobs()
    studio = Studio(Pictures(jobs), jobs)
    nearest = NearestDialog(studio, jobs, Store())
    closest = ClosestDialog(studio, jobs, lambda whole: [])
    for dialog in (nearest, closest):
        qtbot.addWidget(dialog)
    nearest.compare()
    assert "Choose the training set" in nearest.words.text()
    assert not closest.start.isEnabled(), "no model is loaded yet"
    closest.begin()
    assert "No real image is chosen" in closest.words.text()
    jobs.close()
