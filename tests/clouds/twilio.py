"""A telephone provider on loopback: Twilio's REST API for messages and files, and telephones whose calls and texts it posts to our webhooks, signed.

`async with TwilioCloud() as cloud`, `cloud.point(base)`; then `cloud.text("+34…", "words")`, or `call = await cloud.ring("+34…")` and `await call.says(…)`.
It refuses what the real one refuses. What the real one forgives silently is refused, too.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from aiohttp import web
from twilio.request_validator import RequestValidator

ACCOUNT = "AC" + "0a" * 16
TOKEN, SECOND = "f" * 32, "e" * 32
OURS = "+34911234567"
STOPS = {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}
E164 = re.compile(r"\+[1-9]\d{6,14}")
GSM = 1600  # characters of a message


@dataclass
class Fault:
    """What goes wrong with the next `times` requests of a method. after: the work is done first, then the answer is lost."""

    method: str = "POST"
    times: int = 1
    status: int = 503
    code: int = 0
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    after: bool = False
    hang_s: float = 0.0


@dataclass
class Message:
    """A text message as it stands. to: who reads it."""

    sid: str
    to: str
    body: str
    callback: str
    at: datetime


class Refused(Exception):
    """An answer with one of the API's own numbers."""

    def __init__(self, status: int, code: int, text: str) -> None:
        super().__init__(text)
        self.status, self.code, self.text = status, code, text


