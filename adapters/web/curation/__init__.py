"""The curators' pages: the knowledge base, its drafts, their review and their history, and invitations."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import Route

from adapters.web import learning, people
from adapters.web.curation import editor, entry, files, history, listing, reviewing
from adapters.web.site import Site


def routes(site: Site) -> Sequence[Route]:
    """Its addresses."""
    return [
        *listing.routes(site),
        *editor.routes(site),
        *reviewing.routes(site),
        *files.routes(site),
        *history.routes(site),
        *entry.routes(site),
        *people.routes(site),
        *learning.routes(site),
    ]
