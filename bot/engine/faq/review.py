"""What admins are shown to decide about: proposed ways to ask, and questions that nothing answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.learning import Proposal, State
from bot.domain.messages import Choice, HomeSection, Part, Say, Small, Title, Words
from bot.engine.faq.knowledge import Knowledge, entry_tag
from bot.engine.faq.unanswered import Asked, Lists, unanswered
from bot.engine.tongue import Tongue
from kb.entries import Entry, Text
from kb.phrasing import nearest

ON_HOME = 3  # of each kind on a home page; the rest is one press away
NEAR = 3  # phrasings shown beside a proposal
LINKED_TO = 5  # entries to choose from when a question is linked


class Wishes(Lists, Protocol):
    """Whoever can list what waits: a transaction or a reader."""

    async def proposals(self, state: State = "waiting", limit: int = 100) -> list[Proposal]:
        """As LearningReader.proposals."""
        ...


@dataclass(frozen=True, slots=True)
class Wish:
    """A proposal with what helps to decide. text: that of the entry which would hold it, and is what the requester would read."""

    proposal: Proposal
    entry: Entry
    text: Text

    @property
    def near(self) -> list[str]:
        """The entry's phrasings that are most like it: some 2 ms for an entry with a hundred."""
        return nearest(self.entry, self.proposal.text, NEAR)


async def waiting(lists: Wishes, knowledge: Knowledge, languages: Sequence[str]) -> list[Wish]:
    """Proposals to entries that answer, oldest first."""
    found = []
    for proposal in reversed(await lists.proposals()):
        entry = knowledge.entry(proposal.entry)
        if entry is not None and not entry.retired:
            found.append(wish(proposal, entry, languages))
    return found


def wish(proposal: Proposal, entry: Entry, languages: Sequence[str]) -> Wish:
    """A proposal to this entry. languages: the desk's; the first there is stands in for the question's."""
    return Wish(proposal, entry, entry.text_for(proposal.lang, languages))


def proposal_parts(t: Tongue, shown: Wish) -> list[Part]:
    """The question, the entry, and its nearest phrasings."""
    return [
        Words(shown.proposal.text, shown.proposal.ticket),
        Say(t.say("Shall “{entry}” answer this, too?", entry=shown.text.question)),
        Small(t.say("Nearest known: {phrasings}", phrasings=" · ".join(shown.near))),
    ]


def proposal_choices(t: Tongue, proposal: Proposal) -> list[Choice]:
    """The ways to decide."""
    n = proposal.id
    return [
        Choice(t.say("Approve"), f"learn-yes:{n}", "primary"),
        Choice(t.say("Change and approve"), f"learn-edit:{n}"),
        Choice(t.say("Reject"), f"learn-no:{n}"),
        Choice(t.say("Not for this FAQ"), f"learn-out:{n}"),
    ]


def asked_parts(t: Tongue, asked: Asked) -> list[Part]:
    """The question, and how often it was asked."""
    parts: list[Part] = [Words(asked.text, asked.newest.id)]
    if len(asked.tickets) > 1:
        others = ", ".join(ticket.id for ticket in asked.tickets[1:6])
        parts.append(Small(t.say("{count} times, also in {tickets}", count=str(len(asked.tickets)), tickets=others)))
    return parts


def asked_choices(t: Tongue, knowledge: Knowledge, asked: Asked) -> list[Choice]:
    """The ways to sort it; while there is no entry there is none to link it to."""
    n = asked.newest.id
    linking = [Choice(t.say("Link to an entry"), f"link:{n}", "primary")] if knowledge.entries() else []
    writing = Choice(t.say("New entry"), f"faq-draft:{n}", "" if linking else "primary")
    return [*linking, writing, Choice(t.say("Not for this FAQ"), f"learn-outside:{n}")]


async def waiting_choices(lists: Wishes, knowledge: Knowledge, languages: Sequence[str], t: Tongue) -> list[Choice]:
    """The ways from a list of entries to what waits, each with how many."""
    wishes, asked = await waiting(lists, knowledge, languages), await unanswered(lists)
    choices = [Choice(t.say("Proposals ({count})", count=str(len(wishes))), "learn-next")] if wishes else []
    return choices + ([Choice(t.say("Not answered ({count})", count=str(len(asked))), "learn-asked")] if asked else [])


async def home_sections(lists: Wishes, knowledge: Knowledge, languages: Sequence[str], t: Tongue) -> list[HomeSection]:
    """An admin's part of the home page."""
    wishes, asked = await waiting(lists, knowledge, languages), await unanswered(lists)
    sections = [HomeSection((Title(t.say("Proposals")), *([] if wishes else [Small(t.say("No proposal waits."))])))]
    sections += [HomeSection(tuple(proposal_parts(t, one)), tuple(proposal_choices(t, one.proposal))) for one in wishes[:ON_HOME]]
    if len(wishes) > ON_HOME:
        sections.append(_more(t, len(wishes), Choice(t.say("Proposals"), "learn-next")))
    sections.append(HomeSection((Title(t.say("Asked and not answered")), *([] if asked else [Small(t.say("Every question is sorted."))]))))
    sections += [HomeSection(tuple(asked_parts(t, one)), tuple(asked_choices(t, knowledge, one))) for one in asked[:ON_HOME]]
    if len(asked) > ON_HOME:
        sections.append(_more(t, len(asked), Choice(t.say("Asked and not answered"), "learn-asked")))
    return sections


def _more(t: Tongue, count: int, choice: Choice) -> HomeSection:
    return HomeSection((Small(t.many("{count} more waits.", "{count} more wait.", count - ON_HOME)),), (choice,))


def to_link(knowledge: Knowledge, question: str, language: str, offered: Sequence[str]) -> list[Entry]:
    """Entries that may answer a question, the likeliest first. offered: ids that tier 1 showed or looked at."""
    ids = dict.fromkeys([*(match.entry_id for match in knowledge.ask(question, language).matches), *offered])
    found = [entry for id_ in ids if (entry := knowledge.entry(id_)) is not None and not entry.retired]
    return found[:LINKED_TO]


def link_choices(number: str, entries: Sequence[Entry], language: str) -> list[Choice]:
    """A button an entry."""
    return [Choice(entry.text_for(language).question, f"link:{number}:{entry_tag(entry.id)}") for entry in entries]
