"""A provider of sign-ins, by the rules of OpenID Connect: where it sends people, and whether the proof it sends back holds."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import quote, urlencode

import aiohttp

from adapters.web.config import OidcConfig, is_safe_address
from bot.ports import Clock

if TYPE_CHECKING:
    from joserfc.jwk import Key

log = logging.getLogger(__name__)

Json = Mapping[str, Any]
Why = Literal["unreachable", "refused", "bad_proof"]

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")  # signed with a key that the provider alone has
SCOPE = "openid profile email"
KEPT = timedelta(hours=1)  # how long what the provider says of itself is believed
KEYS_AGAIN = timedelta(minutes=1)  # between looks for a key that is not known: whoever makes up tokens makes us ask no more often
LEEWAY_S = 60  # clocks differ
TIMEOUT_S = 10.0
MAX_BYTES = 262_144  # of an answer; real ones have some thousands


class SignInFailed(Exception):
    """Nobody was signed in. why: unreachable (the provider), refused (it does not take the code), bad_proof. detail: for the log, nobody's words."""

    def __init__(self, why: Why, detail: str) -> None:
        super().__init__(detail)
        self.why: Why = why
        self.detail = detail


@dataclass(frozen=True, slots=True)
class _Fetched:
    """What the provider said of itself, and when."""

    value: Json
    at: datetime


class Provider:
    """One provider. What it says of itself is kept for a while; nothing that signs anybody in is kept or logged."""

    def __init__(self, config: OidcConfig, clock: Clock) -> None:
        self.config = config
        self._clock = clock
        self._metadata: _Fetched | None = None
        self._keys: _Fetched | None = None
        self._fetching = asyncio.Lock()

    async def address(self, state: str, nonce: str, verifier: str, back: str) -> str:
        """Where the person is sent. back: where they come back to. Raises SignInFailed."""
        metadata = await self._known()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code", "client_id": self.config.client_id, "redirect_uri": back, "scope": SCOPE, "state": state, "nonce": nonce,
            "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        where = str(metadata["authorization_endpoint"])
        return f"{where}{'&' if '?' in where else '?'}{urlencode(asked)}"

    async def claims(self, code: str, nonce: str, verifier: str, back: str) -> Json:
        """Who came back with that code: the claims of a proof that holds. Raises SignInFailed."""
        metadata = await self._known()
        asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        client, secret = self.config.client_id, self.config.client_secret.get_secret_value()
        headers = {"Accept": "application/json"}
        ways = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if "client_secret_basic" in ways:
            pair = f"{quote(client, safe='')}:{quote(secret, safe='')}"  # RFC 6749, 2.3.1
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            asked |= {"client_id": client, "client_secret": secret}
        status, answer = await _call("POST", str(metadata["token_endpoint"]), data=asked, headers=headers)
        token = answer.get("id_token")
        if status != 200 or not isinstance(token, str):
            raise SignInFailed("unreachable" if status >= 500 else "refused", f"the token endpoint answered {status}")
        return await self._verified(token, nonce, metadata)

    async def diagnose(self) -> tuple[bool, str]:
        """For `firstline doctor`: does the provider answer as one should?"""
        try:
            await self._known()
            count = len((await self._key_set(fresh=True))["keys"])
        except SignInFailed as failed:
            return False, f"sign-in: {failed.detail}; OIDC_ISSUER must be as the provider writes it, and its discovery reachable from here"
        return True, f"sign-in: {self.config.issuer} answers and has {count} keys"

    # --------------------------------------------------------------------------------------------- what it says of itself
    async def _known(self) -> Json:
        async with self._fetching:
            now = self._clock.now()
            if self._metadata is None or now >= self._metadata.at + KEPT:
                where = f"{self.config.issuer.rstrip('/')}/.well-known/openid-configuration"
                status, found = await _call("GET", where)
                if status != 200:
                    raise SignInFailed("unreachable", f"{where} answered {status}")
                self._metadata = _Fetched(self._checked(found), now)
            return self._metadata.value

    def _checked(self, found: Json) -> Json:
        """Raises SignInFailed: it is another provider than was named, or its addresses would give secrets away."""
        if found.get("issuer") != self.config.issuer:
            raise SignInFailed("unreachable", "the provider calls itself otherwise than OIDC_ISSUER does")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not is_safe_address(found.get(name)):
                raise SignInFailed("unreachable", f"the provider's {name} is no https address")
        return found

    async def _key_set(self, *, fresh: bool = False) -> Json:
        async with self._fetching:
            now = self._clock.now()
            age = now - self._keys.at if self._keys else None
            if self._keys is None or age is None or age >= KEPT or (fresh and age >= KEYS_AGAIN):
                metadata = self._metadata.value if self._metadata else {}
                status, found = await _call("GET", str(metadata["jwks_uri"]))
                if status != 200 or not isinstance(found.get("keys"), list):
                    raise SignInFailed("unreachable", f"the provider's keys are not to be had ({status})")
                self._keys = _Fetched(found, now)
            return self._keys.value

    # ------------------------------------------------------------------------------------------------------------ the proof
    async def _verified(self, token: str, nonce: str, metadata: Json) -> Json:
        """The claims of an id token that was made for us, now, for this sign-in. Raises SignInFailed."""
        from joserfc import jwt
        from joserfc.errors import JoseError

        header = _header(token)
        offered = metadata.get("id_token_signing_alg_values_supported", ["RS256"])
        allowed = [name for name in ALGORITHMS if name in offered]
        if header.get("alg") not in allowed:
            raise SignInFailed("bad_proof", "signed by a method that is not allowed")
        key = _key(await self._key_set(), header) or _key(await self._key_set(fresh=True), header)
        if key is None:
            raise SignInFailed("bad_proof", "signed with an unknown key")
        rules = jwt.JWTClaimsRegistry(
            now=int(self._clock.now().timestamp()), leeway=LEEWAY_S, sub={"essential": True}, exp={"essential": True}, iat={"essential": True},
            iss={"essential": True, "value": self.config.issuer}, aud={"essential": True, "value": self.config.client_id},
            nonce={"essential": True, "value": nonce},
        )  # fmt: skip
        try:
            claims = jwt.decode(token, key, algorithms=allowed).claims
            rules.validate(claims)
        except (JoseError, ValueError, TypeError) as fault:
            raise SignInFailed("bad_proof", type(fault).__name__) from None  # its text may hold claims
        party = claims.get("azp")
        if party not in (None, self.config.client_id) or (isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and party is None):
            raise SignInFailed("bad_proof", "made for somebody else")
        return claims


