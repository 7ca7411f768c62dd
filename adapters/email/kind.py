"""Mail, as one of the channels."""

from __future__ import annotations

from adapters.email.config import EmailConfig
from bot.ports.building import ChannelKind, Tools
from bot.ports.world import Channel


def _build(config: EmailConfig, tools: Tools) -> Channel:
    from adapters.email.channel import EmailChannel

    return EmailChannel(config, desk=tools.desk, notebook=tools.notebook, files=tools.files, clock=tools.clock, secret=tools.secret)


KIND = ChannelKind(
    "email",
    EmailConfig.read,
    _build,
    switched_on_by=("SMTP_URL", "MAIL_FROM"),
    variables=(
        "SMTP_URL", "IMAP_URL", "MAIL_FROM", "LMTP_LISTEN",
        "MAIL_OAUTH_CLIENT_ID", "MAIL_OAUTH_CLIENT_SECRET", "MAIL_OAUTH_REFRESH_TOKEN", "MAIL_OAUTH_TOKEN_URL",
    ),
    secrets=("MAIL_OAUTH_CLIENT_SECRET", "MAIL_OAUTH_REFRESH_TOKEN"),
)  # fmt: skip
