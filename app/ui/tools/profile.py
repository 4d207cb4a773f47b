"""The profile: values along a line, plotted in the measurements panel."""

from app.ui.tools.draw import DrawTool


class ProfileTool(DrawTool):
    """Draws the line whose values are plotted."""

    name, key, kind = "profile", "V", "profile"
