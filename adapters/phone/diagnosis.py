"""What `firstline doctor` says about the telephone."""

from __future__ import annotations

from adapters.phone.config import PhoneConfig
from adapters.phone.rest import Rest
from bot.errors import DeliveryError, Unauthorized

WEBHOOKS = {
    "sms_url": ("/phone/sms", "a message comes in"),
    "voice_url": ("/phone/voice", "a call comes in"),
    "status_callback": ("/phone/status", "a call's status changes"),
}


async def diagnose(rest: Rest, config: PhoneConfig, base: str) -> list[tuple[bool, str]]:
    """The account, the number, and whether it calls us."""
    try:
        await rest.get(".json", {})
        listed = (await rest.get("/IncomingPhoneNumbers.json", {"PhoneNumber": config.number})).get("incoming_phone_numbers")
    except Unauthorized as refused:
        return [(False, str(refused))]
    except DeliveryError as problem:
        return [(False, f"Twilio does not answer as it should ({type(problem).__name__}): look at TWILIO_API_URL and the network")]
    numbers = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    if not numbers:
        return [(True, "the account is known"), (False, "TWILIO_FROM is no number of this account: take one from Twilio's console")]
    found = [(True, "the account is known, and the number is its own")]
    for field, (path, when) in WEBHOOKS.items():
        given, wanted = str(numbers[0].get(field) or "").partition("#")[0], f"{base}{path}"
        found.append((given == wanted, f"when {when}, Twilio {'calls' if given == wanted else 'must call'} {wanted}"))
    return found
