"""Statuses and events in words, for pages."""

from __future__ import annotations

from collections.abc import Callable

from adapters.web.bond_words import BONDS
from adapters.web.draft_words import DRAFTS
from adapters.web.promise_words import PROMISES
from bot.domain.custom_fields import field_named, names
from bot.domain.desks import Desk
from bot.domain.ids import channel_name
from bot.domain.practices import OURS
from bot.domain.tickets import Ticket
from bot.engine.tongue import N_, Tongue
from bot.ports import Recorded

MARKS = {"open": "open", "pending": "pending", "resolved": "resolved", "closed": "closed"}


def status_for_requester(ticket: Ticket, t: Tongue) -> str:
    """How their request stands, as its requester understands it."""
    if ticket.status == "pending":
        return t.say("Waiting for you")
    if ticket.status == "resolved":
        return t.say("Solved")
    if ticket.status == "closed":
        return t.say("Closed")
    return t.say("In progress") if ticket.assignee or ticket.human_at else t.say("Open")


def status_for_agent(ticket: Ticket, t: Tongue) -> str:
    """How the ticket stands, as an agent needs it."""
    if ticket.status == "pending":
        return t.say("Waiting for the requester")
    if ticket.status == "resolved":
        return t.say("Resolved")
    if ticket.status == "closed":
        return t.say("Closed")
    if not ticket.is_with_humans:
        return t.say("With the bot")
    return t.say("Taken") if ticket.assignee else t.say("Unclaimed")


def mark(ticket: Ticket) -> str:
    """The colour beside the words: open, taken, pending, resolved, closed."""
    return "taken" if ticket.status == "open" and ticket.assignee else MARKS[ticket.status]


def tier_name(level: int, desk: Desk, t: Tongue) -> str:
    """ "Tier 2 · Service desk"."""
    if level <= 1:
        return t.say("Tier 1 · the bot")
    tier = desk.tier(level)
    return t.say("Tier {level} · {name}", level=level, name=tier.name) if tier else t.say("Tier {level}", level=level)


def delivery(state: str, t: Tongue) -> str:
    """Whether a reply arrived."""
    known = {"waiting": N_("goes out in a moment"), "sent": N_("delivered"), "failed": N_("not delivered"), "taken_back": N_("taken back")}
    return t.say(known[state]) if state in known else ""


def refusal(reason: str, t: Tongue) -> str:
    """Why an offered entry was not it."""
    known = {"wrong_topic": N_("another topic"), "not_solved": N_("right topic, but it did not help")}
    return t.say(known[reason]) if reason in known else ""


def priority(level: str, t: Tongue) -> str:
    """How urgent: "High"."""
    known = {"low": N_("Low"), "normal": N_("Normal"), "high": N_("High"), "urgent": N_("Urgent")}
    return t.say(known[level]) if level in known else level


def field(name: str, t: Tongue) -> str:
    """What a field of an entry is called: "es · Answer"."""
    known = {
        "question": N_("Question"),
        "phrasings": N_("Other ways to ask"),
        "answer": N_("Answer"),
        "tags": N_("Tags"),
        "retired": N_("archived"),
        "audience": N_("Who reads it"),
        "valid until": N_("Last day on which it answers"),
        "review on": N_("To be looked at on"),
        "finds": N_("Questions that must find it"),
        "avoids": N_("Questions that must not find it"),
    }
    language, _, last = name.rpartition(" · ")
    shown = t.say(known[last]) if last in known else last
    return f"{language} · {shown}" if language else shown


