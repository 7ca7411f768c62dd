"""The curators' pages: the knowledge base, one language of one entry at a time, and invitations."""

from __future__ import annotations

import asyncio
import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from starlette.responses import Response
from starlette.routing import Route

from adapters.web import learning
from adapters.web.effects import answer_within
from adapters.web.inbound import TEAM, clean_name, inbound, pressed, submitted
from adapters.web.names import shown_name
from adapters.web.page import Forbidden, Missing, Page
from adapters.web.rendering import OWN_NAMES
from adapters.web.sessions import ROLES, agent
from adapters.web.site import Site
from adapters.web.words import field
from bot.domain.messages import Happening
from bot.engine.unanswered import question_of
from bot.ports import EntryVersion
from kb.entries import MAX_QUESTION, Entry, Text, problems

WORD_DIFF = 4000  # words in both texts together; longer ones are compared by lines
_TOKENS = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one version against the one before. pieces: (kind, text), kind: same, added or removed."""

    what: str
    pieces: tuple[tuple[str, str], ...]


def routes(site: Site) -> Sequence[Route]:
    """Its addresses."""
    return [
        site.page("/admin", entries, role="admin"),
        site.page("/admin/entries/new", new_entry, ["GET", "POST"], role="admin"),
        site.page("/admin/entries/{entry}", entry, role="admin"),
        site.page("/admin/entries/{entry}/history", history, role="admin"),
        site.page("/admin/entries/{entry}/{move}", move, ["POST"], role="admin"),
        site.page("/admin/entries/{entry}/text/{lang}", edit, ["GET", "POST"], role="admin"),
        site.page("/admin/people", people, ["GET", "POST"], role="admin"),
        *learning.routes(site),
    ]


# ---------------------------------------------------------------------------------------------------------------- reading
async def entries(page: Page) -> Response:
    """All entries, or those that hold some words."""
    search = page.request.query_params.get("q", "").replace("\0", "")[:200].strip()
    retired = page.request.query_params.get("retired") == "1"
    found = await page.site.reader.entries(search, retired)
    page.tell(await page.site.effects.late(page.agent.person))
    shown = [(e, e.text_for(page.language, page.site.desk.languages), {t.lang for t in e.texts}) for e in found if e.texts]
    return page.html("entries.html", entries=shown, search=search, retired=retired)


async def entry(page: Page) -> Response:
    """One entry in all its languages, as the chat shows it."""
    found = await _entry(page)
    return page.html("entry.html", entry=found, texts={t.lang: t for t in found.texts}, own_language=OWN_NAMES)


async def history(page: Page) -> Response:
    """Who changed what, newest first."""
    versions = await page.site.reader.entry_history(page.request.path_params["entry"])
    if not versions:
        raise Missing
    names = await page.site.reader.people(sorted({v.by for v in versions}))
    compared = await asyncio.to_thread(_compared, versions)
    rows = [(version, shown_name(names, version.by), changes) for version, changes in zip(versions, compared, strict=True)]
    return page.html("entry_history.html", entry=versions[0].entry, rows=rows, field=partial(field, t=page.t))


async def _entry(page: Page) -> Entry:
    wanted = page.request.path_params["entry"]
    for retired in (False, True):
        for found in await page.site.reader.entries(wanted, retired):
            if found.id == wanted:
                return found
    raise Missing


def _compared(versions: Sequence[EntryVersion]) -> list[list[Change]]:
    older = [*(v.entry for v in versions[1:]), None]
    return [changes(was, version.entry) for was, version in zip(older, versions, strict=True)]


def changes(was: Entry | None, now: Entry) -> list[Change]:
    """What differs between two versions of an entry, field by field."""
    before, after = _fields(was) if was else {}, _fields(now)
    return [Change(name, _pieces(before.get(name, ""), after.get(name, ""))) for name in {**before, **after} if before.get(name, "") != after.get(name, "")]


def _fields(entry: Entry) -> dict[str, str]:
    fields = {"tags": ", ".join(entry.tags), "retired": "✓" if entry.retired else ""}
    for text in entry.texts:
        for name, value in (("question", text.question), ("phrasings", "\n".join(text.phrasings)), ("answer", text.answer)):
            fields[f"{text.lang} · {name}"] = value
    return fields


def _pieces(was: str, now: str) -> tuple[tuple[str, str], ...]:
    a, b = _TOKENS.findall(was), _TOKENS.findall(now)
    if len(a) + len(b) > WORD_DIFF:
        a, b = was.splitlines(keepends=True), now.splitlines(keepends=True)
    pieces: list[tuple[str, str]] = []
    for op, a1, a2, b1, b2 in difflib.SequenceMatcher(None, a, b).get_opcodes():
        if op == "equal":
            pieces.append(("same", "".join(a[a1:a2])))
        else:
            pieces += [(kind, text) for kind, text in (("removed", "".join(a[a1:a2])), ("added", "".join(b[b1:b2]))) if text]
    return tuple(pieces)


# ---------------------------------------------------------------------------------------------------------------- writing
async def new_entry(page: Page) -> Response:
    """A new entry in one language; the others are added afterwards. ?ticket=IT-1: it answers that ticket's question."""
    form = page.form
    number = form.get("ticket", "") or page.request.query_params.get("ticket", "")[:60]
    ticket = await page.site.reader.ticket(number) if number else None
    lang = form.get("lang", ticket.language if ticket and ticket.language in page.site.desk.languages else page.language)
    text = _text(page, lang)
    if ticket is not None and page.request.method == "GET":
        asked = question_of(ticket)[:MAX_QUESTION]
        text = replace(text, question=asked, phrasings=(asked,) if asked else ())
    draft = Entry(form.get("id", "").strip(), (text,), _tags(page))
    if page.request.method == "GET" or form.get("step") != "save":
        return _editor(page, draft, text, new=True, ticket=number, preview=page.request.method == "POST")
    unsound = problems(draft if draft.id else replace(draft, id="new"))
    if lang not in page.site.desk.languages or unsound:
        return _editor(page, draft, text, new=True, ticket=number, preview=True, unsound=unsound, status=422)
    values = {"id": draft.id, "lang": lang, **_values(text, draft.tags)}
    await _act(page, lambda handle: submitted(f"faq-new:{ticket.id}" if ticket else "faq-new", values, TEAM, handle))
    for found in await page.site.reader.entries(text.question):
        if found.text_for(lang) == text:
            return page.redirect(f"/admin/entries/{found.id}")
    return _editor(page, draft, text, new=True, ticket=number, preview=True, status=409)


