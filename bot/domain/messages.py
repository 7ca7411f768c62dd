"""What comes in and what goes out, the same for every channel.

Everything here is a plain value that survives JSON: an `Inbound` is stored before the platform is told that we have it, an `Outbound`
before anything is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.domain.ids import ConversationId, MessageId, PersonId, PlaceId
from bot.domain.people import Person

MAX_WORDS = 100_000  # characters of one message that are kept; more is cut aloud by the adapter (the largest platform allows 40,000)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that somebody sent.

    source: opaque; the channel that made it can fetch the bytes with it. size: bytes, 0 when unknown.
    """

    source: str
    name: str
    mime: str = "application/octet-stream"
    size: int = 0


@dataclass(frozen=True, slots=True)
class Quoted:
    """An earlier message that comes along (a thread in which the bot was called late). Oldest first."""

    author: Person
    text: str
    at: datetime


# --------------------------------------------------------------------------------------------------------------- inbound
@dataclass(frozen=True, slots=True)
class Said:
    """Somebody wrote a message.

    private: a direct message to the bot. addressed: meant for the bot (private, mention, top-level in a help place); words that are
    neither addressed, nor in a team place, nor in a conversation the desk already has are dropped before they are stored.
    place: the channel or group. reply_to: the message it answers, if the platform says so (in a Slack thread: the thread's first message).
    earlier: messages before it in the same thread when the bot is called into a running talk.
    automatic: a program wrote it ("I am away until Monday"): it is filed for the team, decides nothing, and is never answered.
    unverified: nobody vouches that it is from whoever it says, as mail may come from anybody; agents are told so.
    via: which of our own addresses or numbers it came to, as "email:hr@example.com", where that is known; "" else.
    """

    text: str
    message: MessageId
    place: PlaceId
    private: bool = False
    addressed: bool = False
    reply_to: MessageId | None = None
    attachments: tuple[Attachment, ...] = ()
    earlier: tuple[Quoted, ...] = ()
    automatic: bool = False
    unverified: bool = False
    via: str = ""
    kind: Literal["said"] = "said"


@dataclass(frozen=True, slots=True)
class Edited:
    """The author changed a message; text is the new text."""

    message: MessageId
    text: str
    kind: Literal["edited"] = "edited"


@dataclass(frozen=True, slots=True)
class Deleted:
    """The author deleted a message."""

    message: MessageId
    kind: Literal["deleted"] = "deleted"


@dataclass(frozen=True, slots=True)
class Pressed:
    """Somebody pressed a button. action: the Choice.action; untrusted. message: the message that holds the button.

    answer_to: a short-lived handle with which the channel can answer this press to this person alone ("" if it cannot).
    """

    action: str
    place: PlaceId
    message: MessageId | None = None
    answer_to: str = ""
    kind: Literal["pressed"] = "pressed"


@dataclass(frozen=True, slots=True)
class Submitted:
    """Somebody filled in a Form. action: the Form's; values: by Field.name. attachments: files given with it.

    version: only if the ticket that it is about is still at this one; None: however it stands by then. via: the program that did it for them, or "".
    joined: the channel vouches for them, and they act as whichever of their joined addresses works here: an agent's letter.
    """

    action: str
    values: dict[str, str]
    place: PlaceId
    answer_to: str = ""
    attachments: tuple[Attachment, ...] = ()
    version: int | None = None
    via: PersonId | Literal[""] = ""
    joined: bool = False
    kind: Literal["submitted"] = "submitted"


@dataclass(frozen=True, slots=True)
class Commanded:
    """Somebody typed a command. name without slash: ask, start, help, new, list, status, close, human, lang, privacy, faq, queue, take,
    release, escalate, resolve, reply, note, back, reopen, call. A Slack `/support words` that is no verb arrives as name "ask" with the words.
    argument: the rest of the line. reply_to: the message it was written in reply to, or the thread's first. via: as of Said.
    """

    name: str
    argument: str
    place: PlaceId
    private: bool = False
    message: MessageId | None = None
    reply_to: MessageId | None = None
    answer_to: str = ""
    via: str = ""
    kind: Literal["commanded"] = "commanded"


