"""Every sentence the bot says, by what it is said for. Here alone are words chosen; elsewhere it is decided whether to speak."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.desks import Desk
from bot.domain.messages import Article, Choice, Facts, Mark, Part, Say, Small, Title, Words
from bot.domain.tickets import Ticket
from bot.engine.contacts import telephone
from bot.engine.tongue import N_, Tongue
from bot.errors import MoveRefused
from kb.entries import Text

STATUS = {
    "open": N_("Open"),
    "pending": N_("Waiting for the requester"),
    "resolved": N_("Resolved"),
    "closed": N_("Closed"),
}
STATUS_FOR_REQUESTER = {"open": N_("Open"), "pending": N_("Waiting for you"), "resolved": N_("Resolved"), "closed": N_("Closed")}

REFUSALS = {
    "not_agent": N_("Only support agents of this team can do that."),
    "not_lead": N_("Only a lead of this team can do that."),
    "not_requester": N_("Only the person who asked can press this."),
    "not_admin": N_("Only admins can change the FAQ. Ask whoever set up this desk."),
    "no_longer": N_("This is no longer valid. Ask again, or look at your list of tickets."),
    "already_claimed": N_("{owner} already has {number}."),
    "yours_already": N_("You already have {number}."),
    "no_kind": N_("That is no kind of ticket. Choose one of: {kinds}."),
    "same_kind": N_("{number} is that already."),
    "no_problem": N_("{number} is no problem. Make it one first, or choose another."),
    "not_caused": N_("{number} does not come from a problem."),
    "has_incidents": N_("Incidents come from {number}, so it stays a problem."),
    "no_workaround": N_("Nothing is known yet that helps meanwhile."),
    "not_claimed": N_("Nobody has {number} at the moment."),
    "not_yours": N_("{owner} has {number}, so only they can release it."),
    "elsewhere": N_("{number} is with {team} now."),
    "top_tier": N_("There is no team above this one to escalate to."),
    "bottom_tier": N_("There is no team below this one to send it back to."),
    "already_pending": N_("{number} is already waiting for the requester."),
    "not_pending": N_("{number} is not waiting for the requester."),
    "not_resolved": N_("{number} is not resolved, so there is nothing to reopen."),
    "pending": N_("{number} is waiting for the requester."),
    "open": N_("{number} is open."),
    "resolved": N_("{number} is already resolved."),
    "closed": N_("{number} is closed. Please ask again, and a new ticket is opened."),
    "with_humans": N_("{number} is already with a person."),
    "too_late": N_("Too late: the reply has gone out."),
    "is_away": N_("{agent} is away, so nothing can be given to them."),
    "no_moment": N_("Until when? Write it like 2h, 14:00 or tomorrow 9:00."),
    "no_words": N_("Please write some words with it."),
    "stale": N_("Somebody changed {number} a moment ago. Look at it and try again."),
    "wrong_code": N_("That code is wrong, was used already, or is too old. Ask for a new one on the other channel."),
    "own_code": N_("That code is for your other channel: give it to me there."),
    "joined_already": N_("You are joined already."),
    "not_joined": N_("That is not joined with you. See My channels."),
    "too_many_tries": N_("Too many wrong codes. Please wait ten minutes."),
    "too_many_codes": N_("Too many codes at once. Please wait a while, and use the last one."),
    "too_many_addresses": N_("That is more channels than one person has here."),
    "no_such_preference": N_("I did not understand that. Write notify alone to see what there is."),
    "no_time_of_day": N_("That is no time of day. Write it as 09:00."),
    "no_quiet_hours": N_("Those are no quiet hours. Write them as 22:00-07:00, or off."),
    "no_such_zone": N_("I do not know that time zone. Write it as Europe/Berlin."),
    "not_on_channel": N_("You are not known on that channel. Join it first: write join."),
    "no_mail_address": N_("That is no mail address. Write it as name@example.org."),
    "merged": N_("{number} goes on as {other}. Please go on there."),
    "over": N_("{number} is closed."),
    "moving": N_("{number} is on its way to another department. Please wait a moment and go on there."),
    "moved": N_("{number} is {other} now, in another department. Please go on there."),
    "own_page": N_("{number} was asked on a page of this department, and its answers are read there: it cannot be moved. Tell them where to ask instead."),
    "held_together": N_("{number} belongs together with other tickets. Undo that first, then move it."),
    "which_department": N_("Which department shall have it? These are there: {names}."),
    "no_fields": N_("This kind of ticket has no fields to fill in."),
    "itself": N_("That is the same ticket."),
    "round_about": N_("{other} already belongs to {number}, so it cannot be the other way round."),
    "same_already": N_("{number} and {other} are connected already."),
    "not_linked": N_("{number} and {other} are not linked."),
    "nothing_linked": N_("{number} is linked to no other ticket."),
    "bound": N_("{number} and {other} share their course, so there is no link to remove."),
    "no_duplicate": N_("{number} is not marked as a duplicate."),
    "too_many_links": N_("A ticket can show at most {count} others."),
    "which_ticket": N_("Please give the number of a ticket."),
    "no_such_ticket": N_("There is no ticket {other}."),
    "which_words": N_("Please choose at least one message."),
    "nothing_to_split": N_("There is nothing in {number} that could be split off."),
    "which_tag": N_("Please give at least one tag."),
    "no_such_computer": N_("No computer is called “{name}”. Give its name, tag or serial number as they stand on its page, or - for none."),
    "many_computers": N_("Several computers are called “{name}”. Give the serial number, or the # and number of its page."),
    "bad_tag": N_("“{tag}” cannot be a tag: use letters, digits and . - _ / +, at most {most} of them."),
    "too_many_tags": N_("A ticket can have at most {most} tags."),
    "no_priority": N_("Please say low, normal, high or urgent; or impact and urgency, each low, normal or high."),
    "same_priority": N_("{number} has that priority already."),
    "too_many_watchers": N_("At most {most} people can watch a ticket."),
    "not_watching": N_("You do not watch {number}."),
    "unknown_agent": N_("I know no agent called “{name}” in this team."),
    "which_agent": N_("Please say which agent: several are called “{name}”."),
    "who": N_("Please say who."),
    "not_of_team": N_("{name} is not an agent of {team}."),
    "no_bulk": N_("This can be done to many tickets at once: {verbs}."),
    "too_many": N_("At most {most} tickets at a time, please."),
    "no_ticket": N_("You have no open tickets. Write your question to open one."),
    "part_of_another": N_("{number} belongs to another ticket already."),
    "no_part": N_("{number} belongs to no incident."),
    "no_incident": N_("There is no such incident now."),
    "incident_already": N_("{number} is an incident already."),
    "incident_shared": N_("Others share {number}, so only the team can close it."),
    "too_many_waiting": N_("More replies than enough wait at {number}; take one back first."),
    "no_saved": N_("There are no saved replies yet. A lead or an admin writes one with: saved add <name> <language>: <text>"),
    "no_such_saved": N_("There is no saved reply “{name}”. The command saved lists them."),
    "how_to_save": N_("Write it like this: saved add <name> <language>: <text>"),
    "bad_saved_name": N_("“{name}” cannot name a saved reply: use up to 24 small letters, digits and dashes."),
    "bad_saved_text": N_("A saved reply needs a text of at most {count} characters."),
    "too_many_saved": N_("There are {count} saved replies already; drop one first."),
    "unknown_variable": N_("There is no variable {{{name}}}; known are {known}. Double braces stand for themselves."),
    "not_spoken": N_("{language} is not spoken here; choose from {languages}."),
    "no_such_report": N_("There is no such report. The command report lists them: report list"),
    "too_many_reports": N_("There are {count} composed reports already; delete one first."),
    "bad_report_title": N_("A report needs a title of at most {count} characters."),
    "no_figure": N_("Please choose at least one figure."),
    "no_such_field": N_("There is no field “{name}”; choose from the list."),
    "empty_filter": N_("A filter needs at least one value; take the field away to filter nothing."),
    "bad_days": N_("Please say how many days, from 1 to {count}."),
    "too_many_orders": N_("{count} reports are sent regularly already; end one first."),
    "no_url": N_('Put the address of the pages into firstline.toml first: [desk] url = "https://help.example.com".'),
    "bad_cron": N_("That is no time: write minute (a number), hour, day, month, weekday, as 0 9 * * MON for Mondays at 9:00."),
    "no_readers": N_("Please name from 1 to {count} people, as slack:U0ADMIN or telegram:123456789."),
    "no_mail": N_("{name}: mail is not set up at this desk, so reports go to people in chat; name them as slack:U0ADMIN or telegram:123456789."),
    "no_reader": N_("{name} is no agent and no admin whom I can reach in chat; write it as slack:U0ADMIN or telegram:123456789."),
    "bad_valid": N_("Please say for how many days the link is valid, from 1 to {count}."),
    "long_banner": N_("A banner may have {count} characters at most."),
    "not_rateable": N_("{number} cannot be rated now."),
    "not_solved": N_("{number} is not resolved yet; when it is, an entry can be made of it."),
    "asks_nothing": N_("{number} asks nothing that an entry could answer."),
    "draft_over": N_("This draft was published or discarded already."),
    "drafted": N_("{owner} has changed this entry in a draft ({when}). Go on with that draft, or discard it first."),
    "overtaken": N_("{owner} has saved this draft since you opened it ({when}). Look at both, and save again."),
    "entry_changed": N_("{owner} has published another version meanwhile ({when}), and both changed the same. Look at both, and save again."),
    "unsound": N_("Not published, because of this: {what}"),
    "way_taken": N_("Not published: “{way}” is a way to ask “{entry}” already, and what two know none can answer. Take it out of one of them."),
    "no_day": N_("“{day}” is no day. Write it as 2026-12-31."),
    "no_entries": N_("Please choose at least one entry."),
    "too_many_entries": N_("At most {most} entries at a time, please."),
    "bad_key_name": N_("A key needs a name of at most {count} small letters, digits and dashes."),
    "key_taken": N_("There is, or was, a key “{name}” already; give this one another name."),
    "bad_scopes": N_("Please choose what the key may do: {scopes}."),
    "too_many_keys": N_("There are {count} keys already, which is as many as there can be."),
    "no_such_key": N_("There is no valid key “{name}”."),
    "bad_webhook_name": N_("A webhook needs a name of at most {count} small letters, digits and dashes."),
    "webhook_taken": N_("There is a webhook “{name}” already; give this one another name."),
    "too_many_webhooks": N_("There are {count} webhooks already, which is as many as there can be."),
    "bad_webhook_url": N_("That is no address to call: it begins with https:// and holds neither a password nor blanks."),
    "unknown_event": N_("Please choose from the events that there are."),
    "no_webhook": N_("There is no webhook “{name}”."),
    "nothing_to_send": N_("It has arrived already, or is no longer kept."),
    "no_telephone": N_("“{what}” is no telephone number that can be called; please write it with + and the country's code, such as +34600111222."),
    "unknown_ticket": N_("You have no ticket {number}. See your list of tickets."),
}


def refusal(t: Tongue, refused: MoveRefused, number: str, **details: str) -> tuple[Say]:
    """Why not, in one sentence."""
    values = {"owner": "", "team": "", **refused.details, **details, "number": number}
    return (Say(t.say(REFUSALS[refused.reason], **values)),)


# ------------------------------------------------------------------------------------------------------------ requester
def answer(t: Tongue, ticket: Ticket, text: Text) -> tuple[list[Part], list[Choice]]:
    """Tier 1 is sure: one entry."""
    parts: list[Part] = [Title(text.question), Article(text.answer)]
    if text.lang != t.language:
        parts.append(Small(t.say("This answer is not available in English yet, so here it is in another language.")))
    parts.append(Small(t.say("{number} · I am a bot. Did this solve it?", number=ticket.id)))
    return parts, [Choice(t.say("Yes, solved"), f"solved:{ticket.id}", "primary"), *ways_on(t, ticket)]


def suggestions(t: Tongue, ticket: Ticket, listed: Sequence[tuple[str, Text]]) -> tuple[list[Part], list[Choice]]:
    """Tier 1 is not sure: a choice of entries. listed: the tag of each, and its text."""
    parts: list[Part] = [Say(t.say("Is it one of these?")), Small(t.say("{number} · I am a bot.", number=ticket.id))]
    choices = [Choice(text.question, f"entry:{ticket.id}:{tag}") for tag, text in listed]
    return parts, [*choices, *ways_on(t, ticket)]


def ways_on(t: Tongue, ticket: Ticket) -> list[Choice]:
    """The two doors that every message of tier 1 has."""
    return [Choice(t.say("Not what I need"), f"not:{ticket.id}"), Choice(t.say("Talk to a person"), f"human:{ticket.id}")]


def handed_over(t: Tongue, ticket: Ticket, team: str, why: str) -> tuple[list[Part], list[Choice]]:
    """The receipt: the number, who has it, how to go on."""
    first = t.say("I have no answer for this.") if why == "no_match" else t.say("All right.")
    parts: list[Part] = [
        Say(first + " " + t.say("I passed it on to {team} as {number}.", team=team, number=ticket.id)),
        Small(t.say("They have your words already. To add something, just write here.")),
    ]
    choices = []
    if why == "refused":
        choices = [
            Choice(t.say("Wrong topic"), f"why:{ticket.id}:wrong_topic"),
            Choice(t.say("Right topic, but it did not help"), f"why:{ticket.id}:not_solved"),
        ]
    return parts, choices


def taken(t: Tongue, ticket: Ticket, agent: str) -> list[Part]:
    """A person has it."""
    return [Say(t.say("{agent} has taken {number}.", agent=agent, number=ticket.id))]


def reply(ticket: Ticket, agent: str, words: str) -> list[Part]:
    """An agent's words to the requester."""
    return [Words(words, f"{agent} · {ticket.id}")]


