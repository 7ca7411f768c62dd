"""The computers that tell of themselves: which systems and models, how fresh what is known of them is, and of which most is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from bot.domain.assets import Asset
from bot.engine.reports import tables
from bot.engine.reports.report import Asking, Report
from bot.engine.reports.sheets import Cell, Column, Sheet
from bot.engine.tongue import N_
from bot.ports.assets import AssetQuery

PAGE = 500
LISTED = 20  # computers with the most tickets
AGES = ((timedelta(days=7), N_("Under 7 days")), (timedelta(days=30), N_("7 to 29 days")), (timedelta(days=90), N_("30 to 89 days")))
OLDER = N_("90 days or more")


async def _sheets(asking: Asking) -> Sequence[Sheet]:
    assets, tickets = await _every(asking), await asking.reader.asset_tickets(asking.begin, asking.end)
    return [
        _total(asking, assets, tickets),
        _ages(asking, assets),
        _by(asking, "systems", asking.t.say("By operating system"), "system", asking.t.say("Operating system"), assets, tickets, lambda one: one.system),
        _by(asking, "models", asking.t.say("By model"), "model", asking.t.say("Model"), assets, tickets, lambda one: one.model),
        _most(asking, assets, tickets),
    ]


async def _every(asking: Asking) -> list[Asset]:
    found: list[Asset] = []
    after = 0
    while page := await asking.reader.assets(AssetQuery(after=after, limit=PAGE)):
        found += page
        after = page[-1].id
    return found


def _total(asking: Asking, assets: Sequence[Asset], tickets: Mapping[int, int]) -> Sheet:
    t = asking.t
    figures: list[tuple[Column, Cell]] = [
        (Column("computers", t.say("Computers")), len(assets)),
        (Column("owned", t.say("Of them somebody’s")), sum(bool(one.person) for one in assets)),
        (Column("new", t.say("First told of in this time")), sum(asking.begin <= one.first_at < asking.end for one in assets)),
        (
            Column("changed", t.say("Changed in this time")),
            sum(one.first_at < one.changed_at and asking.begin <= one.changed_at < asking.end for one in assets),
        ),
        (Column("tickets", t.say("Tickets about a computer")), sum(tickets.values())),
        (Column("asked_about", t.say("Computers with a ticket")), len(tickets)),
    ]
    note = t.say(
        "Every computer that is known now. Changed: its newest change lies in this time. Tickets: opened in this time, about a computer that is known; "
        "those whose words were forgotten are about none."
    )
    return tables.upright(asking, "total", t.say("Computers"), figures, note, not assets)


def _ages(asking: Asking, assets: Sequence[Asset]) -> Sheet:
    t = asking.t
    names = [t.say(name) for _, name in AGES] + [t.say(OLDER)]
    counts = Counter(next((n for n, (age, _) in enumerate(AGES) if asking.now - one.seen_at < age), len(AGES)) for one in assets)
    rows: list[Sequence[Cell]] = [[name, counts[n], tables.share(counts[n], len(assets))] for n, name in enumerate(names)] if assets else []
    columns = [Column("age", t.say("Last inventory"), "text"), Column("computers", t.say("Computers")), Column("share", t.say("Share"), "share")]
    note = t.say("How long ago each computer told of itself last, as of now.")
    return Sheet("ages", t.say("By age of the last inventory"), columns, rows, note, empty=tables.nothing(t))


def _by(
    asking: Asking, key: str, title: str, column: str, label: str, assets: Sequence[Asset], tickets: Mapping[int, int], of: Callable[[Asset], str]
) -> Sheet:
    t = asking.t
    computers, asked = Counter(of(one) for one in assets), Counter[str]()
    for one in assets:
        asked[of(one)] += tickets.get(one.id, 0)
    rows: list[Sequence[Cell]] = [
        [name or t.say("not told"), count, tables.share(count, len(assets)), asked[name], asked[name] / count]
        for name, count in sorted(computers.items(), key=lambda item: (-item[1], item[0]))
    ]
    columns = [
        Column(column, label, "text"), Column("computers", t.say("Computers")), Column("share", t.say("Share"), "share"), Column("tickets", t.say("Tickets")),
        Column("per_computer", t.say("Tickets a computer"), "score"),
    ]  # fmt: skip
    return Sheet(key, title, columns, rows, empty=tables.nothing(t))


def _most(asking: Asking, assets: Sequence[Asset], tickets: Mapping[int, int]) -> Sheet:
    t = asking.t
    found = sorted((one for one in assets if one.id in tickets), key=lambda one: (-tickets[one.id], one.id))[:LISTED]
    rows: list[Sequence[Cell]] = [[f"{one.called} · {one.sign}", one.model, tickets[one.id], one.seen_at.astimezone(asking.zone)] for one in found]
    columns = [
        Column("computer", t.say("Computer"), "text"), Column("model", t.say("Model"), "text"), Column("tickets", t.say("Tickets")),
        Column("seen_at", t.say("Last inventory"), "moment"),
    ]  # fmt: skip
    return Sheet("computers", t.say("Most asked about"), columns, rows, empty=tables.nothing(t))


ASSETS = Report(
    "assets", N_("Computers"), N_("the computers that tell of themselves: systems, models, how long ago they told, and about which most tickets are"),
    _sheets, counted=False,
)  # fmt: skip
