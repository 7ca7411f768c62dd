"""Calls of the Bot API: python-telegram-bot over aiohttp sessions, its errors made ours.

The library's own HTTP client costs 3.5 of 4.2 ms a call. Its Bot is used for what it knows of the wire: parameters, uploads, and what each
refusal means.
"""

from __future__ import annotations

import json
import logging
import re
from typing import Any
from urllib.parse import quote

import aiohttp
from telegram import Bot, InputFile
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from adapters.telegram.config import TelegramConfig
from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown, RateLimited, ThreadGone, Unauthorized

CALL_S, UPLOAD_S, CONNECT_S = 20.0, 120.0, 10.0  # seconds for a call, one with a file, and to connect
UNSAID_WAIT_S, MAX_WAIT_S = 5.0, 3600.0  # where a 429 does not say how long; and the longest we believe
GONE = re.compile(r"thread not found|topic_deleted|topic_id_invalid|message_id_invalid|message to (edit|delete|be replied|react) not found", re.IGNORECASE)
NOT_STARTED = re.compile(r"can't initiate conversation", re.IGNORECASE)  # whoever never pressed Start
BLOCKED = re.compile(r"blocked by the user|user is deactivated|can't send messages to bots", re.IGNORECASE)

logging.getLogger("telegram").setLevel(logging.WARNING)  # below that the library logs the token and people's words


class Migrated(DeliveryError):
    """The group has a new id; nothing was sent."""

    def __init__(self, new: int) -> None:
        super().__init__("the group has a new id")
        self.new = new


class Contested(DeliveryError):
    """Another process asks for updates with this token, or a webhook is set."""


class TopicClosed(DeliveryError):
    """Somebody closed the topic; nothing was sent."""


class EntitiesRefused(DeliveryError):
    """Telegram does not accept the entities; nothing was sent."""


class NotModified(DeliveryError):
    """It is already so."""


class _NotConnected(NetworkError):
    """Nobody answered the door: certainly nothing was sent."""


class _TooMany(TelegramError):
    """429; read here because the library only knows whole and present numbers."""

    def __init__(self, wait_s: float) -> None:
        super().__init__("too many requests")
        self.wait_s = wait_s


class _Request(BaseRequest):
    """PTB's request layer over an aiohttp session that the Api owns."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    @property
    def read_timeout(self) -> float:
        return CALL_S

    async def initialize(self) -> None:
        """Nothing to do: the session is there."""

    async def shutdown(self) -> None:
        """Nothing to do: the session is closed by its owner."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, read_timeout: Any = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        """One HTTP exchange: status and body."""
        body: dict[str, Any] = {}
        if request_data is not None and request_data.contains_files:
            body["data"] = _form(request_data)
        elif request_data is not None:
            body["json"] = request_data.parameters
        timeout = aiohttp.ClientTimeout(total=read_timeout if isinstance(read_timeout, float) else CALL_S, sock_connect=CONNECT_S)
        try:
            async with self._session.request(method, url, timeout=timeout, allow_redirects=False, **body) as answer:
                content = await answer.read()
                if answer.status == 429:
                    raise _TooMany(_wait_of(content, answer.headers.get("Retry-After")))
                return answer.status, content
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise _NotConnected("no connection") from None
        except TimeoutError:
            raise TimedOut("no answer in time") from None
        except aiohttp.ClientError as problem:  # its text may hold the address, and with it the token
            raise NetworkError(type(problem).__name__) from None

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer as an object, or TelegramError; never logged, it may hold people's words."""
        try:
            answer = json.loads(payload)
        except ValueError:
            raise TelegramError("the answer is not JSON") from None
        if not isinstance(answer, dict) or (answer.get("ok") and "result" not in answer):
            raise TelegramError("the answer is no Bot API answer")
        return answer


def _form(data: RequestData) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mime) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=mime)
    return form


class _Bot(Bot):
    """Any method by its name, with parameters as they go over the wire."""

    async def call(self, method: str, params: dict[str, Any], timeout_s: float) -> Any:
        return await self._post(method, params, read_timeout=timeout_s)