def call_back(t: Tongue, ticket: Ticket) -> str:
    """How whoever rang can be reached."""
    return telephone.shown(ticket.requester) or t.say("The number was withheld.")


def not_written(t: Tongue, ticket: Ticket) -> str:
    """To an agent whose reply goes nowhere."""
    number = telephone.shown(ticket.requester)
    if not number:
        return t.say("Nobody was written to: they rang and withheld their number. Your words are kept as a note.")
    return t.say("Nobody was written to: they rang, so call back {number}. Your words are kept as a note.", number=number)


def resolved(t: Tongue, ticket: Ticket, agent: str, reopen_within: timedelta) -> tuple[list[Part], list[Choice]]:
    """It is solved, says the agent."""
    parts: list[Part] = [
        Title(t.say("{number} is resolved", number=ticket.id), "resolved"),
        Say(t.say("{agent} has resolved it.", agent=agent)),
        Small(t.say("If it is not solved, write here within {time} and it is open again.", time=t.span(reopen_within))),
    ]
    return parts, [Choice(t.say("Reopen"), f"reopen:{ticket.id}")]


def solved_by_entry(t: Tongue, ticket: Ticket) -> list[Part]:
    """Tier 1 solved it."""
    return [Say(t.say("Glad that it helped. {number} is resolved.", number=ticket.id))]


