"""Values as JSON and back, every one checked against its declared type: the child isn't trusted.

A compromised decoder can answer what it likes. What it answers becomes frozen dataclasses of
numbers, short texts and small arrays, or `Broken`.
"""

import base64
import binascii
import json
import math
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

TEXT = 70_000  #: characters of one text: a recipe is the longest
ITEMS = 200_000  #: of one list or mapping
ENTRIES = 2**20  #: of one array that is no picture


class Broken(Exception):
    """An answer that is not what it should be."""


def packed(value: Any) -> Any:
    """Return a value in the terms of JSON; a dataclass says which it is."""
    if is_dataclass(value) and not isinstance(value, type):
        told = {field.name: packed(getattr(value, field.name)) for field in fields(value)}
        return {"is": type(value).__name__, **told}
    if isinstance(value, np.ndarray):
        data = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode("ascii")
        return {"shape": list(value.shape), "data": data}
    if isinstance(value, Mapping):
        return {str(key): packed(item) for key, item in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return [packed(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def parsed(line: bytes) -> Any:
    """Return the JSON of a line; Broken when it is none, or holds a number that is not finite."""
    try:
        return json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Broken("no JSON") from error


def _refuse(word: str) -> None:
    raise ValueError(word)


def unpacked(kind: Any, value: Any) -> Any:
    """Return the value of a declared type that JSON stands for; Broken when it is of another."""
    origin, given = get_origin(kind), get_args(kind)
    if kind is Any:
        return value
    if origin in (Union, types.UnionType):
        return _one_of(given, value)
    if origin is Literal:
        return value if value in given else _broken(kind)
    if origin is np.ndarray:
        return _array(np.dtype(get_args(given[1])[0]), value)
    if origin in (tuple, frozenset, list):
        return _several(origin, given, value)
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(given, value)
    if is_dataclass(kind):
        return _made(kind, value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        try:
            return kind(value)
        except ValueError:
            return _broken(kind)
    return _plain(kind, value)


def _broken(kind: Any) -> Any:
    raise Broken(str(kind))


def _plain(kind: Any, value: Any) -> Any:
    if kind is float and type(value) in (int, float):
        return float(value) if math.isfinite(value) else _broken(kind)
    if kind is types.NoneType:
        return None if value is None else _broken(kind)
    if type(value) is not kind or kind not in (str, int, bool, float):
        return _broken(kind)
    return value if not isinstance(value, str) or len(value) <= TEXT else _broken(kind)


def _one_of(kinds: tuple[Any, ...], value: Any) -> Any:
    for kind in kinds:
        try:
            return unpacked(kind, value)
        except Broken:
            continue
    return _broken(kinds)


def _several(origin: Any, given: tuple[Any, ...], value: Any) -> Any:
    if not isinstance(value, list) or len(value) > ITEMS:
        return _broken(origin)
    if origin is tuple and given[-1] is not Ellipsis:
        if len(given) != len(value):
            return _broken(origin)
        return tuple(unpacked(kind, item) for kind, item in zip(given, value, strict=True))
    return origin(unpacked(given[0], item) for item in value)


def _mapping(given: tuple[Any, ...], value: Any) -> dict[Any, Any]:
    if not isinstance(value, dict) or len(value) > ITEMS:
        return dict(_broken(dict))
    return {unpacked(given[0], key): unpacked(given[1], item) for key, item in value.items()}


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _made(kind: Any, value: Any) -> Any:
    hints = _hints(kind)
    names = [field.name for field in fields(kind)]
    if not isinstance(value, dict) or value.keys() != {"is", *names}:
        return _broken(kind)
    if value["is"] != kind.__name__:
        return _broken(kind)
    told = {name: unpacked(hints[name], value[name]) for name in names}
    try:
        return kind(**told)
    except (ValueError, AssertionError) as error:
        raise Broken(str(kind)) from error


def _array(dtype: np.dtype[Any], value: Any) -> Any:
    if not isinstance(value, dict) or value.keys() != {"shape", "data"}:
        return _broken(dtype)
    shape = unpacked(tuple[int, ...], value["shape"])
    if min(shape, default=1) < 0 or math.prod(shape) > ENTRIES or type(value["data"]) is not str:
        return _broken(dtype)
    try:
        data = base64.b64decode(value["data"], validate=True)
    except (binascii.Error, ValueError):
        return _broken(dtype)
    if len(data) != math.prod(shape) * dtype.itemsize:
        return _broken(dtype)
    return np.frombuffer(data, dtype).reshape(shape)
