"""The agents' lists of tickets: the same views as on a home page, a search in one line, and one act on many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from starlette.responses import Response

from adapters.web.effects import answer_within
from adapters.web.inbound import TEAM, inbound, submitted
from adapters.web.names import names_of, shown_name
from adapters.web.page import Page
from adapters.web.rendering import same_site_path
from adapters.web.sessions import agent
from adapters.web.words import mark, priority, status_for_agent, tier_name
from bot.domain.ids import PersonId
from bot.domain.people import Person
from bot.domain.practices import kinds_of
from bot.domain.service_levels import standing
from bot.domain.tickets import Ticket
from bot.engine.incidents import incident_notes
from bot.engine.practices.problem_notes import kind_name
from bot.engine.tickets import bulk, finding, views
from bot.engine.tongue import N_
from bot.ports import TicketQuery

PAGE = 25  # tickets on a page
MORE = {"open": N_("All open"), "resolved": N_("Resolved")}  # views that only a page of its own has room for
OTHERS: dict[str, TicketQuery] = {"open": TicketQuery(statuses=("open", "pending")), "resolved": TicketQuery(statuses=("resolved", "closed"))}
ACTS = {
    "take": N_("Take it"), "release": N_("Release"), "tag": N_("Tags"), "priority": N_("Priority"), "kind": N_("Kind"), "problem": N_("Problem"),
    "note": N_("Note"), "resolve": N_("Resolve"),
}  # fmt: skip
"""What is done to many at once here; chat knows more."""
PRIORITIES = ("urgent", "high", "normal", "low")


@dataclass(frozen=True, slots=True)
class Row:
    """A ticket in a list. stands: how it stands with what was promised; due: until when, or None."""

    ticket: Ticket
    status: str
    mark: str
    tier: str
    priority: str
    requester: str
    assignee: str
    stands: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for. words: the line of the search; tier, level, kind, tag, sender: its most usual parts, as fields."""

    view: str
    words: str
    tier: int
    level: str
    kind: str
    tag: str
    sender: str
    before: datetime | None
    page: int

    @property
    def is_narrowed(self) -> bool:
        """By more than its view?"""
        return bool(self.line)

    @property
    def line(self) -> str:
        """The whole as one line of a search."""
        parts = [self.words]
        parts += [f'{name}:"{value}"' if " " in value else f"{name}:{value}" for name, value in (("tag", self.tag), ("from", self.sender)) if value]
        parts += [f"priority:{self.level}"] if self.level else []
        parts += [f"kind:{self.kind}"] if self.kind else []
        parts += [f"tier:{self.tier}"] if self.tier else []
        return " ".join(part for part in parts if part)

    def address(self, **changed: str) -> str:
        """The address that asks for this, changed so."""
        own = {"priority": self.level, "kind": self.kind, "tag": self.tag, "from": self.sender}
        fields = {"view": self.view, "q": self.words, "tier": str(self.tier or "")} | own | changed
        return "/agent?" + urlencode({name: value for name, value in fields.items() if value})


async def queue(page: Page) -> Response:
    """One of the lists, narrowed as was asked."""
    site, asked = page.site, asked_for(page)
    looking = views.Looking(site.desk, page.agent.person, [tier.level for tier in site.desk.tiers], site.clock.now())
    found, older = await _found(page, asked, looking)
    names = await names_of(page, found)
    page.tell(await site.effects.late(page.agent.person))
    counted: dict[str, str] = {view: views.shown_count(count) for view, count in (await views.counts(site.reader, looking)).items()}
    labels: dict[str, str] = {str(view): label for view, label in views.VIEWS.items()} | MORE
    empty = {str(view): sentence for view, sentence in views.EMPTY.items()}
    return page.html(
        "queue.html", alike=await incident_notes.suspicions(site.reader, site.clock.now()), asked=asked, rows=_rows(page, found, names), older=older,
        tabs=[(view, page.t.say(label), counted.get(view, "")) for view, label in labels.items()],
        empty=page.t.say(empty[views.view_named(asked.view)]) if asked.view in empty else page.t.say("There is nothing here yet."),
        tiers=[(tier.level, tier_name(tier.level, site.desk, page.t)) for tier in site.desk.tiers],
        acts=[(verb, page.t.say(label)) for verb, label in ACTS.items()],
        priorities=[(level, priority(level, page.t)) for level in PRIORITIES],
        kinds=[(kind, kind_name(site.desk, page.t, kind)) for kind in kinds_of(site.desk)],
    )  # fmt: skip


