"""The list of entries and drafts: searched, narrowed, sorted, and many changed at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from adapters.web.acting import submit
from adapters.web.curation.standing import AILING, STATES, State, healths, states_of, today
from adapters.web.page import Page
from adapters.web.rendering import same_site_path
from adapters.web.site import Site
from bot.engine.curation import entry_bulk, entry_health, translations
from bot.engine.curation.entry_health import Health
from bot.ports.curating import Draft
from kb.entries import Entry

SHOWN = 50  # rows of a page
MOST_DRAFTS, MOST_TAGS = 1000, 200
NARROWING = ("q", "state", "lang", "needs", "tag", "sort")


@dataclass(frozen=True, slots=True)
class Row:
    """An entry, published or only drafted. entry: as it is published, else as the draft has it. missing: languages of the desk that it lacks."""

    entry: Entry
    draft: Draft | None
    states: tuple[State, ...]
    health: Health
    ailing: tuple[entry_health.Ailing, ...]
    missing: tuple[str, ...]

    @property
    def address(self) -> str:
        """Where it is read: a new one is its draft."""
        is_new = "published" not in self.states and "archived" not in self.states
        return f"/admin/drafts/{self.draft.id}" if is_new and self.draft else f"/admin/entries/{self.entry.id}"


def routes(site: Site) -> Sequence[Route]:
    """Its addresses."""
    return [site.page("/admin", entries, role="admin"), site.page("/admin/entries", many, ["POST"], role="admin")]


async def entries(page: Page) -> Response:
    """All that are wanted, a page at a time. Archived ones are shown when they are asked for."""
    wanted = {name: page.request.query_params.get(name, "").replace("\0", "")[:200].strip() for name in NARROWING}
    every = await _rows(page, wanted["q"])
    page.tell(await page.site.effects.late(page.agent.person))
    found = _sorted([row for row in every if _is_wanted(row, wanted)], wanted["sort"])
    number = page.request.query_params.get("page", "")
    at = min(max(int(number) if number.isdecimal() and len(number) < 6 else 1, 1), max(1, -(-len(found) // SHOWN)))
    shown = found[(at - 1) * SHOWN : at * SHOWN]
    counts = {state: sum(state in row.states for row in every) for state in STATES}
    return page.html(
        "entries.html", rows=shown, behind=await _behind(page, shown), count=len(found), wanted=wanted, counts=counts, state_names=STATES, ailing_names=AILING,
        tags=_tags(every), at=at, pages=-(-len(found) // SHOWN),
        address=lambda **other: "/admin?" + urlencode({name: value for name, value in {**wanted, **other}.items() if value}),
    )  # fmt: skip


async def _rows(page: Page, search: str) -> list[Row]:
    """New ones that are only drafted first, then the published by name. In a thread: ten thousand take some tenths of a second."""
    site, health = page.site, await healths(page)
    published = await site.shelf.every()
    drafts = {draft.of: draft for draft in reversed(await site.reader.drafts(limit=MOST_DRAFTS))}
    return await asyncio.to_thread(_all_rows, published, drafts, health, site.desk.languages, today(page), search.casefold())


def _all_rows(
    published: Mapping[str, Entry], drafts: Mapping[str, Draft], health: Mapping[str, Health], languages: Sequence[str], day: date, search: str
) -> list[Row]:
    def row(shown: Entry, known: Entry | None) -> Row:
        theirs, there = health.get(shown.id, entry_health.UNKNOWN), {text.lang for text in shown.texts}
        missing = tuple(code for code in languages if code not in there)
        ailing = tuple(entry_health.ailments(shown, theirs, day)) if known is not None and not known.retired else ()
        draft = drafts.get(shown.id)
        return Row(shown, draft, tuple(states_of(known, draft)), theirs, ailing, missing)

    fresh = [row(draft.entry, None) for name, draft in drafts.items() if name not in published and _holds(draft.entry, search)]
    return fresh + [row(entry, entry) for _, entry in sorted(published.items()) if _holds(entry, search)]


def _holds(entry: Entry, search: str) -> bool:
    """Is it in its name, a question, or another way to ask?"""
    if not search or search in entry.id.casefold():
        return True
    return any(search in way.casefold() for text in entry.texts for way in (text.question, *text.phrasings))


async def _behind(page: Page, rows: Sequence[Row]) -> dict[str, str]:
    """Of the entries that are shown, the languages whose text is older than its source."""
    reader, languages = page.site.reader, page.site.desk.languages
    checked, found = await translations.all_checked(reader), {}
    for row in rows:
        if "published" in row.states and len(row.entry.texts) > 1:
            late = translations.behind(await reader.entry_history(row.entry.id), languages, checked.get(row.entry.id, {}))
            found[row.entry.id] = ", ".join(code for code in languages if code in late)
    return found


def _tags(rows: Sequence[Row]) -> list[str]:
    """The most used ones, by name."""
    counted = Counter(tag for row in rows for tag in row.entry.tags)
    return sorted(tag for tag, _ in counted.most_common(MOST_TAGS))


def _is_wanted(row: Row, wanted: dict[str, str]) -> bool:
    state, needs = wanted["state"], wanted["needs"]
    if state in STATES and state not in row.states:
        return False
    if state not in STATES and row.states == ("archived",):
        return False
    if wanted["lang"] and wanted["lang"] not in row.missing:
        return False
    if needs and needs not in row.ailing and (needs != "any" or not row.ailing) and (needs != "internal" or row.entry.audience != "internal"):
        return False
    return not wanted["tag"] or wanted["tag"] in row.entry.tags


def _sorted(rows: list[Row], by: str) -> list[Row]:
    if by in ("asked", "refused", "stolen"):
        return sorted(rows, key=lambda row: (-getattr(row.health, by), row.entry.id))
    if by == "review":
        return sorted(rows, key=lambda row: (row.entry.review_on or row.entry.valid_until or date.max, row.entry.id))
    return rows


async def many(page: Page) -> Response:
    """What is ticked, archived, brought back or tagged."""
    chosen = page.form.get("field-entries", "")
    await submit(page, entry_bulk.VERB, {"act": page.form.get("act", ""), "entries": chosen, "tags": page.form.get("tags", "")})
    return page.redirect(same_site_path(page.form.get("back", "/admin")))
