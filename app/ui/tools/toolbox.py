"""All tools of the left button: a new one is a file beside this and a line here."""

from app.ui.tools.angle import AngleTool
from app.ui.tools.base import Tool
from app.ui.tools.distance import DistanceTool
from app.ui.tools.pan import PanTool
from app.ui.tools.profile import ProfileTool
from app.ui.tools.roi import EllipseTool, FreehandTool, RectangleTool
from app.ui.tools.window import WindowTool
from app.ui.tools.zoom import ZoomTool

TOOLS: tuple[type[Tool], ...] = (
    WindowTool,
    PanTool,
    ZoomTool,
    DistanceTool,
    AngleTool,
    EllipseTool,
    RectangleTool,
    FreehandTool,
    ProfileTool,
)
