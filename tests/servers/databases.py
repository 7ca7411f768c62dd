"""Databases for tests: each its own, made when it is asked for and dropped afterwards."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from tests.servers.kinds import DatabaseKind, at_once, within

Prepare = Callable[[str], object]


class Databases:
    """Those on one server. Every name begins with firstline_test_."""

    def __init__(self, kind: DatabaseKind, url: str) -> None:
        """url: of the server, as somebody who may create databases."""
        self.kind = kind
        self._url = url
        self._templates: dict[Prepare, str] = {}

    @contextlib.contextmanager
    def fresh(self, prepare: Prepare | None = None) -> Iterator[str]:
        """The URL of an empty database; or of one as prepare(url) leaves it, which is called once, where no event loop runs, for all who give it."""
        name = _a_name()
        if prepare is None:
            at_once(self.kind.create(self._url, name))
        else:
            at_once(self.kind.copy(self._url, self._template(prepare), name))
        try:
            yield within(self._url, name)
        finally:
            at_once(self.kind.drop(self._url, name))

    def close(self) -> None:
        """Drop the templates."""
        for name in self._templates.values():
            at_once(self.kind.drop(self._url, name))
        self._templates.clear()

    def _template(self, prepare: Prepare) -> str:
        if prepare not in self._templates:
            name = _a_name()
            at_once(self.kind.create(self._url, name))
            with ThreadPoolExecutor(1) as thread:
                thread.submit(prepare, within(self._url, name)).result()
            self._templates[prepare] = name
        return self._templates[prepare]


def _a_name() -> str:
    return f"firstline_test_{secrets.token_hex(6)}"
