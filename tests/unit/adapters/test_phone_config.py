"""The telephone's settings: off without an account, and every fault named with its cure."""

from __future__ import annotations

import subprocess
import sys

import pytest

from adapters.phone.config import PhoneConfig, public_base
from bot.errors import ConfigError

GOOD = {"TWILIO_ACCOUNT_SID": "AC" + "0a" * 16, "TWILIO_AUTH_TOKEN": "f" * 32, "TWILIO_FROM": "+34911234567"}


def faults(env: dict[str, str], table: dict[str, object] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        PhoneConfig.read(env, table or {})
    return str(caught.value).splitlines()


def test_without_an_account_it_is_off_whatever_else_is_set() -> None:
    assert PhoneConfig.read({"TWILIO_AUTH_TOKEN": "x"}, {"voices": 1}) is None


def test_what_is_set_is_read_and_no_secret_shows() -> None:
    config = PhoneConfig.read({**GOOD, "TWILIO_AUTH_TOKEN_SECONDARY": "e" * 32}, {"call_back": False, "voices": {"es": "Polly.Lucia-Neural"}})
    assert config is not None
    assert (config.tokens, config.number, config.call_back) == (("f" * 32, "e" * 32), "+34911234567", False)
    assert config.voices == {"es": "Polly.Lucia-Neural"}
    assert "f" * 32 not in repr(config)
    assert "e" * 32 not in repr(config)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"TWILIO_ACCOUNT_SID": "SK" + "0" * 32}, "TWILIO_ACCOUNT_SID"),
        ({"TWILIO_AUTH_TOKEN": ""}, "TWILIO_AUTH_TOKEN"),
        ({"TWILIO_AUTH_TOKEN": "changeme"}, "TWILIO_AUTH_TOKEN"),
        ({"TWILIO_AUTH_TOKEN_SECONDARY": "short"}, "TWILIO_AUTH_TOKEN_SECONDARY"),
        ({"TWILIO_FROM": ""}, "TWILIO_FROM"),
        ({"TWILIO_FROM": "600111222"}, "TWILIO_FROM"),
        ({"TWILIO_FROM": "Helpdesk"}, "TWILIO_FROM"),
        ({"TWILIO_API_URL": "http://api.twilio.com"}, "TWILIO_API_URL"),
        ({"TWILIO_API_URL": "api.twilio.com"}, "TWILIO_API_URL"),
    ],
)
def test_each_fault_is_one_line_that_names_the_variable(changes: dict[str, str], named: str) -> None:
    (line,) = faults({**GOOD, **changes})
    assert line.startswith(f"{named} ")


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ({"voice": "woman"}, "voice"),
        ({"call_back": "yes"}, "call_back"),
        ({"voices": "Polly.Lucia"}, "voices"),
        ({"voices": {"xx": "Polly.Lucia"}}, "xx"),
        ({"voices": {"es": "<script>"}}, "es"),
        ({"voices": {"es": 1}}, "es"),
    ],
)
def test_each_fault_of_the_table_names_its_key(table: dict[str, object], named: str) -> None:
    (line,) = faults(GOOD, table)
    assert named in line
    assert line.startswith("[channels.phone")


def test_all_faults_come_at_once() -> None:
    assert len(faults({**GOOD, "TWILIO_AUTH_TOKEN": "", "TWILIO_FROM": "x"}, {"voice": 1})) == 3


@pytest.mark.parametrize("url", ["https://help.example.com", "https://help.example.com/desk/", "http://127.0.0.1:8080"])
def test_an_address_that_the_provider_can_sign_is_taken_without_its_last_slash(url: str) -> None:
    assert public_base(url) == url.rstrip("/")


def test_no_library_is_imported_before_the_telephone_is_switched_on() -> None:
    asked = "import sys; from adapters.kinds import kinds; kinds(); print([name for name in ('twilio', 'phonenumbers') if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
