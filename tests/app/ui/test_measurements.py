"""The list of annotations, and the way from a pane's places to the image's."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, Qt

from app.core.annotation import Annotation, Notes
from app.core.geometry import Transform
from app.core.measure import profile
from app.core.resample import Placement
from app.ui import theme
from app.ui.panels.measurements import MeasurementsPanel
from app.ui.tools.notebook import Selected
from app.ui.tools.places import Places

LINE = Annotation(kind="profile", points=((20.0, 50.0), (120.0, 150.0)))
BOX = Annotation(kind="rectangle", points=((20.0, 50.0), (60.0, 90.0)), label="mass")


@pytest.fixture
def panel(bench, qtbot) -> MeasurementsPanel:
    panel = MeasurementsPanel(bench.grid, bench.notebook, theme.load())
    qtbot.addWidget(panel)
    panel.resize(280, 700)
    panel.show()
    return panel


def test_an_empty_list_tells_the_keys(panel):
    assert panel.hint.isVisible()
    assert "D distance" in panel.hint.text()
    assert panel.list.isHidden()


def test_the_list_follows_the_notes_and_the_selection(bench, panel, qtbot):
    key = bench.notebook.key_of(bench.pane("LCC"))
    bench.notebook.put(key, Notes(annotations=(LINE, BOX)))
    assert [panel.list.item(n).text() for n in range(2)] == ["LCC  profile", "mass"]
    bench.notebook.select(Selected(image=key, number=1))
    assert [item.text() for item in panel.list.selectedItems()] == ["mass"]
    pixels = bench.images["LCC"].pixels[50:90, 20:60].astype(float)
    assert f"{pixels.mean():.0f}" in panel.results.text()
    assert "400.0 mm²" in panel.results.text()
    panel.list.clearSelection()
    panel.list.item(0).setSelected(True)
    assert bench.notebook.selection == Selected(image=key, number=0)


def test_key_images_are_named(bench, panel):
    assert panel.keys.isHidden()
    for name in ("RCC", "LMLO"):
        bench.notebook.toggle_key(bench.pane(name))
    assert panel.keys.text() == "Key images: RCC, LMLO"


def test_a_name_edited_in_the_list_can_be_undone(bench, panel):
    key = bench.notebook.key_of(bench.pane("LCC"))
    bench.notebook.put(key, Notes(annotations=(BOX,)))
    item = panel.list.item(0)
    assert item.flags() & Qt.ItemFlag.ItemIsEditable
    item.setText("cyst")
    assert bench.notebook.notes(key).annotations[0].label == "cyst"
    bench.notebook.undo()
    assert panel.list.item(0).text() == "mass"


def test_profile_and_histogram_are_plotted(bench, panel):
    pane = bench.pane("LCC")
    key = bench.notebook.key_of(pane)
    assert panel._plot is None
    bench.notebook.put(key, Notes(annotations=(LINE, BOX)))
    bench.notebook.select(Selected(image=key, number=0))
    image = bench.images["LCC"]
    where, values, unit = profile(image.facts, image.pixels, image.encoding, *LINE.points)
    (curve,) = panel._plot.listDataItems()
    np.testing.assert_allclose(curve.getData()[0], where)
    np.testing.assert_allclose(curve.getData()[1], values)
    assert unit == "mm"
    bench.notebook.select(Selected(image=key, number=1))
    (bars,) = panel._plot.listDataItems()
    assert bars.getData()[1].sum() == 40 * 40
    bench.notebook.select(None)
    assert not panel._plot.isVisible()


def test_starting_the_window_does_not_import_the_plots():
    import subprocess

    code = "import sys, app.ui.window; sys.exit('pyqtgraph' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == 0


sizes = st.integers(1, 5000)
zooms = st.floats(0.01, 20)


@given(
    st.sampled_from(Transform),
    st.tuples(sizes, sizes),
    st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
    st.tuples(zooms, zooms),
    st.sampled_from([1.0, 1.25, 2.0]),
    st.tuples(st.floats(-100, 2000), st.floats(-100, 2000)),
)
def test_places_go_there_and_back(transform, size, corner, zoom, ratio, point):
    place = Placement(
        left=corner[0], top=corner[1], zoom_x=zoom[0], zoom_y=zoom[1], width=800, height=600
    )
    places = Places(place=place, transform=transform, rows=size[0], columns=size[1], ratio=ratio)
    back = places.shown(places.stored(QPointF(*point)))
    assert (back.x(), back.y()) == pytest.approx(point, abs=1e-3)
    x, y = places.inside(places.stored(QPointF(*point)))
    assert 0 <= x <= size[1]
    assert 0 <= y <= size[0]
