"""The web as a door: browsers without JavaScript, over a real socket."""

from __future__ import annotations

import contextlib
import html
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bot.app import App
from tests.journeys.doors import Agent, Requester, eventually, product
from tests.web_desk import Browser, Document

MOVES = {"Take it": "take", "Reply": "reply", "Note": "note", "Escalate": "escalate", "Send back": "back", "Resolve": "resolve", "Reopen": "reopen"}
MOVES |= {"Wait for requester": "hold", "Go on": "resume"}
FORMS = {"Fields": "fields"}  # rarer ones with a form behind them
LINK = re.compile(r'href="([^"]*/files/[^"]*)"[^>]*>([^<]*)</a>')
LINE = re.compile(r'<div class="line desk[^"]*".*?(?=<div class="line |<div class="write")', re.DOTALL)


class RealBrowser(Browser):
    """A browser that comes over the network."""

    def __init__(self, base: str) -> None:
        self.http = httpx.AsyncClient(base_url=base, headers={"Accept-Language": "en", "Accept": "text/html"}, timeout=20)
        self.base = base

    async def download(self, page: httpx.Response, name: str) -> bytes | None:
        """The newest file of that name which the page links to."""
        links = [address for address, shown in LINK.findall(page.text) if html.unescape(shown) == name]
        return (await self.http.get(html.unescape(links[-1]))).content if links else None


def filled(page: str, values: Mapping[str, str]) -> list[tuple[str, str]]:
    """What a browser sends for these answers, by the words of the questions."""
    sent: list[tuple[str, str]] = []
    for label, value in values.items():
        shown = re.search(rf'<(?:label for="([^"]+)"|legend)>{re.escape(html.escape(label))}(?=[ <])', page)
        assert shown, f"the page asks no {label!r}"
        rest = page[shown.end() :]
        name = re.search(r'name="(field-[^"]+|files)"', rest)
        assert name
        field = re.split(r'<div class="(?:field|choices|row)|<fieldset|</form>', rest[name.start() :], maxsplit=1)[0]
        options = {html.unescape(o[1]).strip(): o[0] for o in re.findall(r'value="([^"]*)"[^>]*>\s*([^<]+)<', field)}
        sent += [(name[1], html.unescape(options.get(one, one))) for one in (value.split(", ") if "checkbox" in field else [value]) if value != "file"]
    return sent


@dataclass
class WebRequester:
    """Somebody on the chat page. page: what the last form was answered with."""

    browser: RealBrowser
    page: httpx.Response | None = None

    async def says(self, text: str) -> None:
        await self.browser.send(await self.browser.open("/"), "/say", text=text)

    async def presses(self, label: str) -> None:
        """The page may show a form for it, or simply the chat again."""
        page = await eventually(lambda: self._with_button(label), f"a button {label!r}")
        action = re.search(rf'<button name="action" value="([^"]+)"[^>]*>{re.escape(label)}</button>', page.text)
        assert action
        await self.browser.send(page, "/press", button=html.unescape(action[1]))

    async def _with_button(self, label: str) -> httpx.Response | None:
        page = await self.browser.open("/")
        return page if f">{label}</button>" in page.text else None

    async def edits(self, old: str, new: str) -> None:
        raise AssertionError("what was sent on the web stays as it is")

    async def attaches(self, name: str, content: bytes) -> None:
        await self.browser.send(await self.browser.open("/"), "/say", text="", files=[(name, content, "text/plain")])

    async def fills_form(self, kind: str, values: Mapping[str, str], files: Mapping[str, bytes] | None = None) -> None:
        """The page "New request", and behind the card of that kind every question."""
        cards = await self.browser.open("/new")
        card = re.search(rf'<a class="card" href="([^"]+)"><span class="asks">{re.escape(html.escape(kind))}</span>', cards.text)
        assert card, f"no card {kind!r}"
        page = await self.browser.open(html.unescape(card[1]))
        hidden = self.browser.form(page, "/fill").fields
        data = {name: value for name, value in hidden.items() if name in ("csrf", "once", "action")}
        for name, value in filled(page.text, values):
            data[name] = [*data.get(name, []), value]  # type: ignore[assignment]
        sent = [("files", (name, content, "text/plain")) for name, content in (files or {}).items()] or None
        self.page = await self.browser.http.post("/fill", data=data, files=sent, headers={"Origin": self.browser.base}, follow_redirects=True)

    async def seen(self) -> list[str]:
        page = await self.browser.open("/")
        return [Document(line).text for line in LINE.findall(page.text)]

    async def got(self, name: str) -> bytes | None:
        return await self.browser.download(await self.browser.open("/"), name)


