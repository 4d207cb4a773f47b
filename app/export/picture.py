"""The four views of an exam side by side: as stored values, or as the grey one sees."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.core.display import apply_table, display_table, window_for
from app.core.mammogram import Mammogram

LEAST_ROWS = 640  #: smaller pictures are enlarged by a whole factor, to be seen on a screen


def side_by_side(exam: Sequence[Mammogram]) -> NDArray[np.uint16]:
    """Return stored values, (2 rows, 2 columns): RCC and LCC over RMLO and LMLO, walls meeting."""
    rcc, lcc, rmlo, lmlo = (one.pixels for one in exam)
    whole: NDArray[np.uint16] = np.block([[rcc, lcc], [rmlo, lmlo]])
    return whole


def seen(exam: Sequence[Mammogram], least_rows: int = LEAST_ROWS) -> NDArray[np.uint8]:
    """Return the same as grey through the window the viewer begins with, enlarged if small."""
    encoding = exam[0].encoding
    whole = side_by_side(exam)
    grey = apply_table(whole, display_table(encoding, window_for(whole, encoding), invert=False))
    factor = max(1, -(-least_rows // grey.shape[0]))
    if factor == 1:
        return grey
    size = grey.shape[1] * factor, grey.shape[0] * factor
    larger = Image.fromarray(grey).resize(size, Image.Resampling.BICUBIC)
    return np.array(larger)
