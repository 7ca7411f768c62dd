"""Text to vector on disk, so that a restart encodes only what is new.

One file: a head, then records of one size, each with the sha256 of its text, its vector as small integers (see kb.vectors) and a checksum over
both. What cannot be verified is encoded again, never trusted; the checksums guard against damage and mix-ups, not against somebody who may write
the file. New records are appended: a build that was interrupted goes on where it was, and a record cut short costs that record alone.
"""
from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from hashlib import blake2b, sha256
from io import SEEK_END, BytesIO
from pathlib import Path
from threading import Lock
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from kb.vectors import factors, quantised

Floats = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Floats]

NAME = "phrasings.vectors"  # the file, in the folder
MAGIC = b"kbvec\x01\r\n"  # the number is the format's
KEY = 32  # bytes, the sha256 of a text
SEAL = 8  # bytes, blake2b keyed with the head: a record of another encoder does not fit
BATCH = 64  # texts encoded at once
MANY = 1_000_000  # records in a file, 0.55 GB; beyond it those that were not used go by themselves
IDLE = 1_000  # records nobody used that are put up with, at least
CHUNK = 4_096  # records read at once

log = logging.getLogger(__name__)


class Cache:
    """The vectors of one encoder in one folder. A knowledge base has a folder of its own; its processes share it, and the last to write wins.

    folder: made if it is missing; None, or one that cannot be written (a warning is logged once): kept in memory, 0.7 kB a text.
    version: the encoder's; vectors of another are dropped. size: numbers in a vector. Safe from any thread; encoding is not locked.
    """

    def __init__(self, folder: Path | None, version: str, size: int = 512) -> None:
        self._size = size
        self._head = _sealed(MAGIC + size.to_bytes(4, "little") + sha256(version.encode()).digest(), MAGIC)
        self._lock = Lock()
        self._records = self._in_memory()
        if folder is not None:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                self._records = _Records(folder / NAME, self._head, KEY + size + SEAL)
            except OSError as error:
                self._warn(error)

    def vectors(self, texts: Sequence[str], encode: Encode, progress: Callable[[int, int], None] | None = None) -> Floats:
        """A unit vector for each text, shape (n, size): known ones are read, the others encoded in batches of 64 and kept.

        A text has the same vector whether read or encoded: rounded as it is kept. progress: told (texts done, all texts). For very many texts ask
        for some thousands at a time: the result is 2 kB a text. What `encode` raises is passed on, and what was encoded before stays kept;
        ValueError if it gives another shape.
        """
        keys = [sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts]
        whole = np.zeros((len(texts), self._size), np.int8)
        missing: dict[bytes, list[int]] = {}
        for number, row in enumerate(self._known(keys)):
            if row is None:
                missing.setdefault(keys[number], []).append(number)
            else:
                whole[number] = np.frombuffer(row, np.int8)
        done = len(texts) - sum(map(len, missing.values()))
        new = list(missing.items())
        for begin in range(0, len(new), BATCH):
            if progress is not None:
                progress(done, len(texts))
            batch = new[begin:begin + BATCH]
            encoded = np.asarray(encode([texts[numbers[0]] for _, numbers in batch]), np.float32)
            if encoded.shape != (len(batch), self._size):
                raise ValueError(f"expected {len(batch)} vectors of {self._size} numbers, not {encoded.shape}")
            rows = quantised(encoded)[0]
            for row, (_, numbers) in zip(rows, batch, strict=True):
                whole[numbers] = row
                done += len(numbers)
            self._keep([(key, row.tobytes()) for (key, _), row in zip(batch, rows, strict=True)])
        if progress is not None:
            progress(done, len(texts))
        return whole * factors(whole)[:, np.newaxis]

    def tidy(self) -> None:
        """Drop what has not been asked for since the cache was opened, when that is most of it. Call it once all that is wanted was asked for."""
        with self._lock:
            try:
                self._records.tidy()
            except OSError as error:
                self._warn(error)

    def _known(self, keys: Sequence[bytes]) -> list[bytes | None]:
        with self._lock:
            try:
                return [self._records.read(key) for key in keys]
            except OSError as error:
                self._warn(error)
                return [None] * len(keys)

    def _keep(self, records: Sequence[tuple[bytes, bytes]]) -> None:
        with self._lock:
            try:
                self._records.append(records)
            except OSError as error:
                self._warn(error)
                self._records.append(records)

    def _warn(self, error: OSError) -> None:
        """Go on in memory; so it is said once."""
        log.warning("vectors are not kept on disk: %s", error)
        self._records = self._in_memory()

    def _in_memory(self) -> _Records:
        return _Records(None, self._head, KEY + self._size + SEAL)


