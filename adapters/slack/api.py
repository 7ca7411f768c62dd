"""Calls to Slack's Web API on one shared session; the SDK's errors become ours here."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import AsyncIterator, Iterable
from typing import Any, cast
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack import refusals
from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown, ThreadGone

Json = dict[str, Any]

TIMEOUT = aiohttp.ClientTimeout(total=10, sock_connect=5)
TRANSFER = aiohttp.ClientTimeout(total=300, sock_connect=5, sock_read=30)  # files
TWICE_IS_FINE = {"already_reacted", "no_reaction"}
PAGE = 200  # members or messages asked for at once
LONGEST_THREAD = 1_000  # messages of a thread that come along
LOOK_BACK_S = (3_600.0, 86_400.0)  # where a message that we sent is looked for in a thread: what is looked for is seldom older
# Only these read JSON bodies; Slack ignores the arguments of all others unless they come as a form.
JSON_METHODS = {
    "chat.postMessage",
    "chat.postEphemeral",
    "chat.update",
    "conversations.open",
    "reactions.add",
    "views.open",
    "views.publish",
    "views.push",
}


class WithoutSecrets(logging.Filter):
    """The SDK logs addresses, errors and traces that hold tickets and tokens: they are taken out, and traces dropped."""

    SECRET = re.compile(r"(xox[a-z]-|xapp-)[\w-]+|(ticket|token)=[^&\s'\"]+")

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args, record.exc_info = self.SECRET.sub("(secret)", record.getMessage()), (), None
        return True


sdk_log = logging.getLogger("adapters.slack.sdk")
sdk_log.setLevel(logging.WARNING)  # at DEBUG the SDK logs what people wrote
sdk_log.addFilter(WithoutSecrets())


class SlackApi:
    """The methods we call. All raise DeliveryError and its subclasses, nothing else."""

    def __init__(self, api_url: str, bot_token: str) -> None:
        self._url, self._token = api_url, bot_token
        # It never tries again by itself: a lost answer may mean a message that arrived.
        self.client = AsyncWebClient(bot_token, api_url, logger=sdk_log, retry_handlers=[], trust_env_in_session=True)

    async def close(self) -> None:
        """Close the session; the next call opens another."""
        if self.client.session is not None:
            await self.client.session.close()

    async def call(self, method: str, token: str | None = None, **arguments: Any) -> Json:
        """One call. arguments with the value None are left out; structures are sent as JSON. token: another than the bot's."""
        answer = await self._called(method, {key: value for key, value in arguments.items() if value is not None}, token)
        return answer.data if isinstance(answer.data, dict) else {}

    async def identity(self) -> tuple[Json, frozenset[str]]:
        """Who the bot is (user_id, team_id, ...), and the scopes of its token (empty when Slack does not say)."""
        answer = await self._called("auth.test", {}, None)
        scopes = {key.lower(): value for key, value in answer.headers.items()}.get("x-oauth-scopes", "")
        return (answer.data if isinstance(answer.data, dict) else {}), frozenset(s.strip() for s in str(scopes).split(",") if s.strip())

    async def _called(self, method: str, body: Json, token: str | None) -> AsyncSlackResponse:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http()
        try:
            if method in JSON_METHODS:
                return await self.client.api_call(method, json=body, headers=headers)
            return await self.client.api_call(method, data={key: _form_value(value) for key, value in body.items()}, headers=headers)
        except SlackApiError as error:
            if _code(error) in TWICE_IS_FINE:
                return cast(AsyncSlackResponse, error.response)
            raise _ours(method, error) from None
        except aiohttp.ClientConnectorError:
            raise DeliveryError(f"{method}: no connection to Slack") from None
        except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError, ValueError) as error:
            raise DeliveryUnknown(f"{method}: {type(error).__name__}") from None

    async def members(self, channel: str) -> AsyncIterator[str]:
        """Everybody in a channel, page by page."""
        cursor: str | None = None
        while cursor != "":
            answer = await self.call("conversations.members", channel=channel, limit=PAGE, cursor=cursor)
            for member in answer.get("members") or []:
                yield str(member)
            cursor = next_cursor(answer)

    async def thread(self, channel: str, ts: str) -> list[Json]:
        """The message and, when it begins a thread, what follows in it, oldest first."""
        found: list[Json] = []
        cursor: str | None = None
        while cursor != "" and len(found) < LONGEST_THREAD:
            answer = await self.call("conversations.replies", channel=channel, ts=ts, limit=PAGE, cursor=cursor)
            found += [message for message in answer.get("messages") or [] if isinstance(message, dict)]
            cursor = next_cursor(answer)
        return found

    async def whole_thread(self, channel: str, ts: str) -> tuple[Json, list[Json]]:
        """The message with that ts, and the whole thread it stands in (only itself when in none). ThreadGone when it is no more."""
        found = await self.thread(channel, ts)
        message = next((m for m in found if m.get("ts") == ts), None)
        if message is None:
            raise ThreadGone("the message is no more")
        root = str(message.get("thread_ts") or ts)
        return message, found if root == ts else await self.thread(channel, root)

    async def posted(self, channel: str, thread: str | None, token: str) -> str | None:
        """The ts of our own recent message that carries this token in its metadata, or None when it did not arrive.

        The newest are looked through first, LONGEST_THREAD at most: Slack gives a thread oldest first, so its last hour is asked for, then what was before.
        """
        asked: Json = {"channel": channel, "include_all_metadata": True}
        if not thread:
            return (await self._search("conversations.history", asked, token, LONGEST_THREAD))[0]
        left, now, until = LONGEST_THREAD, time.time(), ""
        for since in (*(f"{now - span:.6f}" for span in LOOK_BACK_S), "0"):
            span = {"ts": thread, "oldest": since, "latest": until or None, "inclusive": True}
            found, seen = await self._search("conversations.replies", {**asked, **span}, token, left)
            left, until = left - seen, since
            if found or left <= 0 or thread >= since:  # the thread is no older
                return found
        return None

    async def _search(self, method: str, asked: Json, token: str, most: int) -> tuple[str | None, int]:
        """The ts of the message with the token, and how many were looked through."""
        seen, cursor = 0, None
        while cursor != "" and seen < most:
            answer = await self.call(method, limit=PAGE, cursor=cursor, **asked)
            for message in answer.get("messages") or []:
                seen += 1
                metadata = message.get("metadata")
                if isinstance(metadata, dict) and (metadata.get("event_payload") or {}).get("token") == token:
                    return str(message["ts"]), seen
            cursor = next_cursor(answer)
        return None, seen

    async def respond(self, response_url: str, body: Json) -> None:
        """Answer through a response_url: five uses, thirty minutes. Only Slack's own hosts are spoken to."""
        if not self._is_slack(response_url):
            raise DeliveryRefused("forbidden", "response_url is not on a host of Slack")
        try:
            async with self._http().post(response_url, json=body, allow_redirects=False) as answer:
                if answer.status == 429:
                    raise refusals.wait_of(answer.headers)
                if answer.status >= 300:
                    raise DeliveryRefused("gone", f"response_url answered {answer.status}")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise DeliveryUnknown(f"response_url: {type(error).__name__}") from None

    async def upload(self, name: str, content: bytes, channel: str, thread: str | None) -> Json:
        """Put a file into a channel or thread; the file as Slack describes it."""
        slot = await self.call("files.getUploadURLExternal", filename=name, length=len(content))
        url = str(slot.get("upload_url"))
        if not self._is_slack(url):
            raise DeliveryRefused("forbidden", "upload_url is not on a host of Slack")
        try:
            async with self._http().post(url, data=content, allow_redirects=False, timeout=TRANSFER) as answer:
                if answer.status != 200:
                    raise DeliveryError(f"the upload was answered {answer.status}")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise DeliveryError(f"upload: {type(error).__name__}") from None  # not shared yet: nobody saw it
        files = [{"id": slot.get("file_id"), "title": name}]
        done = await self.call("files.completeUploadExternal", files=files, channel_id=channel, thread_ts=thread)
        return next((entry for entry in done.get("files") or [] if isinstance(entry, dict)), {})

    async def download(self, file: str, limit: int) -> bytes:
        """A file's bytes. The token goes to Slack's hosts only and no redirect is followed; DeliveryRefused: too_large, gone, forbidden."""
        info = (await self.call("files.info", file=file)).get("file") or {}
        if int(info.get("size") or 0) > limit:
            raise DeliveryRefused("too_large", f"{info.get('size')} bytes")
        url = str(info.get("url_private_download") or info.get("url_private") or "")
        if not self._is_slack(url):
            raise DeliveryRefused("forbidden", "the file is not on a host of Slack")
        try:
            headers = {"Authorization": f"Bearer {self._token}"}
            async with self._http().get(url, headers=headers, allow_redirects=False, timeout=TRANSFER) as answer:
                if answer.status != 200:
                    raise (DeliveryError(f"the file was answered {answer.status}") if answer.status >= 500 else DeliveryRefused("gone", str(answer.status)))
                if answer.content_type == "text/html" and "html" not in str(info.get("mimetype")):
                    raise DeliveryRefused("forbidden", "Slack asks to sign in: the app needs the scope files:read")
                content = await answer.content.read(0)
                async for chunk in answer.content.iter_chunked(2**16):
                    content += chunk
                    if len(content) > limit:
                        raise DeliveryRefused("too_large", f"over {limit} bytes")
                return content
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise DeliveryError(f"download: {type(error).__name__}") from None

    def _http(self) -> aiohttp.ClientSession:
        """The session that all calls share, the SDK's included; opened by the first."""
        if self.client.session is None or self.client.session.closed:
            self.client.session = aiohttp.ClientSession(timeout=TIMEOUT)
        return self.client.session

    def _is_slack(self, url: str) -> bool:
        """Is this address on slack.com over TLS, or on the host that the settings name?"""
        try:
            asked, base = urlsplit(url), urlsplit(self._url)
            same = (asked.scheme, asked.hostname, asked.port) == (base.scheme, base.hostname, base.port)
        except ValueError:
            return False
        host = asked.hostname or ""
        return same or (asked.scheme == "https" and asked.port in (None, 443) and (host == "slack.com" or host.endswith(".slack.com")))


