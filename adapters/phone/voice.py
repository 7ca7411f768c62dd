"""A call, turn by turn: the caller speaks or presses, the desk is asked as by a message, and what it says is read aloud."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from starlette.responses import Response

from adapters.phone import inbound, speech
from adapters.phone.calls import Call, Calls, turned
from adapters.phone.config import PhoneConfig
from adapters.phone.line import Line
from adapters.phone.numbers import NAME, e164, is_sid, language_of, message_of, person_of, takes_texts, who
from adapters.phone.speech import Sentence
from adapters.phone.twiml import Prompt, Then, Ways, twiml
from adapters.phone.webhook import Form
from adapters.phone.words import chosen_digit, is_enough
from bot.domain.departments import split
from bot.domain.desks import Desk
from bot.domain.ids import ConversationId, PlaceId
from bot.domain.messages import Attachment, Called, CallEnd, Commanded, Happening, Inbound, Outbound, Said
from bot.domain.people import Person
from bot.engine.requests.smalltalk import small_talk
from bot.engine.tongue import Tongue, tongue
from bot.errors import StoreError
from bot.ports import Clock, Enquiries, Receive

log = logging.getLogger(__name__)

BEGIN, HEARD, WAIT, RECORDED = (f"/phone/voice{end}" for end in ("", "/heard", "/wait", "/recorded"))
FIRST_S, AGAIN_S, QUIET_S = 3.0, 6.0, 0.4  # seconds for the first words of an answer, for them after that, and until there are no more
ADDED_S = 1.5  # where people have the ticket, the desk need not say anything
UNSURE = 0.2  # below that the provider only guesses what was said; 0 says that it does not tell
MOST_MISSES = 2


@dataclass(frozen=True, slots=True)
class Ears:
    """Who hears what callers say."""

    receive: Receive
    enquiries: Enquiries


class Voice:
    """Answers the telephone. ears: set while the channel listens."""

    def __init__(self, config: PhoneConfig, desk: Desk, base: str, calls: Calls, telephone: Line, clock: Clock) -> None:
        self._config, self._desk, self._base, self._calls, self._telephone, self._clock = config, desk, base, calls, telephone, clock
        self.ears: Ears | None = None
        self.first_s, self.again_s, self.added_s = FIRST_S, AGAIN_S, ADDED_S

    # ------------------------------------------------------------------------------------------------------------ requests
    async def begin(self, form: Form, query: Mapping[str, str]) -> Response:
        """Somebody calls."""
        sid = form.get("CallSid", "")
        if not is_sid(sid):
            return Response(status_code=400)
        number = e164(form.get("From", ""))
        language = language_of(number, self._desk.languages) or self._desk.languages[0]
        try:
            known = await self._calls.get(sid)
            if known is not None:
                return _xml(known.answer)
            doubtful = "Failed" in form.get("StirVerstat", "")
            return await self._greet(Call(sid, number, language, self._clock.now().isoformat(), is_doubtful=doubtful, called=inbound.our_number(form)))
        except StoreError:
            return self._sorry(Call(sid, number, language, ""))

    async def heard(self, form: Form, query: Mapping[str, str]) -> Response:
        """They spoke, pressed a key, or were silent."""
        return await self._go_on(form, query, lambda call: self._understand(call, form))

    async def wait(self, form: Form, query: Mapping[str, str]) -> Response:
        """They were asked for a moment."""
        return await self._go_on(form, query, lambda call: self._told(call, self.again_s, is_last=True))

    async def recorded(self, form: Form, query: Mapping[str, str]) -> Response:
        """They left a message."""
        return await self._go_on(form, query, lambda call: self._keep_message(call, form))

    async def _go_on(self, form: Form, query: Mapping[str, str], turn: Callable[[Call], Awaitable[Response]]) -> Response:
        sid = form.get("CallSid", "")
        if not is_sid(sid):
            return Response(status_code=400)
        try:
            call = await self._calls.get(sid)
            if call is None:
                return await self.begin(form, query)
            if query.get("turn") != str(call.turn):
                return _xml(call.answer)  # a request that came twice
            return await turn(call)
        except StoreError:
            number = e164(form.get("From", ""))
            return self._sorry(Call(sid, number, language_of(number, self._desk.languages) or self._desk.languages[0], ""))

    # ------------------------------------------------------------------------------------------------------------ greeting
    async def _greet(self, call: Call, *, offers_languages: bool = True) -> Response:
        """The question comes last: it is what they answer."""
        t = tongue(call.language)
        lines = [Sentence(call.language, t.say("Hello, this is {desk}. I am a bot, and what you say is kept so that we can help you.", desk=self._desk.name))]
        keys = {}
        for digit, other in enumerate((one for one in self._desk.languages if one != call.language and offers_languages), 2):
            lines.append(Sentence(other, tongue(other).say("For English, press {digit}.", digit=digit)))
            keys[str(digit)] = f"lang:{other}"
        if number := await self._open_ticket(call):
            call, keys["1"] = replace(call, ticket=number), "new"
            lines.append(Sentence(call.language, t.say("For something new, press {digit}.", digit=1)))
            lines.append(Sentence(call.language, t.say("Your request {number} is open. Say what you want to add to it.", number=speech.spelt(number))))
        else:
            lines.append(Sentence(call.language, t.say("In a few words, what do you need help with?")))
        return await self._say(replace(call, keys=keys), lines)

    async def _open_ticket(self, call: Call) -> str:
        """The newest request of theirs that is not over, and goes on here; "" for none. Whoever only pretends to have that number is told of none."""
        if self.ears is None or not call.number or call.is_doubtful:
            return ""
        home = await self.ears.enquiries.home(call.person)
        for action in (choice.action for section in home.sections for choice in section.choices):
            verb, _, number = split(action)[1].partition(":")
            if verb == "cancel" and await self.ears.enquiries.conversation_about(number, call.person) == ConversationId(call.person):
                return number
        return ""

    # ----------------------------------------------------------------------------------------------------------- listening
    async def _understand(self, call: Call, form: Form) -> Response:
        digits, words = form.get("Digits", ""), form.get("SpeechResult", "").strip()
        t = tongue(call.language)
        if call.awaits == "number":
            return await self._number_given(call, digits)
        if _is_guess(form.get("Confidence", "")):
            words = ""
        if digits in call.keys:
            return await self._own_key(call, call.keys[digits])
        if digits == "*":
            return await self._say(call, [Sentence(*line) for line in call.said], again=True)
        if digits == "0" and call.with_people:
            return await self._say(call, [Sentence(call.language, t.say("People have your request already.")), self._anything_more(t)])
        if digits == "0":
            return await self._ask(call, t.say("Talk to a person"))
        if digits:
            words = digits if digits.isdigit() and 0 < int(digits) <= call.choices else ""
        elif digit := chosen_digit(words, call.language):
            words = str(digit) if digit <= call.choices else ""  # else it would choose from what was offered in some text message before
        if not words:
            return await self._missed(call, is_silent=not digits and not form.get("SpeechResult", ""))
        talk = small_talk(words)
        if talk == "greeting":
            return await self._say(call, [Sentence(call.language, t.say("In a few words, what do you need help with?"))])
        if not call.choices and (talk in ("no", "thanks") or is_enough(words)):
            return await self._goodbye(call)
        return await self._ask(call, words)

    async def _own_key(self, call: Call, meaning: str) -> Response:
        if meaning.startswith("lang:"):
            return await self._greet(replace(call, language=meaning.removeprefix("lang:")), offers_languages=False)
        t = tongue(call.language)
        if meaning == "call-back":
            await self._hand_over(call, "back", self._said(call, "back", _team(self._desk).say("Please call me back: {number}", number=self._shown(call))))
            return await self._say(replace(call, keys={}), [Sentence(call.language, t.say("All right, we will call you back.")), self._anything_more(t)])
        await self._hand_over(call, "new", Commanded("new", "", PlaceId(call.person), private=True))
        await self._telephone.collect(call.sid, self.added_s, QUIET_S)  # it asks to write
        fresh = replace(call, keys={}, ticket="", with_people=False)
        return await self._say(fresh, [Sentence(call.language, t.say("All right. In a few words, what do you need help with?"))])

    async def _missed(self, call: Call, *, is_silent: bool) -> Response:
        """Nothing was understood: once more; then a voice message, or the end for whoever has nothing more to say."""
        t = tongue(call.language)
        if (is_silent and call.has_spoken and not call.choices) or (call.has_spoken and call.misses):
            return await self._goodbye(call)
        call = replace(call, misses=call.misses + 1)
        sorry = Sentence(call.language, t.say("I did not hear anything.") if is_silent else t.say("Sorry, I did not understand."))
        if call.has_spoken:
            return await self._say(call, [sorry, *(Sentence(*line) for line in call.said)], again=True)
        if call.misses < MOST_MISSES:
            return await self._say(call, [sorry, Sentence(call.language, t.say("In a few words, what do you need help with?"))])
        leave = t.say("After the tone, please say what you need. A person will listen to it. When you are done, press any key.")
        return await self._say(call, [sorry, Sentence(call.language, leave)], "record")

    # -------------------------------------------------------------------------------------------------------------- asking
    async def _ask(self, call: Call, words: str) -> Response:
        await self._hand_over(call, str(call.turn), self._said(call, str(call.turn), words))
        return await self._told(replace(call, misses=0, has_spoken=True), self.added_s if call.ticket else self.first_s, is_last=bool(call.ticket))

    async def _keep_message(self, call: Call, form: Form) -> Response:
        message = inbound.recording(form)
        if message is None:
            return await self._goodbye(call)
        title = tongue(call.language).say("Voice message, nobody has listened to it yet")  # no question that an entry could answer
        await self._hand_over(call, "message", Commanded("human", title, PlaceId(call.person), private=True, message=message_of(call.person, call.sid)))
        await self._hand_over(call, "recorded", self._said(call, "recorded", "", (message,)))
        return await self._told(replace(call, outcome="voicemail", misses=0, has_spoken=True), self.first_s)

    def _said(self, call: Call, name: str, words: str, files: tuple[Attachment, ...] = ()) -> Said:
        message = message_of(call.person, f"{call.sid}.{name}")
        return Said(words, message, PlaceId(call.person), private=True, addressed=True, attachments=files, unverified=call.is_doubtful)

    async def _hand_over(self, call: Call, name: str, what: Happening) -> None:
        """As any message: committed before anything is said about it. Raises StoreError."""
        if self.ears is None:
            raise StoreError("nobody listens yet")
        await self._telephone.hold(call.person, call.sid)
        await self.ears.receive(self.event(call, name, what))

    def event(self, call: Call, name: str, what: Happening, at: datetime | None = None) -> Inbound:
        """Something that the caller did. name: within this call."""
        known = who(call.number, self._desk.languages, call.language) if call.number else self._nobody(call)
        if isinstance(what, Said | Commanded | Called) and call.called:
            what = replace(what, via=call.called)
        return Inbound(f"{call.sid}.{name}", NAME, ConversationId(call.person), known, at or self._clock.now(), what)

    def _nobody(self, call: Call) -> Person:
        return Person(person_of("", call.sid), _team(self._desk).say("Number withheld"), call.language)

    async def _told(self, call: Call, first_s: float, *, is_last: bool = False) -> Response:
        """What the desk says to it; "One moment" when that takes long; and in the end that it is noted."""
        pieces = await self._telephone.collect(call.sid, first_s, QUIET_S)
        t = tongue(call.language)
        if not pieces and not is_last:
            return await self._say(call, [Sentence(call.language, t.say("One moment, please."))], "wait")
        await self._telephone.let_go(call.person)
        if pieces:
            return await self._read(call, pieces)
        noted = t.say("Thank you, I have added that.") if call.ticket else t.say("Thank you, I have noted that.")
        later = [Sentence(call.language, t.say("The answer comes as a text message."))] if not call.ticket and takes_texts(call.number) else []
        return await self._say(replace(call, choices=0), [Sentence(call.language, noted), *later, self._anything_more(t)])

    async def _read(self, call: Call, pieces: Sequence[Outbound]) -> Response:
        t = tongue(call.language)
        heard = speech.heard(pieces, call.language, self._desk.prefix)
        lines = list(heard.lines)
        if heard.is_answer and call.outcome == "abandoned":
            call = replace(call, outcome="answered")
        if takes_texts(call.number) and any(speech.is_for_eyes(piece) for piece in pieces):
            lines.append(Sentence(call.language, t.say("I also send it to you as a text message.")))
        if heard.is_receipt:
            return await self._receipt(call, lines, heard.number)
        call = replace(call, choices=min(len(heard.choices), 9), keys={})
        if not heard.choices:
            return await self._say(call, [*lines, self._anything_more(t)])
        lines += [Sentence(call.language, offer) for offer in speech.offers(t, heard.choices)]
        if heard.is_answer:
            lines.append(Sentence(call.language, t.say("To hear it again, press the star key.")))
        return await self._say(call, lines)

    # ------------------------------------------------------------------------------------------------------------- the end
    async def _receipt(self, call: Call, lines: list[Sentence], number: str) -> Response:
        """People have it: the number once more, and how the answer comes."""
        t = tongue(call.language)
        ended: CallEnd = "voicemail" if call.outcome == "voicemail" else "handed_over"
        call = replace(call, choices=0, keys={}, ticket=number or call.ticket, with_people=True, outcome=ended)
        said = [t.say("Once more, the number is {number}.", number=speech.spelt(call.ticket))]
        then: Then = "listen"
        if takes_texts(call.number):
            said.append(t.say("We send you the number and the answer as text messages."))
            if self._config.call_back:
                call = replace(call, keys={"1": "call-back"})
                said.append(t.say("If you would rather be called back, press {digit}.", digit=1))
        elif not self._config.call_back:
            said.append(t.say("We cannot text this telephone: please call again to hear how it stands."))
        elif call.number:
            await self._hand_over(call, "back", self._said(call, "back", _team(self._desk).say("Please call me back: {number}", number=self._shown(call))))
            await self._telephone.let_go(call.person)
            said.append(t.say("We will call you back on this telephone."))
        else:
            call, then = replace(call, awaits="number"), "number"
            said.append(t.say("Your number is hidden. Key in the number on which we can call you back, then press the hash key."))
        if then == "listen":
            said.append(t.say("To add something, just say it. Otherwise you can hang up."))
        return await self._say(call, [*lines, *(Sentence(call.language, one) for one in said)], then)

    async def _number_given(self, call: Call, digits: str) -> Response:
        """Somebody who hides their number keyed one in."""
        t = tongue(call.language)
        call = replace(call, awaits="words")
        if len(digits) < 5 or not digits.isdigit():
            return await self._goodbye(call)
        await self._hand_over(call, "back", self._said(call, "back", _team(self._desk).say("Please call me back: {number}", number=digits)))
        await self._telephone.let_go(call.person)
        spelt = speech.spelt(digits)
        return await self._say(call, [Sentence(call.language, t.say("All right, we will call you back on {number}.", number=spelt)), self._anything_more(t)])

    async def _goodbye(self, call: Call) -> Response:
        return await self._say(call, [Sentence(call.language, tongue(call.language).say("Goodbye."))], "end")

    def _anything_more(self, t: Tongue) -> Sentence:
        return Sentence(t.language, t.say("If there is anything else, just say it. Otherwise you can hang up."))

    def _sorry(self, call: Call) -> Response:
        """Nothing can be kept now, so nothing may be promised."""
        log.warning("a call could not be answered: the database is away", extra={"call": call.sid})
        sorry = tongue(call.language).say("Sorry, I cannot take your request at the moment. Please call again in a few minutes.")
        prompt = Prompt((Sentence(call.language, sorry),), call.language, "end")
        return _xml(twiml(prompt, Ways("", "", ""), self._config, call.number))

    async def _say(self, call: Call, lines: Sequence[Sentence], then: Then = "listen", *, again: bool = False) -> Response:
        """The answer to this turn, kept in case that the request comes again."""
        turn = call.turn + 1
        ways = Ways(*(f"{self._base}{path}?turn={turn}" for path in (HEARD, WAIT, RECORDED)))
        answer = twiml(Prompt(tuple(lines), call.language, then), ways, self._config, call.number)
        said = call.said if again or then == "wait" else tuple((line.language, line.text) for line in lines)
        await self._calls.keep(turned(replace(call, said=said), answer))
        return _xml(answer)

    def _shown(self, call: Call) -> str:
        return who(call.number, self._desk.languages).name


def _team(desk: Desk) -> Tongue:
    return tongue(desk.languages[0])


def _is_guess(confidence: str) -> bool:
    try:
        return 0 < float(confidence or 0) < UNSURE
    except ValueError:
        return False


def _xml(answer: str) -> Response:
    return Response(answer, media_type="text/xml")
