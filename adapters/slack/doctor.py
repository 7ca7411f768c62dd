"""What stands in the way of running on Slack, each with its cure: for `firstline doctor`."""

from __future__ import annotations

from collections.abc import AsyncIterator

from adapters.slack.api import SlackApi
from adapters.slack.config import SlackConfig
from bot.domain.desks import Desk
from bot.errors import DeliveryError, Unauthorized
from bot.ports import Notebook

Finding = tuple[bool, str]

SCOPES = {
    "app_mentions:read", "channels:history", "channels:read", "chat:write", "commands", "files:read", "files:write", "groups:history", "groups:read",
    "im:history", "im:read", "im:write", "reactions:read", "reactions:write", "users:read",
}  # fmt: skip


async def findings(config: SlackConfig, desk: Desk, api: SlackApi, notebook: Notebook) -> AsyncIterator[Finding]:
    """(is it well, one line that says what it is and what to do), the most basic first; stops where nothing further can be known."""
    try:
        who, scopes = await api.identity()
    except DeliveryError as error:
        yield False, f"{error}; {_cure(error, config)}"
        return
    yield True, f"the token is good; the bot is {who.get('user')} ({who.get('user_id')}) in {who.get('team')}"
    missing = sorted(SCOPES - scopes) if scopes else []
    if missing:
        yield False, f"the bot token lacks {', '.join(missing)}: add them under OAuth & Permissions and install the app again"
    if unread := sorted(scope for scope in missing if scope.endswith(":history")):
        yield False, f"without {', '.join(unread)} what people write while we are away is lost"
    if gaps := [since for since in (await notebook.noted(f"slack:gap:{who.get('team_id')}:")).values() if since]:
        yield False, f"what was written since {min(gaps)} is not all read from Slack's history yet: it is read as soon as the bot runs and Slack answers"
    if config.socket_mode:
        yield await _socket(config, api)
    for place in dict.fromkeys([*desk.help_places, *(p for tier in desk.tiers for p in tier.places)]):
        if place.startswith("slack:"):
            yield await _place(place.removeprefix("slack:"), api)


def _cure(error: DeliveryError, config: SlackConfig) -> str:
    """What to do when Slack does not even say who we are."""
    if isinstance(error, Unauthorized):
        return "SLACK_BOT_TOKEN must be the Bot User OAuth Token of an installed app"
    return f"check SLACK_API_URL ({config.api_url}), which is usually left empty, and the network"


async def _socket(config: SlackConfig, api: SlackApi) -> Finding:
    try:
        await api.call("apps.connections.open", token=config.app_token)
    except DeliveryError as error:
        return (
            False,
            f"{error}. SLACK_APP_TOKEN must be an app-level token with the scope connections:write, and Socket Mode must be on.",
        )
    return True, "Socket Mode is open to us"


async def _place(channel: str, api: SlackApi) -> Finding:
    try:
        info = (await api.call("conversations.info", channel=channel)).get("channel") or {}
    except DeliveryError:
        return (
            False,
            f"there is no channel {channel} that the bot can see: correct its id in firstline.toml, or invite the bot to it",
        )
    if info.get("is_archived"):
        return False, f"the channel {channel} is archived: unarchive it, or name another in firstline.toml"
    if not info.get("is_member"):
        return False, f"the bot is not in {channel}: invite it there (type /invite and choose the app)"
    return True, f"the bot is in #{info.get('name')} ({channel})"
