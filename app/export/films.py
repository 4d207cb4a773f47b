"""Writes marked pictures as GIF and, with the extra `video`, as MP4; recipes inside."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

from app.core.marking import WARNING, MarkedFrames
from app.dicom.embedded import BOX_ID

SHORTEST = 0.02  #: seconds of a frame: browsers slow down what is shorter


def write_gif(marked: MarkedFrames, path: Path) -> None:
    """Write an endless GIF of 8-bit grey frames; its comment holds marker and recipe."""
    first, *rest = (Image.fromarray(frame) for frame in _grey(marked))
    first.save(
        path,
        format="GIF",
        save_all=True,
        append_images=rest,
        duration=round(1000 * max(marked.reel.seconds, SHORTEST)),
        loop=0,
        comment=f"{WARNING}\n{marked.reel.to_json()}".encode(),
    )


def write_mp4(marked: MarkedFrames, path: Path) -> None:
    """Write an MP4 (VP9) of 8-bit grey frames; a box at its end holds recipe and marker.

    ImportError when the extra `video` is not installed.
    """
    if not has_video():
        raise ImportError('MP4 needs OpenCV; run: python -m pip install "mammoscope[video]"')
    import cv2

    frames = _grey(marked)
    high, wide = (size - size % 2 for size in frames[0].shape)
    rate = 1 / max(marked.reel.seconds, SHORTEST)
    code = cv2.VideoWriter.fourcc(*"vp09")
    # OpenCV tells the container by the ending.
    beside = path.with_name(f"{path.name}.mp4")
    writer = cv2.VideoWriter(str(beside), code, rate, (wide, high))
    try:
        if not writer.isOpened():
            raise ValueError("this build of OpenCV writes no VP9; use GIF, or another build")
        for frame in frames:
            writer.write(np.ascontiguousarray(np.repeat(frame[:high, :wide, None], 3, axis=2)))
    finally:
        writer.release()
    beside.replace(path)
    with path.open("ab") as file:
        file.write(_box(BOX_ID + marked.reel.to_json().encode(), b"uuid"))
        file.write(_box(WARNING.encode(), b"free"))


def has_video() -> bool:
    """Return whether MP4 can be written."""
    return find_spec("cv2") is not None


def _box(content: bytes, kind: bytes) -> bytes:
    """Return a box of ISO/IEC 14496-12: players pass over those they do not know."""
    return (len(content) + 8).to_bytes(4, "big") + kind + content


def _grey(marked: MarkedFrames) -> list[np.ndarray[tuple[int, int], np.dtype[np.uint8]]]:
    if marked.frames[0].dtype != np.uint8:
        raise ValueError(f"frames of {marked.frames[0].dtype}; films are of 8 bits")
    return [np.asarray(frame, np.uint8) for frame in marked.frames]
