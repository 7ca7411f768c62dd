"""The list of computers as a file: a table for a spreadsheet, or a line of JSON for each with all that is known of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from zoneinfo import ZoneInfo

from starlette.responses import Response, StreamingResponse

from adapters.web.page import Missing, Page
from adapters.web.uploads import as_download
from bot import report_formats
from bot.domain.assets import Asset
from bot.engine.asset_lines import asset_line, asset_sheet
from bot.ports.assets import AssetQuery

PAGE = 500
MOST = 50_000  # rows of a table
AUDITS = 1_000  # of one computer: the newest
BOM = "\ufeff"  # by which spreadsheets know that a CSV file is UTF-8


async def download(page: Page) -> Response:
    """Those that the list shows, all pages of it."""
    given, form = page.request.query_params, page.request.path_params["form"]
    search, person = (" ".join(given.get(name, "").replace("\0", "").split())[:255] for name in ("q", "of"))
    name, query = f"{page.site.desk.prefix.lower()}-computers.{form}", AssetQuery(search, person, limit=PAGE)
    if form == "jsonl":
        return StreamingResponse(_lines(page, query), media_type="application/jsonl", headers={"Content-Disposition": f'attachment; filename="{name}"'})
    if form != "csv":
        raise Missing
    found = [asset async for asset in _every(page, query)]
    people = await page.site.reader.people(sorted({asset.person for asset in found if asset.person}))
    zone = ZoneInfo(page.site.desk.timezone)
    local = [replace(a, first_at=a.first_at.astimezone(zone), seen_at=a.seen_at.astimezone(zone), changed_at=a.changed_at.astimezone(zone)) for a in found]
    text = await asyncio.to_thread(report_formats.as_csv, [asset_sheet(page.t, local, people)])
    return as_download(name, f"{BOM}{text}".encode())


async def _lines(page: Page, query: AssetQuery) -> AsyncIterator[bytes]:
    reader = page.site.reader
    async for asset in _every(page, query):
        audits = await reader.audits(asset.id, AUDITS)
        yield json.dumps(asset_line(asset, await reader.asset_sections(asset.id), audits[::-1]), ensure_ascii=False).encode() + b"\n"


async def _every(page: Page, query: AssetQuery) -> AsyncIterator[Asset]:
    count = 0
    while count < MOST and (found := await page.site.reader.assets(query)):
        for asset in found:
            yield asset
        count, query = count + len(found), replace(query, after=found[-1].id)
