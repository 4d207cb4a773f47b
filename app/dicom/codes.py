"""Sides and views: DICOM codes, and the words people put into descriptions and file names."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from app.core.mammogram import Side

#: View Code Sequence (CID 4014), SNOMED CT and the older SNOMED RT, to the ACR abbreviation.
VIEW_CODES: Mapping[str, str] = MappingProxyType(
    {
        "399162004": "CC",
        "R-10242": "CC",
        "399368009": "MLO",
        "R-10226": "MLO",
        "399260004": "ML",
        "R-10224": "ML",
        "399352003": "LM",
        "R-10228": "LM",
        "399099002": "LMO",
        "R-10230": "LMO",
        "399188001": "SIO",
        "R-102D0": "SIO",
        "441555000": "ISO",
        "R-40AAA": "ISO",
        "399196006": "FB",
        "R-10244": "FB",
        "399192008": "XCCL",
        "R-1024A": "XCCL",
        "399101009": "XCCM",
        "R-1024B": "XCCM",
        "127457009": "SPECIMEN",
        "G-8310": "SPECIMEN",
    }
)
#: Partial View Code Sequence (CID 4005): the section of the breast that is shown.
PART_CODES: Mapping[str, str] = MappingProxyType(
    {
        "264217000": "superior",
        "R-42191": "superior",
        "261089000": "inferior",
        "R-4094A": "inferior",
        "49370004": "lateral",
        "G-A104": "lateral",
        "255561001": "medial",
        "R-404D5": "medial",
        "255549009": "anterior",
        "R-404CC": "anterior",
        "255551008": "posterior",
        "R-404CE": "posterior",
        "26216008": "central",
        "G-A110": "central",
    }
)
#: View Modifier Code Sequence (CID 4015).
MODIFIER_CODES: Mapping[str, str] = MappingProxyType(
    {
        "399163009": "magnification",
        "R-102D6": "magnification",
        "399055006": "spot",
        "R-102D7": "spot",
        "399209000": "implant_displaced",
        "R-102D5": "implant_displaced",
        "399161006": "cleavage",
        "R-102D2": "cleavage",
        "399011000": "axillary_tail",
        "R-102D1": "axillary_tail",
        "399197002": "rolled_lateral",
        "R-102D3": "rolled_lateral",
        "399226006": "rolled_medial",
        "R-102D4": "rolled_medial",
        "414493004": "rolled_inferior",
        "R-102CA": "rolled_inferior",
        "415670009": "rolled_superior",
        "R-102C9": "rolled_superior",
        "399110001": "tangential",
        "R-102C2": "tangential",
        "442581004": "nipple_in_profile",
        "R-40AB3": "nipple_in_profile",
        "441752004": "anterior_compression",
        "P2-00161": "anterior_compression",
        "442593008": "infra_mammary_fold",
        "R-40ABE": "infra_mammary_fold",
        "442580003": "axillary_tissue",
        "R-40AB2": "axillary_tissue",
    }
)
VIEWS = ("XCCL", "XCCM", "MLO", "LMO", "SIO", "ISO", "CC", "ML", "LM", "FB")
SIDES: Mapping[str, Side] = MappingProxyType(
    {"L": "L", "LEFT": "L", "LT": "L", "R": "R", "RIGHT": "R", "RT": "R"}
)
_TOKEN = re.compile(r"[A-Za-z]+")
_JOINED = re.compile(rf"([LR])({'|'.join(VIEWS)})(ID|M|S)?")


def side_and_view(text: str) -> tuple[Side | None, str | None]:
    """Return the side and view a free text names, such as "LEFT_CC", "R MLO" or "img-RCC.2".

    None for what it does not name, and for what it names in two ways ("L and R CC").
    """
    sides: set[Side] = set()
    views: set[str] = set()
    for token in _TOKEN.findall(text.upper()):
        if joined := _JOINED.fullmatch(token):
            sides.add(SIDES[joined[1]])
            views.add(joined[2])
        elif token in SIDES:
            sides.add(SIDES[token])
        elif token in VIEWS:
            views.add(token)
    return (sides.pop() if len(sides) == 1 else None), (views.pop() if len(views) == 1 else None)


def stem_without_view(text: str) -> str:
    """Return a text without what names side, view or the role of a file, to match relatives by.

    "Mass-Test_P_00173_LEFT_CC" and "Mass-Training_P_00173_RIGHT_MLO" both give "P 00173".
    """
    kept = []
    for token in re.findall(r"[A-Z]+|[0-9]+", text.upper()):
        joined = _JOINED.fullmatch(token)
        if not joined and token not in SIDES and token not in VIEWS and token not in _ROLES:
            kept.append(token)
    return " ".join(kept)


_ROLES = frozenset({"MASS", "CALC", "TEST", "TRAINING"})