@dataclass(frozen=True, slots=True)
class Marked:
    """Somebody put the ticket emoji on (or chose "Create ticket" for) another one's message: `author` asks, Inbound.person is who marked it.

    conversation: where the author is to be answered (the thread of that message). earlier: the thread so far.
    """

    text: str
    message: MessageId
    place: PlaceId
    author: Person
    conversation: ConversationId
    attachments: tuple[Attachment, ...] = ()
    earlier: tuple[Quoted, ...] = ()
    kind: Literal["marked"] = "marked"


@dataclass(frozen=True, slots=True)
class HomeOpened:
    """Somebody opened the bot's home page on the platform (Slack's App Home)."""

    kind: Literal["home"] = "home"


@dataclass(frozen=True, slots=True)
class Reachable:
    """The person blocked the bot (yes=False) or let it in again (yes=True)."""

    yes: bool
    kind: Literal["reachable"] = "reachable"


@dataclass(frozen=True, slots=True)
class LetIn:
    """The bot was let into a place (again): what it could not send there can be sent now."""

    place: PlaceId
    kind: Literal["let_in"] = "let_in"


@dataclass(frozen=True, slots=True)
class Moved:
    """A place got a new id (Telegram: a group became a supergroup). The adapter keeps following it by itself; this records it."""

    old: PlaceId
    new: PlaceId
    kind: Literal["moved"] = "moved"


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer of the desk's own. since: the moment it counts from; a timer whose ticket has moved on since is void."""

    timer: str
    ticket: str
    since: datetime
    kind: Literal["timer"] = "timer"


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message of ours will not arrive. outbox: its key; reason: as DeliveryRefused.reason."""

    outbox: str
    ticket: str
    reason: str
    kind: Literal["undelivered"] = "undelivered"


@dataclass(frozen=True, slots=True)
class Bounced:
    """What had gone out came back for good: nobody reads it. message: ours, as the channel's `send` called it; Inbound.person could not be reached."""

    message: MessageId
    kind: Literal["bounced"] = "bounced"


@dataclass(frozen=True, slots=True)
class Delivered:
    """A reply that could be taken back has gone out. message: the TicketMessage's id."""

    message: int
    ticket: str
    kind: Literal["delivered"] = "delivered"


CallEnd = Literal["answered", "handed_over", "replied", "solved", "abandoned", "voicemail", "no_answer"]


@dataclass(frozen=True, slots=True)
class Called:
    """A telephone call that is over, with Inbound.person; Inbound.at is when it began. What was said in it and shall become a request, or part of
    one, is `Said` besides; this is what is counted. One that is still under way is no event of ours.

    direction: "out" when the desk rang them. seconds: how long it was spoken or listened to. outcome: how it ended, as bot/domain/contacts.py.
    by: the agent who spoke, or "" for the bot (answered, handed_over, voicemail) or nobody (abandoned, no_answer). about: what it was about, if known.
    via: as of Said.
    """

    direction: Literal["in", "out"]
    seconds: int
    outcome: CallEnd
    place: PlaceId
    by: PersonId | Literal[""] = ""
    about: str = ""
    via: str = ""
    kind: Literal["called"] = "called"


@dataclass(frozen=True, slots=True)
class SignInAsked:
    """Somebody wants to prove that an address on another channel is theirs: this link of the channel's own is to be sent there.

    Made by a channel's own code, never of what was posted: else it would carry anybody's link to anybody. life_s: how long the link works.
    """

    address: PersonId
    link: str
    life_s: int
    kind: Literal["sign_in_asked"] = "sign_in_asked"


@dataclass(frozen=True, slots=True)
class AddressProved:
    """The channel vouches that an address on another one is this person's, too: what was sent there came back, or a provider of sign-ins says so."""

    address: PersonId
    kind: Literal["address_proved"] = "address_proved"


@dataclass(frozen=True, slots=True)
class FromDesk:
    """Another department behind the same bot tells something about a ticket that moves. of: its key. about: the ticket's number there.

    step: part, a piece of the ticket's envelope; ticket, its last piece; taken, it goes on here; talks, to what stands before all: who has it now.
    body: of an envelope a piece of it; of taken and talks what bot/engine/departments/passing.py says.
    """

    step: Literal["part", "ticket", "taken", "talks"]
    of: str
    about: str
    body: str = ""
    kind: Literal["from_desk"] = "from_desk"


