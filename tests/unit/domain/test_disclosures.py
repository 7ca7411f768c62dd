"""What looks like a secret or a private link, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.disclosures import disclosed

SECRETS = [
    "password: hunter2",
    "Password = correcthorse",
    "Your new password is Sommer2026!",
    "Ihr Passwort lautet Winter#26",
    "Kennwort: sesam",
    "la contraseña es Verano2026",
    "contraseña: abrete",
    "a senha é Inverno!26",
    "le mot de passe est Ete2026!",
    "PIN: 4711",
    "api_key=sk_live_1234567890abcdef",
    "AKIAIOSFODNN7EXAMPLE",
    "use ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "xoxb-1234-5678-abcdefgh",
    "Authorization: Bearer abc.def-123456789",
    "-----BEGIN RSA PRIVATE KEY-----",
    "postgres://admin:s3cret@db.example.com/x",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "123456789:AAE1234567890abcdefghijklmnopqrstuv",
]
HARMLESS = [
    "Your password has expired, please choose a new one.",
    "The password is wrong.",
    "Please reset your password: https://portal.example.com/reset",
    "I forgot my password",
    "Mein Passwort ist abgelaufen",
    "la contraseña es incorrecta",
    "Is the PIN correct?",
    "The token expired yesterday.",
    "Ticket IT-1234 is with Ann; call +34 600 000 000.",
    "See https://www.example.com/help?id=12345678901234567890",
    "Step 1: open the settings. Step 2: press Save.",
    "mail me at ann@example.org",
]
PRIVATE = [
    "http://wiki/vpn",
    "https://jira.corp/browse/X-1",
    "http://10.0.0.5/",
    "http://192.168.1.1:8080/admin",
    "https://localhost:3000",
    "http://[fd00::1]/",
    "https://files.intra.example.com/a",
    "https://intra.example.com",
    "\\\\fileserver\\share\\x.doc",
    "smb://nas/share",
    "https://printer.local",
    "file:///etc/hosts",
]
PUBLIC = ["https://www.example.com/", "https://notintra.example.com", "http://8.8.8.8/", "https://example.com/http://wiki", "a\\b", "wiki/vpn"]


@pytest.mark.parametrize("text", SECRETS)
def test_secrets_are_seen(text: str) -> None:
    assert "secret" in disclosed(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_everyday_sentences_are_let_through(text: str) -> None:
    assert disclosed(text) == ()


@pytest.mark.parametrize("text", PRIVATE)
def test_links_that_work_only_inside_are_seen(text: str) -> None:
    assert "link" in disclosed(f"Look here: {text}", ("*.intra.example.com",))


@pytest.mark.parametrize("text", PUBLIC)
def test_public_links_are_let_through(text: str) -> None:
    assert disclosed(f"Look here: {text}", ("*.intra.example.com",)) == ()


def test_only_hosts_that_are_named_are_the_desks_own() -> None:
    assert disclosed("https://wiki.example.com/x", ("wiki.example.com",)) == ("link",)
    assert disclosed("https://a.wiki.example.com/x", ("wiki.example.com",)) == ()


@given(st.text())
def test_any_text_is_looked_at(text: str) -> None:
    assert set(disclosed(text)) <= {"secret", "link"}
