"""Places of platforms as firstline.toml names them: Slack's channels and Telegram's groups, by their ids."""

from __future__ import annotations

import re

from bot.domain.ids import PlaceId
from bot.toml_table import Table, shown


def slack_places(table: Table, key: str) -> list[PlaceId]:
    """A list of channels."""
    places = []
    for value in table.texts(key):
        places.extend(slack_place(table, key, value))
    return places


def slack_place(table: Table, key: str, value: str) -> list[PlaceId]:
    """One channel; none when it is no id, which is noted."""
    if re.fullmatch(r"[CG][A-Z0-9]{2,}", value):
        return [PlaceId(f"slack:{value}")]
    table.fault(key, f'{shown(value)} is no channel id; write the id from the channel\'s details in Slack, as "C0HELP", not its name')
    return []


def telegram_places(table: Table, key: str) -> list[PlaceId]:
    """A list of groups."""
    value = table.get(key, [])
    if not isinstance(value, list):
        table.fault(key, f"{shown(value)} is no list; write {key} = [-1001234567890]")
        return []
    return [place for item in value for place in telegram_place(table, key, item)]


def telegram_place(table: Table, key: str, value: object) -> list[PlaceId]:
    """One group; none when it is no id, which is noted."""
    if isinstance(value, int) and not isinstance(value, bool) and value < 0:
        return [PlaceId(f"telegram:{value}")]
    table.fault(key, f"{shown(value)} is no group; write its id as a number without quotes, groups begin with a minus, as -1001234567890")
    return []
