"""The plots of the report. matplotlib is imported when the first one is drawn.

To add a plot, write a function in one of the modules of `app.reading.plots.MODULES` (or a new
one named there) that takes a `CompletedReading` and its `Analysis` and returns a `Plot`, or None
when there is nothing to show, and decorate it with `@plot`. The report shows it under its name.
"""

from importlib import import_module

from app.reading.plots.base import PLOTS, Plot
from app.reading.ratings import CompletedReading
from app.reading.statistics.analysis import Analysis

MODULES = ("panel", "readers", "trials", "images")


def draw(reading: CompletedReading, found: Analysis) -> dict[str, Plot]:
    """Return all plots there are data for, by name, in the order of their modules."""
    for module in MODULES:
        import_module(f"app.reading.plots.{module}")
    drawn = {name: function(reading, found) for name, function in PLOTS.items()}
    return {name: plot for name, plot in drawn.items() if plot is not None}
