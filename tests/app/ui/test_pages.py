"""Pages: the wheel scrolls them and changes no field."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QAbstractSlider, QAbstractSpinBox, QComboBox, QScrollBar, QWidget


def value_of(field: QWidget) -> object:
    """What a field holds."""
    if isinstance(field, QComboBox):
        return field.currentIndex()
    return field.text() if isinstance(field, QAbstractSpinBox) else field.value()


@pytest.mark.parametrize(
    ("name", "least"), [("readings", 15), ("training", 4), ("settings", 5), ("archive", 1)]
)
def test_the_wheel_changes_no_field_of_a_page(window, fake, qapp, name, least) -> None:
    window.show_panel(name)
    page = window.pages.page(name)
    if name == "readings":
        page.design()
    if name == "training":
        window.train()
    kinds = (QComboBox, QAbstractSpinBox, QAbstractSlider)
    fields = [f for f in page.findChildren(QWidget) if isinstance(f, kinds)]
    fields = [f for f in fields if not isinstance(f, QScrollBar)]
    assert len(fields) >= least
    before = [value_of(field) for field in fields]
    for turn in (120, -120, -120):
        for field in fields:
            place = QPointF(field.rect().center())
            event = QWheelEvent(
                place, QPointF(field.mapToGlobal(place)), QPoint(), QPoint(0, turn),
                Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
                Qt.ScrollPhase.NoScrollPhase, False,
            )  # fmt: skip
            qapp.sendEvent(field, event)
    assert [value_of(field) for field in fields] == before
