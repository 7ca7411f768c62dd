"""The exception tree: one class for each thing a caller can do about it."""

from __future__ import annotations


class FirstlineError(Exception):
    """Anything Firstline raises on purpose."""


class ConfigError(FirstlineError):
    """The settings cannot be used; the text names each setting and its cure, one a line."""


class StoreError(FirstlineError):
    """The database cannot be used now; nothing was written. Try again, or do not acknowledge."""


class Held(ConfigError):
    """Somebody said that this person's data must stay."""


class FileInUse(StoreError):
    """Another process owns the database file."""


class StaleTicket(FirstlineError):
    """Somebody changed the ticket in between: load it and decide again."""


class MoveRefused(FirstlineError):
    """The ticket may not make this move as it stands now. `reason` is a key of bot.engine.replies.REFUSALS."""

    def __init__(self, reason: str, **details: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = details


class AlreadyClaimed(MoveRefused):
    """Somebody else was faster; `details["owner"]` is their person id."""

    def __init__(self, owner: str) -> None:
        super().__init__("already_claimed", owner=owner)


class DeliveryError(FirstlineError):
    """A message did not go out. Unless a subclass says otherwise it certainly did not arrive, and trying again may help."""


class DeliveryUnknown(DeliveryError):
    """It may have arrived: the answer was lost. Trying again may double it."""


class NotAccepted(DeliveryError):
    """It was refused for now, by whoever was called or before; `answer` says with what, in a few words that are nobody's: "HTTP 503"."""

    def __init__(self, answer: str) -> None:
        super().__init__(answer)
        self.answer = answer


class RateLimited(DeliveryError):
    """The platform asks to wait `retry_after_s` seconds; nothing was sent."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"wait {retry_after_s:g} s")
        self.retry_after_s = retry_after_s


class DeliveryRefused(DeliveryError):
    """It will never arrive as it is; trying again is useless.

    `reason` is one of: blocked, not_started (only they can open the conversation, and never did), waits, shut (only they can open it again, not
    having written for so long: were they told that there is news?), gone, forbidden, bounced (no such mailbox), too_large, invalid, unsupported,
    too_often (machines may be answering each other, so the bot is silent).
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class ThreadGone(DeliveryError):
    """The thread or topic, or the message to edit, was deleted on the platform: the core makes it again and repeats what was in it."""


class Unauthorized(DeliveryError):
    """The channel's token is refused, or a scope is missing: the channel pauses, its queue is kept. The text names the cure."""


class DirectoryAway(FirstlineError):
    """The company's directory cannot be asked now; the text names the cure. Work goes on with what is known."""

    def __init__(self, cure: str, retry_after_s: float = 0.0) -> None:
        """retry_after_s: how long it asks to be left alone; 0 when it did not say."""
        super().__init__(cure)
        self.retry_after_s = retry_after_s
