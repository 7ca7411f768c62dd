"""What is wrong between us and the server, and what to do about it: the lines of `firstline doctor`."""

from __future__ import annotations

from adapters.xmpp.config import XmppConfig
from adapters.xmpp.connection import Connection, Contested
from bot.errors import DeliveryError, DeliveryRefused, Unauthorized

Finding = tuple[bool, str]


async def diagnose(config: XmppConfig, *, connected: bool) -> list[Finding]:
    """Connection, secret, place for files: (is well, one line). A server lets one at a time be the component, so a running desk is briefly cut off."""
    if connected:
        return [(True, f"connected as {config.component}; people write to {config.desk}")]
    connection = Connection(config, lambda _: None, lambda _: None)
    try:
        await connection.open()
        await connection.taken()
        return [(True, f"the XMPP server knows {config.component}; people write to {config.desk}"), *await _upload(connection, config)]
    except Contested as problem:
        return [(True, f"{problem}; if that is this desk, all is well")]
    except Unauthorized as problem:
        return [(False, str(problem))]
    except DeliveryError as problem:
        return [(False, f"{problem}: check XMPP_HOST and XMPP_PORT, and that the server takes components there")]
    finally:
        await connection.close()


async def _upload(connection: Connection, config: XmppConfig) -> list[Finding]:
    if not config.upload:
        return []
    try:
        await connection.slot("doctor.txt", 1, "text/plain")
    except DeliveryRefused as refused:
        return [(False, f"[channels.xmpp] upload: {refused.detail}: let {config.component} use it in the server's settings, or leave the key out")]
    return [(True, f"files are put at {config.upload}")]