def reopened(t: Tongue, ticket: Ticket, team: str) -> tuple[list[Part], list[Choice]]:
    """Open again, and a way out when it was a new question."""
    parts: list[Part] = [Say(t.say("{number} is open again, and {team} can see your message.", number=ticket.id, team=team))]
    return parts, [Choice(t.say("This is a new question"), f"split:{ticket.id}")]


def closed(t: Tongue, ticket: Ticket, why: str) -> list[Part]:
    """Nothing more will happen."""
    if why == "idle":
        return [Say(t.say("{number} is closed, because nothing was heard for a while. Write here to ask again.", number=ticket.id))]
    return [Say(t.say("{number} is closed.", number=ticket.id))]


def idle_warning(t: Tongue, ticket: Ticket, left: timedelta) -> list[Part]:
    """It will close by itself."""
    return [Say(t.say("{number} waits for your answer. Without one it closes in {time}.", number=ticket.id, time=t.span(left)))]


def held(t: Tongue, ticket: Ticket, agent: str) -> list[Part]:
    """It is the requester's turn."""
    return [Say(t.say("{agent} needs an answer from you to go on with {number}. Just write here.", agent=agent, number=ticket.id))]


def greeting(t: Tongue, desk: Desk) -> list[Part]:
    """Hello."""
    return [Say(t.say("Hello! I am the bot of {desk}. Ask me your question in your own words.", desk=desk.name))]