class Api:
    """The Bot API with our errors. The sessions are opened with the first call and closed by `close`."""

    def __init__(self, config: TelegramConfig) -> None:
        self._config = config
        self._session: aiohttp.ClientSession | None = None
        self._polling: aiohttp.ClientSession | None = None  # of getUpdates alone: however many calls hang, people are heard
        self._bot: _Bot | None = None

    async def call(self, method: str, params: dict[str, Any], timeout_s: float = CALL_S) -> Any:
        """The result. Raises DeliveryError and its subclasses, those of this module included; nothing else."""
        try:
            return await self._ready().call(method, params, timeout_s)
        except TelegramError as error:
            raise translated(error) from None
        except KeyError:  # 200 without a result
            raise DeliveryUnknown("the answer is no Bot API answer") from None

    async def upload(self, method: str, field: str, name: str, content: bytes, params: dict[str, Any]) -> Any:
        """A call with a file in it."""
        return await self.call(method, {**params, field: InputFile(content, filename=name)}, UPLOAD_S)

    async def download(self, path: str, limit: int) -> bytes:
        """The bytes of a file by the path getFile gave. Only ever from the configured host; redirects are not followed."""
        if "://" in path or ".." in path:
            raise DeliveryRefused("gone", "not a path of the Bot API")
        self._ready()
        assert self._session is not None
        url = f"{self._config.api_url}/file/bot{self._config.token}/{quote(path)}"
        try:
            async with self._session.get(url, timeout=aiohttp.ClientTimeout(total=UPLOAD_S), allow_redirects=False) as answer:
                if answer.status != 200:
                    raise DeliveryRefused("gone", f"status {answer.status}")
                content = bytearray()
                async for chunk in answer.content.iter_chunked(65536):
                    content += chunk
                    if len(content) > limit:
                        raise DeliveryRefused("too_large")
                return bytes(content)
        except (aiohttp.ClientError, TimeoutError) as problem:
            raise DeliveryError(f"the file could not be fetched: {type(problem).__name__}") from None

    async def close(self) -> None:
        """Let the connections go."""
        for session in (self._session, self._polling):
            if session is not None:
                await session.close()
        self._session = self._polling = self._bot = None

    def _ready(self) -> _Bot:
        if self._bot is None:
            self._session, self._polling = _new_session(), _new_session()
            calls, polls = _Request(self._session), _Request(self._polling)
            self._bot = _Bot(self._config.token, f"{self._config.api_url}/bot", request=calls, get_updates_request=polls)
        return self._bot


def _new_session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64, keepalive_timeout=60))


def translated(error: TelegramError) -> DeliveryError:
    """What the caller can do about it."""
    text = str(error)
    match error:
        case _TooMany():
            return RateLimited(error.wait_s)
        case ChatMigrated():
            return Migrated(error.new_chat_id)
        case Conflict():
            return Contested("another process asks for updates with this token, or a webhook is set")
        case InvalidToken():
            return Unauthorized("Telegram refuses TELEGRAM_BOT_TOKEN: copy it again from @BotFather")
        case Forbidden():
            return DeliveryRefused("not_started" if NOT_STARTED.search(text) else "blocked" if BLOCKED.search(text) else "forbidden", text)
        case BadRequest():
            return _refusal(text)
        case _NotConnected():
            return DeliveryError("Telegram cannot be reached")
    if "Too Large" in text:
        return DeliveryRefused("too_large", text)
    return DeliveryUnknown(f"no clear answer: {type(error).__name__}")


def _refusal(text: str) -> DeliveryError:
    """What a 400 means. Telegram tells them apart by their wording alone (tdlib/telegram-bot-api, Client.cpp)."""
    lower = text.lower()
    if "not modified" in lower or "topic_not_modified" in lower:
        return NotModified(text)
    if GONE.search(text):
        return ThreadGone(text)
    if "topic_closed" in lower:
        return TopicClosed(text)
    if "can't parse entities" in lower or "utf-16" in lower:
        return EntitiesRefused(text)
    if "too long" in lower or "too big" in lower or "too large" in lower:
        return DeliveryRefused("too_large", text)
    if "chat not found" in lower or "user not found" in lower or "wrong file" in lower or "temporarily unavailable" in lower:
        return DeliveryRefused("gone", text)
    if "not enough rights" in lower or "have no rights" in lower or "need administrator rights" in lower:
        return DeliveryRefused("forbidden", text)
    return DeliveryRefused("invalid", text)


def _wait_of(content: bytes, header: str | None) -> float:
    """Seconds to wait, from the answer or its header; a guess when neither says."""
    try:
        said = json.loads(content)["parameters"]["retry_after"]
    except (ValueError, TypeError, KeyError):
        said = header
    try:
        return min(max(1.0, float(said or UNSAID_WAIT_S)), MAX_WAIT_S)
    except (TypeError, ValueError):
        return UNSAID_WAIT_S
