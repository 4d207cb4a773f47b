import re

import pytest
from PySide6.QtGui import QPalette

from app import resources
from app.core.display import Curve, VoiTable, Window
from app.ui import theme
from app.ui.presets import presets


def luminance(color: str) -> float:
    """Relative luminance by WCAG 2."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, two: str) -> float:
    high, low = sorted((luminance(one), luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("ground", ["surround", "chrome", "panel"])
@pytest.mark.parametrize("ink", ["text", "dim"])
def test_text_is_readable(ink: str, ground: str) -> None:
    dark = theme.load()
    assert contrast(getattr(dark, ink), getattr(dark, ground)) >= 4.5


def test_the_synthetic_mark_is_readable_and_its_colour_nothing_elses(themed) -> None:
    dark = theme.load()
    assert contrast(dark.synthetic, dark.surround) >= 4.5
    assert dark.synthetic not in themed.styleSheet()


def test_no_role_of_the_palette_is_left_to_the_platform(themed) -> None:
    for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive):
        for role in QPalette.ColorRole:
            if role not in (QPalette.ColorRole.NoRole, QPalette.ColorRole.NColorRoles):
                assert themed.palette().color(group, role).lightness() < 215, role


def test_fonts_scale(themed) -> None:
    assert theme.load(scale=2.0).base == 2 * theme.load().base
    assert theme.load(scale=99).base == 2 * theme.load().base
    dark = theme.load()
    small = dark.font().pixelSize()
    dark.rescale(1.5)
    assert dark.font().pixelSize() == round(1.5 * small)
    dark.rescale(1.0)
    assert dark.font("overlay").pixelSize() == theme.load().overlay


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('focus = "#4a88ad"', 'focus = "blueish"', "dark.toml: 'focus' is 'blueish'"),
        ('focus = "#4a88ad"', "", "dark.toml: missing or unknown: focus"),
        ('focus = "#4a88ad"', 'focus = "#4a88ad"\nfokus = "#000000"', "unknown: fokus"),
    ],
)
def test_a_wrong_theme_is_named(tmp_path, monkeypatch, old, new, words) -> None:
    text = (resources.folder("themes") / "dark.toml").read_text()
    assert old in text
    (tmp_path / "dark.toml").write_text(text.replace(old, new))
    monkeypatch.setattr(resources, "folder", lambda name: tmp_path)
    with pytest.raises(ValueError, match=re.escape(words)):
        theme.load()


def test_presets_are_relative_to_the_files_own_window() -> None:
    standard, dense = presets()[:2]
    own = Window(center=500, width=1000, curve=Curve.SIGMOID)
    assert (standard.of(own).center, standard.of(own).width) == (500, 1000)
    assert dense.of(own).curve is Curve.SIGMOID
    assert dense.of(own).width < 1000 < dense.of(Window(center=0, width=65536)).width


def test_presets_shift_a_stored_lut_and_keep_its_shape() -> None:
    import numpy as np

    own = VoiTable(data=np.arange(4096, dtype=np.uint16), first=0, bits=12)
    dense = presets()[1].of(own)
    assert isinstance(dense, VoiTable)
    assert dense.data is own.data
    assert dense.stretch < 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("width = 0.0", "preset 1: 'width' is 0.0"),
        ('width = 1.0\nshape = "x"', "preset 1: missing or unknown: shape"),
        ("", "preset 1: missing or unknown: width"),
    ],
)
def test_a_wrong_preset_is_named(tmp_path, monkeypatch, line, words) -> None:
    (tmp_path / "presets.toml").write_text(f'[[preset]]\nname = "a"\ncenter = 0.0\n{line}\n')
    monkeypatch.setattr(resources, "folder", lambda name: tmp_path)
    presets.cache_clear()
    try:
        with pytest.raises(ValueError, match=words):
            presets()
    finally:
        presets.cache_clear()