def asked_for(page: Page) -> Asked:
    """What the address says, as far as it makes sense."""
    given = page.request.query_params

    def text(name: str) -> str:
        return " ".join(given.get(name, "").replace("\0", "").replace('"', "").split())[:200]

    view, tier, level = text("view"), text("tier"), text("priority")
    kind = text("kind") if text("kind") in kinds_of(page.site.desk) else ""
    line = " ".join(given.get("q", "").replace("\0", "").split())[:200]
    tier_ = int(tier) if tier.isascii() and tier.isdigit() and len(tier) < 3 else 0
    known = view if view in views.VIEWS or view in MORE else "open" if line else "unclaimed"
    number = text("page")
    page_ = int(number) if number.isascii() and number.isdigit() and len(number) < 3 else 1
    return Asked(known, line, tier_, level if level in PRIORITIES else "", kind, text("tag"), text("from"), moment(given.get("before", "")), page_)


async def _found(page: Page, asked: Asked, looking: views.Looking) -> tuple[Sequence[Ticket], str]:
    """The tickets of this page, and the address of the next one, "" when there is none."""
    before, narrowed = asked.before, asked.is_narrowed
    sought = finding.parse(asked.line)
    seeker = finding.Seeker(page.agent.person, True, page.site.desk.prefix, lambda people: _called(page, people), page.site.reader)
    if asked.view in OTHERS and narrowed:
        within = OTHERS[asked.view].statuses
        some = await finding.find(page.site.reader, sought, seeker, before=before, limit=PAGE)
        found = [ticket for ticket in some if sought.statuses or sought.number or ticket.status in within]
        return found, _older(asked, some)
    if asked.view in OTHERS:
        query = OTHERS[asked.view]
        found = await page.site.reader.tickets(TicketQuery(statuses=query.statuses, before=before, limit=PAGE))
        return found, _older(asked, found)
    whole = await views.listed(page.site.reader, looking, views.view_named(asked.view))
    if narrowed:
        whole = await finding.among(whole, sought, seeker)
    shown, number, pages = views.page_of(whole, asked.page, PAGE)
    return shown, asked.address(page=str(number + 1)) if number < pages else ""


def _older(asked: Asked, found: Sequence[Ticket]) -> str:
    return asked.address(before=found[-1].changed_at.isoformat()) if len(found) == PAGE and found[-1].changed_at else ""


async def _called(page: Page, people: Sequence[PersonId]) -> Mapping[PersonId, str]:
    return {PersonId(one): known.name for one, known in (await page.site.reader.people(sorted(people))).items()}


def _rows(page: Page, found: Sequence[Ticket], names: dict[str, Person]) -> list[Row]:
    desk, t, now = page.site.desk, page.t, page.site.clock.now()
    return [
        Row(
            ticket, status_for_agent(ticket, t), mark(ticket), tier_name(ticket.tier, desk, t), priority(ticket.priority, t),
            names[ticket.requester].name if ticket.requester in names and names[ticket.requester].name else t.say("A visitor"),
            shown_name(names, ticket.assignee) if ticket.assignee else "", standing(ticket, now),
        )
        for ticket in found
    ]  # fmt: skip


def moment(text: str) -> datetime | None:
    """A time as a link carries it; None when it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


# ---------------------------------------------------------------------------------------------------------------- writing
async def many(page: Page) -> Response:
    """One act on the tickets that were ticked: the core judges each by itself, and says what became of it."""
    numbers = [value for name, value in page.uploads.multi_items() if name == "ticket" and isinstance(value, str)][: bulk.MOST + 1]
    back = same_site_path(page.form.get("back", "/agent"))
    if not numbers:
        page.say(("warning", page.t.say("Please tick the tickets first.")))
        return page.redirect(back)
    verb, words = page.form.get("act", ""), page.form.get("words", "").strip()
    values = {"act": verb, "tickets": bulk.lines_of(numbers), "words": words}
    with page.site.effects.expect(page.agent.person) as (handle, answer):
        person = agent(page.agent, page.language)
        await page.deliver(inbound(person, f"{TEAM}/many", page.once, page.site.clock.now(), submitted("bulk", values, TEAM, handle)))
        page.tell(await answer_within(answer))
    return page.redirect(back)
