"""Who sits before a widget: what a site says of its user, whether it proves it, and the badge by which we know them from then on. Pure.

A badge is the signed word of ours that a frame keeps in its own storage and sends with each request: no cookie, so that browsers which
refuse those of other sites make no difference, and so that nothing is sent that another page could make a browser send.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.web.inbound import MAX_NAME, clean, clean_name
from adapters.web.sessions import PROVED_LIFE, Visitor

KNOWN = "site-"  # begins the ids of people whom a site has vouched for
VOUCHED = "✓"  # before their names, and in no name that is typed into our pages
MAX_USER = 200  # characters of a site's name for its user
STAYS = timedelta(days=365)  # a visitor of whom nothing is known

Sign = Callable[[str, str], str]
"""Our signature of a text for one purpose: Sessions.sign."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a page says of who looks at it; anybody can write it there. hash: its proof, if the site's server made one."""

    user: str = ""
    name: str = ""
    mail: str = ""
    hash: str = ""

    def is_proved(self, secret: str) -> bool:
        """Did somebody who has the secret sign this user's id? Without a secret nothing is proved."""
        if not secret or not self.user or len(self.user) > MAX_USER or clean(self.user) != self.user:
            return False
        expected = hmac.new(secret.encode(), self.user.encode(), hashlib.sha256).hexdigest()
        return hmac.compare_digest(self.hash.strip().lower().encode("utf-8", "replace"), expected.encode())

    @property
    def called(self) -> str:
        """A name with the mail address beside it, as far as they are given."""
        name, mail = clean_name(self.name), clean_name(self.mail)
        return f"{name} ({mail})" if name and mail and name != mail else name or mail


@dataclass(frozen=True, slots=True)
class Badge:
    """id: of the visitor, as Visitor has it. name: as agents read it. says: who they say they are, as a hash: another user is another visitor."""

    id: str
    name: str
    says: str = ""

    @property
    def is_proved(self) -> bool:
        """Has a site vouched for them?"""
        return self.id.startswith(KNOWN)

    @property
    def visitor(self) -> Visitor:
        """Whom the pages know."""
        return Visitor(self.id)


def proved(claim: Claim) -> Badge:
    """Of a user whom the site has proved: always the same person, whatever else is said of them."""
    called = claim.called or clean_name(claim.user)
    return Badge(KNOWN + hashlib.sha256(claim.user.encode()).hexdigest()[:32], f"{VOUCHED} {called}"[:MAX_NAME])


def unproved(claim: Claim, before: Badge | None, nameless: Callable[[str], str], unverified: str) -> Badge:
    """Of anybody else: who they were in this browser, or somebody new. nameless: a name for an id. unverified: the word that agents read behind any name."""
    says = hashlib.sha256(claim.user.encode()).hexdigest()[:16] if claim.user else ""
    known = before.id if before is not None and not before.is_proved and before.says == says else secrets.token_hex(16)
    called = claim.called or nameless(known)
    return Badge(known, f"{called[: MAX_NAME - len(unverified) - 3]} · {unverified}", says)


def packed(badge: Badge, sign: Sign, secret: str, now: datetime) -> str:
    """The badge as a frame keeps it. It dies with the secret that it was proved by, and soon in any case: the page proves it anew each time."""
    until = now + (PROVED_LIFE if badge.is_proved else STAYS)
    text = base64.urlsafe_b64encode(json.dumps([badge.id, badge.name, badge.says, until.isoformat()]).encode()).decode()
    return f"{text}.{sign(_purpose(badge.is_proved, secret), text)}"


def unpacked(given: str, sign: Sign, secret: str, now: datetime) -> Badge | None:
    """Whose it is; None when it is not of our making, or over."""
    text, _, mac = given.partition(".")
    if not any(hmac.compare_digest(mac.encode(), sign(_purpose(is_proved, secret), text).encode()) for is_proved in (False, True)):
        return None
    found, name, says, until = json.loads(base64.urlsafe_b64decode(text))
    return Badge(found, name, says) if datetime.fromisoformat(until) > now else None


def _purpose(is_proved: bool, secret: str) -> str:
    return f"widget-proved-{hashlib.sha256(secret.encode()).hexdigest()}" if is_proved else "widget"
