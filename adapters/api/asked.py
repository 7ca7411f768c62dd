"""What programs send: every field is known, and what holds is said in the description."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictInt, StringConstraints, model_validator

from bot.domain.waiting import is_zone
from kb.entries import MAX_ANSWER, MAX_PHRASINGS, MAX_QUESTION, MAX_TESTS, Audience

MAX_TEXT = 20_000  # characters of a question, a reply or a note
MAX_TAGS = 20
MAX_FIELDS = 50

Name = Annotated[str, StringConstraints(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT, pattern=r"\S")]
Reason = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
ExternalId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._@+~-]{1,120}$")]
Email = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._+~-]{1,60}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$", max_length=120)]
Lang = Literal["en", "es", "pt", "fr", "it", "de"]
FieldName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,60}$")]
FieldValue = Annotated[str, StringConstraints(max_length=3000)]
Fields = Annotated[dict[FieldName, FieldValue], Field(max_length=MAX_FIELDS)]
Level = Literal["low", "normal", "high"]


def _zone(name: str) -> str:
    if not is_zone(name):
        raise ValueError("Write it as Europe/Berlin.")
    return name


class Strict(BaseModel):
    """Nothing that is not known."""

    model_config = ConfigDict(extra="forbid")


class RequesterIn(Strict):
    """For whom it is asked: by an id of your own, or by a mail address; the same one is the same person. name: as agents read it."""

    id: ExternalId | None = None
    email: Email | None = None
    name: Name = ""
    language: Lang | None = None
    timezone: Annotated[str, StringConstraints(max_length=60), AfterValidator(_zone)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> RequesterIn:
        if (self.id is None) == (self.email is None):
            raise ValueError("Give either id or email.")
        return self

    @property
    def sign(self) -> str:
        """What tells them from others."""
        return self.id if self.id is not None else (self.email or "").lower()


class TicketIn(Strict):
    """A new request. kind: of one of the desk's forms, with what that asks in fields; left out, the question is all."""

    requester: RequesterIn
    question: Text
    kind: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,60}$")] | None = None
    fields: Fields = {}

    @model_validator(mode="after")
    def _fields_of_a_kind(self) -> TicketIn:
        if self.fields and self.kind is None:
            raise ValueError("Give kind with fields.")
        return self


class MessageIn(Strict):
    """Words on a ticket. reply: to the requester; note: for the team alone. sure: send it although the desk would rather ask first."""

    kind: Literal["reply", "note"]
    text: Text
    sure: StrictBool = False


class Take(Strict):
    """The key has it from now on."""

    act: Literal["take"]


class Release(Strict):
    """Back into the queue."""

    act: Literal["release"]


class Hold(Strict):
    """It waits on the requester."""

    act: Literal["hold"]


class Resume(Strict):
    """It no longer waits."""

    act: Literal["resume"]


class Reopen(Strict):
    """It was not solved."""

    act: Literal["reopen"]


class Close(Strict):
    """It was resolved, and nothing more may change."""

    act: Literal["close"]


class Escalate(Strict):
    """To the next tier. fields: what that tier requires."""

    act: Literal["escalate"]
    reason: Text
    fields: Fields = {}


class SendBack(Strict):
    """To the tier below."""

    act: Literal["back"]
    reason: Text


class Resolve(Strict):
    """Solved. solution: for the next technician. entry: the one that answers it."""

    act: Literal["resolve"]
    solution: Text
    entry: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")] | None = None


class Tag(Strict):
    """These tags and no others."""

    act: Literal["tag"]
    tags: Annotated[list[Annotated[str, StringConstraints(pattern=r"^[\w.+/-]{1,40}$")]], Field(max_length=MAX_TAGS)]


class Prioritise(Strict):
    """How urgent it is: the priority itself, or impact and urgency."""

    act: Literal["priority"]
    priority: Literal["low", "normal", "high", "urgent"] | None = None
    impact: Level | None = None
    urgency: Level | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Prioritise:
        if (self.priority is not None, self.impact is not None, self.urgency is not None) not in ((True, False, False), (False, True, True)):
            raise ValueError("Give priority, or impact and urgency.")
        return self


class Classify(Strict):
    """What it is: question, incident, request, problem, change, or the kind of one of the desk's forms."""

    act: Literal["kind"]
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,29}$")]


class Cause(Strict):
    """It comes from that problem, and is resolved with it. problem: its number."""

    act: Literal["problem"]
    problem: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,24}$")]


class FillIn(Strict):
    """Facts that the department wants to know."""

    act: Literal["fields"]
    fields: Annotated[Fields, Field(min_length=1)]


class Solved(Strict):
    """For the requester: what was shown solved it."""

    act: Literal["solved"]


class NotIt(Strict):
    """For the requester: what was shown is not it."""

    act: Literal["not"]


class Human(Strict):
    """For the requester: a person, please."""

    act: Literal["human"]


class Choose(Strict):
    """For the requester: this one of the entries that were listed."""

    act: Literal["entry"]
    entry: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class MeToo(Strict):
    """For the requester: the incident that was shown is theirs, too. incident: its number, as the event IncidentShown names it."""

    act: Literal["metoo"]
    incident: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,24}$")]


class Different(Strict):
    """For the requester: it is another matter than that incident."""

    act: Literal["different"]
    incident: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,24}$")]


class Add(Strict):
    """For the requester: more words."""

    act: Literal["add"]
    text: Text


class Cancel(Strict):
    """For the requester: no longer needed."""

    act: Literal["cancel"]
    reason: Reason = ""


class Rate(Strict):
    """For the requester: how the help was, 1 (bad) to 5."""

    act: Literal["rate"]
    rating: Annotated[StrictInt, Field(ge=1, le=5)]


ActIn = Annotated[
    Take | Release | Hold | Resume | Reopen | Close | Escalate | SendBack | Resolve | Tag | Prioritise | Classify | Cause | FillIn
    | Solved | NotIt | Human | Choose | MeToo | Different | Add | Cancel | Rate,
    Field(discriminator="act"),
]  # fmt: skip
"""Something done to a ticket: by the key as an agent, from `solved` on for the requester."""
REQUESTERS = (Solved, NotIt, Human, Choose, MeToo, Different, Add, Cancel, Rate)

Question = Annotated[str, StringConstraints(min_length=1, max_length=MAX_QUESTION, pattern=r"\S")]


class TextIn(Strict):
    """An entry in one language. answer: Markdown. phrasings: other ways to ask."""

    lang: Lang
    question: Question
    answer: Annotated[str, StringConstraints(min_length=1, max_length=MAX_ANSWER, pattern=r"\S")]
    phrasings: Annotated[list[Question], Field(max_length=MAX_PHRASINGS)] = []


class EntryIn(Strict):
    """An entry, whole: what is left out is not there afterwards. publish: at once; else it is a draft that somebody shall look at."""

    texts: Annotated[list[TextIn], Field(min_length=1, max_length=6)]
    tags: Annotated[list[Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"\S")]], Field(max_length=50)] = []
    audience: Audience = "public"
    valid_until: date | None = None
    review_on: date | None = None
    finds: Annotated[list[Question], Field(max_length=MAX_TESTS)] = []
    avoids: Annotated[list[Question], Field(max_length=MAX_TESTS)] = []
    publish: StrictBool = True


class NewEntryIn(EntryIn):
    """A new entry. id: made of the first question when it is left out."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")] | None = None
