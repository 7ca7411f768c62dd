"""The portal: the knowledge base to be read, answers while one types, and the entrance for those who ask. Documented in docs/portal.md."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import Route

from adapters.web.portal.entrance import routes as entrance
from adapters.web.portal.knowledge import routes as knowledge
from adapters.web.portal.suggesting import routes as suggesting
from adapters.web.site import Site


def routes(site: Site) -> Sequence[Route]:
    """Its addresses."""
    return [*knowledge(site), *suggesting(site), *entrance(site)]