def _form_value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def next_cursor(answer: Json) -> str:
    """Where the next page begins; "" after the last."""
    metadata = answer.get("response_metadata")
    return str(metadata.get("next_cursor") or "") if isinstance(metadata, dict) else ""


def _ours(method: str, error: SlackApiError) -> DeliveryError:
    """Our error for an answer that was not ok."""
    response = error.response
    status = int(getattr(response, "status_code", None) or getattr(response, "status", None) or 0)
    if status == 429:
        return refusals.wait_of(response.headers)
    code = _code(error)
    if code in ("ratelimited", "rate_limited"):
        return refusals.wait_of(response.headers)
    if not code or status >= 500:
        return DeliveryUnknown(f"{method} was answered {status} {code}".strip())
    return refusals.refusal(code, method, "; ".join(_details(response.data)))


def _code(error: SlackApiError) -> str:
    data = getattr(error.response, "data", None)
    return str(data.get("error") or "") if isinstance(data, dict) else ""


def _details(said: Json) -> Iterable[str]:
    """What helps to see what was wrong: the missing scope, or where in the blocks."""
    if said.get("needed"):
        yield str(said["needed"])
    metadata = said.get("response_metadata")
    for line in metadata.get("messages") or [] if isinstance(metadata, dict) else []:
        yield str(line)[:200]
