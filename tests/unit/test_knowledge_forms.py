"""The examples of docs/knowledge.md are what they say they are."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from kb.entries import Entry, Text
from kb.formats.facts import KEYS
from kb.loader import look_into

TEXT = (Path(__file__).parents[2] / "docs" / "knowledge.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(yaml|markdown|csv|json)\n(.*?)```", TEXT, re.S)
NAMES = {"yaml": "faq.yaml", "markdown": "vpn-connect.md", "csv": "faq.csv", "json": "faq.jsonl"}
ENTRY = Entry(
    "vpn-connect",
    (
        Text("en", "How do I connect to the VPN?", "Open **Tunnel** and sign in.\n\n- It asks for your phone.", ("vpn access", "tunnel to the office")),
        Text("de", "Wie komme ich ins VPN?", "**Tunnel** öffnen und anmelden."),
    ),
    tags=("network", "remote work"),
    audience="internal",
    valid_until=date(2027, 6, 30),
    review_on=date(2027, 1, 15),
    finds=("how do I get into the office network from home",),
    avoids=("the VPN is slow",),
)


@pytest.mark.parametrize(("kind", "text"), BLOCKS[:4], ids=[kind for kind, _ in BLOCKS[:4]])
def test_each_form_says_the_same(kind: str, text: str) -> None:
    loaded = look_into(NAMES[kind], text.encode())
    assert (loaded.entries, loaded.problems) == ((ENTRY,), ())


def test_the_forms_of_other_products_become_entries() -> None:
    assert len(BLOCKS) == 6
    for (_, text), entry_id, tags in zip(BLOCKS[4:], ("zendesk-360001", "chatwoot-12"), (("network", "Remote work"), ("Remote work",)), strict=True):
        loaded = look_into("export.json", text.encode())
        assert loaded.problems == ()
        assert loaded.entries == (Entry(entry_id, (Text("en", "How do I connect to the VPN?", "Open **Tunnel**."),), tags=tags),)


def test_every_key_is_explained() -> None:
    table = TEXT.partition("| key | meaning |")[2].partition("\n\n")[0]
    assert {key for row in table.splitlines() for key in re.findall(r"`(\w+)`", row.split("|")[1] if "|" in row else "")} == set(KEYS) - {"texts"}
