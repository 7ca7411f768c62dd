"""The numbers inside an ONNX file: its initializers, mapped, not copied. The graph itself is not read.

Of the format (protocol buffers; onnx.proto3) only what such a file needs: a model holds a graph (field 7), a graph initializers (5), each of them
its shape (1), kind (2), name (8) and bytes (9).
"""
from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

KINDS: dict[int, np.dtype[Any]] = {1: np.dtype("<f4"), 3: np.dtype("i1"), 7: np.dtype("<i8"), 9: np.dtype("?")}  # TensorProto.DataType

Array = NDArray[np.generic]


class Tensor(NamedTuple):
    place: int  # of its first byte in the file
    values: Array


def initializers(path: Path) -> dict[str, Tensor]:
    """By name, in the file's order; each keeps the file mapped as long as it lives. The file's hash was checked: a damaged one raises what it likes."""
    with path.open("rb") as file:
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    found = {}
    for field, start, end in _fields(data, 0, len(data)):
        if field == 7:
            for inner, begin, stop in _fields(data, start, end):
                if inner == 5:
                    name, tensor = _tensor(data, begin, stop)
                    found[name] = tensor
    return found


def _tensor(data: memoryview, start: int, end: int) -> tuple[str, Tensor]:
    shape, kind, name, place, size = [], 0, "", 0, 0
    for field, begin, stop in _fields(data, start, end):
        if field == 1:
            while begin < stop:
                length, begin = _number(data, begin)
                shape.append(length)
        elif field == 2:
            kind, _ = _number(data, begin)
        elif field == 8:
            name = bytes(data[begin:stop]).decode()
        elif field == 9:
            place, size = begin, stop - begin
    return name, Tensor(place, np.frombuffer(data[place:place + size], KINDS[kind]).reshape(shape))


def _fields(data: memoryview, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Each field's number, and where its value begins and ends."""
    while at < end:
        key, at = _number(data, at)
        wire = key & 7
        if wire == 0:
            _, stop = _number(data, at)
        elif wire == 2:
            size, at = _number(data, at)
            stop = at + size
        else:
            stop = at + {1: 8, 5: 4}[wire]
        yield key >> 3, at, stop
        at = stop


def _number(data: memoryview, at: int) -> tuple[int, int]:
    """The varint at a place, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
