"""The shards of a training set: images of every rung in `.npy` files of at most 2 GiB.

`rung-K-NNNNN.npy`, shape (n, height, width), uint8 or uint16, are read through a memory map and
written image by image, so that neither side's memory grows with their number.
"""

import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

SHARD_BYTES = 2**31  #: a shard, header and all, is no larger
HEADER_BYTES = 128  #: of a .npy file of three dimensions
Pixels = NDArray[np.uint8] | NDArray[np.uint16]


def shard_path(folder: Path, rung: int, number: int) -> Path:
    """Return where the shard of that number of a rung lies."""
    return folder / f"rung-{rung}-{number:05}.npy"


class Images:
    """The images of one rung, (n, height, width), across shards; on disk until indexed."""

    def __init__(self, shards: Sequence[Path], shape: tuple[int, int, int], per_shard: int) -> None:
        self._paths, self._per_shard, self.shape = tuple(shards), per_shard, shape

    @cached_property
    def _shards(self) -> tuple[Pixels, ...]:
        return tuple(self._mapped(number, path) for number, path in enumerate(self._paths))

    def _mapped(self, number: int, path: Path) -> Pixels:
        count = min(self._per_shard, self.shape[0] - number * self._per_shard)
        try:
            shard: Pixels = np.load(path, mmap_mode="r")
        except (OSError, ValueError) as error:
            raise ValueError(
                f"{path.name}: is missing or damaged; prepare the set again"
            ) from error
        if shard.shape != (count, *self.shape[1:]) or shard.dtype not in (np.uint8, np.uint16):
            raise ValueError(f"{path.name}: holds {shard.dtype} {shard.shape}, not {count} images")
        return shard

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the pixels: uint8, or uint16 when a source had more than 8 bits."""
        return self._shards[0].dtype

    @property
    def nbytes(self) -> int:
        """Size of all images in bytes, on disk and in memory."""
        return int(np.prod(self.shape)) * self.dtype.itemsize

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, at: int | slice | NDArray[np.integer[Any]]) -> Pixels:
        """Return one image, (height, width), or copies of several, (k, height, width)."""
        if isinstance(at, slice):
            at = np.arange(*at.indices(len(self)))
        places = np.asarray(at)
        if places.dtype.kind not in "iu":
            raise TypeError("images are indexed by whole numbers, arrays of them, or a slice")
        if places.size and not (-len(self) <= places.min() and places.max() < len(self)):
            raise IndexError(f"image {at} of {len(self)}")
        shard, within = np.divmod(places % max(1, len(self)), self._per_shard)
        if places.ndim == 0:
            one: Pixels = self._shards[int(shard)][int(within)]
            return one
        found: Pixels = np.empty((places.size, *self.shape[1:]), self.dtype)
        for number in np.unique(shard):
            chosen = shard == number
            found[chosen] = self._shards[number][within[chosen]]
        return found

    def __iter__(self) -> Iterator[Pixels]:
        for shard in self._shards:
            yield from shard

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        whole: NDArray[Any] = np.asarray(self[:], dtype)
        return whole


class ShardWriter:
    """Appends images to the shards of all rungs, each rung the area average of the one above.

    `height` is that of the top rung, `count` the number of images that will be added. ValueError
    when the height is not the base's times a power of two.
    """

    def __init__(
        self,
        folder: Path,
        *,
        base: tuple[int, int],
        height: int,
        kind: type[np.uint8] | type[np.uint16],
        count: int,
        shard_bytes: int = SHARD_BYTES,
    ) -> None:
        self.folder, self.base, self.kind, self.count = folder, base, np.dtype(kind), count
        self.rungs = (height // base[0]).bit_length()
        if self.rungs == 0 or height != base[0] << (self.rungs - 1):
            raise ValueError(f"height {height}: {base[0]} times a power of two is needed")
        area = [(base[0] << rung) * (base[1] << rung) for rung in range(self.rungs)]
        room = shard_bytes - HEADER_BYTES
        self.per_shard = tuple(max(1, room // (size * self.kind.itemsize)) for size in area)
        self.added, self.digest = 0, hashlib.sha256()  #: images so far, and over their pixels
        self._files: dict[int, BinaryIO] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all files; what was added so far is on disk."""
        for file in self._files.values():
            file.close()

    def add(self, top: Pixels) -> None:
        """Append one image of the top rung, (height, width), and its area averages below."""
        shape = (self.base[0] << (self.rungs - 1), self.base[1] << (self.rungs - 1))
        if top.shape != shape or top.dtype != self.kind:
            raise ValueError(f"image of {top.dtype} {top.shape}; {self.kind} {shape} is needed")
        self.digest.update(np.ascontiguousarray(top).data)
        mean = top.astype(np.float32)  # rounded only to be written, or errors would add up
        for rung in range(self.rungs - 1, -1, -1):
            self._file(rung).write(np.rint(mean).astype(self.kind).tobytes())
            mean = halved(mean) if rung else mean
        self.added += 1

    def _file(self, rung: int) -> BinaryIO:
        number, within = divmod(self.added, self.per_shard[rung])
        if within:
            return self._files[rung]
        if number:
            self._files[rung].close()
        here = min(self.per_shard[rung], self.count - self.added)
        header = {
            "descr": np.lib.format.dtype_to_descr(self.kind),
            "fortran_order": False,
            "shape": (here, self.base[0] << rung, self.base[1] << rung),
        }
        self._files[rung] = shard_path(self.folder, rung, number).open("wb")
        np.lib.format.write_array_header_1_0(self._files[rung], header)
        return self._files[rung]


def halved(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return an image, (height, width), area-averaged to half."""
    upper, lower = image[::2], image[1::2]
    total = upper[:, ::2] + upper[:, 1::2] + lower[:, ::2] + lower[:, 1::2]
    mean: NDArray[np.float32] = total * np.float32(0.25)
    return mean


def in_kind(image: Pixels, kind: type[np.uint8] | type[np.uint16]) -> Pixels:
    """Return an image of uint8 or uint16 in the type asked for, white staying white."""
    if image.dtype == kind:
        return image
    if kind is np.uint16:
        return image.astype(np.uint16) * np.uint16(257)
    return ((image.astype(np.uint32) + 128) // 257).astype(np.uint8)
