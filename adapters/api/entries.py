"""The knowledge base: read as it is published, written by way of a draft."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from adapters.api.asked import EntryIn, NewEntryIn
from adapters.api.doing import TEAM, Wish, acting, do, etag, wanted_version
from adapters.api.guard import addresses, needs
from adapters.api.paging import LONGEST, MOST, link_next, storable
from adapters.api.paging import read as read_cursor
from adapters.api.paging import written as cursor_to
from adapters.api.problems import not_found, unsound
from adapters.api.shapes import DraftOut, DraftsOut, EntryDetail, EntryPage, draft_out, entry_detail, entry_out
from adapters.api.site import Api, api_of, program
from bot.engine.curation.whole_entries import written
from kb.entries import Entry, Text, problems

NEW = "new"  # stands for an id that is not made yet
router = addresses("entries", "/v1")
Id = Annotated[str, Path(min_length=1, max_length=64)]
Then = Literal["publish", "review", "archive", "restore"]


class Filters(BaseModel):
    """Which entries; what is left out does not narrow."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(default="", max_length=200, description="in ids, questions and phrasings")
    state: Literal["published", "archived", "all"] = "published"
    limit: int = Field(default=25, ge=1, le=MOST)
    cursor: str = Field(default="", max_length=LONGEST, description="`next` of the page before")


@router.get("/entries")
@needs("entries:read")
async def find(request: Request, response: Response, filters: Annotated[Filters, Query()]) -> EntryPage:
    """Entries in the order of their ids."""
    after = read_cursor(filters.cursor) if filters.cursor else ""
    archived = {"published": False, "archived": True, "all": None}[filters.state]
    found = await api_of(request).store.entry_page(storable(filters.q), archived, storable(after), filters.limit + 1)
    cursor = cursor_to(found[filters.limit - 1].id) if len(found) > filters.limit else None
    link_next(request, response, cursor)
    return EntryPage(entries=[entry_out(entry) for entry in found[: filters.limit]], next=cursor)


@router.get("/entries/{id}")
@needs("entries:read")
async def read(request: Request, response: Response, id: Id) -> EntryDetail:
    """One entry as it is published."""
    return await _newest(api_of(request), response, storable(id))


@router.post("/entries", status_code=HTTPStatus.CREATED)
@needs("entries:write")
async def make(request: Request, response: Response, given: NewEntryIn) -> EntryDetail | DraftOut:
    """A new entry; with `publish` false a draft that somebody shall look at."""
    entry = _entry(given, given.id or "")
    answer = await _put(request, entry.id, "publish" if given.publish else "review", entry, version="0" if given.id else "")
    response.headers["Location"] = f"/api/v1/entries/{answer}"
    return await _result(api_of(request), response, answer, given.publish)


@router.put("/entries/{id}", responses={201: {"model": EntryDetail | DraftOut, "description": "Made"}})
@needs("entries:write")
async def write(request: Request, response: Response, id: Id, given: EntryIn) -> EntryDetail | DraftOut:
    """An entry as it shall be, whole; one that is not there yet is made. If-Match: only if it is still at the version of that ETag."""
    entry = _entry(given, id)
    if await api_of(request).store.entry(id) is None:
        response.status_code = HTTPStatus.CREATED
    await _put(request, id, "publish" if given.publish else "review", entry)
    return await _result(api_of(request), response, id, given.publish)


@router.delete("/entries/{id}")
@needs("entries:write")
async def archive(request: Request, response: Response, id: Id) -> EntryDetail:
    """Nobody is answered with it any more. It can be restored."""
    return await _turn(request, response, id, "archive")


@router.post("/entries/{id}/restore")
@needs("entries:write")
async def restore(request: Request, response: Response, id: Id) -> EntryDetail:
    """It answers again."""
    return await _turn(request, response, id, "restore")


@router.get("/drafts")
@needs("entries:read")
async def drafts(request: Request) -> DraftsOut:
    """What is being written, the newest first."""
    return DraftsOut(drafts=[draft_out(draft) for draft in await api_of(request).store.drafts(limit=MOST)])


# --------------------------------------------------------------------------------------------------------------- writing
async def _turn(request: Request, response: Response, id: str, then: Then) -> EntryDetail:
    if await api_of(request).store.entry(storable(id)) is None:
        raise not_found("entry")
    await _put(request, id, then)
    return await _newest(api_of(request), response, id)


async def _put(request: Request, id: str, then: Then, entry: Entry | None = None, version: str = "") -> str:
    """The id of the entry that became of it."""
    wanted = wanted_version(request)
    values = {"then": then, "entry": written(entry) if entry else "", "version": str(wanted) if wanted is not None else version}
    answer = await do(request, Wish(program(acting(request)), f"entry-put:{id}", values, f"{TEAM}/faq"))
    return answer.about or id


async def _result(api: Api, response: Response, id: str, published: bool) -> EntryDetail | DraftOut:
    if published:
        return await _newest(api, response, id)
    return draft_out((await api.store.drafts_of(id, limit=1))[0])


async def _newest(api: Api, response: Response, id: str) -> EntryDetail:
    history = await api.store.entry_history(id)
    if not history:
        raise not_found("entry")
    response.headers["ETag"] = etag(history[0].version)
    return entry_detail(history[0])


def _entry(given: EntryIn, id: str) -> Entry:
    """What was sent, if it is sound. Raises Refused."""
    texts = tuple(Text(one.lang, " ".join(one.question.split()), one.answer.strip(), tuple(one.phrasings)) for one in given.texts)
    tags, finds, avoids = (tuple(dict.fromkeys(some)) for some in (given.tags, given.finds, given.avoids))
    entry = Entry(id, texts, tags, False, given.audience, given.valid_until, given.review_on, finds, avoids)
    if wrong := problems(entry if id else replace(entry, id=NEW)):
        raise unsound("; ".join(wrong), *(("entry", one) for one in wrong), code="unsound")
    return entry