def thanks(t: Tongue) -> list[Part]:
    """You are welcome."""
    return [Say(t.say("You are welcome."))]


def went_wrong(t: Tongue) -> list[Part]:
    """A fault of ours."""
    return [Say(t.say("Sorry, something went wrong on our side. Your words are kept, and whoever looks after this bot can see it. Please try again later."))]


def noted(t: Tongue) -> list[Part]:
    """Thank you for the hint."""
    return [Say(t.say("Thank you, that is noted on the ticket."))]


def write_first(t: Tongue, name: str) -> str:
    """Said aloud to somebody who can only be answered in private, and not yet there."""
    return t.say("{name}, please write to me in private first: what you asked for is for your eyes only.", name=name).removeprefix(", ")


def no_words(t: Tongue) -> list[Part]:
    """A sticker, an emoji, nothing."""
    return [Say(t.say("I can only read text. Please write your question in a few words."))]


def help_text(t: Tongue, desk: Desk) -> list[Part]:
    """What one can do here."""
    return [
        Title(desk.name),
        Say(t.say("Write your question in your own words. I answer from the FAQ; what I cannot answer goes to a person, with a number.")),
        Say(t.say("Commands: new (a new question), list (your tickets), status or close with a number, human (talk to a person), lang (language).")),
    ]


