"""`firstline api-key …`: keys of programs from a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bot.console import read_settings, say, say_json, say_table, with_store
from bot.errors import ConfigError, MoveRefused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from bot.domain.api_keys import ApiKey
    from bot.ports import Transaction
    from bot.store.sql import SqlStore

    Change = Callable[[Transaction, datetime], Awaitable[None]]

KEEPER = "command:api-key"
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]

app = typer.Typer(help="Keys with which programs use /api/v1: docs/api.md.")


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(help="Small letters, digits and dashes: it stands beside all that the key does.")],
    scope: Annotated[list[str] | None, typer.Option(help="What it may do; several times for several. Without it: tickets:read.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and print its secret, once: nobody can read it again."""
    from bot.engine.programs import api_keys

    settings = read_settings()
    token, digest = api_keys.new_token(name)

    async def make(tx: Transaction, now: datetime) -> None:
        from bot.domain.ids import PersonId

        await api_keys.make(tx, name, digest, " ".join(scope or ["tickets:read"]), PersonId(KEEPER), now)

    with_store(settings, lambda store: _done(store, make, "api-key-new", name), read_only=False)
    if as_json:
        say_json({"name": name, "token": token})
    else:
        say(token)


@app.command("list")
def show(as_json: AsJson = False) -> None:
    """Every key: what it may do, who made it, when it was last used."""
    from bot.engine.programs import api_keys

    async def found(store: SqlStore) -> list[tuple[ApiKey, datetime | None]]:
        used = await api_keys.USED.all(store)
        return [(key, used.get(name)) for name, key in (await api_keys.KEYS.all(store)).items()]

    keys = with_store(read_settings(read_only=True), found, read_only=True)
    if as_json:
        say_json([_line(key, used) for key, used in keys])
    elif keys:
        rows = [tuple(" ".join(value) if isinstance(value, list) else value or "" for value in _line(key, used).values()) for key, used in keys]
        say_table(("Name", "May", "Made by", "Made (UTC)", "Last used (UTC)", "Revoked (UTC)"), rows)
    else:
        say("There are no keys. Make one: firstline api-key new NAME --scope tickets:read")


@app.command("revoke")
def revoke(name: Annotated[str, typer.Argument(help="Of which key.")]) -> None:
    """From now on the key opens nothing."""
    from bot.engine.programs import api_keys

    async def end(tx: Transaction, now: datetime) -> None:
        from bot.domain.ids import PersonId

        await api_keys.revoke(tx, name, PersonId(KEEPER), now)

    with_store(read_settings(), lambda store: _done(store, end, "api-key-revoke", name), read_only=False)
    say(f"The key {name} opens nothing any more.")


async def _done(store: SqlStore, change: Change, act: str, name: str) -> None:
    """The change, written down as a page would have. Raises ConfigError when it is refused."""
    from datetime import UTC, datetime

    from bot.domain.events import ActDone
    from bot.domain.ids import PersonId, TicketId
    from bot.engine.replies import refusal
    from bot.engine.tongue import tongue

    now = datetime.now(UTC)

    async def unit(tx: Transaction) -> None:
        await change(tx, now)
        await tx.record(ActDone(ticket=TicketId(""), by=PersonId(KEEPER), at=now, act=act, about=name), "command")

    try:
        await store.run(unit)
    except MoveRefused as refused:
        raise ConfigError(refusal(tongue("en"), refused, "")[0].text) from None


def _line(key: ApiKey, used: datetime | None) -> dict[str, object]:
    def shown(moment: datetime | None) -> str | None:
        return moment.strftime("%Y-%m-%d %H:%M") if moment else None

    return {
        "name": key.name,
        "scopes": list(key.scopes),
        "made_by": key.by,
        "made_at": shown(key.at),
        "used_at": shown(used),
        "revoked_at": shown(key.revoked_at),
    }
