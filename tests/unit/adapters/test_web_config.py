"""[channels.web] says at start what is wrong with it."""

from __future__ import annotations

import pytest

from adapters.web.config import WebConfig
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