def happened(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    """An event as a sentence: "Ann took it"."""
    say = _SENTENCES.get(event.name)
    return say(event, who, desk, t) if say else f"{event.name} · {who}"


def _filled_in(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    changed = event.details.get("changed") or ()
    fields = [field for name in (changed if isinstance(changed, list | tuple) else ()) if (field := field_named(desk, str(name))) is not None]
    return t.say("{who} filled in: {fields}", who=who, fields=names(fields, t.language)) if fields else t.say("{who} changed the fields", who=who)


def _opened(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    follows = str(event.details.get("follows") or "")
    return t.say("{who} asked; it follows {ticket}", who=who, ticket=follows) if follows else t.say("{who} asked", who=who)


def _offered(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    entries, scores = event.details.get("entries"), event.details.get("scores")
    pairs = zip(entries, scores, strict=False) if isinstance(entries, list | tuple) and isinstance(scores, list | tuple) else ()
    listed = ", ".join(f"{entry} ({score})" for entry, score in pairs)
    return t.say("The bot offered {entries}", entries=listed)


def _refused(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    entry, why = str(event.details.get("entry", "")), refusal(str(event.details.get("reason", "")), t)
    if why:
        return t.say("{who} said that {entry} is not it: {why}", who=who, entry=entry, why=why)
    return t.say("{who} said that {entry} is not it", who=who, entry=entry)


def _handed_over(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    tier = tier_name(_number(event, "tier"), desk, t)
    whys = {
        "no_match": N_("no entry fits"),
        "refused": N_("the offered entries did not help"),
        "asked_for_person": N_("a person was asked for"),
        "marked": N_("an agent made the ticket"),
    }
    why = str(event.details.get("why", ""))
    if why in OURS:
        return t.say("{who} made it for {tier}", who=who, tier=tier)
    return t.say("Handed over to {tier}: {why}", tier=tier, why=t.say(whys[why])) if why in whys else t.say("Handed over to {tier}", tier=tier)


def _escalated(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    tier, reason = tier_name(_number(event, "to_tier"), desk, t), str(event.details.get("reason") or "")
    if event.details.get("waited"):
        return t.say("Nobody took it in time: on to {tier}", tier=tier)
    if reason:
        return t.say("{who} escalated it to {tier}: {reason}", who=who, tier=tier, reason=reason)
    return t.say("{who} escalated it to {tier}", who=who, tier=tier)


def _sent_back(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    tier = tier_name(_number(event, "to_tier"), desk, t)
    return t.say("{who} sent it back to {tier}: {reason}", who=who, tier=tier, reason=str(event.details.get("reason") or "–"))


def _resolved(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    entry = str(event.details.get("entry") or "")
    return t.say("{who} resolved it with the entry {entry}", who=who, entry=entry) if entry else t.say("{who} resolved it", who=who)


def _linked(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    return t.say("{who} linked it to the entry {entry}", who=who, entry=str(event.details.get("entry", "")))


def _proposed(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    return t.say("The question was proposed as a way to ask {entry}", entry=str(event.details.get("entry", "")))


def _approved(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    return t.say("{who} approved the question as a way to ask {entry}", who=who, entry=str(event.details.get("entry", "")))


def _rejected(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    entry = str(event.details.get("entry", ""))
    if event.details.get("displaced"):
        return t.say("The question is no longer proposed as a way to ask {entry}", entry=entry)
    return t.say("{who} rejected the question as a way to ask {entry}", who=who, entry=entry)


def _closed(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    return t.say("Closed: nothing was heard for a long time") if event.details.get("why") == "idle" else t.say("{who} closed it", who=who)


def _reminded(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    if event.details.get("about") == "silent":
        return t.say("Its agent was reminded: the requester waits")
    return t.say("The team was reminded: nobody has taken it") if event.details.get("about") == "unclaimed" else t.say("The requester was reminded")


def _released(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    told = {
        "left": N_("It went back to the queue: its agent left the team"),
        "silent": N_("It went back to the queue: its agent let it lie"),
        "away": N_("It went back to the queue: its agent is away"),
    }
    sentence = told.get(str(event.details.get("reason", "")))
    return t.say(sentence) if sentence else t.say("{who} released it", who=who)


def subject(event: Recorded) -> str:
    """Whom its sentence is about: who did it, or to whom the desk did something."""
    return str(event.details.get("to", "")) if event.name == "TicketAssigned" else event.by


def _followed(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    was, now = channel_name(str(event.details.get("was", ""))), channel_name(str(event.details.get("now", "")))
    return t.say("It continues on {channel} instead of {other}", channel=now, other=was)


def _simple(sentence: str) -> Callable[[Recorded, str, Desk, Tongue], str]:
    return lambda event, who, desk, t: t.say(sentence, who=who)


def _number(event: Recorded, name: str) -> int:
    value = event.details.get(name)
    return value if isinstance(value, int) else 0


def _done(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    act, about = str(event.details.get("act", "")), str(event.details.get("about") or "")
    return t.say("{who} did this: {act}", who=who, act=f"{act} · {about}" if about else act)


def _published(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    language = str(event.details.get("language", ""))
    return t.say("{who} published the entry {entry} ({language})", who=who, entry=str(event.details.get("entry", "")), language=language)


def _retired(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    entry = str(event.details.get("entry", ""))
    return (
        t.say("{who} retired the entry {entry}", who=who, entry=entry)
        if event.details.get("retired")
        else t.say("{who} restored the entry {entry}", who=who, entry=entry)
    )


def _denied(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    act = str(event.details.get("move", ""))
    return t.say("{who} tried what is not allowed: {act}", who=who, act=act) if act else t.say("{who} tried something that is not allowed", who=who)


def _of_person(sentence: str) -> Callable[[Recorded, str, Desk, Tongue], str]:
    def told(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
        said = t.say(sentence, who=who, person=str(event.details.get("of", "")))
        became, why = str(event.details.get("became") or ""), str(event.details.get("why") or "")
        return " · ".join(filter(None, (said, became, why)))

    return told


def _of_incident(sentence: str) -> Callable[[Recorded, str, Desk, Tongue], str]:
    return lambda event, who, desk, t: t.say(sentence, who=who, parent=str(event.details.get("parent", "")))


_SENTENCES: dict[str, Callable[[Recorded, str, Desk, Tongue], str]] = {
    "TicketOpened": _opened,
    "FieldsChanged": _filled_in,
    "EntryOffered": _offered,
    "EntryRefused": _refused,
    "TicketHandedOver": _handed_over,
    "IncidentDeclared": _simple(N_("{who} made it an incident")),
    "IncidentShown": _of_incident(N_("{who} was shown the incident {parent}")),
    "IncidentJoined": _of_incident(N_("{who} made it part of the incident {parent}")),
    "IncidentLeft": _of_incident(N_("{who} said that it is no part of {parent}")),
    "IncidentUpdated": _simple(N_("{who} told all how it stands")),
    "ReplyQuestioned": _simple(N_("{who} was asked before a reply went out")),
    "ReplyScheduled": _simple(N_("{who} wrote a reply for later")),
    "ReplyDropped": _simple(N_("{who} dropped a reply that had not gone out")),
    "TicketClaimed": _simple(N_("{who} took it")),
    "TicketReleased": _released,
    "TicketAssigned": _simple(N_("{who} was given it")),
    "TicketKept": _simple(N_("{who} said that they are on it")),
    "TicketEscalated": _escalated,
    "TicketSentBack": _sent_back,
    "ReplySent": _simple(N_("{who} replied")),
    "ReplyTakenBack": _simple(N_("{who} took a reply back")),
    "NoteWritten": _simple(N_("{who} wrote a note")),
    "CallLogged": lambda event, who, desk, t: t.say("{who} logged a call: {count} min", who=who, count=_number(event, "seconds") // 60),
    "RequesterWrote": _simple(N_("{who} wrote")),
    "TicketHeld": _simple(N_("{who} set it to waiting for the requester")),
    "TicketResumed": _simple(N_("{who} went on with it")),
    "TicketResolved": _resolved,
    "TicketReopened": _simple(N_("{who} reopened it")),
    "TicketClosed": _closed,
    "ReminderSent": _reminded,
    "EntryLinked": _linked,
    "PhrasingProposed": _proposed,
    "ProposalApproved": _approved,
    "ProposalRejected": _rejected,
    "QuestionPutOutside": _simple(N_("{who} marked the question as not for this FAQ")),
    "OutsideTakenBack": _simple(N_("{who} took the mark back: the FAQ may answer it again")),
    "RatingGiven": lambda event, who, desk, t: t.say("{who} gave it {rating} of 5", who=who, rating=_number(event, "rating")),
    "CommentGiven": _simple(N_("{who} commented on the help")),
    **PROMISES,
    **BONDS,
    "MoveDenied": _denied,
    "ActDone": _done,
    "EntryPublished": _published,
    "EntryRetired": _retired,
    **DRAFTS,
    "TicketFollowed": _followed,
    "AddressJoined": _simple(N_("{who} joined two channels of theirs")),
    "AddressLeft": _simple(N_("{who} took a channel of theirs apart")),
    "DataGivenOut": _of_person(N_("{who} gave out all that is kept of {person}")),
    "PersonHeld": _of_person(N_("{who} said that nothing of {person} may be erased")),
    "PersonReleased": _of_person(N_("{who} said that {person} may be erased again")),
    "PersonErased": _of_person(N_("{who} erased {person}")),
    "DeliveryFailed": _simple(N_("A message did not arrive")),
}
