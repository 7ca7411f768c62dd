"""The sentence encoders as the settings want them, and what to do when they cannot be used."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.settings import Settings

if TYPE_CHECKING:
    from kb.encoders import Encoders

log = logging.getLogger(__name__)

WITHOUT = "only words are compared, and a question in another language than the entries is handed over"


def open_for(settings: Settings) -> Encoders | None:
    """What reads questions; None when it is switched off, missing or damaged: then words decide alone."""
    if not settings.encoder:
        return None
    from kb.encoders import open_encoders
    from kb.encoding import EncoderDamaged

    try:
        return open_encoders(settings.cache_dir)
    except EncoderDamaged as error:
        log.error("the sentence encoder is not used", extra={"cure": str(error)})
        return None


def diagnose(settings: Settings) -> tuple[bool, str]:
    """Whether questions can be matched by meaning, and the cure."""
    if not settings.encoder:
        return True, f"matching: ENCODER is off: {WITHOUT}"
    from kb.encoders import open_encoders
    from kb.encoding import EncoderDamaged

    try:
        found = open_encoders(settings.cache_dir)
    except EncoderDamaged as error:
        return False, f"matching: {error}"
    if found is None:
        return False, f"matching: the sentence encoder is not installed: {WITHOUT}; run `make install`, or set ENCODER=off"
    return True, f"matching: by meaning, in six languages{' and with the English encoder' if found.english else ''}"