Happening = (
    Said | Edited | Deleted | Pressed | Submitted | Commanded | Marked | HomeOpened | Reachable | LetIn | Moved | TimerFired | Undelivered | Delivered
    | Called | SignInAsked | AddressProved | Bounced | FromDesk
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Inbound:
    """One event from a channel.

    key: the platform's id of the event, unique within the channel; the same key twice has one effect.
    also: a second key under which the same thing may arrive (a Slack mention comes as two events: its channel and ts), or "".
    conversation: the lane in which order is kept. at: what the platform says; never used for deadlines.
    """

    key: str
    channel: str
    conversation: ConversationId
    person: Person
    at: datetime
    what: Happening
    also: str = ""


# -------------------------------------------------------------------------------------------------------------- outbound
Mark = Literal["", "open", "taken", "pending", "resolved", "closed", "warning"]


@dataclass(frozen=True, slots=True)
class Title:
    """A headline of our own words (may hold a ticket number; people's words never come here). mark: how the ticket stands, shown as colour or sign."""

    text: str
    mark: Mark = ""
    kind: Literal["title"] = "title"


@dataclass(frozen=True, slots=True)
class Say:
    """Our own sentence, plain text. Names of people inside it are literal text."""

    text: str
    kind: Literal["say"] = "say"


@dataclass(frozen=True, slots=True)
class Words:
    """What a person wrote, word for word: always literal, visibly theirs, never live markup. author: shown in front ("" = nobody needs telling)."""

    text: str
    author: str = ""
    kind: Literal["words"] = "words"


@dataclass(frozen=True, slots=True)
class Article:
    """An answer from the knowledge base: paragraphs, lists, **bold**, `code`, [text](https://…); anything else is literal."""

    text: str
    kind: Literal["article"] = "article"


@dataclass(frozen=True, slots=True)
class Facts:
    """Label and value, a row each. Values are literal."""

    rows: tuple[tuple[str, str], ...]
    kind: Literal["facts"] = "facts"


@dataclass(frozen=True, slots=True)
class Small:
    """Small print: plain text of our own."""

    text: str
    kind: Literal["small"] = "small"


Part = Title | Say | Words | Article | Facts | Small


@dataclass(frozen=True, slots=True)
class Choice:
    """A button. action: at most 48 ASCII characters, comes back in Pressed. link: opens an address instead (action is then ignored).

    more: one of the rarer things, shown behind "More…" where the channel has a menu for them.
    """

    label: str
    action: str
    style: Literal["", "primary", "danger"] = ""
    link: str = ""
    more: bool = False


Voice = Literal["", "answer", "choice", "person", "work", "bulk"]


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message of ours. What a channel cannot show is said otherwise (buttons become numbered choices), never dropped.

    parts: top to bottom. choices: buttons under them. attachments: files to send along.
    card: not "" when this message is a ticket's card that opens a thread of its own; the text is the thread's title (Telegram: topic name).
    ask: not "" when the very next words of `only_for` are asked for (Telegram: force_reply with this placeholder; channels with forms never get one).
    only_for: who alone may see it (Slack: ephemeral; Telegram: callback answer, else private chat). answer_to: the press it answers.
    reply_to: the message it should visibly answer, where the channel has that. more: what the menu of its rarer choices is called.
    awaits: a reply to it goes on with what was asked, as with `ask`, but it has buttons.
    aloud: in a thread it concerns also those of the place who do not follow it (Slack: shown in the channel, too).
    about, refused: of an answer, for programs: the number of the ticket, or the id of the entry, that was meant; and why it was not done, as
    MoveRefused.reason ("" it was).
    voice: for letters, which must say whether a machine wrote them: "answer", the bot's to what its reader has just done; "choice", likewise to a
    number of its list or a command, as no machine sends them; "person", an agent's words;
    "work", a notice to an agent, whose answer is for the ticket's requester; "bulk", what goes to several at set hours: figures, reports, digests;
    "", whatever else the bot says by itself.
    gone: of an edit: the message is to be taken away; only where that cannot be done these parts stand in its place.
    sender: of which department it is, where several speak on the channel; "" its own.
    """

    parts: tuple[Part, ...] = ()
    choices: tuple[Choice, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    card: str = ""
    ask: str = ""
    only_for: PersonId | None = None
    answer_to: str = ""
    reply_to: MessageId | None = None
    more: str = "More…"
    awaits: bool = False
    aloud: bool = False
    about: str = ""
    refused: str = ""
    voice: Voice = ""
    gone: bool = False
    sender: str = ""
    kind: Literal["message"] = "message"


@dataclass(frozen=True, slots=True)
class Reaction:
    """A sign on somebody's message instead of words: seen, thanks, ticket, solved."""

    message: MessageId
    sign: Literal["seen", "thanks", "ticket", "solved"]
    kind: Literal["reaction"] = "reaction"


FieldKind = Literal["line", "text", "choice", "choices", "date", "number", "person", "file", "asset"]


@dataclass(frozen=True, slots=True)
class FormField:
    """One question of a form. options: (value, label) pairs for "choice" and "choices", and of computers to choose from for "asset".

    The value that comes back is text: of "choices" the values, a line each; of "date" YYYY-MM-DD; of "number" digits with a dot at most; of
    "person" a person's id, or the name as it was typed where the channel cannot let people pick; of "asset" what was typed, or the value of one of
    its options; of "file" nothing, its files are Submitted.attachments.
    when: (name, value): asked only where the field of that name has that value (one of them, a line each); () always.
    pattern: a regular expression that a "line" or "text" must match whole. max_length: 3000 is as much as the channel takes. least, most: the bounds
    of a "date" or "number", as text. suggestions: what may be meant; anything else may be typed, too.
    problem: why what was given does not hold, in the reader's language, when it is asked again.
    quiet: keeps its initial value where questions come one after the other; what is given for it is judged by whoever makes something of it.
    """

    name: str
    label: str
    kind: FieldKind = "text"
    required: bool = True
    initial: str = ""
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    max_length: int = 3000
    when: tuple[str, str] | tuple[()] = ()
    pattern: str = ""
    least: str = ""
    most: str = ""
    suggestions: tuple[str, ...] = ()
    problem: str = ""
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """What a press needs in words. action: comes back in Submitted. about: context above the fields."""

    action: str
    title: str
    submit: str
    cancel: str
    fields: tuple[FormField, ...]
    about: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why this person may not, or why it is too late: one sentence in their language."""

    text: str


@dataclass(frozen=True, slots=True)
class HomeSection:
    """A part of a person's home page: parts, each with its buttons under it."""

    parts: tuple[Part, ...]
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Home:
    """A person's home page by role, top to bottom."""

    sections: tuple[HomeSection, ...]


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a channel may be spoken to. Limits are kept before sending.

    per_place_s: seconds between messages in one place, after a burst. group_per_minute: messages a minute in one group (0: no such rule).
    total_per_s: messages a second in all (0: no such rule). edits_count: changing a message in place counts as sending one.
    """

    per_place_s: float = 0.0
    burst: int = 1
    group_per_minute: int = 0
    total_per_s: float = 0.0
    edits_count: bool = False


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a channel that fails is tried: so many times, most_s seconds apart at most."""

    attempts: int = 65  # with back-off up to 40 seconds: about 40 minutes of a platform that fails
    most_s: float = 40.0  # a platform that is back is spoken to within a minute


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do, as data: the core decides before it sends.

    forms: opens a form by itself when a press needs words (it asks Enquiries.form). Otherwise the core asks with Outbound.ask.
    buttons: False: it shows choices as a numbered list, and the core takes a number or a label that is typed for the press.
    letters: what it sends are letters, of which a program sends one for each event: what the bot says at once to one reader becomes one.
    shortcuts: beside such a list it can show them to some people for pressing: its messages keep their choices.
    most_choices: with buttons, so many of one message can be pressed, more become a numbered list; 0: any number.
    """

    forms: bool = False
    buttons: bool = True
    letters: bool = False
    shortcuts: bool = False
    most_choices: int = 0
    edits: bool = False
    threads: bool = False
    pace: Pace = Pace()
    patience: Patience = Patience()
