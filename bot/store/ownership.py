"""One process owns an SQLite file: a lock that the system lets go when the process dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from bot.errors import ConfigError, FileInUse


class Ownership:
    """The lock on `<file>.lock`, held from its making until `release`. Raises FileInUse, naming the process that has it."""

    def __init__(self, file: Path) -> None:
        lock = file.with_name(file.name + ".lock")
        try:
            self._lock = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ConfigError(f"DATABASE_URL: {lock} cannot be written ({error.strerror}); give this user the right to write in {file.parent}") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(self._lock, 20, 0).decode(errors="replace").strip() or "unknown"
            os.close(self._lock)
            raise FileInUse(f"{file} is in use by process {owner}: one process owns an SQLite file; stop it first") from None
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let go. The lock's file stays: removing it would let two owners in."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
