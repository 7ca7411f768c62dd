"""Synapse, the homeserver of Matrix, for tests: of one process, without federation, its limits high."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import signal
import subprocess
import sys
from functools import cached_property
from pathlib import Path
from typing import Any

import aiohttp

from tests.servers.kinds import Kind

SERVER = "example.org"  # what stands behind the colon of everybody's name
SECRET = "registers people for tests"
HIGH = "{per_second: 1000, burst_count: 1000}"
CONFIG = """
server_name: {server}
public_baseurl: "http://127.0.0.1:{port}/"
listeners: [{{port: {port}, bind_addresses: ["127.0.0.1"], type: http, tls: false, resources: [{{names: [client], compress: false}}]}}]
database: {{name: sqlite3, args: {{database: "{folder}/homeserver.db", cp_max: 1}}}}
media_store_path: "{folder}/media"
signing_key_path: "{folder}/signing.key"
registration_shared_secret: "{secret}"
macaroon_secret_key: "tests"
form_secret: "tests"
bcrypt_rounds: 4
report_stats: false
trusted_key_servers: []
suppress_key_server_warning: true
federation_domain_whitelist: []
presence: {{enabled: false}}
max_upload_size: 200K
allow_guest_access: false
rc_message: {high}
rc_registration: {high}
rc_login: {{address: {high}, account: {high}, failed_attempts: {high}}}
rc_joins: {{local: {high}, remote: {high}}}
rc_invites: {{per_room: {high}, per_user: {high}, per_issuer: {high}}}
rc_room_creation: {high}
rc_media_create: {high}
"""


class Synapse(Kind):
    """The server, on an SQLite file. TEST_SYNAPSE_PYTHON: a Python that can import it, if this one cannot; "off" leaves it out."""

    name = "Synapse"
    variable = "TEST_SYNAPSE_PYTHON"
    usual = ()
    program = "synapse"
    ends_on = signal.SIGTERM
    is_private = True
    cure = "no Python here can import it: `pip install matrix-synapse` into an environment of its own, and set TEST_SYNAPSE_PYTHON to its python"

    @cached_property
    def installed(self) -> str:  # type: ignore[override]
        """The Python that runs it."""
        given = os.environ.get(self.variable, "") or sys.executable
        try:
            subprocess.run([given, "-c", "import importlib.util, sys; sys.exit(not importlib.util.find_spec('synapse'))"], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            return ""
        return given

    def layout(self, folder: Path) -> list[str]:
        """It has a key of its own; the settings name the port, which is not known yet."""
        key = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        (folder / "signing.key").write_text(f"ed25519 a_tests {key}\n")
        return []

    def command(self, folder: Path, port: int) -> list[str]:
        """One process."""
        (folder / "homeserver.yaml").write_text(CONFIG.format(server=SERVER, port=port, folder=folder, secret=SECRET, high=HIGH))
        return [self.installed, "-m", "synapse.app.homeserver", "-c", str(folder / "homeserver.yaml")]

    def url(self, port: int) -> str:
        """Its client-server API."""
        return f"http://127.0.0.1:{port}"

    async def visit(self, url: str) -> None:
        """It says which versions it speaks."""
        async with aiohttp.ClientSession() as session, session.get(f"{url}/_matrix/client/versions") as answer:
            if answer.status != 200 or "versions" not in await answer.json():
                raise ConnectionError("what answers is no homeserver")


async def register(url: str, name: str, *, admin: bool = False) -> dict[str, Any]:
    """A new account: its user_id, access_token and device_id."""
    address = f"{url}/_synapse/admin/v1/register"
    async with aiohttp.ClientSession() as session:
        async with session.get(address) as answer:
            nonce = (await answer.json())["nonce"]
        said = "\0".join([nonce, name, "s3cret", "admin" if admin else "notadmin"])
        mac = hmac.new(SECRET.encode(), said.encode(), hashlib.sha1).hexdigest()
        asked = {"nonce": nonce, "username": name, "displayname": name.partition("-")[0].capitalize(), "password": "s3cret", "admin": admin, "mac": mac}
        async with session.post(address, json=asked) as answer:
            made: dict[str, Any] = await answer.json()
            assert answer.status == 200, made
            return made
