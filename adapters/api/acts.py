"""What a program may do to a ticket, as the desk knows it."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request

from adapters.api import asked
from adapters.api.asked import ActIn
from adapters.api.doing import Wish, allow, filled_in, on_ticket
from adapters.api.problems import Refused, unsound
from adapters.api.site import Api, api_of
from bot.domain.api_keys import FOR
from bot.domain.people import Person
from bot.domain.tickets import Ticket
from bot.engine.faq.knowledge import entry_tag

NO_ENTRY = "-"  # in the form to resolve: by none
ENTRY = frozenset({"entry"})


async def on_it(request: Request, ticket: Ticket, given: ActIn) -> Wish:
    """The wish, with all that its form asks. Raises Refused."""
    allow(request, given.act)
    if isinstance(given, asked.Resolve) and given.entry is not None:
        await _check_entry(api_of(request), given.entry)
    person = _for_requester(ticket) if isinstance(given, asked.REQUESTERS) else None
    extra, values = _said(given)
    wish = on_ticket(request, ticket, ":".join(part for part in (given.act, ticket.id, extra) if part), values, person)
    return await filled_in(api_of(request), wish, ENTRY if isinstance(given, asked.Resolve) else frozenset())


async def _check_entry(api: Api, named: str) -> None:
    entry = await api.store.entry(named)
    if entry is None or entry.retired:
        raise unsound("entry: There is no such entry.", ("entry", "There is no such entry."))


def _said(given: ActIn) -> tuple[str, dict[str, str]]:
    """What stands behind the number in the action, and the values of its form."""
    match given:
        case asked.Escalate():
            return "", {"words": given.reason, **given.fields}
        case asked.SendBack():
            return "", {"words": given.reason}
        case asked.Resolve():
            return "", {"words": given.solution, "entry": given.entry or NO_ENTRY}
        case asked.Tag():
            return "", {"tags": ", ".join(given.tags)}
        case asked.Prioritise(priority=str(priority)):
            return priority, {}
        case asked.Prioritise(impact=str(impact), urgency=str(urgency)):
            return "", {"impact": impact, "urgency": urgency}
        case asked.Classify():
            return given.kind, {}
        case asked.Cause():
            return given.problem, {}
        case asked.FillIn():
            return "", dict(given.fields)
        case asked.Choose():
            return entry_tag(given.entry), {}
        case asked.MeToo() | asked.Different():
            return given.incident, {}
        case asked.Add():
            return "", {"words": given.text}
        case asked.Cancel():
            return "yes", {"words": given.reason}
        case asked.Rate():
            return str(given.rating), {}
        case _:
            return "", {}


def _for_requester(ticket: Ticket) -> Person:
    """Whoever asked, if they asked through the API: of others nobody but they themselves can say what they want."""
    if not ticket.requester.startswith(FOR):
        raise Refused(HTTPStatus.FORBIDDEN, "not_requester", "Only the person who asked can do that, and they asked on another channel.")
    return Person(ticket.requester)
