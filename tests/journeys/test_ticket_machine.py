"""Anything, in any order, by anybody, in bad weather: what a ticket desk promises holds after each step and at the end."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.domain.ids import ConversationId, MessageId, PlaceId
from bot.domain.messages import Commanded, Deleted, Edited, Marked, Pressed, Submitted
from bot.domain.people import Person
from bot.domain.tickets import Ticket
from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown, RateLimited, Unauthorized
from tests.builders import ALICE, ANN, BOB, CLEO, MALLORY, TEAM_2, TEAM_3, UNKNOWN, a_message
from tests.hostile import FORGED
from tests.promises import AGENTS, PLACES, REQUESTERS, TEAM, StormyDesk, Told
from tests.stormy import Trouble

EVERYBODY = (*REQUESTERS, *TEAM, MALLORY)
WORDY = ("reply", "note", "escalate", "back", "resolve")
PHRASES = (UNKNOWN, "How do I reset my password?", "VPN from home", "printer", "the heron is back")
SMALL_TALK = ("hello", "thanks!", "yes", "no", "a human please", "")
HELP = "chat:C0HELP"
THREADS = (f"{HELP}/1", f"{HELP}/2")
COMMANDS = ("list", "status", "close", "human", "new", "lang", "help", "queue", "take", "release", "reopen")
WAITS = tuple(timedelta(seconds=s) for s in (1, 11, 120, 31 * 60, 3600, 86_400, 5 * 86_400, 8 * 86_400))
TROUBLES = (
    *(Trouble(RateLimited(0)), Trouble(RateLimited(30)), Trouble(RateLimited(3600))),
    *(Trouble(DeliveryUnknown("timeout")), Trouble(DeliveryUnknown("cut off"), arrives=True), Trouble(DeliveryError("503"))),
    *(Trouble(DeliveryRefused("blocked")), Trouble(DeliveryRefused("forbidden")), Trouble(DeliveryRefused("invalid")), Trouble(Unauthorized("revoked"))),
)
NEWEST = st.integers(0, 3)


class Machine(RuleBasedStateMachine):
    """Two requesters, three agents on two tiers, a stranger; a platform that fails; and time."""

    @initialize(hold=st.sampled_from((0, 10)), default=st.sampled_from(("reply", "note")))
    def opens(self, hold: int, default: str) -> None:
        self.desk = StormyDesk(timedelta(seconds=hold), default)
        self.chat = self.desk.chat
        for who in REQUESTERS:
            self.asks(who, UNKNOWN)

    @invariant()
    def promises_hold(self) -> None:
        self.desk.hold()

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            try:
                self.desk.end()
                self.desk.hold_at_the_end()
            finally:
                self.desk.close()

    def ticket(self, pick: int) -> Ticket:
        """One of the newest."""
        tickets = list(self.desk.shelves.tickets.values())
        return tickets[-1 - pick % len(tickets)]

    def words_for(self, verb: str, who: Person) -> str:
        """Words that may reach a requester, or must never."""
        words = self.desk.token("r" if verb == "reply" and who is not MALLORY else "s")
        if words.startswith("s"):
            self.desk.secrets.add(words)
        return f"words {words}"

    # ------------------------------------------------------------------------------------------------------ requesters
    @rule(who=st.sampled_from(REQUESTERS), phrase=st.sampled_from(PHRASES))
    def asks(self, who: Person, phrase: str) -> None:
        words = self.desk.token("w")
        said = a_message(f"{phrase} {words}", who)
        self.desk.told[said.message] = Told(who, words, who.id)
        self.desk.happens(said, who)

    @rule(phrase=st.sampled_from(PHRASES), whose=st.sampled_from(THREADS))
    def asks_where_others_read_it(self, phrase: str, whose: str) -> None:
        words = self.desk.token("w")
        said = a_message(f"{phrase} {words}", ALICE, private=False, place=PlaceId(HELP))
        self.desk.told[said.message] = Told(ALICE, words, whose)
        self.desk.happens(said, ALICE, whose)

    @rule(who=st.sampled_from((BOB, ANN, MALLORY)), text=st.sampled_from((*SMALL_TALK, "me too")), whose=st.sampled_from(THREADS), calls=st.booleans())
    def a_colleague_writes_there(self, who: Person, text: str, whose: str, calls: bool) -> None:
        self.desk.happens(a_message(text, who, private=False, addressed=calls, place=PlaceId(HELP)), who, whose)

    @rule(who=st.sampled_from((ANN, MALLORY)), whose=st.sampled_from(THREADS))
    def somebody_marks_a_message(self, who: Person, whose: str) -> None:
        marked = Marked("the lift is stuck", MessageId(self.desk.token("chat:l")), PlaceId(HELP), BOB, ConversationId(whose))
        self.desk.happens(marked, who, whose)

    @rule(who=st.sampled_from(REQUESTERS), text=st.sampled_from(SMALL_TALK))
    def makes_small_talk(self, who: Person, text: str) -> None:
        self.desk.happens(a_message(text, who), who)

    @rule(pick=NEWEST)
    def corrects(self, pick: int) -> None:
        message, told = list(self.desk.told.items())[-1 - pick % len(self.desk.told)]
        if not told.deleted:
            told.words = self.desk.token("w")
            self.desk.happens(Edited(MessageId(message), f"I meant {told.words}"), told.who, told.lane)

    @rule(pick=NEWEST)
    def deletes(self, pick: int) -> None:
        message, told = list(self.desk.told.items())[-1 - pick % len(self.desk.told)]
        told.deleted = True
        self.desk.happens(Deleted(MessageId(message)), told.who, told.lane)

    @rule(who=st.sampled_from(EVERYBODY), name=st.sampled_from(COMMANDS), pick=NEWEST)
    def commands(self, who: Person, name: str, pick: int) -> None:
        argument = {"lang": "en", "list": "", "human": "", "queue": "", "help": "", "new": ""}.get(name, self.ticket(pick).id)
        self.desk.happens(Commanded(name, argument, PlaceId(who.id), private=True, answer_to=self.desk.token("h")), who)

    # ------------------------------------------------------------------------------------------------ everybody presses
    @precondition(lambda self: self.chat.buttons)
    @rule(who=st.sampled_from(EVERYBODY), back=st.integers(0, 60))
    def anybody_presses(self, who: Person, back: int) -> None:
        choice, to, message = self.chat.buttons[-1 - back % len(self.chat.buttons)]
        self.desk.happens(Pressed(choice.action, PlaceId(to), message, answer_to=self.desk.token("h")), who, to)

    @precondition(lambda self: self.chat.buttons)
    @rule(back=st.integers(0, 8))
    def the_right_one_presses(self, back: int) -> None:
        choice, to, message = self.chat.buttons[-1 - back % len(self.chat.buttons)]
        who = next((p for p in REQUESTERS if p.id == to), ANN if to == TEAM_2 else CLEO)
        self.desk.happens(Pressed(choice.action, PlaceId(to), message, answer_to=self.desk.token("h")), who, to)

    @rule(who=st.sampled_from(EVERYBODY), action=st.sampled_from(FORGED))
    def somebody_forges_a_press(self, who: Person, action: str) -> None:
        self.desk.happens(Pressed(action, PlaceId(who.id), answer_to=self.desk.token("h")), who)

    # ---------------------------------------------------------------------------------------------------------- agents
    @rule(who=st.sampled_from((*TEAM, MALLORY)), verb=st.sampled_from(WORDY), pick=NEWEST)
    def anybody_submits(self, who: Person, verb: str, pick: int) -> None:
        form = Submitted(f"{verb}:{self.ticket(pick).id}", {"words": self.words_for(verb, who)}, TEAM_2, answer_to=self.desk.token("h"))
        self.desk.happens(form, who)

    @rule(pick=NEWEST, who=st.integers(0, 1), move=st.sampled_from(("take", "take", "release", "hold", "resume", "reopen", "close", *WORDY, *WORDY)))
    def the_right_agent_works(self, pick: int, who: int, move: str) -> None:
        ticket = self.ticket(pick)
        if not ticket.is_with_humans:
            return
        agents, place = AGENTS[ticket.tier], PLACES[ticket.tier]
        agent, handle = agents[who % len(agents)], self.desk.token("h")
        if move in WORDY:
            self.desk.happens(Submitted(f"{move}:{ticket.id}", {"words": self.words_for(move, agent)}, place, answer_to=handle), agent)
        else:
            self.desk.happens(Pressed(f"{move}:{ticket.id}", place, answer_to=handle), agent, place)

    @precondition(lambda self: self.desk.cards)
    @rule(who=st.sampled_from((*TEAM, MALLORY)), pick=NEWEST, command=st.sampled_from(("", "", *WORDY)))
    def somebody_writes_in_a_thread(self, who: Person, pick: int, command: str) -> None:
        card = self.desk.cards[-1 - pick % len(self.desk.cards)]
        words = self.words_for(command or self.desk.world.desk.thread_default, who)
        if command:
            typed = Commanded(command, words, PlaceId(card.to), message=MessageId(self.desk.token("chat:c")), reply_to=card.id)
            self.desk.happens(typed, who, card.id)
        else:
            self.desk.happens(a_message(words, who, private=False, addressed=False, place=card.to, reply_to=card.id), who, card.id)

    @precondition(lambda self: any(s.body.ask for s in self.chat.sent))
    @rule(who=st.sampled_from((*TEAM, MALLORY)), pick=NEWEST)
    def somebody_answers_what_was_asked(self, who: Person, pick: int) -> None:
        prompts = [s for s in self.chat.sent if s.body.ask]
        prompt = prompts[-1 - pick % len(prompts)]
        link = self.desk.shelves.links.get(prompt.id)
        verb = link.role.partition(":")[2] if link else "note"
        said = a_message(self.words_for(verb, who), who, private=False, addressed=False, place=prompt.to, reply_to=prompt.id)
        self.desk.happens(said, who, prompt.to)

    # ------------------------------------------------------------------------------------------------ time and weather
    @rule(wait=st.sampled_from(WAITS))
    def time_passes(self, wait: timedelta) -> None:
        self.desk.world.clock.advance(seconds=wait.total_seconds())
        self.desk.work()

    @rule(back=st.integers(0, 20))
    def an_event_comes_twice(self, back: int) -> None:
        self.desk.take_in(self.desk.events[-1 - back % len(self.desk.events)])

    @rule(trouble=st.sampled_from(TROUBLES), calls=st.integers(1, 3))
    def there_is_trouble_ahead(self, trouble: Trouble, calls: int) -> None:
        self.chat.troubles += [trouble] * calls

    @rule(pick=st.integers(0, 2))
    def an_agent_leaves_the_team_or_comes_back(self, pick: int) -> None:
        agent, place = (TEAM[pick].id, TEAM_3 if TEAM[pick] is CLEO else TEAM_2)
        self.chat.members[place] ^= {agent}

    @rule()
    def the_desk_looks_for_the_absent(self) -> None:
        self.desk.look_for_the_absent()

    @rule()
    def the_weather_clears(self) -> None:
        self.chat.troubles.clear()

    @precondition(lambda self: self.desk.cards)
    @rule(pick=NEWEST)
    def a_thread_is_deleted_by_hand(self, pick: int) -> None:
        self.chat.delete_thread(self.desk.cards[-1 - pick % len(self.desk.cards)].id)

    @rule()
    def the_workers_fall_asleep_or_wake(self) -> None:
        self.desk.asleep = not self.desk.asleep
        self.desk.work()


TestTickets = Machine.TestCase
TestTickets.settings = settings(
    max_examples=120, stateful_step_count=50, deadline=None, derandomize=True, print_blob=True, suppress_health_check=list(HealthCheck)
)
