"""Entries from programs: whole, in all their languages at once, by the same way as every other draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pydantic import TypeAdapter, ValidationError

from bot.engine.curation import curation, drafting
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from kb.entries import Entry, problems

VERBS = frozenset({"entry-put"})

_ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)


def written(entry: Entry) -> str:
    """An entry as `submitted` reads it."""
    return _ENTRY.dump_json(entry).decode()


async def submitted(turn: Turn, entry_id: str, values: Mapping[str, str]) -> None:
    """What shall become of an entry. entry_id: "" of a new one, whose id is made of its question.

    values: then, which is publish, review, archive or restore; entry, as `written`, of the first two; version: its newest one as the program knows
    it, 0 where there shall be none yet, "" however it stands.
    """
    if values.get("then") in ("archive", "restore"):
        entry = await curation.as_it_is(turn, entry_id)
        if entry is None:
            raise MoveRefused("no_longer")
        await _check_version(turn, entry_id, values)
        await curation.set_retired(turn, entry, values["then"] == "archive")
    else:
        await _put(turn, entry_id, values)
    await turn.answer()


async def _put(turn: Turn, entry_id: str, values: Mapping[str, str]) -> None:
    wanted = _read(values.get("entry", ""))
    entry = replace(wanted, id=entry_id or await drafting.new_id(turn, wanted.texts[0].question if wanted.texts else ""))
    turn.about = entry.id
    if wrong := problems(entry):
        raise MoveRefused("unsound", what="; ".join(wrong))
    await _check_version(turn, entry.id, values)
    if values.get("then") == "publish":  # refused before there is a draft that nobody asked for
        drafting.check(turn, await curation.as_it_is(turn, entry.id), entry)
    draft = await drafting.begin(turn, entry, "api")
    if values.get("then") == "publish":
        await drafting.approve(turn, draft.id)
    else:
        await drafting.submit(turn, draft.id)


def _read(text: str) -> Entry:
    try:
        return _ENTRY.validate_json(text)
    except ValidationError:
        raise MoveRefused("unsound", what="it is no entry") from None


async def _check_version(turn: Turn, entry_id: str, values: Mapping[str, str]) -> None:
    """Raises MoveRefused when it is at another one. Of two at once the second sees what the first did: `as_it_is` has asked for the row."""
    if not values.get("version"):
        return
    await curation.as_it_is(turn, entry_id)
    history = await turn.tx.entry_history(entry_id)
    if values["version"] != str(history[0].version if history else 0):
        raise MoveRefused("stale", number=entry_id)
