"""All metrics by name, in the order of the report. A new one is a function and a line here."""

from collections.abc import Callable

from train.evaluate.case import Case
from train.evaluate.frechet import frechet
from train.evaluate.histograms import histograms
from train.evaluate.judgement import Judgement
from train.evaluate.kernel import kernel
from train.evaluate.memorisation import memorisation
from train.evaluate.moments import moments
from train.evaluate.neighbours import neighbours
from train.evaluate.pairs import pairs
from train.evaluate.similarity import similarity
from train.evaluate.spectrum import grid, slope
from train.evaluate.swd import swd

METRICS: dict[str, Callable[[Case], Judgement]] = {
    "swd": swd,
    "ms_ssim": similarity,
    "spectrum_slope": slope,
    "pixel_grid": grid,
    "neighbours": neighbours,
    "kernel": kernel,
    "frechet": frechet,
    "histograms": histograms,
    "moments": moments,
    "memorisation": memorisation,
    "pairs": pairs,
}
