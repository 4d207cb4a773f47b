"""Annotations as the outlines DICOM graphics know: polylines and ellipses."""

import numpy as np
from numpy.typing import NDArray

from app.core.annotation import Annotation
from app.core.geometry import Point
from app.core.mammogram import Mammogram


def outline_points(annotation: Annotation) -> list[Point]:
    """Return the points of an annotation as a polyline, of an ellipse the ends of its two axes."""
    points = list(annotation.points)
    if annotation.kind == "rectangle":
        (x0, y0), (x1, y1) = points
        return [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]
    if annotation.kind == "ellipse":
        (x0, y0), (x1, y1) = points
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        across, down = [(x0, y), (x1, y)], [(x, y0), (x, y1)]
        return [*across, *down] if abs(x1 - x0) >= abs(y1 - y0) else [*down, *across]
    return [*points, points[0]] if annotation.kind == "freehand" else points


def outline_within(one: Annotation, mammogram: Mammogram) -> NDArray[np.float32]:
    """Return the outline's points, shape (n, 2), none outside the image: DICOM forbids that."""
    facts = mammogram.facts
    points = np.array(outline_points(one), np.float32)
    return np.clip(points, 0, np.array([facts.columns, facts.rows], np.float32))
