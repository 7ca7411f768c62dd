"""Socket Mode: the same deliveries over a socket that we open; each is acknowledged only once it is committed."""

from __future__ import annotations

import asyncio
import logging

from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from adapters.slack.api import SlackApi, sdk_log
from adapters.slack.webhook import Take
from bot.errors import FirstlineError

log = logging.getLogger(__name__)


class Socket:
    """One connection, renewed by the SDK whenever Slack or the network ends it."""

    def __init__(self, api: SlackApi, app_token: str, take: Take) -> None:
        self._api, self._token, self._take = api, app_token, take
        self._client: SocketModeClient | None = None

    async def connect(self) -> None:
        """Returns when connected. Raises DeliveryError; Unauthorized when the app token is refused."""
        address = await self._api.call("apps.connections.open", token=self._token)
        self._client = SocketModeClient(self._token, logger=sdk_log, web_client=self._api.client)
        self._client.wss_uri = str(address.get("url"))
        self._client.socket_mode_request_listeners.append(self._hear)
        await self._client.connect()  # type: ignore[no-untyped-call]

    def is_connected(self) -> bool:
        """Is the socket open now?"""
        session = self._client.current_session if self._client else None
        return session is not None and not session.closed

    async def close(self) -> None:
        """End the connection."""
        if self._client is not None:
            await self._client.close()  # type: ignore[no-untyped-call]

    async def _hear(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        try:
            said = await self._take(request.type, request.payload)
        except FirstlineError as error:
            log.error("a delivery was not kept", extra={"kind": request.type, "error": type(error).__name__})
            return
        try:
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload=said or None))
        except (ConnectionError, asyncio.CancelledError):
            log.warning("an acknowledgement was lost; Slack will send the delivery again", extra={"kind": request.type})
