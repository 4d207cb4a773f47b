"""Presentation states: how a reader saw images, with what was drawn (PS3.3 A.33.1)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from app.core.annotation_words import brief
from app.core.display import Curve, VoiTable, Window, table_curve, window_curve
from app.core.geometry import Transform
from app.core.release import release
from app.dicom.noted import NAME, Source, identity
from app.dicom.outlines import outline_within

LAYER = "ANNOTATIONS"


def presentation_state(sources: Sequence[Source]) -> Dataset:
    """Return a Grayscale Softcopy Presentation State of images alike in size, turn and polarity."""
    from highdicom import PresentationLUTTransformation
    from highdicom.pr import GraphicLayer, GrayscaleSoftcopyPresentationState

    layer = GraphicLayer(layer_name=LAYER, order=1, description="drawn by readers")
    annotations = [_graphics(source, layer) for source in sources if source.image.notes.annotations]
    inverse = sources[0].image.mammogram.encoding.inverse != sources[0].image.invert
    state = GrayscaleSoftcopyPresentationState(
        referenced_images=[source.dataset for source in sources],
        **identity(),
        manufacturer_model_name=NAME,
        software_versions=release(),
        device_serial_number="1",
        content_label=LAYER,
        content_description="Annotations and windows of readers",
        graphic_annotations=annotations or None,
        graphic_layers=[layer] if annotations else None,
        voi_lut_transformations=[_voi(source) for source in sources],
        presentation_lut_transformation=PresentationLUTTransformation(
            presentation_lut_shape="INVERSE" if inverse else "IDENTITY"
        ),
    )
    state.PresentationLUTShape = "INVERSE" if inverse else "IDENTITY"
    sides = {source.image.mammogram.facts.side or "" for source in sources}
    state.Laterality = sides.pop() if len(sides) == 1 else ""
    rotation, flip = rotation_and_flip(sources[0].image.transform)
    state.ImageRotation, state.ImageHorizontalFlip = rotation, "Y" if flip else "N"
    return state


def rotation_and_flip(transform: Transform) -> tuple[int, bool]:
    """Return degrees clockwise and whether to mirror after that (PS3.3 C.10.6) of a transform."""
    corner = np.arange(6).reshape(2, 3)
    wanted = transform.apply(corner)
    for quarter in range(4):
        turned = np.rot90(corner, -quarter)
        for flip in (False, True):
            if np.array_equal(turned[:, ::-1] if flip else turned, wanted):
                return 90 * quarter, flip
    raise AssertionError(transform)


def _voi(source: Source) -> Any:
    from highdicom import VOILUT
    from highdicom.pr import SoftcopyVOILUTTransformation

    voi = source.image.voi
    references = _references([source.dataset])
    low, _ = source.image.mammogram.encoding.span
    if isinstance(voi, Window) and voi.curve is Curve.SIGMOID and low >= 0:
        voi = _as_table(voi)  # some stations know no function but the linear one in a state
    if isinstance(voi, Window):
        return SoftcopyVOILUTTransformation(
            window_center=[round(voi.center, 4)],
            window_width=[round(voi.width, 4)],
            window_explanation=[voi.name[:64]] if voi.name else None,  # a text would be torn apart
            voi_lut_function=voi.curve.value.upper(),
            referenced_images=references,
        )
    first, data = _stretched(voi)
    lut = VOILUT(first_mapped_value=first, lut_data=data, lut_explanation=voi.name[:64] or None)
    if voi.bits not in (8, 16):  # highdicom states 16; what the entries hold is less
        lut.LUTDescriptor = [lut.LUTDescriptor[0], first, voi.bits]
    return SoftcopyVOILUTTransformation(voi_luts=[lut], referenced_images=references)


def _as_table(window: Window) -> VoiTable:
    """Return a sigmoid window as a LUT of 16 bits, as far as it still rises."""
    first = max(0, int(window.center - 3 * window.width))
    inputs = np.arange(first, max(first, min(65535, int(window.center + 3 * window.width))) + 1)
    data = np.rint(window_curve(inputs.astype(np.float64), window) * 65535).astype(np.uint16)
    name = f"{window.name or 'window'} sigmoid {window.center:g} / {window.width:g}"
    return VoiTable(data=data, first=first, bits=16, name=name)


def _stretched(table: VoiTable) -> tuple[int, NDArray[np.uint16]]:
    """Return the first input and the entries of a LUT whose input axis was moved by the reader."""
    if table.shift == 0 and table.stretch == 1 and table.first >= 0:
        return table.first, table.data
    middle = table.first + (table.data.size - 1) / 2 + table.shift
    half = (table.data.size - 1) / 2 * table.stretch
    inputs = np.arange(max(0, int(middle - half)), min(65535, int(middle + half)) + 1)
    if inputs.size == 0:
        inputs = np.array([0 if middle < 0 else 65535])
    data = np.rint(table_curve(inputs.astype(np.float64), table) * (2**table.bits - 1))
    return int(inputs[0]), data.astype(np.uint16)


def _references(datasets: Sequence[Dataset]) -> Any:
    from highdicom.content import ReferencedImageSequence

    return ReferencedImageSequence(referenced_images=datasets)


def _graphics(source: Source, layer: Any) -> Any:
    from highdicom.pr import GraphicAnnotation, GraphicObject, TextObject

    shapes, texts = [], []
    for one in source.image.notes.annotations:
        kind = "ELLIPSE" if one.kind == "ellipse" else "POLYLINE"
        points = outline_within(one, source.image.mammogram)
        shapes.append(GraphicObject(graphic_type=kind, graphic_data=points, units="PIXEL"))
        words = "\n".join(brief(one, source.image.mammogram))
        if words:
            lowest = max(points.tolist(), key=lambda point: point[1])
            texts.append(
                TextObject(
                    text_value=words.replace("\n", "\r\n"),
                    units="PIXEL",
                    anchor_point=(lowest[0], lowest[1]),
                    anchor_point_visible=False,
                )
            )
    return GraphicAnnotation(
        referenced_images=[source.dataset],
        graphic_layer=layer,
        graphic_objects=shapes,
        text_objects=texts or None,
    )
