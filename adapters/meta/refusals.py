"""What the Graph API's refusals mean: what the caller can do about each. Pure.

Codes: developers.facebook.com, "Error codes" of the WhatsApp Business Platform and of the Messenger Platform. Titles change, codes do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown, RateLimited, Unauthorized

LONGEST_WAIT_S = 3600.0  # the longest we believe
UNSAID_WAIT_S = 10.0  # where nobody says how long
PAIR_WAIT_S = 6.0  # "1 message every 6 seconds" to the same person
WAITS = {
    131056: PAIR_WAIT_S,  # too many to this person
    130429: 5.0,  # too many at once from this number
    80007: 60.0,  # the business account's limit
    131048: LONGEST_WAIT_S,  # many people have blocked or reported the number
    133016: LONGEST_WAIT_S,
    4: 60.0,  # the app's calls
    17: 60.0,
    32: 60.0,
    613: 60.0,
    80006: 60.0,  # Messenger's calls
}
WINDOW = frozenset({131047, 2018278, 2018065, 2534022})  # code or subcode: more than 24 hours since they wrote
TOKEN = frozenset({0, 3, 10, 102, 190, 131005, *range(200, 300)})
ACCOUNT = {
    131042: "WhatsApp lacks a way to pay: settle it in WhatsApp Manager",
    131031: "Meta has locked the business account: look into its account quality page",
    368: "Meta has blocked the account for a while: look into its account quality page",
    131045: "the number is not registered: register it in WhatsApp Manager",
    133010: "the number is not registered: register it in WhatsApp Manager",
}
REASONS = {  # by code or, where there is one, subcode
    131026: "gone",  # no WhatsApp there, too old a version, or terms not accepted
    131030: "forbidden",  # a test number may write to people on its list alone
    131021: "invalid",
    131049: "forbidden",
    131050: "forbidden",  # they want nothing of the kind
    130472: "forbidden",
    131062: "forbidden",
    131051: "unsupported",
    131052: "gone",
    131053: "unsupported",
    551: "blocked",
    1545041: "blocked",  # "This person isn't available right now"
    2018108: "blocked",
    2018001: "gone",  # no such person
    2018047: "unsupported",  # the file could not be taken
    2018028: "forbidden",
    2534014: "gone",  # Instagram: no such person
    2534037: "forbidden",
}
PASSING = frozenset({1, 2, 131000, 131016, 131057, 133004, 135000})  # theirs: later it may work


class WindowClosed(DeliveryError):
    """They have not written for too long: nothing was sent, and nothing but a template can be."""


class NoSuchTemplate(DeliveryRefused):
    """The template is not approved, is paused, or takes other values; nothing was sent."""


def translated(error: Mapping[str, Any], token: str, wait_s: float | None = None) -> DeliveryError:
    """What an error object of the Graph API means. token: the setting that holds ours. wait_s: how long it asks to wait, if it says so."""
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    said = f"code {code}" + (f"/{subcode}" if subcode else "")  # never its words: they quote people's numbers
    if WINDOW & {code, subcode}:
        return WindowClosed(said)
    if subcode in REASONS:
        return DeliveryRefused(REASONS[subcode], said)
    if code in WAITS:
        return RateLimited(min(max(1.0, wait_s if wait_s is not None else WAITS[code]), LONGEST_WAIT_S))
    if 132000 <= code <= 132100:
        return NoSuchTemplate("invalid", said)
    if code in REASONS:
        return DeliveryRefused(REASONS[code], said)
    if code in ACCOUNT:
        return Unauthorized(f"{ACCOUNT[code]} ({said})")
    if code in TOKEN:
        return Unauthorized(f"Meta refuses {token} ({said}): make a new one with the permission to send messages, and set it")
    if code in PASSING or error.get("is_transient") is True:
        return DeliveryError(f"Meta cannot now: {said}")
    return DeliveryRefused("invalid", said)


def without_words(status: int, wait_s: float | None) -> DeliveryError:
    """What an answer means that is no error of the Graph API."""
    if status == 429:
        return RateLimited(min(max(1.0, wait_s if wait_s is not None else UNSAID_WAIT_S), LONGEST_WAIT_S))
    if status >= 500 or status < 400:
        return DeliveryUnknown(f"no clear answer: HTTP {status}")
    return DeliveryRefused("too_large" if status == 413 else "invalid", f"HTTP {status}")


def reason(error: Mapping[str, Any]) -> str:
    """Why a message that was taken never arrived, as DeliveryRefused.reason; "window" when they had not written for too long."""
    meant = translated(error, "")
    if isinstance(meant, WindowClosed):
        return "window"
    return meant.reason if isinstance(meant, DeliveryRefused) else "unreachable"


def _number(value: object) -> int:
    try:
        return int(str(value or 0))
    except ValueError:
        return -1
