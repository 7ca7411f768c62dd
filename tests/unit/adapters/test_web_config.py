"""[channels.web] says at start what is wrong with it."""

from __future__ import annotations

import re

import pytest

from adapters.web.config import OidcConfig, WebConfig
from bot.errors import ConfigError


def test_nothing_means_loopback_alone() -> None:
    assert WebConfig.from_table({}).sign_in == ""


def test_link_means_everybody_signs_in() -> None:
    assert WebConfig.from_table({"sign_in": "link"}).sign_in == "link"


def test_all_faults_are_named_at_once_with_their_cure() -> None:
    with pytest.raises(ConfigError) as caught:
        WebConfig.from_table({"sign_in": "password", "signin": "link"})
    assert len(str(caught.value).splitlines()) == 2
    assert 'use "link"' in str(caught.value)
    assert "signin: unknown setting" in str(caught.value)


@pytest.mark.parametrize(
    ("table", "cure"),
    [
        ({"knowledge": "private"}, 'use "public", "signed-in" or "off"'),
        ({"mail_domains": "example.org"}, 'list what stands behind the @ of the addresses that may sign in: ["example.org"]'),
        ({"mail_domains": ["@example.org"]}, "mail_domains"),
        ({"mail_domains": [7]}, "mail_domains"),
    ],
)
def test_what_the_portal_cannot_make_sense_of_is_named_with_its_cure(table: dict[str, object], cure: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(cure)):
        WebConfig.from_table(table)


@pytest.mark.parametrize(
    ("sign_in", "knowledge", "reading"),
    [("", "", "public"), ("open", "", "public"), ("link", "", "signed-in"), ("mail", "", "signed-in"), ("link", "public", "public"), ("open", "off", "off")],
)
def test_whoever_may_ask_may_read_unless_it_is_said_otherwise(sign_in: str, knowledge: str, reading: str) -> None:
    assert WebConfig.from_table({"sign_in": sign_in, "knowledge": knowledge}).reading == reading


def test_addresses_of_the_named_domains_alone_sign_in_and_none_where_links_are_made_for_people() -> None:
    named = WebConfig.from_table({"sign_in": "mail", "mail_domains": ["Example.org"]})
    assert [named.takes_mail(one) for one in ("a@example.org", "a@EXAMPLE.org", "a@sub.example.org", "a@example.org.evil", "a@badexample.org")] == [
        True, True, False, False, False,
    ]  # fmt: skip
    assert WebConfig.from_table({"sign_in": "open"}).takes_mail("a@anywhere.example")
    assert not WebConfig.from_table({"sign_in": "link"}).takes_mail("a@example.org")


# -------------------------------------------------------------------------------------------------------- sign-in providers
WHOLE = {"OIDC_ISSUER": "https://id.example.org", "OIDC_CLIENT_ID": "desk", "OIDC_CLIENT_SECRET": "hush-hush"}


def test_without_its_settings_there_is_no_provider() -> None:
    assert OidcConfig.from_env({"OIDC_ISSUER": " "}) is None


@pytest.mark.parametrize("missing", sorted(WHOLE))
def test_a_provider_that_is_half_set_is_named_with_its_cure(missing: str) -> None:
    with pytest.raises(ConfigError, match=f"{missing} is not set although other settings of sign-in are: copy it from your provider"):
        OidcConfig.from_env({**WHOLE, missing: ""})


@pytest.mark.parametrize("issuer", ["id.example.org", "http://id.example.org", "https://user:pw@id.example.org", "https://id.example.org/#x", "https://[::1"])
def test_a_provider_without_https_is_refused(issuer: str) -> None:
    with pytest.raises(ConfigError, match="OIDC_ISSUER is no address of a provider"):
        OidcConfig.from_env({**WHOLE, "OIDC_ISSUER": issuer})


def test_the_secret_of_a_provider_shows_nowhere_and_slack_is_known() -> None:
    made = OidcConfig.from_env(WHOLE)
    assert made is not None
    assert "hush-hush" not in repr(made)
    assert (made.slack, made.name) == (False, "id.example.org")
    slack = OidcConfig.from_env({**WHOLE, "OIDC_ISSUER": "https://slack.com"})
    assert slack is not None
    assert (slack.slack, slack.name) == (True, "Slack")
