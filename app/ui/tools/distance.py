"""The ruler."""

from app.ui.tools.draw import DrawTool


class DistanceTool(DrawTool):
    """Measures the distance between two places, on every basis the file offers."""

    name, key, kind = "distance", "D", "distance"
