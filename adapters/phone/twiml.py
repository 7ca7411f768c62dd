"""A turn of a call as TwiML. Only here is it known how Twilio speaks and listens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from twilio.twiml.voice_response import Gather, VoiceResponse  # type: ignore[import-untyped]

from adapters.phone.config import PhoneConfig
from adapters.phone.numbers import locale_of
from adapters.phone.speech import Sentence

SILENCE_S = 6  # seconds in which a caller must begin to speak or press
END_S = 2  # of silence end what they say: "auto" is refused with some of the models that Twilio picks
MESSAGE_S = 120  # the longest voice message
PAUSE_S = 4  # of silence end a voice message
NUMBER_DIGITS = 15  # of a telephone number; E.164

Then = Literal["listen", "wait", "record", "number", "end"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is said, and what happens then. language: that the caller is expected to speak."""

    lines: tuple[Sentence, ...]
    language: str
    then: Then = "listen"


@dataclass(frozen=True, slots=True)
class Ways:
    """Where the provider posts what comes next: what was heard, that it still waits, what was recorded."""

    heard: str
    wait: str
    recorded: str


def twiml(prompt: Prompt, ways: Ways, config: PhoneConfig, number: str) -> str:
    """number: the caller's, "" when it is hidden; a language is spoken as in their country."""
    response = VoiceResponse()
    match prompt.then:
        case "listen":
            gather = Gather(input="dtmf speech", action=ways.heard, method="POST", language=locale_of(prompt.language, number), num_digits=1,
                            finish_on_key="", timeout=SILENCE_S, speech_timeout=END_S, profanity_filter=False, action_on_empty_result=True)  # fmt: skip
            _say(gather, prompt.lines, config, number)
            response.append(gather)
        case "number":
            gather = Gather(input="dtmf", action=ways.heard, method="POST", num_digits=NUMBER_DIGITS, finish_on_key="#", timeout=SILENCE_S,
                            action_on_empty_result=True)  # fmt: skip
            _say(gather, prompt.lines, config, number)
            response.append(gather)
        case "wait":
            _say(response, prompt.lines, config, number)
            response.redirect(ways.wait, method="POST")
        case "record":
            _say(response, prompt.lines, config, number)
            response.record(action=ways.recorded, method="POST", max_length=MESSAGE_S, timeout=PAUSE_S, finish_on_key="1234567890*#", play_beep=True)
            response.redirect(ways.recorded, method="POST")  # when nothing was said at all
        case "end":
            _say(response, prompt.lines, config, number)
            response.hangup()
    return str(response)


def _say(into: VoiceResponse | Gather, lines: Sequence[Sentence], config: PhoneConfig, number: str) -> None:
    for line in lines:
        voice = config.voices.get(line.language)
        into.say(line.text, language=locale_of(line.language, number), **({"voice": voice} if voice else {}))