class TwilioCloud:
    """The provider and everybody's telephones. base_url: what TWILIO_API_URL is to be."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.received: list[dict[str, Any]] = []  # messages to us, as the API lists them
        self.webhooks: dict[str, str] = {}  # of our number
        self.media: dict[str, list[tuple[str, str]]] = {}  # of a message: name and type of each file
        self.files: dict[str, bytes] = {}
        self.elsewhere: dict[str, str] = {}  # path of a file to the address it is said to be at
        self.faults: list[Fault] = []
        self.refusals: list[tuple[str, str]] = []
        self.stopped: set[str] = set()
        self.tokens = {TOKEN, SECOND}
        self.authorised_elsewhere: list[str] = []  # requests for files in another place that bore our token
        self.answers: list[httpx.Response] = []
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._signs_with = TOKEN
        self._numbers = itertools.count(1)
        self._runner: web.AppRunner | None = None
        self.hanging = 0  # requests that were accepted and are not answered yet
        self._port = 0
        self._base = ""
        self.http = httpx.AsyncClient(timeout=20)

    async def __aenter__(self) -> TwilioCloud:
        app = web.Application()
        app.router.add_get("/2010-04-01/Accounts/{account}.json", self._rest)
        app.router.add_route("*", "/2010-04-01/Accounts/{account}/{rest:.+}", self._rest)
        app.router.add_get("/elsewhere/{rest:.+}", self._from_elsewhere)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()
        if self._runner:
            await self._runner.cleanup()

    @property
    def base_url(self) -> str:
        """Of the API."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def env(self) -> dict[str, str]:
        """The variables of a desk that has a number here."""
        return {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_FROM": OURS, "TWILIO_API_URL": self.base_url}

    def point(self, base: str, *, token: str = TOKEN) -> None:
        """Our number's webhooks are below that address now."""
        self._base, self._signs_with = base, token

    def sid(self, kind: str) -> str:
        """A new name of that kind."""
        return f"{kind}{next(self._numbers):032x}"

    # ---- the API
    async def _rest(self, request: web.Request) -> web.StreamResponse:
        fault = next((f for f in self.faults if f.times > 0 and f.method == request.method), None)
        if fault is not None:
            fault.times -= 1
        try:
            if fault is not None and not fault.after:
                return await self._goes_wrong(request, fault)
            answer = await self._answer(request)
        except Refused as refused:
            self.refusals.append((request.path, f"{refused.code} {refused.text}"))
            return web.json_response({"code": refused.code, "message": refused.text, "status": refused.status}, status=refused.status)
        return await self._goes_wrong(request, fault) if fault is not None else answer

    async def _goes_wrong(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.hang_s:
            self.hanging += 1
            try:
                await asyncio.sleep(fault.hang_s)
            finally:
                self.hanging -= 1
        if fault.cut:
            assert request.transport is not None
            request.transport.abort()
        if fault.body is not None:
            return web.Response(text=fault.body, status=fault.status, headers=fault.headers)
        return web.json_response({"code": fault.code, "message": "as told", "status": fault.status}, status=fault.status, headers=fault.headers)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self._permit(request)
        rest = request.match_info.get("rest", "")
        if not rest:
            return web.json_response({"sid": ACCOUNT, "status": "active"})
        if rest == "Messages.json" and request.method == "POST":
            return web.json_response(self._sent(await request.post()), status=201)
        if rest == "IncomingPhoneNumbers.json":
            return web.json_response({"incoming_phone_numbers": [self.webhooks] if request.query.get("PhoneNumber") == OURS else []})
        if rest == "Messages.json" and request.query.get("To") == OURS:
            size, page = int(request.query.get("PageSize", "50")), int(request.query.get("Page", "0"))
            return web.json_response({"messages": self.received[::-1][page * size : (page + 1) * size]})
        if rest.endswith("/Media.json"):
            files = self.media.get(rest.split("/")[1], [])
            return web.json_response({"media_list": [{"sid": name, "content_type": mime} for name, mime in files]})
        if rest == "Messages.json":
            since = request.query.get("DateSent>", "")
            found = [m for m in reversed(self.messages) if m.to == request.query.get("To", m.to) and m.at.date().isoformat() >= since]
            return web.json_response({"messages": [_shown(m) for m in found[: int(request.query.get("PageSize", "50"))]]})
        if rest in self.elsewhere:
            return web.Response(status=307, headers={"Location": self.elsewhere[rest]})
        if rest in self.files:
            return web.Response(body=self.files[rest])
        raise Refused(404, 20404, "The requested resource was not found")

    def _permit(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "").removeprefix("Basic ")
        user, _, token = base64.b64decode(given).decode().partition(":")
        if user != ACCOUNT or token not in self.tokens or request.match_info["account"].removesuffix(".json") != ACCOUNT:
            raise Refused(401, 20003, "Authenticate")

    def _sent(self, form: Mapping[str, Any]) -> dict[str, Any]:
        to, body = str(form.get("To", "")), str(form.get("Body", ""))
        if not E164.fullmatch(to) or to.startswith("+1555"):
            raise Refused(400, 21211, f"Invalid 'To' Phone Number: {to[:4]}XXXX")
        if form.get("From") != OURS:
            raise Refused(400, 21606, "The 'From' phone number provided is not a valid message-capable Twilio phone number")
        if to.startswith("+850"):
            raise Refused(400, 21408, "Permission to send an SMS has not been enabled for the region")
        if to.startswith("+3491"):
            raise Refused(400, 21614, "'To' number is not a valid mobile number")
        if to in self.stopped:
            raise Refused(400, 21610, "Attempt to send to unsubscribed recipient")
        if not body:
            raise Refused(400, 21602, "Message body is required")
        if len(body) > GSM:
            raise Refused(400, 21617, "The concatenated message body exceeds the 1600 character limit")
        callback = str(form.get("StatusCallback", ""))
        if callback and not urlsplit(callback).hostname:
            raise Refused(400, 21609, "Invalid 'StatusCallback' URL")
        message = Message(self.sid("SM"), to, body, callback, self.now())
        self.messages.append(message)
        return _shown(message)

    async def _from_elsewhere(self, request: web.Request) -> web.Response:
        if "Authorization" in request.headers:
            self.authorised_elsewhere.append(request.path)
        return web.Response(body=self.files[request.match_info["rest"]])

    # ---- what it posts
    async def post(self, path: str, form: Mapping[str, str], **headers: str) -> httpx.Response:
        """To one of our webhooks, or to the whole address of one. Signed for the address at which our number points."""
        url = path if path.startswith("http") else f"{self._base}{path}"
        form = {"AccountSid": ACCOUNT, **form}
        signature = RequestValidator(self._signs_with).compute_signature(url, form)
        return await self.http.post(url, data=form, headers={"X-Twilio-Signature": signature, **headers})

    async def text(self, number: str, body: str, files: Mapping[str, tuple[str, bytes]] | None = None, sid: str = "") -> httpx.Response:
        """Somebody writes; as long as our side does not take it, it is posted again. files: by name, of that type."""
        word = body.strip().lower()
        if word in STOPS:
            self.stopped.add(number)
        if word in ("start", "yes", "unstop"):
            self.stopped.discard(number)
        sid = sid or self.sid("MM" if files else "SM")
        form = {"MessageSid": sid, "SmsSid": sid, "From": number, "To": OURS, "Body": body, "NumMedia": str(len(files or {})), "NumSegments": "1"}
        listed = {"sid": sid, "from": number, "to": OURS, "body": body, "direction": "inbound", "num_media": str(len(files or {}))}
        self.received.append({**listed, "date_created": format_datetime(self.now())})
        for n, (mime, content) in enumerate((files or {}).values()):
            name = self.sid("ME")
            path = f"Messages/{sid}/Media/{name}"
            self.files[path] = content
            self.media.setdefault(sid, []).append((name, mime))
            form |= {f"MediaUrl{n}": f"{self.base_url}/2010-04-01/Accounts/{ACCOUNT}/{path}", f"MediaContentType{n}": mime}
        for _ in range(5):
            answer = await self.post("/phone/sms", form)
            if answer.status_code < 500:
                break
        self.answers.append(answer)
        return answer

    async def status(self, message: Message, status: str, code: int = 0) -> httpx.Response:
        """What became of a message that we sent."""
        form = {"MessageSid": message.sid, "MessageStatus": status, "To": message.to, "From": OURS, "ErrorCode": str(code or "")}
        return await self.post(message.callback, form)

    async def ring(self, number: str, **more: str) -> PhoneCall:
        """Somebody calls us, and listens to the greeting. more: what else the provider tells of the call."""
        call = PhoneCall(self, number, self.sid("CA"))
        await call.follow(await self.post("/phone/voice", call.form(CallStatus="ringing", **more)))
        return call


def _shown(message: Message) -> dict[str, Any]:
    return {"sid": message.sid, "to": message.to, "body": message.body, "status": "queued", "date_created": format_datetime(message.at)}


@dataclass
class PhoneCall:
    """A call under way. heard: (locale, sentence) of everything that was said, oldest first; turns: the same, by what answered one request."""

    cloud: TwilioCloud
    number: str
    sid: str
    heard: list[tuple[str, str]] = field(default_factory=list)
    turns: list[str] = field(default_factory=list)
    over: bool = False
    waiting: ET.Element | None = None
    documents: list[str] = field(default_factory=list)

    def form(self, **more: str) -> dict[str, str]:
        """What every request about this call holds."""
        return {"CallSid": self.sid, "From": self.number, "To": OURS, "Direction": "inbound", "CallStatus": "in-progress", **more}

    @property
    def last(self) -> str:
        """What was said since the caller last did something."""
        return self.turns[-1]

    async def follow(self, answer: httpx.Response) -> None:
        """Does what the answer says, until the caller is waited for or the call is over."""
        self.turns.append("")
        while True:
            assert answer.status_code == 200, f"{answer.status_code}: the caller hears that an application error has occurred"
            assert answer.headers["content-type"].startswith("text/xml")
            self.documents.append(answer.text)
            verbs = list(ET.fromstring(answer.text))
            self.waiting = None
            for verb in verbs:
                match verb.tag:
                    case "Say":
                        self._hear(verb)
                    case "Gather" | "Record":
                        for said in verb:
                            self._hear(said)
                        self.waiting = verb
                        return
                    case "Redirect":
                        answer = await self.cloud.post(str(verb.text), self.form())
                        break
                    case "Hangup":
                        await self.hangs_up()
                        return
                    case other:
                        raise AssertionError(f"TwiML has no {other}")
            else:
                await self.hangs_up()  # nothing more to do
                return

    def _hear(self, said: ET.Element) -> None:
        assert said.tag in ("Say", "Pause"), said.tag
        assert said.text, "an empty <Say> is a warning in the provider's console"
        assert len(said.text) <= 4096
        self.heard.append((said.get("language", ""), said.text))
        self.turns[-1] = f"{self.turns[-1]} {said.text}".strip()

    async def says(self, words: str, confidence: str = "0.9") -> str:
        """Speaks; gives what is answered."""
        return await self._gives("speech", SpeechResult=words, Confidence=confidence)

    async def presses(self, keys: str) -> str:
        """One key, or several and then the one that ends them."""
        return await self._gives("dtmf", Digits=keys)

    async def is_silent(self) -> str:
        """Says nothing until nobody waits any longer."""
        return await self._gives("")

    async def _gives(self, kind: str, **what: str) -> str:
        assert not self.over, f"the call is over: {self.last}"
        assert self.waiting is not None
        assert self.waiting.tag == "Gather", f"nobody listens: {self.documents[-1]}"
        assert not kind or kind in self.waiting.get("input", "dtmf"), f"{kind} is not listened for"
        await self.follow(await self.cloud.post(str(self.waiting.get("action")), self.form(**what)))
        return self.last

    async def records(self, content: bytes) -> str:
        """Speaks after the tone."""
        assert self.waiting is not None
        assert self.waiting.tag == "Record"
        sid = self.cloud.sid("RE")
        self.cloud.files[f"Recordings/{sid}.mp3"] = content
        url = f"{self.cloud.base_url}/2010-04-01/Accounts/{ACCOUNT}/Recordings/{sid}"
        await self.follow(await self.cloud.post(str(self.waiting.get("action")), self.form(RecordingUrl=url, RecordingSid=sid, RecordingDuration="7")))
        return self.last

    async def hangs_up(self, seconds: int = 42) -> None:
        """The call is over, whoever ended it."""
        self.over, self.waiting = True, None
        await self.cloud.post("/phone/status", {**self.form(CallStatus="completed"), "CallDuration": str(seconds)})


def forged(form: Mapping[str, str]) -> str:
    """A body with these fields, as browsers write it."""
    return "&".join(f"{quote(key)}={quote(value)}" for key, value in form.items())
