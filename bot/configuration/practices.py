"""[practices] of firstline.toml: what the desk wants to know of a ticket from whoever asks."""

from __future__ import annotations

from bot.toml_table import Table, shown


def ask_kind(table: Table) -> bool:
    """Are requesters asked, in plain words, whether something is broken or they need something?"""
    value = table.get("ask_kind", False)
    if not isinstance(value, bool):
        table.fault("ask_kind", f"{shown(value)} is neither; write true or false, without quotes")
        value = False
    table.done()
    return value
