"""A package that carries a model: exactly the one that was measured, which computes here what it computed there.

Nothing is fetched, nothing of it is unpickled. Its files are checked by hash, the vectors it gives on this machine by some computed elsewhere.
"""
from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from .encoder import Encoder, EncoderDamaged, EncoderMissing

TOLERANCE = 6  # thousandths; computing in bfloat16 is off by 2 at most, a wrong vector by 40


@dataclass(frozen=True, slots=True)
class Package:
    name: str  # as in EncoderDamaged's "The … is damaged"
    requirement: str
    module: str
    folder: str  # of the files, in the module's
    files: Mapping[str, str]  # sha256 by name

    def version(self, pipeline: str) -> str:
        """Of the vectors. pipeline: a number of the code that computes them."""
        return hashlib.sha256("".join([*self.files.values(), pipeline]).encode()).hexdigest()[:12]

    def installed(self) -> Path:
        """Where the files are. Raises EncoderMissing."""
        spec = find_spec(self.module)
        if spec is None or not spec.submodule_search_locations:
            raise EncoderMissing(f"The {self.name} is not installed: pip install {self.requirement}")
        return Path(spec.submodule_search_locations[0]) / self.folder

    def check_files(self, folder: Path) -> None:
        """Raises EncoderDamaged."""
        for name, expected in self.files.items():
            try:
                with (folder / name).open("rb") as file:
                    found = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError as error:
                raise self._damaged(f"{name} cannot be read ({error.strerror})") from error
            if found != expected:
                raise self._damaged(f"{name} is not the file that was measured")

    def check_vectors(self, encoder: Encoder, golden: Sequence[tuple[str, tuple[int, ...]]]) -> None:
        """Raises EncoderDamaged when known sentences get other vectors than they should: together, and one alone, which may take another path.

        golden: sentences with the beginnings of their vectors, in thousandths.
        """
        expected = np.array([vector for _, vector in golden])
        texts = [text for text, _ in golden]
        found = encoder.encode(texts)[:, :expected.shape[1]] * 1000
        alone = encoder.encode(texts[:1])[:, :expected.shape[1]] * 1000
        worst = max(np.abs(found - expected).max(), np.abs(alone - expected[:1]).max())
        if not worst <= TOLERANCE:  # not a number is no number either
            raise self._damaged(f"known sentences get other vectors (off by {worst / 1000:.3f})")

    def incomplete(self, error: ImportError) -> EncoderMissing:
        return EncoderMissing(f"The {self.name} lacks a part ({error}): pip install --force-reinstall {self.requirement} numkong")

    def _damaged(self, what: str) -> EncoderDamaged:
        return EncoderDamaged(f"The {self.name} is damaged: {what}. pip install --force-reinstall {self.requirement}")


def give_back_memory() -> None:
    """What unpacking took: the C library keeps it otherwise (glibc; elsewhere there is no such call)."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
