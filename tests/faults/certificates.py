"""Certificates for lines that speak TLS, made by the program `openssl`."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

HOST = "localhost"  # a name, not a number, so that it has to be resolved


def installed() -> bool:
    """Can any be made?"""
    return shutil.which("openssl") is not None


def made(folder: Path, name: str) -> Path:
    """A certificate of HOST that vouches for itself, with its key beside it in one file."""
    file = folder / f"{name}.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={HOST}"]
    command += ["-addext", f"subjectAltName=DNS:{HOST}", "-keyout", str(folder / "key"), "-out", str(folder / "certificate")]
    subprocess.run(command, check=True, capture_output=True)
    file.write_text((folder / "key").read_text() + (folder / "certificate").read_text())
    return file


def shown(file: Path) -> ssl.SSLContext:
    """What a server shows with it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
