"""What agents send is read within limits, whatever it claims to be."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from pathlib import Path

import pytest

from adapters.inventory.shapes import inventory_of
from adapters.inventory.wire import TooLarge, Unreadable, read, reply

RECORDED = Path(__file__).parents[2] / "recorded" / "inventory"
MINIMAL = "<REQUEST><CONTENT><HARDWARE><NAME>{name}</NAME></HARDWARE>{more}</CONTENT><DEVICEID>pc-1</DEVICEID><QUERY>INVENTORY</QUERY></REQUEST>"
PROLOG = b"<?xml version='1.0' encoding='UTF-8'?><REQUEST><DEVICEID>pc-1</DEVICEID><QUERY>PROLOG</QUERY></REQUEST>"


def minimal(name: str = "pc", more: str = "", before: str = "") -> bytes:
    return (before + MINIMAL.format(name=name, more=more)).encode()


@pytest.mark.parametrize("name", ["ocs-inventory.xml", "fusion-inventory.xml", "glpi-inventory.json"])
@pytest.mark.parametrize("pack", [bytes, zlib.compress, gzip.compress], ids=["plain", "zlib", "gzip"])
def test_the_three_agents_tell_the_same_of_the_same_machine(name: str, pack: type[bytes]) -> None:
    inventory = inventory_of(read(pack((RECORDED / name).read_bytes())))
    assert inventory.device == "pc-042-2026-01-02-03-04-05"
    assert (inventory.tag, inventory.sections["hardware"][0]["name"], inventory.sections["hardware"][0]["memory"]) == ("TESTDEP", "pc-042", "24105")
    assert inventory.sections["operatingsystem"][0]["full_name"].startswith("Debian GNU/Linux 12")
    assert inventory.sections["softwares"][0] | {"publisher": ""} == {"name": "adduser", "arch": "all", "version": "3.134", "publisher": ""}
    assert inventory.sections["cpus"][0]["name"] == "AMD EPYC"


@pytest.mark.parametrize("name", ["fusion-inventory.xml", "glpi-inventory.json"])
def test_what_agents_tell_of_people_is_left_at_the_door(name: str) -> None:
    raw = (RECORDED / name).read_text()
    assert "anon" in raw
    assert "2026-01-02 03:04:05" in raw
    kept = repr(inventory_of(read(raw.encode())))
    assert "'anon'" not in kept
    assert "2026-01-02 03:04:05" not in kept


def test_environment_processes_and_users_are_left_at_the_door() -> None:
    private = "".join(f"<{name}><KEY>canary</KEY><CMD>canary</CMD><NAME>canary</NAME></{name}>" for name in ("ENVS", "PROCESSES", "LOCAL_USERS", "USERS"))
    shown = inventory_of(read(minimal(more=private + "<HARDWARE><USERID>canary</USERID><LASTLOGGEDUSER>canary</LASTLOGGEDUSER></HARDWARE>")))
    assert "canary" not in repr(shown)
    assert shown.sections["hardware"] == ({"name": "pc"},)


LAUGHS = '<!DOCTYPE lol [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'


@pytest.mark.parametrize(
    "body",
    [
        minimal("&c;", before=LAUGHS),
        minimal("&x;", before='<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
        minimal(before='<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd">'),
        minimal(before='<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:1/p"> %p;]>'),
        minimal("&unknown;"),
        minimal(more="<A>" * 100_000 + "</A>" * 100_000),
        minimal()[:-5],
        minimal(before='<?xml version="1.0" encoding="utf-7"?>'),
        b"<html></html>",
        b"",
        b"\xff\xfe\x00",
        zlib.compress(minimal())[:-6],
        zlib.compress(minimal())[:20] + b"\0\0\0\0",
        b'{"action": "inventory"',
        b'{"a":' + b"[" * 100_000,
        b'{"action": "inventory", "deviceid": "x", "content": {"hardware": "\xff"}}',
        b"[1]",
    ],
)
def test_what_is_no_inventory_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        inventory_of(read(body))


@pytest.mark.parametrize("begins", [b"<REQUEST><CONTENT><HARDWARE><NAME>", b'{"action": "inventory", "deviceid": "'])
def test_a_small_body_that_would_become_a_large_one_is_refused_and_costs_no_memory(begins: bytes) -> None:
    bomb = zlib.compress(begins + b"a" * 200_000_000)
    assert len(bomb) < 250_000
    tracemalloc.start()
    with pytest.raises(TooLarge):
        read(bomb)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 40_000_000


def test_more_items_than_a_machine_can_have_are_refused() -> None:
    many = "".join(f"<SOFTWARES><NAME>p{n}</NAME></SOFTWARES>" for n in range(20_001))
    with pytest.raises(TooLarge):
        inventory_of(read(minimal(more=many)))


@pytest.mark.parametrize(
    "content",
    [
        {"hardware": {"name": 10**400, "memory": 1e400}},
        {"hardware": [{"name": None, "swap": [1], "memory": "4"}]},
        {"hardware": {"name": "pc"}, "softwares": [None, 7, {"name": {"a": 1}}, {"name": "ok\0\ud800"}]},
        {"hardware": {"name": "pc"}, "networks": "none"},
    ],
)
def test_values_of_the_wrong_kind_are_left_out_and_the_rest_is_kept(content: object) -> None:
    body = json.dumps({"action": "inventory", "deviceid": "pc-1", "content": content}).encode()
    kept = inventory_of(read(body))
    assert all(isinstance(text, str) for items in kept.sections.values() for item in items for text in item.values())
    assert kept.sections["hardware"]


def test_an_inventory_without_a_machine_is_refused() -> None:
    with pytest.raises(Unreadable, match="device"):
        inventory_of(read(b'{"action": "inventory", "content": {"hardware": {"name": "pc"}}}'))
    with pytest.raises(Unreadable, match="hardware"):
        inventory_of(read(b'{"action": "inventory", "deviceid": "pc-1", "content": {}}'))


def test_each_agent_is_answered_as_it_asked() -> None:
    asked = reply(read(zlib.compress(PROLOG)), "application/x-compress")
    assert (asked.media_type, b"<RESPONSE>SEND</RESPONSE><PROLOG_FREQ>24</PROLOG_FREQ>" in zlib.decompress(asked.body)) == ("application/x-compress", True)
    sent = reply(read(zlib.compress(minimal())), "application/x-compress-zlib")
    assert (sent.media_type, b"<RESPONSE>NO_ACCOUNT_UPDATE</RESPONSE>" in zlib.decompress(sent.body)) == ("application/x-compress-zlib", True)
    assert b"SEND" in reply(read(PROLOG), "application/xml").body
    first = reply(read((RECORDED / "glpi-prolog.xml").read_bytes()), "application/xml", is_glpi=True)
    later = reply(read(b'{"action": "contact", "deviceid": "pc-1"}'), "application/json")
    for contact in (first, later):
        assert (json.loads(contact.body), contact.media_type) == ({"status": "ok", "expiration": 24}, "application/json")
