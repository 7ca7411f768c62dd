"""Every version of an entry: who changed what, and the way back to each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from starlette.responses import Response
from starlette.routing import Route

from adapters.web.acting import press
from adapters.web.curation.differences import Change, changes
from adapters.web.names import shown_name
from adapters.web.page import Missing, Page
from adapters.web.site import Site
from adapters.web.words import field
from bot.engine.curation import drafting
from bot.ports import EntryVersion


def routes(site: Site) -> Sequence[Route]:
    """Its addresses."""
    return [
        site.page("/admin/entries/{entry}/history", history, role="admin"),
        site.page("/admin/entries/{entry}/again", again, ["POST"], role="admin"),
    ]


async def history(page: Page) -> Response:
    """Who changed what, newest first; how each draft ended."""
    name = page.request.path_params["entry"]
    versions = await page.site.reader.entry_history(name)
    if not versions:
        raise Missing
    drafts = [draft for draft in await page.site.reader.drafts_of(name) if not draft.is_open]
    names = await page.site.reader.people(sorted({v.by for v in versions} | {draft.reviewer or draft.by for draft in drafts}))
    compared = await asyncio.to_thread(_compared, versions)
    rows = [(version, shown_name(names, version.by), changed) for version, changed in zip(versions, compared, strict=True)]
    discarded = [(draft, shown_name(names, draft.reviewer or draft.by)) for draft in drafts if draft.state == "discarded"]
    return page.html("entry_history.html", entry=versions[0].entry, rows=rows, discarded=discarded, field=partial(field, t=page.t))


async def again(page: Page) -> Response:
    """A draft that says what an earlier version said; the one that is open already, where there is one."""
    name, version = page.request.path_params["entry"], page.form.get("version", "")[:12]
    await press(page, f"draft-again:{name}:{version}")
    draft = await drafting.open_draft(page.site.reader, name)
    return page.redirect(f"/admin/drafts/{draft.id}" if draft else f"/admin/entries/{name}/history")


def _compared(versions: Sequence[EntryVersion]) -> list[list[Change]]:
    older = [*(v.entry for v in versions[1:]), None]
    return [changes(was, version.entry) for was, version in zip(older, versions, strict=True)]
