"""The pictures of the start page."""

from dataclasses import replace

import numpy as np
from PySide6.QtGui import QImage

from app.core.mammogram import Source
from app.ui import about, cards, theme
from app.ui.cards import SHARP, SIZE, hung


def shades(card: QImage) -> np.ndarray:
    raw = np.frombuffer(card.constBits(), np.uint8)
    return raw.reshape(card.height(), card.width(), 4)[..., 2::-1].copy()  # outlives the card


def test_chest_walls_meet_in_the_middle_of_a_card(bench) -> None:
    card = hung([bench.images["RCC"], bench.images["LCC"]], theme.load())
    assert card.size() == SIZE * SHARP
    grey = shades(card)[..., 0]
    half = grey.shape[1] // 2
    for side in (grey[:, half - 6 : half], grey[:, half : half + 6]):
        assert side.max() > 40
    assert grey[:, 0].max() == 0


def test_a_generated_exam_is_marked_on_its_card(bench) -> None:
    real = bench.images["RCC"]
    made = replace(real, facts=replace(real.facts, source=Source.SYNTHETIC))
    coloured = [np.ptp(shades(hung([m], theme.load())), axis=2).max() for m in (real, made)]
    assert coloured[0] == 0
    assert coloured[1] > 100


def test_the_look_card_gets_a_real_exam(window, qtbot) -> None:
    card = window.welcome.cards["open"]
    assert about.demo_exams()
    qtbot.waitUntil(lambda: card.iconSize() == cards.SIZE, timeout=20000)
    assert not card.icon().pixmap(SIZE).isNull()
    assert window.welcome.cards["explore"].iconSize() == cards.SIZE
