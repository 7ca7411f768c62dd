"""Slack's payloads to Inbound: pure. What is not for us, or cannot be read, is None; nothing here raises on an odd payload."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from adapters.slack import text, views
from bot.domain.desks import Desk
from bot.domain.ids import ConversationId, MessageId, PersonId, PlaceId
from bot.domain.messages import (
    MAX_WORDS,
    Attachment,
    Commanded,
    Deleted,
    Edited,
    Happening,
    HomeOpened,
    Inbound,
    LetIn,
    Marked,
    Pressed,
    Quoted,
    Said,
    Submitted,
)
from bot.domain.people import BOT, Person

Json = dict[str, Any]

WRITTEN = {
    "",
    "file_share",
    "thread_broadcast",
    "me_message",
}  # subtypes of messages that a person wrote; all others are the platform's own
TICKET_EMOJI = "ticket"
BOOK_EMOJIS = {"book", "open_book"}  # one sign under two names
BOOK = "book"  # the action that it stands for
ALONE = {"list", "queue", "help", "privacy", "here", "channels"}  # verbs only when nothing follows: "/support help me print" is a question
NUMBERED = {
    "status",
    "close",
    "take",
    "release",
    "escalate",
    "resolve",
    "reopen",
    "back",
    "reply",
    "note",
    "tag",
    "asset",
    "priority",
    "assign",
    "watch",
    "unwatch",
    "merge",
    "split",
    "duplicate",
    "unmark",
    "link",
    "unlink",
    "kind",
    "problem",
    "workaround",
    "change",
}  # verbs only before a ticket's number
BEFORE = {
    "saved": re.compile(r"$|(?:add|drop)\s|#?(?:[A-Za-z][A-Za-z0-9]*-)?\d+\s+\S+$", re.I),
    "bulk": re.compile(r"[a-z]+\s+#?(?:[A-Za-z][A-Za-z0-9]*-)?\d", re.I),
    "join": re.compile(r"$|[A-Za-z0-9_-]{10,24}$|\S+@\S+$"),
    "unjoin": re.compile(r"\S*$"),
    "notify": re.compile(r"$|(?:on|off|digest|by|quiet|urgent|zone|at|show)\b", re.I),
    "banner": re.compile(r"$|up\s|off$", re.I),
    "call": re.compile(r"$|[+(#]?\d|[A-Za-z][A-Za-z0-9]*-\d|(?:(?:in|out|solved)\s+)+[+(]*\d", re.I),
    "report": re.compile(r"$|[a-z][a-z0-9-]{2,40}(?:\s+\d{1,4})?$", re.I),
}  # verbs only when what follows begins so: "/support banner ads do not show" is a question
MOVE = "move"  # a verb before a ticket's number where there are several departments: elsewhere "/support move 4 chairs" is a question
WITH_WORDS = {"new", "human", "lang", "away", "find", "faq"}
_NUMBER = re.compile(r"#?(?:[A-Za-z][A-Za-z0-9]*-)?\d+(?:\s|$)")
CUT = "\n[…]"
EXPIRED = "expired"  # the action of a form that was altered or not opened for its sender: the core refuses it in the sender's language


@dataclass(frozen=True, slots=True)
class Reading:
    """What must be known to read a payload. people: by bare user id, whoever is known so far; others have no name yet."""

    bot_user: str
    desk: Desk
    is_known: Callable[[ConversationId], bool]
    now: datetime
    people: Mapping[str, Person] = field(default_factory=dict)

    def person(self, user: str) -> Person:
        """The person of that bare user id."""
        return self.people.get(user) or Person(PersonId(f"slack:{user}"))

    def words(self, markup: str) -> str:
        """A Slack text as plain words, without the mention of the bot."""
        names = {user: self.person(user).name for user in text.mentioned(markup)}
        words = text.plain(markup, names, without=self.bot_user)
        return words if len(words) <= MAX_WORDS else words[: MAX_WORDS - len(CUT)] + CUT


def message_id(channel: str, ts: str) -> MessageId:
    """The message with that ts in that channel."""
    return MessageId(f"slack:{channel}/{ts}")


def lane(channel: str, user: str, root: str) -> ConversationId:
    """Where a person and the desk talk: all direct messages are one conversation, in channels each thread is one."""
    return ConversationId(f"slack:{user}" if is_direct(channel) else f"slack:{channel}/{root}")


def is_direct(channel: str) -> bool:
    """Is this the id of a direct message (or of a person, for whom it stands)?"""
    return channel[:1] in ("D", "U", "W")


def of_event(payload: Json, reading: Reading) -> Inbound | None:
    """An Events API delivery; None when it is not for us. Reactions are `ticket_mark` and `of_mark`: their message must be fetched first."""
    event = _dict(payload, "event")
    key = _str(payload, "event_id")
    kind, subtype = _str(event, "type"), _str(event, "subtype")
    if kind == "app_home_opened":
        user = _str(event, "user")
        wanted = bool(user and key) and _str(event, "tab") != "messages"
        return _inbound(key, user, lane("D", user, ""), HomeOpened(), reading, _str(event, "event_ts")) if wanted else None
    if kind == "member_joined_channel" and _str(event, "user") == reading.bot_user and key:
        place = PlaceId(f"slack:{_str(event, 'channel')}")
        is_team = reading.desk.tier_at(place) is not None
        return Inbound(key, "slack", ConversationId(place), BOT, reading.now, LetIn(place)) if is_team else None
    if kind not in ("message", "app_mention") or not key:
        return None
    if subtype in WRITTEN:
        return _said(key, event, reading)
    if subtype == "message_changed":
        return _changed(key, event, reading)
    if subtype == "message_deleted":
        return _gone(key, event, _dict(event, "previous_message"), _str(event, "deleted_ts"), reading)
    return None


def _said(key: str, event: Json, reading: Reading) -> Inbound | None:
    channel, user, ts = _str(event, "channel"), _str(event, "user"), _str(event, "ts")
    if not (channel and user and ts) or _by_bot(event, reading):
        return None
    root = _str(event, "thread_ts") or ts
    place, conversation = PlaceId(f"slack:{channel}"), lane(channel, user, root)
    private = is_direct(channel)
    mentions = _str(event, "type") == "app_mention" or reading.bot_user in text.mentioned(_str(event, "text"))
    addressed = private or mentions or (place in reading.desk.help_places and root == ts)
    if not addressed and not _ours(place, conversation, root != ts, reading):
        return None
    what = Said(
        reading.words(_written(event)),
        message_id(channel, ts),
        place,
        private=private,
        addressed=addressed,
        reply_to=message_id(channel, root) if root != ts else None,
        attachments=attachments(event),
    )
    return _inbound(key, user, conversation, what, reading, ts, also=message_id(channel, ts))


def _ours(place: PlaceId, conversation: ConversationId, in_thread: bool, reading: Reading) -> bool:
    """Talk that is not addressed to the bot matters in the threads of teams and of help places, and where the desk already has a conversation."""
    has_our_threads = reading.desk.tier_at(place) is not None or place in reading.desk.help_places
    return (in_thread and has_our_threads) or reading.is_known(conversation)


def _changed(key: str, event: Json, reading: Reading) -> Inbound | None:
    message, before = _dict(event, "message"), _dict(event, "previous_message")
    if _str(message, "subtype") == "tombstone":  # a deleted message whose thread lives on
        return _gone(key, event, before, _str(message, "ts"), reading)
    unfurled = bool(before) and _str(before, "text") == _str(message, "text")
    if unfurled or _str(message, "subtype") not in WRITTEN or not _counts(message, event, reading):
        return None
    channel, user, ts = _str(event, "channel"), _str(message, "user"), _str(message, "ts")
    what = Edited(message_id(channel, ts), reading.words(_written(message)))
    return _inbound(key, user, lane(channel, user, _str(message, "thread_ts") or ts), what, reading, _str(event, "ts"))


def _gone(key: str, event: Json, before: Json, ts: str, reading: Reading) -> Inbound | None:
    if not ts or not _counts({**before, "ts": ts}, event, reading):
        return None
    channel, user = _str(event, "channel"), _str(before, "user")
    what = Deleted(message_id(channel, ts))
    return _inbound(key, user, lane(channel, user, _str(before, "thread_ts") or ts), what, reading, _str(event, "ts"))


def _counts(message: Json, event: Json, reading: Reading) -> bool:
    """Is this former message one that we may have taken in?"""
    channel, user, ts = _str(event, "channel"), _str(message, "user"), _str(message, "ts")
    if not (channel and user and ts) or _by_bot(message, reading):
        return False
    place, root = PlaceId(f"slack:{channel}"), _str(message, "thread_ts") or ts
    helps = place in reading.desk.help_places
    return is_direct(channel) or helps or _ours(place, lane(channel, user, root), root != ts, reading)


def _by_bot(message: Json, reading: Reading) -> bool:
    return bool(message.get("bot_id")) or _str(message, "user") in ("", reading.bot_user)


def _written(message: Json) -> str:
    """The words of a message; of one that only shares another, the shared words."""
    if words := _str(message, "text"):
        return words
    shared = message.get("attachments")
    return "\n".join(_str(a, "text") or _str(a, "fallback") for a in shared if isinstance(a, dict)) if isinstance(shared, list) else ""


def attachments(message: Json) -> tuple[Attachment, ...]:
    """The files of a message that can still be fetched."""
    files = message.get("files")
    found = []
    for entry in files if isinstance(files, list) else []:
        if isinstance(entry, dict) and _str(entry, "id") and _str(entry, "mode") not in ("tombstone", "hidden_by_limit"):
            size = entry.get("size")
            mime = _str(entry, "mimetype") or "application/octet-stream"
            called = text.file_name(_str(entry, "name") or _str(entry, "title"))
            found.append(Attachment(f"slack:{entry['id']}", called, mime, size if isinstance(size, int) and size > 0 else 0))
    return tuple(found)


def quoted(messages: Sequence[Json], before: str, reading: Reading) -> tuple[Quoted, ...]:
    """A thread's earlier messages, oldest first, up to (not with) the ts `before`; our own are left out."""
    found = []
    for message in messages:
        user, ts = _str(message, "user"), _str(message, "ts")
        if user and user != reading.bot_user and _moment(ts, reading.now) < _moment(before, reading.now):
            found.append(Quoted(reading.person(user), reading.words(_written(message)), _moment(ts, reading.now)))
    return tuple(found)


