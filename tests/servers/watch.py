"""Run as a process: `python watch.py FOLDER`.  When its standard input ends, it ends the servers in the folder and removes it.

The input is a pipe that the tests hold: it ends with them, also when they are killed. The data is thrown away, so the servers need no good order.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import time
from pathlib import Path

GRACE_S = 1.0  # for PostgreSQL, which ends its own children on SIGQUIT


def end(folder: Path) -> None:
    """Ends the servers whose process numbers are in the folder's folders."""
    numbers = [int(text) for path in folder.glob("*/pid") if (text := path.read_text().strip())]
    for sign in (signal.SIGQUIT, signal.SIGKILL):
        for number in numbers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, sign)
        deadline = time.monotonic() + GRACE_S
        while any(map(_lives, numbers)) and time.monotonic() < deadline:
            time.sleep(0.01)


def _lives(number: int) -> bool:
    """A child that nobody has waited for is dead as well."""
    try:
        with contextlib.suppress(FileNotFoundError):
            return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return not Path("/proc/self").exists()


if __name__ == "__main__":
    sys.stdin.read()
    end(Path(sys.argv[1]))
    shutil.rmtree(sys.argv[1], ignore_errors=True)
