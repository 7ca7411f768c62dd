"""What is wrong between us and Telegram, and what to do about it: the lines of `firstline doctor`."""

from __future__ import annotations

from adapters.telegram import addresses
from adapters.telegram.config import API_URL, TelegramConfig
from adapters.telegram.places import Places
from adapters.telegram.transport import Api
from bot.domain.desks import Desk
from bot.errors import DeliveryError, Unauthorized

Finding = tuple[bool, str]


async def diagnose(api: Api, config: TelegramConfig, desk: Desk, places: Places) -> list[Finding]:
    """Token, webhook, and each place of the desk: (is well, one line)."""
    try:
        me = await api.call("getMe", {})
    except Unauthorized as problem:  # an address that is no Bot API answers as a wrong token does
        own = "" if config.api_url == API_URL else f", and see that TELEGRAM_API_URL ({config.api_url}) is a Bot API server"
        return [(False, f"{problem}{own}")]
    except DeliveryError as problem:
        return [(False, f"{problem}: check TELEGRAM_API_URL ({config.api_url}) and the network")]
    findings = [(True, f"Telegram knows the bot as @{me.get('username')}"), *await _webhook(api, config)]
    teams = [place for tier in desk.tiers for place in tier.places]
    for place in (*teams, *sorted(desk.help_places)):
        if (address := addresses.parse(place)) is not None:
            findings.append(await _place(api, places.now(address.chat), config.bot_id, is_team=place in teams))
    return findings


async def _webhook(api: Api, config: TelegramConfig) -> list[Finding]:
    """In webhook mode: what Telegram says of its last delivery."""
    if not config.webhook_url:
        return []
    try:
        info = await api.call("getWebhookInfo", {})
    except DeliveryError as problem:
        return [(False, f"Telegram does not say how the webhook is doing: {problem}")]
    if error := info.get("last_error_message"):
        return [(False, f"Telegram could not deliver to TELEGRAM_WEBHOOK_URL: {error}")]
    return [(True, f"{info.get('pending_update_count', 0)} updates wait for the webhook")]


async def _place(api: Api, chat: int, bot: int, is_team: bool) -> Finding:
    """Is the bot there, and may it do what it has to?"""
    try:
        found = await api.call("getChat", {"chat_id": chat})
        member = await api.call("getChatMember", {"chat_id": chat, "user_id": bot})
    except DeliveryError as problem:
        return False, f"group {chat} cannot be reached ({problem}): add the bot to it, and check the number in firstline.toml"
    if member["status"] not in ("administrator", "member"):
        return False, f"the bot is not in group {chat}: add it"
    if is_team and member["status"] != "administrator":
        return False, f"the bot is no administrator of team group {chat}, so it does not see plain messages there: make it one"
    if is_team and found.get("is_forum") and not member.get("can_manage_topics", True):
        return False, f"the bot may not manage topics in group {chat}: allow it, or tickets are cards to reply to"
    return True, f"group {chat} is reachable"
