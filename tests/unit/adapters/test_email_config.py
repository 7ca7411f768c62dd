"""Mail's settings: what they mean, and that each fault is one line with its cure."""

from __future__ import annotations

import pytest

from adapters.email.config import EmailConfig
from bot.errors import ConfigError

GOOD = {"SMTP_URL": "smtps://us%40example.com:p%40ss@mail.example.com", "MAIL_FROM": "IT help <Support@Example.com>"}
OAUTH = {"MAIL_OAUTH_CLIENT_ID": "id", "MAIL_OAUTH_REFRESH_TOKEN": "r3fresh", "MAIL_OAUTH_TOKEN_URL": "https://login.example.com/token"}


def read(env: dict[str, str], table: dict[str, object] | None = None) -> EmailConfig:
    found = EmailConfig.read({**GOOD, **env}, table or {})
    assert found is not None
    return found


def faults(env: dict[str, str], table: dict[str, object] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as error:
        read(env, table)
    return str(error.value).splitlines()


def test_without_its_variables_mail_is_off() -> None:
    assert EmailConfig.read({"IMAP_URL": "imaps://a:b@c"}, {}) is None


def test_an_address_says_host_port_user_password_and_safety() -> None:
    config = read({"IMAP_URL": "imaps://us:pw@imap.example.com:1993/Help%20desk", "LMTP_LISTEN": "[::1]:8024"})
    smtp, imap = config.smtp, config.imap
    assert (smtp.host, smtp.port, smtp.safety, smtp.user, smtp.password) == ("mail.example.com", 465, "tls", "us@example.com", "p@ss")
    assert imap is not None
    assert (imap.host, imap.port, imap.safety, config.folder, config.lmtp) == ("imap.example.com", 1993, "tls", "Help desk", ("::1", 8024))
    assert (config.name, config.address) == ("IT help", "support@example.com")


@pytest.mark.parametrize(
    ("url", "port", "safety"),
    [
        ("smtp://localhost", 25, "open"),
        ("smtp+starttls://u:p@h.example", 587, "starttls"),
        ("smtps://u:p@h.example", 465, "tls"),
        ("smtp://10.0.0.1:2525", 2525, "open"),
    ],
)
def test_each_scheme_has_its_port_and_its_safety(url: str, port: int, safety: str) -> None:
    smtp = read({"SMTP_URL": url}).smtp
    assert (smtp.port, smtp.safety) == (port, safety)


def test_mail_may_go_out_without_coming_in() -> None:
    assert read({}).hears is False
    assert read({"IMAP_URL": "imap://a:b@localhost"}).hears is True
    assert read({"LMTP_LISTEN": "127.0.0.1:8024"}).hears is True


@pytest.mark.parametrize(
    ("env", "begins"),
    [
        ({"SMTP_URL": ""}, "SMTP_URL is not set although MAIL_FROM is"),
        ({"SMTP_URL": "http://mail.example.com"}, "SMTP_URL is no address of a mail server"),
        ({"SMTP_URL": "smtp://h:99999"}, "SMTP_URL is no address of a mail server"),
        ({"SMTP_URL": "smtp://u:p@mail.example.com"}, "SMTP_URL: the password would travel in the clear"),
        ({"SMTP_URL": "smtps://u@mail.example.com"}, "SMTP_URL: there is a user but no password"),
        ({"MAIL_FROM": ""}, "MAIL_FROM is not set"),
        ({"MAIL_FROM": "support"}, "MAIL_FROM names no mail address of ours"),
        ({"MAIL_FROM": "x" * 31 + "@example.com"}, "MAIL_FROM names no mail address of ours"),
        ({"MAIL_FROM": "a@example.com\nBcc: b@example.com"}, "MAIL_FROM names no mail address of ours"),
        ({"IMAP_URL": "imaps://mail.example.com"}, "IMAP_URL: there is no user"),
        ({"IMAP_URL": "imap://u:p@mail.example.com"}, "IMAP_URL: the password would travel in the clear"),
        ({"IMAP_URL": "pop3://u:p@mail.example.com"}, "IMAP_URL is no address of a mail server"),
        ({"LMTP_LISTEN": "8024"}, "LMTP_LISTEN is no address to listen at"),
        ({"LMTP_LISTEN": "127.0.0.1:0"}, "LMTP_LISTEN is no address to listen at"),
        ({"MAIL_OAUTH_CLIENT_ID": "x"}, "MAIL_OAUTH_REFRESH_TOKEN and MAIL_OAUTH_TOKEN_URL: not set although"),
        ({**OAUTH, "MAIL_OAUTH_TOKEN_URL": "http://login.example.com/token"}, "MAIL_OAUTH_TOKEN_URL is no https address"),
        ({**OAUTH, "SMTP_URL": "smtps://mail.example.com"}, "MAIL_OAUTH_CLIENT_ID is set, but neither"),
    ],
)
def test_each_fault_names_its_setting_and_the_cure(env: dict[str, str], begins: str) -> None:
    found = faults(env)
    assert any(line.startswith(begins) for line in found), found
    assert not any("p@ss" in line or "r3fresh" in line for line in found)


@pytest.mark.parametrize(
    ("table", "key"),
    [({"most_automatic_per_hour": 0}, "most_automatic_per_hour"), ({"authserv": "x"}, "authserv"), ({"voicemail_from": ["nobody"]}, "voicemail_from")],
)
def test_faults_of_the_table_name_their_key(table: dict[str, object], key: str) -> None:
    assert any(key in line and line.startswith("[channels.email]") for line in faults({}, table))


def test_all_faults_come_at_once() -> None:
    assert len(faults({"SMTP_URL": "x", "MAIL_FROM": "y", "LMTP_LISTEN": "z"}, {"unknown": 1})) == 4


def test_a_provider_of_tokens_needs_no_password_and_no_secret_shows() -> None:
    config = read({**OAUTH, "SMTP_URL": "smtp+starttls://us%40example.com@smtp.example.com", "MAIL_OAUTH_CLIENT_SECRET": "cl1ent"})
    assert config.oauth is not None
    assert (config.oauth.client, config.oauth.refresh_token, config.oauth.secret) == ("id", "r3fresh", "cl1ent")
    assert not any(secret in repr(read({**OAUTH})) for secret in ("r3fresh", "cl1ent", "p@ss"))
