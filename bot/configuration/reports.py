"""[reports] of firstline.toml: when leads and admins are told the figures of the week."""

from __future__ import annotations

import re

from bot.toml_table import Table, shown

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFF = "off"


def weekly(table: Table, default: str) -> str:
    """Day and time as a cron line, "" for never. "mon 9:00" is "0 9 * * MON"."""
    said = table.text("weekly").lower()
    table.done()
    if not said:
        return default
    if said == OFF:
        return ""
    found = re.fullmatch(r"([a-z]{3}) ([01]?\d|2[0-3]):([0-5]\d)", said)
    if found is None or found[1] not in DAYS:
        table.fault("weekly", f'{shown(said)} is no day and time; write "mon 9:00", or "off" for never')
        return default
    return f"{int(found[3])} {int(found[2])} * * {found[1].upper()}"
