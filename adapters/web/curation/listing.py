"""The list of entries and drafts: searched, narrowed, sorted, and many changed at once."""

from __future__ import annotations

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
from bot.engine import entry_bulk, entry_health
from bot.engine.entry_health import Health
from bot.ports.curating import Draft
from kb.entries import Entry

SHOWN = 50  # rows of a page
SORTS = ("name", "asked", "refused", "stolen", "review")
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
    if page.request.query_params.get("retired") == "1":
        wanted["state"] = wanted["state"] or "all"
    every = await _rows(page, wanted["q"])
    page.tell(await page.site.effects.late(page.agent.person))
    found = _sorted([row for row in every if _is_wanted(row, wanted)], wanted["sort"])
    number = page.request.query_params.get("page", "")
    at = min(max(int(number) if number.isdecimal() and len(number) < 6 else 1, 1), max(1, -(-len(found) // SHOWN)))
    counts = {state: sum(state in row.states for row in every) for state in STATES}
    return page.html(
        "entries.html", rows=found[(at - 1) * SHOWN : at * SHOWN], count=len(found), wanted=wanted, counts=counts, state_names=STATES, ailing_names=AILING,
        tags=sorted({tag for row in every for tag in row.entry.tags}), at=at, pages=-(-len(found) // SHOWN), sorts=SORTS,
        address=lambda **other: "/admin?" + urlencode({name: value for name, value in {**wanted, **other}.items() if value}), most=entry_bulk.MOST,
    )  # fmt: skip


async def _rows(page: Page, search: str) -> list[Row]:
    reader, day, health = page.site.reader, today(page), await healths(page)
    drafts = {draft.of: draft for draft in reversed(await reader.drafts(limit=1000))}
    published = await reader.entries(search, retired=True)
    rows = [_row(page, entry, entry, drafts.get(entry.id), health, day) for entry in published]
    known = {entry.id for entry in published} | ({entry.id for entry in await reader.entries("", retired=True)} if search and drafts else set())
    fresh = [draft for draft in drafts.values() if draft.of not in known and search.casefold() in _words(draft.entry)]
    return [_row(page, draft.entry, None, draft, health, day) for draft in fresh] + rows


def _row(page: Page, shown: Entry, published: Entry | None, draft: Draft | None, health: Mapping[str, Health], day: date) -> Row:
    theirs = health.get(shown.id, entry_health.UNKNOWN)
    missing = tuple(code for code in page.site.desk.languages if all(text.lang != code for text in shown.texts))
    ailing = tuple(entry_health.ailments(shown, theirs, day)) if published is not None and not published.retired else ()
    return Row(shown, draft, tuple(states_of(published, draft)), theirs, ailing, missing)


def _words(entry: Entry) -> str:
    return "\n".join((entry.id, *(way for text in entry.texts for way in (text.question, *text.phrasings)))).casefold()


def _is_wanted(row: Row, wanted: dict[str, str]) -> bool:
    state, needs = wanted["state"], wanted["needs"]
    if state in STATES and state not in row.states:
        return False
    if state not in STATES and state != "all" and row.states == ("archived",):
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
