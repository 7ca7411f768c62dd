"""[channels.web] says at start what is wrong with it."""

from __future__ import annotations

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
