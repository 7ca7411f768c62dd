"""Rows of numbers in a file, read one by one when they are asked for.

A row of some hundred bytes costs about a microsecond, a text needs a dozen: not worth a table in the memory of every process. Rows are read, not
mapped: a mapped page brings its fifteen neighbours into the process, and after some thousand texts all of the file.
"""
from __future__ import annotations

import hashlib
import os
import weakref
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

READABLE = hasattr(os, "pread")  # a file can be read at a place; not on Windows


class FileRows:
    """Rows in an open file, which stays what was checked even when another takes its name. Any thread may call it."""

    def __init__(self, path: Path, size: int, start: int = 0) -> None:
        """size: bytes of a row; start: where the first is. Raises OSError when there is no such file."""
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)
        self._size, self._start = size, start

    def sha256(self) -> str:
        """Of the whole file."""
        with open(self._file, "rb", closefd=False) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def __call__(self, places: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Shape (len(places), size)."""
        read, file, size, start = os.pread, self._file, self._size, self._start
        data = b"".join([read(file, size, start + place * size) for place in places.tolist()])
        return np.frombuffer(data, np.uint8).reshape(len(places), size)
