"""A provider of sign-ins that does what OpenID Connect says, and on request what it must not."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus, urlencode

from aiohttp import BasicAuth, web
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "firstline-desk", "a client's secret/with+signs"


@dataclass
class OidcCloud:
    """claims: of whoever is signed in there now. changes: what becomes of the claims of a token before it is signed. now: its clock.

    algorithm: by which it signs. published: what its key set holds. offered: the algorithms that it says it uses. denies: whoever comes says no.
    """

    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "1", "name": "Ann Agent", "email": "ann@example.org", "email_verified": True})
    changes: dict[str, Any] = field(default_factory=dict)
    now: Callable[[], float] = time.time
    issuer: str = ""
    algorithm: str = "RS256"
    offered: list[str] = field(default_factory=lambda: ["RS256"])
    denies: bool = False
    statuses: dict[str, int] = field(default_factory=dict)
    reuses: bool = False
    calls: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._codes: dict[str, dict[str, str]] = {}
        self.rotate()
        self.published = [self.key]

    def rotate(self) -> None:
        """It signs with a new key from now on; the set that it shows is told by `publish`."""
        self.key = RSAKey.generate_key(2048, {"kid": f"key-{id(object())}-{time.monotonic_ns()}", "use": "sig"})

    def publish(self) -> None:
        """Its set of keys holds the one it signs with."""
        self.published = [self.key]

    # ------------------------------------------------------------------------------------------------------ its addresses
    async def _discovery(self, request: web.Request) -> web.Response:
        self.calls.append("discovery")
        told = {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize", "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys", "id_token_signing_alg_values_supported": self.offered, "response_types_supported": ["code"],
        }  # fmt: skip
        return web.json_response(told, status=self.statuses.get("discovery", 200))

    async def _keys(self, request: web.Request) -> web.Response:
        self.calls.append("keys")
        return web.json_response({"keys": [key.as_dict(private=False) for key in self.published]}, status=self.statuses.get("keys", 200))

    async def _authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        assert asked["code_challenge_method"] == "S256"
        if self.denies:
            back = {"error": "access_denied", "state": asked["state"]}
        else:
            code = f"code-{len(self._codes)}"
            self._codes[code] = asked
            back = {"code": code, "state": asked["state"], "iss": self.issuer}
        raise web.HTTPFound(f"{asked['redirect_uri']}?{urlencode(back)}")

    async def _token(self, request: web.Request) -> web.Response:
        self.calls.append("token")
        given = await request.post()
        asked = self._codes.get(str(given["code"])) if self.reuses else self._codes.pop(str(given["code"]), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(str(given["code_verifier"]).encode()).digest()).rstrip(b"=").decode()
        who = BasicAuth.decode(request.headers["Authorization"])
        is_client = (unquote_plus(who.login), unquote_plus(who.password)) == (CLIENT, SECRET)
        if asked is None or not is_client or asked["code_challenge"] != challenge or asked["redirect_uri"] != given["redirect_uri"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response({"token_type": "Bearer", "access_token": "x", "id_token": self._proof(asked["nonce"])}, status=self.statuses.get("token", 200))

    def _proof(self, nonce: str) -> str:
        at = int(self.now())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": at, "exp": at + 300, "nonce": nonce, **self.claims, **self.changes}
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.algorithm == "none":
            parts = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in ({"alg": "none"}, claims)]
            return f"{parts[0]}.{parts[1]}."
        header = {"alg": self.algorithm, "kid": self.key.kid}
        if self.algorithm.startswith("HS"):  # with what everybody knows, the public key: the oldest of these tricks
            parts = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in (header, claims)]
            signed = hmac.new(self.key.as_pem(private=False), ".".join(parts).encode(), hashlib.sha256).digest()
            return ".".join([*parts, base64.urlsafe_b64encode(signed).rstrip(b"=").decode()])
        return jwt.encode(header, claims, self.key)


@contextlib.asynccontextmanager
async def oidc_cloud(**more: Any) -> AsyncIterator[OidcCloud]:
    """Listening on this computer."""
    made = OidcCloud(**more)
    application = web.Application()
    application.router.add_get("/.well-known/openid-configuration", made._discovery)
    application.router.add_get("/keys", made._keys)
    application.router.add_get("/authorize", made._authorize)
    application.router.add_post("/token", made._token)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.issuer = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield made
    finally:
        await runner.cleanup()
