"""Access tokens for XOAUTH2, asked for with the refresh token before the last one ends."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta

import aiohttp

from adapters.email.config import OAuth
from bot.errors import DeliveryError, Unauthorized
from bot.ports.world import Clock

CALL_S = 15.0
EARLY = timedelta(minutes=2)  # before its end a token is no longer used: a long mail must not outlive it
KEPT_S = 900.0  # seconds for which one is used at most: the provider may take it back
USUAL_S = 3600.0  # of a provider that does not say how long it holds
LONGEST = 64_000  # bytes of an answer


class Tokens:
    """One provider's, shared by what goes out and what comes in."""

    def __init__(self, oauth: OAuth, clock: Clock) -> None:
        self._oauth, self._clock = oauth, clock
        self._refresh = oauth.refresh_token
        self._turn = asyncio.Lock()
        self._token, self._until = "", datetime.min.replace(tzinfo=clock.now().tzinfo)

    async def access(self) -> str:
        """A token that holds for a while. Raises DeliveryError, Unauthorized when the provider refuses us."""
        async with self._turn:
            if not self._token or self._clock.now() >= self._until:
                await self._ask()
            return self._token

    async def _ask(self) -> None:
        form = {"grant_type": "refresh_token", "client_id": self._oauth.client, "refresh_token": self._refresh}
        if self._oauth.secret:
            form["client_secret"] = self._oauth.secret
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=CALL_S), cookie_jar=aiohttp.DummyCookieJar()) as session,
                session.post(self._oauth.token_url, data=form, allow_redirects=False, headers={"Accept": "application/json"}) as answer,
            ):
                status = answer.status
                found = json.loads(await answer.content.read(LONGEST)) if status == 200 else {}
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as fault:
            raise DeliveryError(f"MAIL_OAUTH_TOKEN_URL does not answer as it should ({type(fault).__name__})") from fault
        if status in (400, 401, 403):
            raise Unauthorized(f"MAIL_OAUTH_REFRESH_TOKEN: the provider refuses it ({status}); allow the mailbox again and set the new one")
        found = found if isinstance(found, dict) else {}
        token, lasts = found.get("access_token"), found.get("expires_in", USUAL_S)
        if not isinstance(token, str) or not token:
            raise DeliveryError(f"MAIL_OAUTH_TOKEN_URL gave no token ({status})")
        self._token, self._until = token, self._clock.now() + min(timedelta(seconds=_seconds(lasts)) - EARLY, timedelta(seconds=KEPT_S))
        if isinstance(newer := found.get("refresh_token"), str) and newer:
            self._refresh = newer  # some providers change it each time; after a restart the one that was set counts again


def _seconds(lasts: object) -> float:
    try:
        return min(max(float(str(lasts)), 0.0), 86_400.0)
    except ValueError:
        return USUAL_S
