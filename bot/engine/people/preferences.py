"""What somebody wants to be told, as they say it: typed (`notify quiet 22:00-07:00`), in a form, or by a button."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from zoneinfo import available_timezones

from bot.domain.ids import PersonId, channel_name, channel_of
from bot.domain.messages import Choice, Commanded, Facts, Form, FormField, Part, Pressed, Small, Submitted, Title
from bot.domain.notices import DAY, KINDS, Preferences, Way
from bot.engine import interview
from bot.engine.kept import Noted
from bot.engine.people.addresses import addresses_of
from bot.engine.people.joining import privately
from bot.engine.people.notices import PREFERENCES, zone_of
from bot.engine.tongue import N_, Tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused

VERB = "notify"
HERE = "here"  # where they are: no channel is preferred

KIND_NAMES = {
    "assigned": N_("A ticket is given to me"),
    "nudge": N_("A ticket of mine waits for my answer"),
    "at_risk": N_("A promised time comes near"),
    "breached": N_("A promised time is over"),
    "mention": N_("Somebody mentions me"),
    "watched": N_("Something happens to a ticket I watch"),
    "answered": N_("What I asked has an answer now"),
    "weekly": N_("The figures of the week"),
    "other": N_("Anything else"),
}
WAY_NAMES: dict[Way, str] = {"on": N_("at once"), "digest": N_("once a day"), "off": N_("never")}

_TIME = re.compile(r"([01]?\d|2[0-3]):?([0-5]\d)\Z")
_SPAN = re.compile(r"(\d{1,2}:?\d\d)\s*(?:-|–|to)\s*(\d{1,2}:?\d\d)\Z")


async def kept_of(notes: Noted, person: PersonId) -> Preferences:
    """As they said; what was never said is as it comes."""
    return await PREFERENCES.get(notes, person) or Preferences()


async def _keep(turn: Turn, wanted: Preferences) -> None:
    """At every verified address of theirs: whichever a notice is meant for, it comes as they said."""
    for address in await addresses_of(turn.tx, turn.person.id):
        await PREFERENCES.put(turn.tx, address, wanted)


# ----------------------------------------------------------------------------------------------------------------- typed
async def typed(turn: Turn, what: Commanded) -> None:
    """`notify` shows; with words it changes one thing, and shows what holds now."""
    word, _, rest = what.argument.strip().lower().partition(" ")
    if word not in ("", "show"):
        await _keep(turn, await _changed(turn, await kept_of(turn.tx, turn.person.id), word, rest.strip()))
    await show(turn)


async def _changed(turn: Turn, now: Preferences, word: str, rest: str) -> Preferences:
    """Raises MoveRefused when it cannot be understood: nothing is changed then."""
    match word:
        case "on" | "digest" | "off" if rest in KINDS or rest in ("", "all"):
            way: Way = "on" if word == "on" else "digest" if word == "digest" else "off"
            return replace(now, kinds={**now.kinds, **dict.fromkeys([rest] if rest in KINDS else KINDS, way)})
        case "quiet":
            return replace(now, quiet=span_of(rest))
        case "urgent" if all(kind in KINDS for kind in _words(rest)) or rest == "none":
            return replace(now, urgent=() if rest == "none" else tuple(_words(rest)))
        case "at":
            return replace(now, digest_at=minute_of(rest))
        case "zone":
            return replace(now, timezone=zone_named(rest))
        case "by":
            return replace(now, by=await _channel_named(turn, rest))
        case _:
            raise MoveRefused("no_such_preference")


def _words(rest: str) -> list[str]:
    return [word for word in re.split(r"[\s,]+", rest) if word]


def minute_of(text: str) -> int:
    """ "9:30" as minutes of the day. Raises MoveRefused."""
    found = _TIME.match(text.strip())
    if found is None:
        raise MoveRefused("no_time_of_day")
    return int(found[1]) * 60 + int(found[2])


def span_of(text: str) -> tuple[int, int] | None:
    """ "22:00-07:00" as minutes of the day; None of "" and "off". Raises MoveRefused."""
    if text.strip() in ("", "off", "none", "-"):
        return None
    found = _SPAN.match(text.strip())
    if found is None:
        raise MoveRefused("no_quiet_hours")
    return minute_of(found[1]), minute_of(found[2])


def zone_named(text: str) -> str:
    """An IANA name, whatever its case; "" of nothing. Raises MoveRefused."""
    wanted = text.strip().lower().replace(" ", "_")
    found = next((zone for zone in available_timezones() if zone.lower() == wanted), None)
    if wanted and found is None:
        raise MoveRefused("no_such_zone")
    return found or ""


async def _channel_named(turn: Turn, name: str) -> str:
    """A channel on which they are known, verified. Raises MoveRefused."""
    if name in ("", HERE):
        return ""
    wanted = "email" if name == "mail" else name
    if wanted not in {channel_of(address) for address in await addresses_of(turn.tx, turn.person.id)}:
        raise MoveRefused("not_on_channel")
    return wanted


# ------------------------------------------------------------------------------------------------------------------ form
def form(t: Tongue, now: Preferences, channels: tuple[str, ...]) -> Form:
    """All of it at once. channels: those on which they are known, verified."""
    kinds = tuple((kind, t.say(KIND_NAMES[kind])) for kind in KINDS)
    places = ((HERE, t.say("where I am")), *((name, channel_name(name)) for name in channels))
    ways: dict[Way, str] = {way: "\n".join(kind for kind in KINDS if now.way(kind) == way) for way in ("digest", "off")}
    fields = (
        FormField("off", t.say("Never tell me"), "choices", required=False, options=kinds, initial=ways["off"]),
        FormField("digest", t.say("Tell me once a day"), "choices", required=False, options=kinds, initial=ways["digest"]),
        FormField("quiet", t.say("Quiet hours"), "line", required=False, initial=_span(now.quiet), hint="22:00-07:00", max_length=20),
        FormField("urgent", t.say("Even in quiet hours"), "choices", required=False, options=kinds, initial="\n".join(now.urgent)),
        FormField("zone", t.say("Time zone"), "line", required=False, initial=now.timezone, hint="Europe/Berlin", max_length=60),
        FormField("by", t.say("Write to me"), "choice", required=False, options=places, initial=now.by or HERE),
    )
    return Form(VERB, t.say("What I tell you"), t.say("Save"), t.say("Cancel"), fields)


async def form_of(notes: Noted, t: Tongue, person: PersonId) -> Form:
    """Their form as it is now."""
    channels = tuple(dict.fromkeys(channel_of(address) for address in await addresses_of(notes, person)))
    return form(t, await kept_of(notes, person), channels)


async def pressed(turn: Turn, what: Pressed) -> None:
    """Where there are no forms its questions are asked one by one."""
    await interview.begin(turn, await form_of(turn.tx, await turn.tongue_for(turn.person.id), turn.person.id), what.place)


async def submitted(turn: Turn, what: Submitted) -> None:
    """A form that was filled in. Raises MoveRefused when anything cannot be understood: nothing is changed then."""
    now = await kept_of(turn.tx, turn.person.id)
    by = await _channel_named(turn, what.values.get("by", now.by))
    await _keep(turn, replace(from_form(now, what.values), by=by))
    await show(turn)


def from_form(now: Preferences, values: Mapping[str, str]) -> Preferences:
    """What a form says, but for the channel. Never wins over digest. Raises MoveRefused."""
    chosen = {name: [kind for kind in values.get(name, "").split("\n") if kind in KINDS] for name in ("off", "digest", "urgent")}
    kinds: dict[str, Way] = {**dict.fromkeys(KINDS, "on"), **dict.fromkeys(chosen["digest"], "digest"), **dict.fromkeys(chosen["off"], "off")}
    zone = zone_named(values.get("zone", now.timezone))
    return replace(now, kinds=kinds, quiet=span_of(values.get("quiet", "")), urgent=tuple(chosen["urgent"]), timezone=zone)


# ------------------------------------------------------------------------------------------------------------------ show
async def show(turn: Turn) -> None:
    """What holds now."""
    t = await turn.tongue_for(turn.person.id)
    now = await kept_of(turn.tx, turn.person.id)
    parts: list[Part] = [Title(t.say("What I tell you")), Facts(rows(t, now, await zone_of(turn, turn.person.id, now)))]
    parts.append(Small(t.say("Change it by the button, or write notify with: off, digest or on and a kind; quiet 22:00-07:00; by and a channel.")))
    await privately(turn, parts, [Choice(t.say("Change"), VERB, "primary"), Choice(t.say("My channels"), "menu:channels")])


def rows(t: Tongue, now: Preferences, zone: str) -> tuple[tuple[str, str], ...]:
    """Label and value, a row each."""
    urgent = f" ({t.say('also in quiet hours')})"
    found = [(t.say(KIND_NAMES[kind]), t.say(WAY_NAMES[now.way(kind)]) + (urgent if now.quiet and now.is_urgent(kind) else "")) for kind in KINDS]
    found.append((t.say("Quiet hours"), f"{_span(now.quiet)} ({zone})" if now.quiet else t.say("none")))
    found.append((t.say("Once a day at"), f"{_clock(now.digest_at)} ({zone})"))
    found.append((t.say("Write to me"), channel_name(now.by) or t.say("where I am")))
    return tuple(found)


def _span(quiet: tuple[int, int] | None) -> str:
    return f"{_clock(quiet[0])}-{_clock(quiet[1])}" if quiet else ""


def _clock(minute: int) -> str:
    return f"{minute % DAY // 60:02}:{minute % 60:02}"
