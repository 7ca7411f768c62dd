"""How badly platforms, networks and databases behave, as shares of what is tried; each share is drawn from the seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from random import Random

from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown, RateLimited, Unauthorized

RETRY_AFTER = (0.0, -1.0, 0.2, 1.0, 7.5, 30.0, 3600.0, 1e9)  # what platforms and broken proxies have been seen to say, in seconds
REASONS = ("blocked", "gone", "forbidden", "invalid", "too_large", "unsupported")


@dataclass(frozen=True)
class Weather:
    """Shares from 0 to 1, but kills: seconds between two of them on average, 0 for never."""

    limited: float = 0.0  # 429
    failed: float = 0.0  # 5xx: certainly not done
    lost: float = 0.0  # no answer; done or not done
    hung: float = 0.0  # no answer for longer than anybody waits; done or not done
    refused: float = 0.0  # never
    unauthorised: float = 0.0
    repeated: float = 0.0  # an event is delivered more than once
    delayed: float = 0.0  # an event overtakes others, or is overtaken
    undone: float = 0.0  # it runs it and cannot commit
    again: float = 0.0  # it runs it, cannot commit, and runs it once more
    unheard: float = 0.0  # it commits, and the connection is cut before it can say so
    kills: float = 0.0


CALM = Weather()
MOST = Weather(0.06, 0.05, 0.05, 0.01, 0.02, 0.004, 0.3, 0.3, 0.02, 0.1, 0.03, 25.0)


def forecast(random: Random) -> Weather:
    """The weather of a seed: each trouble is there or not, mildly or fully. One in eight is calm throughout, and one in eight has only redeliveries."""
    kind = random.randrange(8)
    if kind == 0:
        return CALM
    if kind == 1:
        return Weather(repeated=0.3, delayed=0.3)
    drawn = {f.name: getattr(MOST, f.name) * random.choice((0, 0.3, 1)) for f in fields(Weather) if f.name != "kills"}
    return replace(Weather(**drawn), kills=random.choice((0.0, 3.0, 10.0, MOST.kills)))


def trouble(weather: Weather, random: Random) -> DeliveryError | None:
    """What a call meets instead of success, or None. DeliveryUnknown is for the platform to act on or not."""
    dice = random.random()
    meetings: tuple[tuple[float, Callable[[], DeliveryError]], ...] = (
        (weather.limited, lambda: RateLimited(random.choice(RETRY_AFTER))),
        (weather.failed, lambda: DeliveryError("503")),
        (weather.lost, lambda: DeliveryUnknown("cut off")),
        (weather.refused, lambda: DeliveryRefused(random.choice(REASONS))),
        (weather.unauthorised, lambda: Unauthorized("revoked")),
    )
    for share, met in meetings:
        if dice < share:
            return met()
        dice -= share
    return None
