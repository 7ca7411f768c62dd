"""People, as far as the desk knows them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Request

from adapters.api.guard import addresses, needs
from adapters.api.paging import MOST, storable
from adapters.api.problems import not_found
from adapters.api.shapes import PeopleOut, PersonOut, person_out
from adapters.api.site import Api, api_of
from bot.engine.people.addresses import addresses_of
from bot.engine.people.listed import LISTED

router = addresses("people", "/v1/people")
Id = Annotated[str, Path(min_length=1, max_length=200, description="as slack:U0ALICE, or api:for:jane@example.org")]
Ids = Annotated[list[Annotated[str, Query(max_length=200)]], Query(min_length=1, max_length=MOST)]


@router.get("")
@needs("people:read")
async def find(request: Request, id: Ids) -> PeopleOut:
    """Those of these people who are known."""
    return PeopleOut(people=await _known(api_of(request), [storable(one) for one in id]))


@router.get("/{id}")
@needs("people:read")
async def read(request: Request, id: Id) -> PersonOut:
    """One person."""
    found = await _known(api_of(request), [storable(id)])
    if not found:
        raise not_found("person")
    return found[0]


async def _known(api: Api, ids: list[str]) -> list[PersonOut]:
    people = await api.store.people(list(dict.fromkeys(ids)))
    found = [people[one] for one in dict.fromkeys(ids) if one in people]
    return [person_out(one, await addresses_of(api.store, one.id), await LISTED.get(api.store, one.id)) for one in found]
