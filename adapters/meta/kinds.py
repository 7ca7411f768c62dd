"""WhatsApp, Messenger and Instagram: three channels of one platform."""

from __future__ import annotations

from adapters.meta.config import APP_NAMES, INSTAGRAM_NAMES, WHATSAPP_NAMES, PageConfig, WhatsAppConfig
from bot.ports.building import ChannelKind, Tools
from bot.ports.world import Channel

SECRETS = APP_NAMES[:3]


def _whatsapp(config: WhatsAppConfig, tools: Tools) -> Channel:
    from adapters.meta.whatsapp import WhatsAppChannel

    return WhatsAppChannel(config, desk=tools.desk, notebook=tools.notebook, clock=tools.clock, secret=tools.secret)


def _messenger(config: PageConfig, tools: Tools) -> Channel:
    from adapters.meta.page import PageChannel
    from adapters.meta.page_outbound import MESSENGER_PLATFORM

    return PageChannel(MESSENGER_PLATFORM, config, notebook=tools.notebook, clock=tools.clock)


def _instagram(config: PageConfig, tools: Tools) -> Channel:
    from adapters.meta.page import PageChannel
    from adapters.meta.page_outbound import INSTAGRAM_PLATFORM

    return PageChannel(INSTAGRAM_PLATFORM, config, notebook=tools.notebook, clock=tools.clock)


WHATSAPP = ChannelKind("whatsapp", WhatsAppConfig.read, _whatsapp, WHATSAPP_NAMES, (*WHATSAPP_NAMES, *APP_NAMES), ("WHATSAPP_TOKEN", *SECRETS))
MESSENGER = ChannelKind(
    "messenger", PageConfig.messenger, _messenger, ("MESSENGER_PAGE_TOKEN",), ("MESSENGER_PAGE_TOKEN", *APP_NAMES), ("MESSENGER_PAGE_TOKEN", *SECRETS)
)
INSTAGRAM = ChannelKind("instagram", PageConfig.instagram, _instagram, INSTAGRAM_NAMES, (*INSTAGRAM_NAMES, *APP_NAMES), ("INSTAGRAM_TOKEN", *SECRETS))