# ---------------------------------------------------------------------------------------------------------- ticket marks
def ticket_mark(payload: Json, reading: Reading) -> tuple[str, str] | None:
    """(channel, ts) of the message that somebody marked with the ticket emoji; None for any other event."""
    event = _dict(payload, "event")
    item, user = _dict(event, "item"), _str(event, "user")
    marks = _str(event, "type") == "reaction_added" and _str(event, "reaction") == TICKET_EMOJI and _str(item, "type") == "message"
    if not marks or user in ("", reading.bot_user) or _str(event, "item_user") == reading.bot_user:
        return None
    place = (_str(item, "channel"), _str(item, "ts"))
    return place if all(place) and _str(payload, "event_id") else None


def of_book(payload: Json, reading: Reading) -> Inbound | None:
    """The book on a message where a team works or requesters ask, as a press of what it stands for; None for any other event."""
    event = _dict(payload, "event")
    item, user = _dict(event, "item"), _str(event, "user")
    channel, ts, key = _str(item, "channel"), _str(item, "ts"), _str(payload, "event_id")
    if _str(event, "type") != "reaction_added" or _str(event, "reaction") not in BOOK_EMOJIS or not (channel and ts and key) or user in ("", reading.bot_user):
        return None
    place = PlaceId(f"slack:{channel}")
    if reading.desk.tier_at(place) is None and place not in reading.desk.help_places:
        return None
    return _inbound(key, user, lane("D", user, ""), Pressed(BOOK, place, message_id(channel, ts)), reading, "")