@dataclass
class WebAgent:
    """Somebody who signed in to the agents' page; the page of a ticket is its card and its thread."""

    browser: RealBrowser
    name: str
    told: list[str] = field(default_factory=list)

    async def _page(self, number: str) -> httpx.Response:
        return await self.browser.open(f"/agent/tickets/{number}")

    async def card(self, number: str) -> str | None:
        page = await self._page(number)
        return Document(page.text).text if page.status_code == 200 else None

    async def thread(self, number: str) -> list[str]:
        page = await self._page(number)
        return [Document(page.text).text]

    async def presses(self, number: str, label: str, words: str = "") -> None:
        await self._post(number, label, {"field-words": words} if words else {})

    async def fills(self, number: str, label: str, values: Mapping[str, str]) -> None:
        """The form stands on the ticket's page, or comes when its button was pressed."""
        page, verb = await self._page(number), FORMS.get(label) or MOVES[label]
        action = f"/agent/tickets/{number}/{verb}"
        form = page.text.partition(f'action="{action}"')[2].partition("</form>")[0] + "</form>"
        if "field-" not in form:
            page = await self.browser.send(page, action)
            form = page.text.partition(f'action="{action}"')[2].partition("</form>")[0] + "</form>"
        data: dict[str, list[str]] = {name: [value] for name, value in self.browser.form(page, action).fields.items() if not name.startswith("field-")}
        for name, value in filled(form, values):
            data[name] = [*data.get(name, []), value]
        answer = await self.browser.http.post(action, data=data, headers={"Origin": self.browser.base}, follow_redirects=True)
        self.told.append(Document(answer.text).text)

    async def writes(self, number: str, text: str) -> None:
        await self._post(number, "Reply", {"field-words": text})

    async def attaches(self, number: str, name: str, content: bytes) -> None:
        await self._post(number, "Reply", {"field-words": ""}, [(name, content, "text/plain")])

    async def _post(self, number: str, label: str, fields: dict[str, str], files: Sequence[tuple[str, bytes, str]] = ()) -> None:
        """Also when the button has gone from the page meanwhile, as it may have from under one's finger."""
        page, action = await self._page(number), f"/agent/tickets/{number}/{MOVES[label]}"
        given = next(iter(Document(page.text).forms)).fields
        hidden = {"csrf": self.browser.form(page, action).fields["csrf"] if action in page.text else given["csrf"], "once": once(page)}
        sent = [("files", file) for file in files] or None
        answer = await self.browser.http.post(
            action, data={**hidden, **fields}, files=sent, headers={"Origin": self.browser.base}, follow_redirects=True
        )
        self.told.append(Document(answer.text).text)

    async def got(self, number: str, name: str) -> bytes | None:
        return await self.browser.download(await self._page(number), name)

    async def told_alone(self) -> list[str]:
        return self.told


    async def resolves_with(self, number: str, words: str, entry: str, question: str) -> None:
        """The ticket's page names the entry."""
        await self._post(number, "Resolve", {"field-words": words, "field-entry": entry})


def once(page: httpx.Response) -> str:
    """A form's token that is good for one sending."""
    found = re.search(r'name="once" value="([0-9a-f]+)"', page.text)
    assert found, f"no form on {page.url}"
    return found[1]


@dataclass
class WebDoor:
    """The product by itself."""

    app: App
    base: str
    longest: int = 40_000
    _signed_in: dict[str, WebAgent] = field(default_factory=dict)

    async def newcomer(self) -> Requester:
        return WebRequester(RealBrowser(self.base))

    async def ann(self) -> Agent:
        return await self._agent("Ann")

    async def ben(self) -> Agent:
        return await self._agent("Ben")

    async def cleo(self) -> Agent:
        return await self._agent("Cleo")

    async def _agent(self, name: str) -> WebAgent:
        """Everybody signs in once, by a link."""
        if name not in self._signed_in:
            browser = RealBrowser(self.base)
            link = await self.app.web.sign_in_link(self.base, "admin" if name == "Ada" else "agent", name)
            await browser.send(await browser.open(link.removeprefix(self.base)), "", name=name)
            self._signed_in[name] = WebAgent(browser, name)
        return self._signed_in[name]

    async def stranger_takes(self, number: str) -> str:
        browser = RealBrowser(self.base)
        page = await browser.open("/")
        fields = browser.form(page, "/human").fields
        answer = await browser.http.post(f"/agent/tickets/{number}/take", data=fields, headers={"Origin": self.base})
        return Document(answer.text).text

    async def admin_changes(self, question: str, answer: str) -> None:
        """The entry's page in English."""
        browser = (await self._agent("Ada")).browser
        listed = await browser.open("/admin")
        address = re.search(rf'href="(/admin/entries/[^"/]+)"[^>]*>(?:(?!</a>).)*{re.escape(question)}', listed.text, re.DOTALL)
        assert address, f"{question!r} is not listed"
        page = await browser.send(await browser.open(address[1]), f"{address[1]}/edit", lang="en")
        await browser.send(page, "", button="publish", answer=answer)

    async def admin_approves(self, text: str) -> None:
        """The curators' page of what the FAQ can learn."""
        browser = (await self._agent("Ada")).browser
        page = await browser.open("/admin/learning")
        address = re.search(rf'{re.escape(html.escape(text))}.*?action="(/admin/learning/yes/[0-9]+)"', page.text, re.DOTALL)
        assert address, f"{text!r} is not proposed"
        answer = await browser.send(page, address[1])
        assert "is known from now on" in Document(answer.text).text

    def refused(self) -> list[tuple[str, str]]:
        return []


@contextlib.asynccontextmanager
async def web(folder: Path, more: str = "", serving: str = "", top: str = "") -> AsyncIterator[WebDoor]:
    """The product with no token at all. more: as for `product`. serving: keys of tier 2, top: of tier 3."""
    async with product(folder, {}, {"tier2": serving, "tier3": top}, more=more) as (app, base):
        yield WebDoor(app, base)
