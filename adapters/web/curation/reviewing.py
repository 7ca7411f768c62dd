"""What becomes of a draft: published, sent back, discarded; and everybody's drafts that wait for a look."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response
from starlette.routing import Route

from adapters.web.acting import press, submit
from adapters.web.curation import openings
from adapters.web.curation.standing import draft_asked_for
from adapters.web.page import Missing, Page
from adapters.web.site import Site


def routes(site: Site) -> Sequence[Route]:
    """Its addresses."""
    return [site.page("/admin/drafts/{draft:int}/{move}", move, ["POST"], role="admin")]


async def move(page: Page) -> Response:
    """One of the moves that need no look at the text: it is published as it was saved."""
    draft, verb = await draft_asked_for(page), page.request.path_params["move"]
    if verb == "back":
        await submit(page, f"draft-back:{draft.id}", {"remark": page.form.get("remark", "")})
    elif verb in ("publish", "discard"):
        await press(page, f"draft-{verb}:{draft.id}")
    else:
        raise Missing
    after = await draft_asked_for(page)
    if not after.is_open:
        await openings.left(page, after)
    if after.state == "published":
        return page.redirect(f"/admin/entries/{after.of}")
    return page.redirect("/admin" if after.state == "discarded" else f"/admin/drafts/{after.id}")
