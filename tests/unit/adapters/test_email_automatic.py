"""Which mails programs wrote, and whom the mail server vouches for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from adapters.email.automatic import why_automatic
from adapters.email.letters import Envelope, Letter
from adapters.email.reading import read
from adapters.email.trust import is_proven

MAILS = Path(__file__).parents[2] / "recorded" / "email"
SENT_BY_ANA = Envelope("ana@example.org")
OURS = "mx.example.com"


def mail(name: str) -> Letter:
    return read((MAILS / f"{name}.eml").read_bytes())


@pytest.mark.parametrize("name", sorted(path.stem for path in MAILS.glob("auto-*.eml") if path.stem not in ("auto-submitted-no", "auto-null-return-path")))
def test_programs_are_known_by_what_they_say_of_themselves(name: str) -> None:
    assert why_automatic(mail(name), SENT_BY_ANA)


def test_a_null_return_path_is_that_of_a_program_by_the_envelope_first() -> None:
    letter = mail("auto-null-return-path")
    assert why_automatic(letter, Envelope("")) == why_automatic(letter, Envelope(None)) == "null return path"
    assert why_automatic(letter, SENT_BY_ANA) == ""


@pytest.mark.parametrize(("said", "why"), [("no", ""), ("No (a person)", ""), ("auto-replied; owner=x", "auto-reply"), ("auto-notified", "auto-submitted")])
def test_what_a_mail_says_of_itself_is_read_without_what_follows(said: str, why: str) -> None:
    assert why_automatic(Letter("ana@example.org", headers={"auto-submitted": (said,)}), SENT_BY_ANA) == why


@pytest.mark.parametrize("name", ["auto-submitted-no", "new-plain", "reply-outlook-de", "internal-headers"])
def test_people_are_no_programs(name: str) -> None:
    assert why_automatic(mail(name), SENT_BY_ANA) == ""


def test_what_comes_by_a_list_of_ours_is_by_whoever_wrote_it() -> None:
    assert why_automatic(mail("auto-list"), SENT_BY_ANA) == "list"
    assert why_automatic(mail("auto-list"), SENT_BY_ANA, ("news.example.org",)) == ""
    vacation = replace(mail("auto-list"), headers={**mail("auto-list").headers, "auto-submitted": ("auto-replied",)})
    assert why_automatic(vacation, SENT_BY_ANA, ("news.example.org",)) == "auto-reply"


@pytest.mark.parametrize(
    ("verdict", "believed"),
    [
        ("mx.example.com; dmarc=pass header.from=example.org", True),
        ("mx.example.com; spf=pass smtp.mailfrom=ana@example.org", True),
        ("mx.example.com 1; spf=fail smtp.mailfrom=ana@example.org; dkim=pass (good) header.d=example.org", True),
        ("mx.example.com; spf=pass smtp.mailfrom=mallory@example.net", False),
        ("mx.example.com; dkim=pass header.d=example.net", False),
        ("mx.example.com; dmarc=pass header.from=example.net", False),
        ("mx.example.com; dmarc=fail header.from=example.org", False),
        ("mx.example.com; none", False),
        ("mx.example.net; dmarc=pass header.from=example.org", False),
        ("mx.example.com.evil.example.net; dmarc=pass header.from=example.org", False),
        ("(mx.example.com;) evil; dmarc=pass header.from=example.org", False),
        ("mx.example.com; spf=fail (dmarc=pass header.from=example.org)", False),
        ("mx.example.com; spf=fail (no; dmarc=pass header.from=example.org)", False),
        ('mx.example.com; spf=pass smtp.mailfrom="a; dmarc=pass header.from=example.org;"@example.net', False),
        ('mx.example.com; spf=fail (said ") smtp.mailfrom="; dmarc=pass header.from=example.org; "@example.net', False),
        (r'mx.example.com; spf=fail smtp.mailfrom="a\"; dmarc=pass header.from=example.org; \""@example.net', False),
        ("mx.example.com; dmarc=passed header.from=example.org", False),
        ("mx.example.com; dmarc=pass", False),
        ('mx.example.com; spf=pass smtp.mailfrom="ana garcia"@example.org', True),
        ("", False),
    ],
)
def test_only_what_our_own_server_says_of_just_that_domain_counts(verdict: str, believed: bool) -> None:
    letter = Letter("ana@example.org", headers={"authentication-results": (verdict,)})
    assert is_proven(letter, OURS) is believed


def test_without_a_server_of_ours_or_with_a_doubtful_sender_nobody_is_believed() -> None:
    letter = Letter("ana@example.org", headers={"authentication-results": (f"{OURS}; dmarc=pass header.from=example.org",)})
    assert is_proven(letter, OURS)
    assert not is_proven(letter, "")
    assert not is_proven(replace(letter, is_doubtful=True), OURS)


def test_a_verdict_that_came_with_the_mail_does_not_count_behind_that_of_our_server() -> None:
    verdicts = (f"{OURS}; dmarc=fail header.from=example.org", f"{OURS}; dmarc=pass header.from=example.org")
    assert not is_proven(Letter("ana@example.org", headers={"authentication-results": verdicts}), OURS)
