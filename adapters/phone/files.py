"""Files for people who have nothing but text messages: a link to a page of ours that nobody can guess.

The page is there for some days, the file behind it for a quarter of an hour from when its link was sent. After that the page sends a new link, to the number
that got the first: whoever was given an old message, or found it, has nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from adapters.phone.file_page import POLICY, FilePage
from adapters.phone.notes import FILES
from adapters.phone.numbers import language_of
from bot.domain.desks import Desk
from bot.domain.messages import Attachment
from bot.engine.tongue import tongue
from bot.errors import DeliveryError, StoreError
from bot.ports import Clock, Notebook

log = logging.getLogger(__name__)

PATH = "/phone/file"
KEPT = timedelta(days=7)  # a text message may be read days later
OPEN = timedelta(minutes=15)  # from when a link was sent until it opens the file no more
AGAIN, MOST_AGAIN = timedelta(hours=1), 3  # so many new links within that: each is a text message that somebody pays
MAX_FILE = 50_000_000  # bytes; more than any channel lets people send
Fetch = Callable[[Attachment, int], Awaitable[bytes]]
Text = Callable[[str, str], Awaitable[object]]
"""Sends a text message: to which number, and what. Raises DeliveryError."""


@dataclass(frozen=True, slots=True)
class Loan:
    """A file that is lent out. to: the number that its link was sent to. at: when. until: when the page goes.

    key: signs the file's address. again: when new links were asked for.
    """

    file: Attachment
    to: str
    at: datetime
    until: datetime
    key: str
    again: tuple[datetime, ...] = ()

    @property
    def closes(self) -> datetime:
        """When its link opens the file no more."""
        return self.at + OPEN

    def sign(self, until: str) -> str:
        """What stands behind the moment in the file's address."""
        return hmac.new(self.key.encode(), until.encode(), hashlib.sha256).hexdigest()[:32]

    def written(self) -> str:
        """As it is noted."""
        times = {"at": self.at.isoformat(), "until": self.until.isoformat(), "again": [at.isoformat() for at in self.again]}
        return json.dumps({"file": asdict(self.file), "to": self.to, "key": self.key, **times})

    @classmethod
    def read(cls, value: str) -> Loan | None:
        """From a note; None of one that an earlier version wrote, which knew no number."""
        kept = json.loads(value)
        if "to" not in kept:
            return None
        at, until, *again = (datetime.fromisoformat(one) for one in (kept["at"], kept["until"], *kept["again"]))
        return cls(Attachment(**kept["file"]), kept["to"], at, until, kept["key"], tuple(again))


class Lent:
    """Files that are lent out. fetch: gives the bytes of any channel's file."""

    def __init__(self, notebook: Notebook, clock: Clock, base: str, fetch: Callable[[], Fetch], text: Text, desk: Desk) -> None:
        self._notebook, self._clock, self._base, self._fetch, self._text, self._desk = notebook, clock, base, fetch, text, desk

    async def link(self, file: Attachment, to: str) -> str:
        """What to write to that number: the file's name and an address. Raises StoreError, and DeliveryRefused when there is no such file."""
        await self._fetch()(file, MAX_FILE)  # nobody gets a link to nothing
        now = self._clock.now()
        for key, value in (await self._notebook.noted(FILES)).items():
            if datetime.fromisoformat(json.loads(value)["until"]) < now:
                await self._notebook.note(key, "")
        return await self._lend(Loan(file, to, now, now + KEPT, secrets.token_hex(16)))

    async def _lend(self, loan: Loan) -> str:
        token = secrets.token_urlsafe(16)
        await self._notebook.note(f"{FILES}{token}", loan.written())
        return f"{loan.file.name}\n{self._base}{PATH}/{token}"

    def routes(self) -> list[Route]:
        """Where the links lead."""
        return [
            Route(f"{PATH}/{{token}}", self._page, methods=["GET"]),
            Route(f"{PATH}/{{token}}", self._once_more, methods=["POST"]),
            Route(f"{PATH}/{{token}}/{{until}}/{{sign}}", self._give, methods=["GET"]),
        ]

    # ------------------------------------------------------------------------------------------------------------- pages
    async def _page(self, request: Request) -> Response:
        try:
            loan = await self._loan(request)
        except StoreError:
            return Response(status_code=503)
        if loan is None:
            return self._shown(self._pages(None).gone(), 404)
        pages = self._pages(loan)
        time = pages.t.span(OPEN)
        if self._clock.now() >= loan.closes:
            return self._shown(pages.late(loan.file, time))
        until = str(int(loan.closes.timestamp()))
        return self._shown(pages.there(loan.file, f"{PATH}/{quote(request.path_params['token'])}/{until}/{loan.sign(until)}", time))

    async def _once_more(self, request: Request) -> Response:
        """A new link, to whom the first was sent."""
        try:
            loan = await self._loan(request)
            if loan is None:
                return self._shown(self._pages(None).gone(), 404)
            pages, now = self._pages(loan), self._clock.now()
            recent = tuple(at for at in loan.again if now - at < AGAIN)
            if len(recent) >= MOST_AGAIN:
                return self._shown(pages.too_often(loan.file), 429)
            await self._notebook.note(f"{FILES}{request.path_params['token']}", replace(loan, again=(*recent, now)).written())
            text = await self._lend(replace(loan, at=now, key=secrets.token_hex(16), again=()))
        except StoreError:
            return Response(status_code=503)
        try:
            await self._text(loan.to, text)
        except DeliveryError as fault:
            log.warning("a new link to a file was not sent", extra={"error": type(fault).__name__})
            return self._shown(pages.not_sent(loan.file), 503)
        return self._shown(pages.sent(loan.file))

    async def _give(self, request: Request) -> Response:
        """The file itself, while its address is good."""
        try:
            loan = await self._loan(request)
            until, sign = request.path_params["until"], request.path_params["sign"]
            if loan is None or not _is_good(loan, until, sign, self._clock.now()):
                return Response(status_code=404)
            content = await self._fetch()(loan.file, MAX_FILE)
        except StoreError:
            return Response(status_code=503)
        except DeliveryError:
            return Response(status_code=404)
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(loan.file.name)}", "Content-Security-Policy": "default-src 'none'; sandbox"}
        return Response(content, headers=headers, media_type="application/octet-stream")

    async def _loan(self, request: Request) -> Loan | None:
        key = f"{FILES}{request.path_params['token']}"
        value = (await self._notebook.noted(key)).get(key, "")
        loan = Loan.read(value) if value else None
        return loan if loan is not None and self._clock.now() < loan.until else None

    def _pages(self, loan: Loan | None) -> FilePage:
        language = language_of(loan.to, self._desk.languages) if loan else ""
        return FilePage(tongue(language or self._desk.languages[0]), self._desk.name)

    def _shown(self, page: str, status: int = 200) -> Response:
        headers = {"Content-Security-Policy": POLICY, "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}
        return HTMLResponse(page, status, headers)


def _is_good(loan: Loan, until: str, sign: str, now: datetime) -> bool:
    if not hmac.compare_digest(loan.sign(until).encode(), sign.encode("utf-8", "replace")):
        return False
    return until.isascii() and until.isdigit() and now.timestamp() < int(until)
