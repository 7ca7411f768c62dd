"""One entry as it is published: in all its languages, how it does, what waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from starlette.responses import Response
from starlette.routing import Route

from adapters.web.acting import press
from adapters.web.curation.differences import pieces
from adapters.web.curation.standing import AILING, entry_asked_for, healths, today
from adapters.web.names import shown_name
from adapters.web.page import Missing, Page
from adapters.web.site import Site
from adapters.web.words import field
from bot.engine.curation import drafting, entry_health, translations
from bot.engine.curation.translations import Behind

MOVES = {"archive": "faq-retire", "restore": "faq-restore"}


def routes(site: Site) -> Sequence[Route]:
    """Its addresses."""
    return [
        site.page("/admin/entries/{entry}", entry, role="admin"),
        site.page("/admin/entries/{entry}/edit", edit, ["POST"], role="admin"),
        site.page("/admin/entries/{entry}/right", right, ["POST"], role="admin"),
        site.page("/admin/entries/{entry}/{move}", move, ["POST"], role="admin"),
    ]


async def entry(page: Page) -> Response:
    """As requesters read it, and what a curator should know of it."""
    found, site = await entry_asked_for(page), page.site
    page.tell(await site.effects.late(page.agent.person))
    draft = await drafting.open_draft(site.reader, found.id)
    behind = translations.behind(await site.reader.entry_history(found.id), site.desk.languages, await translations.checked(site.reader, found.id))
    health = (await healths(page)).get(found.id, entry_health.UNKNOWN)
    thieves = [(other, times) for name, times in health.by if (other := await site.reader.entry(name)) is not None]
    names = await site.reader.people(sorted({draft.changed_by} if draft else set()))
    return page.html(
        "entry.html", entry=found, texts={t.lang: t for t in found.texts}, draft=draft, writer=shown_name(names, draft.changed_by) if draft else "",
        behind={lang: (one, since(one)) for lang, one in behind.items()}, health=health, thieves=thieves, field=partial(field, t=page.t),
        ailments=[AILING[one] for one in entry_health.ailments(found, health, today(page))], source=translations.source_of(found, site.desk.languages),
    )  # fmt: skip


def since(behind: Behind) -> list[tuple[str, object]]:
    """What changed in the source since a translation was looked at: (field, pieces)."""
    was = behind.was
    both = (("question", was.question if was else "", behind.now.question), ("answer", was.answer if was else "", behind.now.answer))
    return [(name, pieces(before, after)) for name, before, after in both if before != after]


async def edit(page: Page) -> Response:
    """Its draft, a new one or the one that somebody has begun."""
    found = await entry_asked_for(page)
    await press(page, f"draft-edit:{found.id}")
    draft = await drafting.open_draft(page.site.reader, found.id)
    if draft is None:
        return page.redirect(f"/admin/entries/{found.id}")
    lang = page.form.get("lang", "")
    return page.redirect(f"/admin/drafts/{draft.id}" + (f"?lang={lang}" if lang in page.site.desk.languages else ""))


async def right(page: Page) -> Response:
    """A translation is right as it is, though its source changed."""
    found = await entry_asked_for(page)
    await press(page, f"faq-checked:{found.id}:{page.form.get('lang', '')[:2]}")
    return page.redirect(f"/admin/entries/{found.id}")


async def move(page: Page) -> Response:
    """Archive it, or bring it back."""
    found, verb = await entry_asked_for(page), MOVES.get(page.request.path_params["move"])
    if verb is None:
        raise Missing
    await press(page, f"{verb}:{found.id}")
    return page.redirect(f"/admin/entries/{found.id}")
