"""Draws frames with napari in a process of its own: napari wants another set of Qt packages.

Reads one command a line (`window N`, `pan N`, `one_to_one 0`) and answers with milliseconds: a
change, a full repaint, and the graphics library finished. First line out: names and versions.
"""

import json
import sys
import time

import napari
import numpy as np
from qtpy.QtWidgets import QApplication
from vispy.gloo import gl


class Peer:
    """A viewer with all images in a grid, as napari's own manual shows them side by side."""

    def __init__(self, file: str, width: int, height: int, columns: int) -> None:
        self.viewer = napari.Viewer(show=False)
        images = np.load(file, mmap_mode="r")
        self.layers = [
            self.viewer.add_image(np.asarray(image), contrast_limits=(0, 4096)) for image in images
        ]
        self.viewer.grid.enabled = True
        self.viewer.grid.shape = (-1, columns)
        self.viewer.window._qt_window.resize(width, height)
        self.viewer.show()
        self.canvas = self.viewer.window._qt_viewer.canvas
        for dock in list(self.viewer.window._dock_widgets.values()):
            dock.hide()
        self.viewer.window._qt_viewer.dockLayerList.hide()
        self.viewer.window._qt_viewer.dockLayerControls.hide()
        QApplication.processEvents()
        self.viewer.reset_view()
        self.low = 0.0
        for _ in range(5):
            self.paint()

    def paint(self) -> None:
        self.canvas.native.repaint()
        QApplication.processEvents()
        gl.glFinish()

    def window(self, n: int) -> None:
        self.low += 7 if n % 2 else -3
        for layer in self.layers:
            layer.contrast_limits = (self.low, self.low + 4096)

    def pan(self, n: int) -> None:
        y, x = self.viewer.camera.center[-2:]
        step = 4 / self.viewer.camera.zoom
        self.viewer.camera.center = (
            y + (step if n % 14 < 7 else -step),
            x + (step if n % 20 < 10 else -step),
        )


def main() -> None:
    file, width, height, columns = sys.argv[1], *map(int, sys.argv[2:5])
    peer = Peer(file, width, height, columns)
    size = peer.canvas.native.width(), peer.canvas.native.height()
    about = {
        "napari": napari.__version__,
        "canvas": size,
        "renderer": gl.glGetParameter(gl.GL_RENDERER),
    }
    print(json.dumps(about), flush=True)
    for line in sys.stdin:
        work, number = line.split()
        began = time.perf_counter()
        getattr(peer, work)(int(number))
        peer.paint()
        print(1000 * (time.perf_counter() - began), flush=True)


if __name__ == "__main__":
    main()
