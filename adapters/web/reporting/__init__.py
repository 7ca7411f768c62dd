"""Reports on the web: which there are, each as tables with charts, and as files."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import Route

from adapters.web.reporting import composing, pages, sending
from adapters.web.site import Site


def routes(site: Site) -> Sequence[Route]:
    """Their addresses."""
    return [*composing.routes(site), *sending.routes(site), *pages.routes(site)]  # in this order: "new" is no report's name
