"""A server of our own, in a temporary folder: started, ended in good order, killed, started again on the same data and port."""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.servers.kinds import Absent, Kind, free_port

START_S = 60.0  # on a machine that has much else to do; usually under one
END_S = 30.0
LOOK_S = 0.02  # seconds between looks at a server that starts

# Its number is on the disk before the server is: whoever clears up after us finds it, however early we died.
RUN = 'echo $$ >"$0" && exec "$@"'


class Server:
    """One server; its data, log and process number are in its folder."""

    def __init__(self, kind: Kind, folder: Path) -> None:
        """folder: not there yet; in one that the server's account may walk through. Raises Absent when the data folder cannot be laid out."""
        self.kind = kind
        self.folder = folder
        self._data = folder / "data"
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._data.mkdir(parents=True)
        self._who = _account(kind.account)
        if self._who:
            for made in (folder, self._data):
                os.chown(made, self._who["user"], self._who["group"])
        self._lay_out()

    @property
    def url(self) -> str:
        """Where it is reached; the same after each start."""
        return self.kind.url(self._port)

    @property
    def log(self) -> str:
        """What it said."""
        return (self.folder / "log").read_text(errors="replace")

    def start(self) -> None:
        """Run it unless it runs; returns when it can be used. Raises Absent with the end of its log when it cannot."""
        end = time.monotonic() + START_S
        trouble = self._run()
        while trouble:
            if time.monotonic() > end:
                raise Absent(f"{self.kind.name} does not start: {trouble}; it says: {self.log[-1000:]}")
            time.sleep(LOOK_S)
            # Killed a moment ago, its children may still hold the data folder or the port: then it ends at once, and is tried again.
            trouble = self._run()

    def stop(self) -> None:
        """End it in good order; who is connected is cut off."""
        self._end(self.kind.ends_on)

    def kill(self) -> None:
        """SIGKILL: it can tidy up nothing."""
        self._end(signal.SIGKILL)

    def _run(self) -> str:
        """Why it cannot be used; "" when it can."""
        if self._process is None or self._process.poll() is not None:
            command = ["sh", "-c", RUN, str(self.folder / "pid"), *self.kind.command(self._data, self._port)]
            with (self.folder / "log").open("ab") as log:
                # A session of its own: Ctrl+C is for the tests, which then end it.
                self._process = subprocess.Popen(
                    command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **self._who
                )
        return self.kind.trouble(self.url)

    def _end(self, sign: int) -> None:
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(sign)
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        finally:
            self._process = None
            (self.folder / "pid").unlink(missing_ok=True)

    def _lay_out(self) -> None:
        command = self.kind.layout(self._data)
        if not command:
            return
        try:
            subprocess.run(command, check=True, capture_output=True, cwd=self.folder, **self._who)
        except FileNotFoundError as error:
            raise Absent(f"{self.kind.name}: {command[0]} is not installed") from error
        except subprocess.CalledProcessError as error:
            raise Absent(f"{self.kind.name}: {command[0]} failed: {(error.stderr or error.stdout).decode(errors='replace')[-1000:]}") from error


def _account(name: str) -> dict[str, Any]:
    """As whom a program runs: ourselves, unless we are root and it would rather have an account of its own."""
    if not name or os.geteuid() != 0:
        return {}
    with contextlib.suppress(KeyError):
        who = pwd.getpwnam(name)
        return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}
    raise Absent(f"tests run as root, and there is no account `{name}` to run the server as")