def of_mark(key: str, by: str, channel: str, message: Json, reading: Reading, earlier: tuple[Quoted, ...] = ()) -> Inbound | None:
    """The marked message as a request of its author; None when no person wrote it. by: bare user id of who marked it."""
    author, ts = _str(message, "user"), _str(message, "ts")
    if not ts or not by or _by_bot(message, reading):
        return None
    conversation = lane(channel, author, _str(message, "thread_ts") or ts)
    words, mid, place = reading.words(_written(message)), message_id(channel, ts), PlaceId(f"slack:{channel}")
    what = Marked(words, mid, place, reading.person(author), conversation, attachments(message), earlier)
    return _inbound(key, by, conversation, what, reading, "")


# --------------------------------------------------------------------------------------------- commands, presses, modals
def of_command(form: Mapping[str, str], reading: Reading) -> Inbound | None:
    """A slash command. Anything that is no verb is a question ("ask")."""
    user, channel, trigger = form.get("user_id", ""), form.get("channel_id", ""), form.get("trigger_id", "")
    if not (user and channel and trigger):
        return None
    verb, argument = parsed(reading.words(form.get("text", "")), several=bool(reading.desk.others))
    place = PlaceId(f"slack:{channel}")
    what = Commanded(verb, argument, place, private=is_direct(channel), answer_to=form.get("response_url", ""))
    return _inbound(f"command:{trigger}", user, lane("D", user, ""), what, reading, "")


