"""[incidents] of firstline.toml: when requests that are alike are suspected to be one incident."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.toml_table import Table, shown

MOST = 100  # requests that are looked at
SIMILAR = 5
WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Incidents:
    """similar: so many like requests within that time are suspected to be one incident; 0: nobody is asked."""

    similar: int = SIMILAR
    within: timedelta = WITHIN


def incidents(table: Table) -> Incidents:
    """The section."""
    similar = table.get("similar", SIMILAR)
    if not isinstance(similar, int) or isinstance(similar, bool) or not (similar == 0 or 2 <= similar <= MOST):
        table.fault("similar", f"{shown(similar)} is no number of requests; write a number from 2 to {MOST}, or 0 to be asked never")
        similar = SIMILAR
    within = table.span("within", WITHIN, zero="would find none alike")
    table.done()
    return Incidents(similar, within or WITHIN)


def internal_hosts(thread: Table) -> tuple[str, ...]:
    """[thread] internal_hosts: hosts that requesters cannot reach."""
    hosts = thread.texts("internal_hosts")
    for host in hosts:
        if not _is_host(host):
            thread.fault("internal_hosts", f'{shown(host)} is no host; write "wiki.example.com", or "*.example.com" for all below it')
    return tuple(host.lower() for host in hosts)


def _is_host(text: str) -> bool:
    name = text.removeprefix("*.")
    return bool(name) and len(name) <= 253 and all(part and all(c.isalnum() or c == "-" for c in part) for part in name.split("."))