def _header(token: str) -> Json:
    """What the token says of its own signature; believed in nothing but which of our rules and keys are tried."""
    try:
        first = token.split(".")[0]
        found = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except ValueError:
        raise SignInFailed("bad_proof", "not a token") from None
    if not isinstance(found, dict):
        raise SignInFailed("bad_proof", "not a token")
    return found


def _key(keys: Json, header: Json) -> Key | None:
    """The provider's key that the token names; without a name, the only one of its kind."""
    from joserfc.errors import JoseError
    from joserfc.jwk import import_key

    kind = {"R": "RSA", "P": "RSA", "E": "OKP" if header["alg"] == "EdDSA" else "EC"}[str(header["alg"])[0]]
    fitting = [key for key in cast(Sequence[Any], keys["keys"]) if isinstance(key, dict) and key.get("kty") == kind and key.get("use", "sig") == "sig"]
    if "kid" in header:
        fitting = [key for key in fitting if key.get("kid") == header["kid"]]
    if len(fitting) != 1:
        return None
    try:
        return import_key(fitting[0])
    except (JoseError, ValueError, TypeError):
        return None


async def _call(method: str, address: str, **more: Any) -> tuple[int, Json]:
    """Status and JSON object of an answer. Raises SignInFailed."""
    try:
        async with (
            asyncio.timeout(TIMEOUT_S),
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.request(method, address, allow_redirects=False, **more) as answer,
        ):
            body = await answer.content.read(MAX_BYTES)
            while len(body) < MAX_BYTES and (piece := await answer.content.read(MAX_BYTES - len(body))):
                body += piece
            found = json.loads(body) if body else {}
    except (aiohttp.ClientError, OSError, TimeoutError) as fault:
        raise SignInFailed("unreachable", f"no answer ({type(fault).__name__})") from None
    except ValueError:
        raise SignInFailed("unreachable", "the answer is no JSON") from None
    if not isinstance(found, dict):
        raise SignInFailed("unreachable", "the answer is no JSON object")
    return answer.status, found
