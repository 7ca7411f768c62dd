"""What is wrong between us and the homeserver, and what to do about it: the lines of `firstline doctor`."""

from __future__ import annotations

from adapters.matrix.config import MatrixConfig
from adapters.matrix.transport import Api
from bot.errors import DeliveryError, DeliveryRefused, Unauthorized

Finding = tuple[bool, str]


async def diagnose(api: Api, config: MatrixConfig) -> list[Finding]:
    """Token, keys of a client, and each help room: (is well, one line)."""
    try:
        me = await api.call("GET", ["account", "whoami"])
    except Unauthorized as problem:
        return [(False, str(problem))]
    except DeliveryError as problem:
        return [(False, f"{problem}: check MATRIX_HOMESERVER ({config.homeserver}) and the network")]
    if me.get("user_id") != config.user:
        return [(False, f"MATRIX_TOKEN is of {me.get('user_id')}, and MATRIX_USER says {config.user}: set the one to fit the other")]
    return [(True, f"Matrix knows the bot as {config.user}"), *await _keys(api, config), *[await _help_room(api, room) for room in config.help_rooms]]


async def _keys(api: Api, config: MatrixConfig) -> list[Finding]:
    """Clients encrypt direct rooms with whoever has a device that could read them."""
    try:
        found = await api.call("POST", ["keys", "query"], {"device_keys": {config.user: []}})
    except DeliveryError:
        return []
    if not (found.get("device_keys") or {}).get(config.user):
        return []
    return [(False, f"{config.user} was used with a client that encrypts, so people's apps encrypt what they write to it, and it cannot read that: "
             "end those sessions, or make the bot an account that was never used with an app")]  # fmt: skip


async def _help_room(api: Api, name: str) -> Finding:
    try:
        room = str((await api.call("GET", ["directory", "room", name])).get("room_id")) if name.startswith("#") else name
        joined = (await api.call("GET", ["joined_rooms"])).get("joined_rooms") or []
        if room not in joined:
            return False, f"the bot is not in help room {name}: invite it"
        await api.call("GET", ["rooms", room, "state", "m.room.encryption"])
    except DeliveryRefused as refused:
        is_there = refused.reason == "gone" and "M_NOT_FOUND" in refused.detail and not name.startswith("#")
        return (True, f"help room {name} is reachable") if is_there else (False, f"help room {name} cannot be reached ({refused.detail}): check its address")
    except DeliveryError as problem:
        return False, f"help room {name} cannot be looked at ({problem})"
    return False, f"help room {name} is encrypted, which the bot cannot read: name one that is not"