def notice(t: Tongue, desk: Desk) -> list[Part]:
    """The first contact's short notice."""
    return [Small(t.say("What you write is kept so that {desk} can help you; /privacy says more.", desk=desk.name))]


def menu(t: Tongue) -> list[Choice]:
    """The first contact's buttons."""
    return [Choice(t.say("My tickets"), "menu:list"), Choice(t.say("Browse the FAQ"), "menu:faq"), Choice(t.say("Language"), "menu:lang")]


def ask_away(t: Tongue) -> list[Part]:
    """A new question, please."""
    return [Say(t.say("Write your new question now; it gets a number of its own."))]


def queue(t: Tongue, tickets: Sequence[Ticket]) -> list[Part]:
    """The unclaimed tickets of an agent's tiers."""
    if not tickets:
        return [Say(t.say("The queue is empty."))]
    headline = t.many("{count} ticket waits to be taken", "{count} tickets wait to be taken", len(tickets))
    return [Title(headline), ticket_rows(t, tickets)]


def privacy(t: Tongue, desk: Desk) -> list[Part]:
    """What is kept."""
    return [
        Say(
            t.say(
                "{desk} keeps what you write here, your name and your address on this channel to answer your request. Only its agents can read it.",
                desk=desk.name,
            )
        ),
        Say(t.say("You can have it given out or erased: choose it here, or write “/privacy export” or “/privacy erase”. A person makes sure that it is you.")),
    ]


def choose_language(t: Tongue, desk: Desk) -> tuple[list[Part], list[Choice]]:
    """One button a language, each in its own words."""
    return [Say(t.say("Which language shall I speak?"))], [Choice(LANGUAGE_NAMES[code], f"lang:{code}") for code in desk.languages if code in LANGUAGE_NAMES]


def language_chosen(t: Tongue) -> list[Part]:
    """Said in the chosen language."""
    return [Say(t.say("All right, I speak English with you from now on."))]


LANGUAGE_NAMES = {"en": "English", "es": "Español", "pt": "Português", "fr": "Français", "it": "Italiano", "de": "Deutsch"}


def ticket_rows(t: Tongue, tickets: Sequence[Ticket]) -> Facts:
    """A list, a ticket a row: number and status, and people's words as the literal value they are."""
    return Facts(tuple((f"{ticket.id} · {t.say(STATUS_FOR_REQUESTER[ticket.status])}", _begin(ticket.question)) for ticket in tickets))


def _begin(question: str) -> str:
    words = " ".join(question.split())
    return f"{words[:80]}{'…' if len(words) > 80 else ''}"


