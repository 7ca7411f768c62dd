"""Bolt: what Slack delivers, by signed HTTP or by socket, goes through one global middleware that keeps it before it is acknowledged."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.response import BoltResponse
from starlette.requests import Request
from starlette.responses import Response

from adapters.hooks import body_of
from adapters.slack.api import SlackApi, WithoutSecrets, sdk_log
from adapters.slack.config import SlackConfig
from bot.errors import FirstlineError

Json = dict[str, Any]
Take = Callable[[Json, int], Awaitable[Json]]
"""Takes in the body of one delivery that Slack tried so many times before; returns what the acknowledgement says ({}: nothing) once it is committed.
Raises when it is not."""

MAX_BODY = 2**20  # bytes
SLOWEST_BODY_S = 10.0
NEWEST_S = 60  # how far a timestamp may lie ahead (clocks differ); Bolt refuses those more than five minutes away
PING_S = 5.0  # a dead socket is noticed after four unanswered pings

log = logging.getLogger(__name__)
bolt_log = logging.getLogger("adapters.slack.bolt.sdk")
bolt_log.setLevel(logging.ERROR)  # at INFO it logs bodies; its one warning is that SLACK_BOT_TOKEN, which it looks up itself, is not used
bolt_log.addFilter(WithoutSecrets())  # Bolt gives all its loggers the level and the filters of this one


class Bolt:
    """The endpoint for events, interactivity and commands, and with Socket Mode the same over a socket that we open."""

    def __init__(self, config: SlackConfig, api: SlackApi, take: Take) -> None:
        self._api, self._app_token = api, config.app_token
        self._socket: AsyncSocketModeHandler | None = None
        self._app = AsyncApp(
            name=bolt_log.name,
            logger=bolt_log,
            signing_secret=config.signing_secret,
            client=api.client,
            authorize=_OneWorkspace(config.bot_token),
            ignoring_self_events_enabled=False,  # inbound knows our own
            attaching_function_token_enabled=False,
        )
        self._app.use(_Intake(take))
        self._app.error(_not_kept)

    # ---- HTTP
    async def answer(self, request: Request) -> Response:
        """200 when committed; 401 unsigned, 400 unreadable, 408 too slow, 413 too long, 503 not kept (Slack sends it again)."""
        body = await body_of(request, MAX_BODY, SLOWEST_BODY_S)
        if isinstance(body, Response):
            return body
        headers = dict(request.headers.items())
        if not _may_be_signed(headers):
            return _refused(request, body)
        try:
            delivery = _delivery(body.decode(), headers)
        except Exception as error:  # noqa: BLE001  Bolt reads the body before it verifies it: anybody may have written it
            log.warning("a request could not be read", extra={"error": type(error).__name__, "bytes": len(body)})
            return Response(status_code=400)
        said = await self._app.async_dispatch(delivery)
        return _refused(request, body) if said.status == 401 else Response(said.body, said.status, said.first_headers())

    # ---- Socket Mode
    async def connect(self) -> None:
        """Returns when connected; the SDK renews the connection whenever Slack or the network ends it. Raises DeliveryError; Unauthorized for the app token."""
        address = await self._api.call("apps.connections.open", token=self._app_token)
        self._socket = AsyncSocketModeHandler(self._app, self._app_token, sdk_log, self._api.client, ping_interval=PING_S)
        self._socket.client.wss_uri = str(address.get("url"))
        await self._socket.connect_async()  # type: ignore[no-untyped-call]

    def is_connected(self) -> bool:
        """Is the socket open now?"""
        session = self._socket.client.current_session if self._socket else None
        return session is not None and not session.closed

    def forget_address(self) -> None:
        """The SDK tries an address again and again, though each opens one socket only: from now on it asks for another."""
        if self._socket is not None and not self.is_connected():
            self._socket.client.wss_uri = None

    async def close(self) -> None:
        """End the connection, if there is one."""
        if self._socket is not None:
            await self._socket.close_async()  # type: ignore[no-untyped-call]


class _OneWorkspace(AsyncAuthorize):
    """Always the same. Bolt's own for one workspace calls auth.test during the first delivery, and acknowledges it unheard when that is refused."""

    def __init__(self, bot_token: str) -> None:
        self._same = AuthorizeResult(enterprise_id=None, team_id=None, bot_token=bot_token)

    async def __call__(self, **who: Any) -> AuthorizeResult:
        return self._same


class _Intake(AsyncMiddleware):
    """The last middleware: commits, then ends the dispatch with the acknowledgement. A class, because Bolt builds some thirty arguments for a function."""

    def __init__(self, take: Take) -> None:
        self._take = take

    async def async_process(self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Callable[[], Awaitable[BoltResponse]]) -> BoltResponse:
        return BoltResponse(status=200, body=await self._take(req.body, _tries(req)) or "")


def _tries(request: AsyncBoltRequest) -> int:
    """How often Slack tried before."""
    said = request.headers.get("x-slack-retry-num") or ["0"]
    return int(said[0]) if re.fullmatch("[0-9]{1,3}", said[0]) else 0


async def _not_kept(error: Exception, body: Json) -> BoltResponse:
    """Neither a 2xx nor an acknowledgement on the socket: Slack sends it again."""
    trace = None if isinstance(error, FirstlineError) else error
    log.error("a delivery was not kept", extra={"kind": str(body.get("type") or "command"), "error": type(error).__name__}, exc_info=trace)
    return BoltResponse(status=503)


def _may_be_signed(headers: Mapping[str, str]) -> bool:
    """Are signature and time such that Bolt can compare them? Odd ones would raise within it."""
    stamp, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    return re.fullmatch("[0-9]{1,12}", stamp) is not None and int(stamp) <= time.time() + NEWEST_S and signature.isascii()


def _refused(request: Request, body: bytes) -> Response:
    log.warning("refused a request that Slack did not sign", extra={"peer": request.client.host if request.client else "", "bytes": len(body)})
    return Response(status_code=401)


def _delivery(body: str, headers: Mapping[str, str]) -> AsyncBoltRequest:
    """Raises anything at all when Bolt cannot read the body."""
    if not body:
        raise ValueError("empty")
    delivery = AsyncBoltRequest(body=body, headers={**headers})
    if not delivery.body:  # Bolt 1.30 takes a command that says the word "payload" for an empty interaction
        delivery.body = dict(parse_qsl(body, keep_blank_values=True))
    if not isinstance(delivery.body.get("event", {}), dict):
        raise TypeError("event")  # Bolt's middleware would raise it, as if the event had not been kept
    return delivery
