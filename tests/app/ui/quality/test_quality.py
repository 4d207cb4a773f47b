"""The page on display quality: facts, patterns pixel for pixel, luminances judged and kept."""

import numpy as np
import pytest
from PIL import ImageCms
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from app import displays
from app.core import gsdf, pattern
from app.ui import theme
from app.ui.quality import facts
from app.ui.quality.page import QualityPage
from app.ui.quality.patterns import PatternWindow
from app.ui.tools import screens


@pytest.fixture
def page(themed, qtbot):
    page = QualityPage(theme.load())
    qtbot.addWidget(page)
    page.resize(1000, 900)
    page.show()
    return page


def grey(widget) -> np.ndarray:
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width()].copy()


def test_the_pattern_reaches_the_screen_unchanged(themed, qtbot, qapp) -> None:
    window = PatternWindow(qapp.primaryScreen())
    qtbot.addWidget(window)
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    window.showFullScreen()
    size = qapp.primaryScreen().size()
    assert window.size() == size
    shown, wanted = grey(window), pattern.quality(size.width(), size.height())
    words = np.zeros(shown.shape, bool)
    for box, _ in wanted.letters:
        box.of(words)[...] = True
    assert (shown == wanted.pixels)[~words].all()
    for box, ground in wanted.letters:  # every letter one of the faint greys, and there are some
        values = set(box.of(shown).flat) - {ground}
        steps = {abs(int(value) - ground) for value in values}
        assert len(values) >= 5
        assert steps <= set(pattern.FAINT)
    qtbot.keyClick(window, Qt.Key.Key_Right)
    assert set(grey(window).flat) == {26}
    qtbot.keyClick(window, Qt.Key.Key_Left)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.isVisible()


def test_the_patches_for_the_meter_are_the_greys_of_the_table(themed, qtbot, qapp) -> None:
    window = PatternWindow(qapp.primaryScreen(), meter=True)
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(window)
    window.showFullScreen()
    seen = []
    for _ in gsdf.GREYS:
        shown = grey(window)
        seen.append(int(shown[shown.shape[0] // 2, shown.shape[1] // 2]))
        qtbot.keyClick(window, Qt.Key.Key_Space)
    assert tuple(seen) == gsdf.GREYS


def test_what_is_entered_is_judged_kept_and_found_again(page, qtbot, qapp) -> None:
    assert "Nothing is entered" in page.verdict.text()
    assert not page.keep.isEnabled()
    for level, value in zip(gsdf.GREYS, gsdf.target(1.0, 500), strict=True):
        page.fields[level].setValue(float(value))
    assert "diagnostic screens" in page.verdict.text()
    assert page.curves.found.worst < 0.02
    with qtbot.waitSignal(page.checked):
        page.keep.click()
    screen = qapp.primaryScreen()
    check = displays.latest(screens.identity(screen))
    assert check.facts["screen_pixels"] == [screen.size().width(), screen.size().height()]
    assert check.conformance.verdict == facts.state(screen) == "diagnostic"
    page.clear.click()
    page.fields[0].setValue(1)
    assert page.verdict.refused
    again = QualityPage(theme.load())
    qtbot.addWidget(again)
    assert again.fields[255].value() == pytest.approx(500, rel=1e-3)


def test_a_wrong_screen_is_told_so(page) -> None:
    for level in gsdf.GREYS:
        page.fields[level].setValue(0.3 + 250 * (level / 255) ** 2.2)
    assert page.verdict.refused
    assert "not calibrated" in page.verdict.text()
    page.fields[255].setValue(1)
    assert "grey 255 is not brighter than grey 240" in page.verdict.text()
    assert page.curves.found is None


def test_a_damaged_record_is_no_record(themed, tmp_path) -> None:
    displays.file().parent.mkdir(parents=True, exist_ok=True)
    displays.file().write_text('[{"screen": 1}, "x", {"measured": []}]', encoding="utf-8")
    assert displays.checks() == []
    displays.file().write_text("{", encoding="utf-8")
    assert displays.checks() == []


def test_the_window_says_when_its_screen_was_never_measured(window, qapp) -> None:
    assert window.readout.banner.text() == "Research use only; screen not calibrated"
    levels = [float(value) for value in gsdf.target(1.0, 500)]
    displays.keep(screens.identity(qapp.primaryScreen()), {}, gsdf.GREYS, levels, 0)
    window.notice.refresh()
    assert window.readout.banner.text() == "Research use only"
    window.actions_by_id["display"].trigger()
    assert window.pages.current == "display"


def test_a_colour_profile_says_its_name() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    text = "_ICC_PROFILE = " + ", ".join(str(byte) for byte in profile)
    assert "sRGB" in facts.described(facts.of_property(text))
    assert facts.of_property("_ICC_PROFILE:  not found.") is None
    with pytest.raises(ValueError, match="ICC profile"):
        facts.described(b"nothing of the kind")