def parsed(line: str, *, several: bool = False) -> tuple[str, str]:
    """Verb and argument of what was typed after /support. several: there are several departments."""
    first, _, rest = line.strip().partition(" ")
    verb, rest = first.casefold(), rest.strip()
    if not verb:
        return "help", ""
    is_verb = verb in WITH_WORDS or (verb in ALONE and not rest) or (verb in NUMBERED and _NUMBER.match(rest)) or (verb in BEFORE and BEFORE[verb].match(rest))
    is_verb = is_verb or (several and verb == MOVE and _NUMBER.match(rest))
    return (verb, rest) if is_verb else ("ask", line.strip())


def of_press(payload: Json, reading: Reading) -> Inbound | None:
    """A pressed button or chosen menu item, in a message, a modal or the home page; None for buttons that only open a link."""
    actions = payload.get("actions")
    action = actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], dict) else {}
    user, trigger = at(payload, "user", "id"), _str(payload, "trigger_id")
    value = _str(action, "value") or at(action, "selected_option", "value")
    if not (value and user and trigger):
        return None
    container = _dict(payload, "container")
    channel, ts = at(payload, "channel", "id") or _str(container, "channel_id"), _str(container, "message_ts")
    if not channel:
        home = Pressed(value, PlaceId(f"slack:{user}"))
        return _inbound(f"press:{trigger}", user, lane("D", user, ""), home, reading, "")
    thread = _str(container, "thread_ts") or at(payload, "message", "thread_ts")
    pressed = Pressed(value, PlaceId(f"slack:{channel}"), message_id(channel, ts), answer_handle(_str(payload, "response_url"), thread))
    return _inbound(f"press:{trigger}", user, lane(channel, user, thread or ts), pressed, reading, "")


def answer_handle(response_url: str, thread: str) -> str:
    """How a press can be answered to its author alone: the address to post to, and the thread in which it happened."""
    return f"{response_url}#{thread}" if thread else response_url


def of_submission(payload: Json, origin: views.Origin | None, reading: Reading) -> Inbound | None:
    """A sent modal; without an origin of ours it is a press that nothing answers to. Its key is the view's id: sending it twice has one effect."""
    view, user = _dict(payload, "view"), at(payload, "user", "id")
    if not (user and _str(view, "id")):
        return None
    if origin is None:
        return _inbound(f"submit:{_str(view, 'id')}:{EXPIRED}", user, lane("D", user, ""), Pressed(EXPIRED, PlaceId(f"slack:{user}")), reading, "")
    given = attachments({"files": views.files(view)})
    what = Submitted(origin.action, views.values(view), PlaceId(origin.place), answer_to=origin.answer_to, attachments=given)
    return _inbound(f"submit:{_str(view, 'id')}", user, ConversationId(origin.conversation), what, reading, "")


# ----------------------------------------------------------------------------------------------------------------- parts
def _inbound(key: str, user: str, conversation: ConversationId, what: Happening, reading: Reading, ts: str, also: str = "") -> Inbound:
    return Inbound(key, "slack", conversation, reading.person(user), _moment(ts, reading.now), what, also)


def _moment(ts: str, otherwise: datetime) -> datetime:
    """When a ts says it was."""
    try:
        return datetime.fromtimestamp(float(ts), UTC)
    except (ValueError, OverflowError, OSError):
        return otherwise


def at(record: Json, *path: str) -> str:
    """The string found by following the keys; "" when there is none."""
    for key in path[:-1]:
        record = _dict(record, key)
    return _str(record, path[-1])


def _str(record: Json, key: str) -> str:
    value = record.get(key)
    return value if isinstance(value, str) else ""


def _dict(record: Json, key: str) -> Json:
    value = record.get(key)
    return value if isinstance(value, dict) else {}