class _Records:
    """Sealed records of one length behind a head, in a file or in memory. Every method may raise OSError."""

    def __init__(self, path: Path | None, head: bytes, length: int) -> None:
        self._path, self._head, self._length = path, head, length
        self._open()

    def __del__(self) -> None:
        with suppress(AttributeError, OSError):
            self._file.close()

    def read(self, key: bytes) -> bytes | None:
        """What stands beside the key, verified; it counts as used."""
        number = self._numbers.get(key)
        if number is None:
            return None
        self._file.seek(self._place(number))
        record = self._file.read(self._length)
        if record[:KEY] != key or not self._is_sound(record):
            del self._numbers[key]
            return None
        self._used[number] = 1
        return record[KEY:-SEAL]

    def append(self, records: Sequence[tuple[bytes, bytes]]) -> None:
        """Add records, at the end of the file as it is now."""
        if self._path is not None and not self._is_current():
            self._open()
            self._used[:] = b"\x01" * len(self._used)  # somebody has just chosen these
        self._write(b"".join(_sealed(key + row, self._head) for key, row in records))
        end = (self._file.tell() - len(self._head)) // self._length  # others may have written before us
        self._used.extend(bytes(max(0, end - len(self._used))))
        for number, (key, _) in enumerate(records, end - len(records)):
            self._numbers[key] = number
            self._used[number] = 1
        if len(self._used) > max(MANY, 2 * self._used.count(1)):
            self._drop_unused()

    def tidy(self) -> None:
        """Drop unused records if they are most of the file."""
        idle = len(self._used) - self._used.count(1)
        if idle > max(IDLE, len(self._used) / 2):
            self._drop_unused()

    def _drop_unused(self) -> None:
        if self._path is None:
            return
        self._rewrite(self._used)
        self._used[:] = b"\x01" * len(self._used)

    def _open(self) -> None:
        """Take the file as it is; begin anew if its head is not ours, and without the rest if its end is cut."""
        self._file = _opened(self._path)
        self._numbers: dict[bytes, int] = {}
        self._used = bytearray()  # by record: 1 if somebody asked for it
        size = self._file.seek(0, SEEK_END)
        self._file.seek(0)
        if self._file.read(len(self._head)) != self._head:
            self._rewrite(b"")  # a new one too: so that two processes that begin it together do not both write a head into one file
            return
        for record in self._all():
            self._numbers[record[:KEY]] = len(self._used)
            self._used.append(0)
        if (size - len(self._head)) % self._length:
            self._rewrite(b"\x01" * len(self._used))

    def _all(self) -> Iterator[bytes]:
        """Every whole record, unverified."""
        self._file.seek(len(self._head))
        while chunk := self._file.read(CHUNK * self._length):
            for begin in range(0, len(chunk) - self._length + 1, self._length):
                yield chunk[begin:begin + self._length]

    def _rewrite(self, wanted: Sequence[int]) -> None:
        """The file anew, all or nothing, with the sound records whose number is wanted; all in it count as unused."""
        if self._path is None:
            self._file = BytesIO(self._head)
            return
        new = self._path.with_name(f"{NAME}.{os.getpid()}")
        try:
            with open(new, "wb") as file:
                file.write(self._head)
                for record, want in zip(self._all(), wanted, strict=False):
                    if want and self._is_sound(record):
                        file.write(record)
                file.flush()
                os.fsync(file.fileno())
            self._file.close()
            os.replace(new, self._path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
        self._open()

    def _is_current(self) -> bool:
        """Whether our file is the one that stands at the path."""
        assert self._path is not None
        try:
            return os.path.samestat(os.fstat(self._file.fileno()), self._path.stat())
        except FileNotFoundError:
            return False

    def _write(self, data: bytes) -> None:
        self._file.seek(0, SEEK_END)
        if self._file.write(data) != len(data):
            raise OSError("written in part")

    def _is_sound(self, record: bytes) -> bool:
        return len(record) == self._length and _sealed(record[:-SEAL], self._head) == record

    def _place(self, number: int) -> int:
        return len(self._head) + number * self._length


def _opened(path: Path | None) -> BinaryIO:
    if path is None:
        return BytesIO()
    try:
        return open(path, "a+b", buffering=0)
    except PermissionError:
        path.unlink()  # not ours to read, but perhaps to replace
        return open(path, "a+b", buffering=0)


def _sealed(data: bytes, key: bytes) -> bytes:
    """The data with its checksum behind it."""
    return data + blake2b(data, digest_size=SEAL, key=key).digest()