async def edit(page: Page) -> Response:
    """One language of an entry, beside the others, with a preview before it is saved."""
    found, lang = await _entry(page), page.request.path_params["lang"]
    if lang not in page.site.desk.languages:
        raise Missing
    if page.request.method == "GET":
        text = next((t for t in found.texts if t.lang == lang), Text(lang, "", ""))
        return _editor(page, found, text)
    text = _text(page, lang)
    draft = replace(found, texts=(*(t for t in found.texts if t.lang != lang), text), tags=_tags(page))
    unsound = problems(draft)
    if page.form.get("step") != "save" or unsound:
        return _editor(page, draft, text, preview=True, unsound=unsound, status=422 if unsound else 200)
    await _act(page, lambda handle: submitted(f"faq-save:{found.id}:{lang}", _values(text, draft.tags), TEAM, handle))
    kept = await _entry(page)
    if text in kept.texts:
        return page.redirect(f"/admin/entries/{found.id}")
    return _editor(page, draft, text, preview=True, status=409)


async def move(page: Page) -> Response:
    """Retire an entry, or restore it."""
    found, verb = await _entry(page), page.request.path_params["move"]
    if verb not in ("retire", "restore"):
        raise Missing
    await _act(page, lambda handle: pressed(f"faq-{verb}:{found.id}", TEAM, handle))
    return page.redirect(f"/admin/entries/{found.id}")


async def people(page: Page) -> Response:
    """Makes sign-in links for others. The link is shown once; nobody can read it again."""
    link = ""
    role = next((r for r in ROLES if r == page.form.get("role")), None)
    if page.request.method == "POST" and role is not None:
        if page.site.enquiries is None or not await page.site.enquiries.may("invite", page.agent.person):
            raise Forbidden(page.t.say("This page is for curators."))
        await _act(page, lambda handle: pressed(f"invite:{role}", TEAM, handle))
        seat = clean_name(page.form.get("name", ""))
        link = f"{page.request.base_url}sign-in/{await page.site.sessions.make_link(role, f'named:{seat}' if seat else '')}"
    return page.html("people.html", link=link, role=role or "agent")


def _editor(
    page: Page, entry: Entry, text: Text, new: bool = False, preview: bool = False, unsound: Sequence[str] = (), status: int = 200, ticket: str = ""
) -> Response:
    others, tags = [t for t in entry.texts if t.lang != text.lang], ", ".join(entry.tags)
    return page.html(
        "entry_edit.html", status, entry=entry, text=text, others=others, new=new, preview=preview, unsound=unsound, tags=tags, ticket=ticket
    )


def _text(page: Page, lang: str) -> Text:
    form = page.form
    question = " ".join(form.get("question", "").split())
    ways = tuple(dict.fromkeys(line.strip() for line in form.get("phrasings", "").splitlines() if line.strip() not in ("", question)))
    return Text(lang, question, form.get("answer", "").strip(), ways)


def _values(text: Text, tags: Sequence[str]) -> dict[str, str]:
    return {"question": text.question, "phrasings": "\n".join(text.phrasings), "answer": text.answer, "tags": ", ".join(tags)}


def _tags(page: Page) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag.strip() for tag in page.form.get("tags", "").split(",") if tag.strip()))


async def _act(page: Page, make: Callable[[str], Happening]) -> None:
    with page.site.effects.expect(page.agent.person) as (handle, answer):
        person = agent(page.agent, page.language)
        await page.deliver(inbound(person, f"{TEAM}/faq", page.once, page.site.clock.now(), make(handle)))
        page.tell(await answer_within(answer), "say", "small")