def my_tickets(t: Tongue, tickets: Sequence[Ticket]) -> list[Part]:
    """The requester's own."""
    if not tickets:
        return [Say(t.say("You have no open tickets. Write your question to open one."))]
    return [Title(t.say("Your tickets")), ticket_rows(t, tickets)]


def one_ticket(t: Tongue, desk: Desk, ticket: Ticket, team: str, agent: str) -> list[Part]:
    """The state of one ticket, for its requester."""
    rows = [
        (t.say("Status"), t.say(STATUS_FOR_REQUESTER[ticket.status])),
        (t.say("With"), agent or team),
        (t.say("Opened"), t.when(ticket.opened_at, desk.timezone)),
        *([(t.say("Goes on as"), ticket.parent)] if ticket.parent_as in ("merged", "moved") else []),
    ]
    return [Title(ticket.id, mark_of(ticket)), Facts(tuple(rows)), Words(ticket.question[:500])]


# ----------------------------------------------------------------------------------------------------------------- team
def mark_of(ticket: Ticket) -> Mark:
    """Which sign the title bears."""
    if ticket.status == "open":
        return "taken" if ticket.assignee else "open"
    return ticket.status


def will_climb(t: Tongue, ticket: Ticket, team: str, left: str, moment: str) -> list[Part]:
    """Nobody has taken it, and it goes to the next team. left: in words, where every hour counts alike; "": the moment is said."""
    then = t.say("In {time} it goes to {team}.", time=left, team=team) if left else t.say("It goes to {team}: {moment}", team=team, moment=moment)
    return [Title(t.say("Nobody has taken {number}", number=ticket.id), "warning"), Say(then)]


def lies(t: Tongue, ticket: Ticket, waited: timedelta) -> list[Part]:
    """Nobody has taken it, and there is no team above."""
    return [Title(t.say("Nobody has taken {number}", number=ticket.id), "warning"), Say(t.say("It has been waiting for {time}.", time=t.span(waited)))]


def escalated(t: Tongue, ticket: Ticket, team: str, by: str, reason: str, waited: bool) -> list[Part]:
    """Said in the thread of the team that it leaves; the next one gets the reason with the talk so far."""
    if waited:
        return [Say(t.say("Nobody took {number} in time, so it went to {team}.", number=ticket.id, team=team))]
    return [Say(t.say("{agent} escalated {number} to {team}.", agent=by, number=ticket.id, team=team)), *([Words(reason)] if reason else [])]


def sent_back(t: Tongue, ticket: Ticket, team: str, by: str, reason: str) -> list[Part]:
    """Said in the thread of the team that gets it back; the card it leaves says where it went. Never to the requester."""
    return [Say(t.say("{agent} sent {number} back to {team}.", agent=by, number=ticket.id, team=team)), *([Words(reason)] if reason else [])]


def delivery_failed(t: Tongue, reason: str) -> list[Part]:
    """Delivery truth."""
    told = {
        "blocked": t.say("Not delivered: the requester has blocked the bot."),
        "not_started": t.say("Not delivered yet: the requester has never opened the bot in private."),
        "waits": t.say("Not delivered yet (24-hour rule): the requester was told that there is news, and gets it when they write."),
        "shut": t.say("Not delivered yet (24-hour rule): the requester gets it when they write. They do not know: reach them another way if it is urgent."),
        "too_large": t.say("Not delivered: it is too large for the requester's channel."),
        "gone": t.say("Not delivered: the requester's conversation no longer exists."),
        "bounced": t.say("Not delivered: the mail came back, nobody reads that address."),
    }
    return [Title(told.get(reason, t.say("Not delivered: the requester's channel refused it.")), "warning")]


def promise_drifts(t: Tongue, wrong: int, answered: int, wrong_at_most: float) -> tuple[Part, ...]:
    """More of what the FAQ answered alone was wrong than promised."""
    share = f"{wrong_at_most * 100:g} %"
    return (
        Title(t.say("The FAQ is wrong more often than promised"), "warning"),
        Say(t.say("Of {answered} judged answers {wrong} were wrong; {share} at most is promised.", answered=answered, wrong=wrong, share=share)),
        Small(t.say("Until the answers are right again, more is only suggested. Which entries it is: on the admin page, under Matching.")),
    )
