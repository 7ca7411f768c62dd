"""Small records that the desk keeps by name, a note each: who is away, saved replies, what somebody prefers."""

from __future__ import annotations

from typing import Any, Generic, Protocol, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


class Noted(Protocol):
    """Whoever can read notes: a transaction or a reader."""

    async def noted(self, prefix: str) -> dict[str, str]:
        """As Reader.noted."""
        ...


class Notes(Noted, Protocol):
    """Whoever can write them, too: a transaction."""

    async def note(self, key: str, value: str) -> None:
        """Keep; an empty value removes it."""
        ...


_VALUES: dict[type[Any], TypeAdapter[Any]] = {}


def _values_of(kind: type[Any]) -> TypeAdapter[Any]:
    """Made once for a class: that takes milliseconds."""
    if kind not in _VALUES:
        _VALUES[kind] = TypeAdapter(kind)
    return _VALUES[kind]


class Kept(Generic[T]):
    """Records of one kind. kind: the beginning of their notes' keys. of: their class, a frozen dataclass of plain values."""

    def __init__(self, kind: str, of: type[T]) -> None:
        self._kind = kind
        self._values: TypeAdapter[T] = _values_of(of)

    async def get(self, notes: Noted, name: str) -> T | None:
        """The record of that name, or None."""
        key = f"{self._kind}:{name}"
        found = (await notes.noted(key)).get(key, "")
        return self._values.validate_json(found) if found else None

    async def all(self, notes: Noted, below: str = "") -> dict[str, T]:
        """Every record by its name, in the names' order. below: those alone whose names begin with that and a colon."""
        kept = await notes.noted(f"{self._kind}:{below}:" if below else f"{self._kind}:")
        return {key.removeprefix(f"{self._kind}:"): self._values.validate_json(value) for key, value in sorted(kept.items()) if value}

    async def put(self, notes: Notes, name: str, value: T) -> None:
        """Keep it under that name, in place of what was there."""
        await notes.note(f"{self._kind}:{name}", self._values.dump_json(value).decode())

    async def drop(self, notes: Notes, name: str) -> None:
        """Keep it no longer."""
        await notes.note(f"{self._kind}:{name}", "")
