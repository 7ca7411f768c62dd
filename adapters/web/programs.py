"""The page of the keys with which programs use the API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response
from starlette.routing import Route

from adapters.web.acting import submit
from adapters.web.names import shown_name
from adapters.web.page import Forbidden, Page
from adapters.web.site import Site
from bot.domain.api_keys import LONGEST_NAME, SCOPES, ApiKey
from bot.engine.programs.api_keys import KEYS, USED, new_token
from bot.engine.tongue import N_

HOME = "/admin/api"
MEANS = {
    "tickets:read": N_("Find and read tickets, with notes and history"),
    "tickets:write": N_("Ask for people, and work on tickets as an agent"),
    "messages:write": N_("Write replies and notes"),
    "entries:read": N_("Read the knowledge base and its drafts"),
    "entries:write": N_("Publish and archive entries"),
    "people:read": N_("Read who is who"),
    "reports:read": N_("Read reports"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A key as a row. by: a name. used: when, or None."""

    key: ApiKey
    by: str
    used: datetime | None


def routes(site: Site) -> Sequence[Route]:
    """Its addresses."""
    return [
        site.page(HOME, keys, ["GET", "POST"], role="admin"),
        site.page(f"{HOME}/{{name}}/revoke", revoke, ["POST"], role="admin"),
    ]


async def keys(page: Page) -> Response:
    """Every key; a new one's secret is shown once, and nobody can read it again."""
    await _admit(page)
    page.tell(await page.site.effects.late(page.agent.person))
    if page.request.method != "POST":
        return await _shown(page)
    name, scopes = page.form.get("name", "").strip().lower(), page.form.get("field-scopes", "").split()
    token, digest = new_token(name)
    await submit(page, f"api-key-new:{name}", {"digest": digest, "scopes": " ".join(scopes)})
    made = await KEYS.get(page.site.reader, name)
    is_ours = made is not None and made.digest == digest
    return await _shown(page, token if is_ours else "", "" if is_ours else name, () if is_ours else scopes, 200 if is_ours else 422)


async def revoke(page: Page) -> Response:
    """From now on it opens nothing."""
    await _admit(page)
    await submit(page, f"api-key-revoke:{page.request.path_params['name']}", {})
    return page.redirect(HOME)


async def _admit(page: Page) -> None:
    if page.site.enquiries is None or not await page.site.enquiries.may("see-keys", page.agent.person):
        raise Forbidden(page.t.say("This page is for curators."))


async def _shown(page: Page, token: str = "", name: str = "", scopes: Sequence[str] = (), status: int = 200) -> Response:
    reader = page.site.reader
    every, used = await KEYS.all(reader), await USED.all(reader)
    names = await reader.people(sorted({key.by for key in every.values()}))
    rows = [Shown(key, shown_name(names, key.by), used.get(key.name)) for key in every.values()]
    return page.html(
        "programs.html", status, valid=[row for row in rows if row.key.is_valid], revoked=[row for row in rows if not row.key.is_valid], token=token,
        name=name, chosen=scopes or ("tickets:read",), scopes=[(scope, MEANS[scope]) for scope in SCOPES], longest=LONGEST_NAME,
        base=str(page.request.base_url).rstrip("/"),
    )  # fmt: skip
