"""Pages that show how far long work is: they load themselves again until it is done, without a script."""

from __future__ import annotations

from starlette.responses import Response

POLL_S = 2  # seconds until the page is loaded again


def reloading(response: Response, after_s: int) -> Response:
    """The page, loaded again after so many seconds. A header: what stands in the page itself cannot be stopped by whoever reads slowly."""
    response.headers["Refresh"] = str(after_s)
    return response
