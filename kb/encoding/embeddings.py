"""The multilingual encoder's embeddings of pieces, 65 MB unpacked: read from a file row by row, or kept in memory."""
from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .rows import READABLE, FileRows
from .universal import CHUNKS, SIZE, Rows

CHUNK_ROWS = 7530
SHA256 = "d4725adbe12411af1441ad728f10cf9475ee551168b59bf81711190cfe26ea41"  # of all rows, chunk after chunk
FILE_NAME = f"encoder-{SHA256[:12]}.rows"

Weights = Mapping[str, NDArray[np.generic]]


def open_rows(weights: Weights, folder: Path | None) -> Rows:
    """The rows of pieces. weights: has the chunks under "q1" to "q17".

    folder: where the unpacked file is, or is put if it is missing or not what it should be. Rows stay in memory without a folder, with one that
    cannot be written, and where a file cannot be read at a place (Windows).
    """
    if folder is not None and READABLE:
        try:
            return _file(weights, folder)
        except OSError:
            pass  # a disk that is full or read-only costs memory, not the start
    memory = np.empty((CHUNKS * CHUNK_ROWS, SIZE), np.uint8)
    for number, chunk in enumerate(_chunks(weights)):
        memory[number * CHUNK_ROWS:(number + 1) * CHUNK_ROWS] = chunk
    return lambda pieces: memory[_places(pieces)]


def _file(weights: Weights, folder: Path) -> Rows:
    path = folder / FILE_NAME
    try:
        return _checked(path)
    except (OSError, ValueError):
        folder.mkdir(parents=True, exist_ok=True)
        _unpack(weights, path)
    try:
        return _checked(path)
    except ValueError as error:
        raise OSError(f"{path} was not kept as written") from error


def _checked(path: Path) -> Rows:
    """Raises OSError when there is no such file, ValueError when it is not the one meant."""
    rows = FileRows(path, SIZE)
    if rows.sha256() != SHA256:
        raise ValueError(path)
    return lambda pieces: rows(_places(pieces))


def _unpack(weights: Weights, path: Path) -> None:
    """Whole or not at all: another process may be doing the same."""
    made, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        os.fchmod(made, 0o644)  # nothing secret, and the command line may run as another user than the bot
        with open(made, "wb") as file:
            for chunk in _chunks(weights):
                file.write(chunk.data)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _chunks(weights: Weights) -> Iterator[NDArray[np.uint8]]:
    """Part by part, for memory's sake."""
    for number in range(1, CHUNKS + 1):
        yield np.ascontiguousarray(weights[f"q{number}"], np.uint8)


def _places(pieces: NDArray[np.int64]) -> NDArray[np.int64]:
    return pieces % CHUNKS * CHUNK_ROWS + pieces // CHUNKS
