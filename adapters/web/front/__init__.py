"""What stands before several departments, as pages: which one somebody wants, and the reports over all of them. Documented in docs/departments.md."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import Route

from adapters.web import requester, signing_in
from adapters.web.front import doors, reports
from adapters.web.front.offices import Offices
from adapters.web.site import Site


def routes(site: Site, offices: Offices) -> Sequence[Route]:
    """Its addresses."""
    return [*requester.entrance(site), *signing_in.routes(site), *reports.routes(site, offices), *doors.routes(site, offices)]
