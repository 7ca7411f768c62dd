"""One person's data is given out whole and alone, and erased without a trace, on every database; a backup brings nobody back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.__main__ import execute
from bot.domain.accounts import Account, Address
from bot.domain.contacts import Contact
from bot.domain.events import PersonErased, TicketClosed, TicketOpened, TicketResolved
from bot.domain.ids import ConversationId, MessageId, PersonId, PlaceId, TicketId
from bot.domain.learning import Proposal
from bot.domain.messages import Attachment, Inbound, Outbound, Said, Say
from bot.domain.people import Person
from bot.domain.tickets import Ticket, TicketMessage
from bot.engine.people.addresses import keep_account
from bot.engine.running.housekeeping import Housekeeping, OldTickets
from bot.ports import AuditQuery, Link, Parcel, Recorded, Transaction
from bot.settings import names
from bot.store import tables
from bot.store.doing import TakingIn
from bot.store.erasing import GONE, Erased
from bot.store.person import Identifiers
from bot.store.privacy import erase_person
from bot.store.session import Statement
from bot.store.snapshot import snapshot
from bot.store.sql import SqlStore, open_store
from bot.store.verbatim import Verbatim
from kb.entries import Entry, Text
from tests import servers
from tests.builders import ALICE, ANN, UNKNOWN, a_desk
from tests.builders import BOB as BOB_HERE
from tests.world import SetClock, World

KINDS = ["sqlite", "postgresql", "mariadb"]
NOW = datetime(2025, 11, 21, 9, 30, tzinfo=UTC)
MAIL, SLACK = PersonId("email:canary@birds.example"), PersonId("slack:UCANARY77")
BOB, AGENT = PersonId("email:bob@bees.example"), PersonId("slack:UAGENT01")
LANE, BOBS = ConversationId("email:canary-thread-1"), ConversationId("email:bob-thread")
ANNAS, OPEN, BOBS_TICKET = TicketId("IT-1"), TicketId("IT-2"), TicketId("IT-3")
PICTURE = Attachment("web:file-canary", "canary.png", "image/png", 6)
BOBS_PICTURE = Attachment("web:file-of-bob", "hive.png", "image/png", 4)
DESK = """[desk]
name = "IT help"
prefix = "IT"
[[tiers]]
level = 2
name = "Team"
[retention]
tickets = "1s"
"""
AUDITED = ("DataGivenOut", "PersonHeld", "PersonReleased", "PersonErased")
BOBS_WORDS = "My hive hums; colleague@birds.example and notcanary@birds.example know"


@pytest.fixture(autouse=True)
def _a_folder_and_an_empty_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A desk with two people, on each kind of database."""
    made = f"sqlite:///{tmp_path}/firstline.db" if request.param == "sqlite" else str(request.getfixturevalue(f"{request.param}_desk"))
    monkeypatch.setenv("DATABASE_URL", made)
    monkeypatch.setenv("PRIVACY_LEDGER", str(tmp_path / "ledger"))
    monkeypatch.setenv("SECRET_KEY", "k" * 43)
    servers.at_once(fill(made))
    return made


@pytest.fixture
def on_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same in an SQLite file."""
    file = tmp_path / "firstline.db"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}")
    asyncio.run(fill(f"sqlite:///{file}"))
    return file


@pytest.fixture
def firstline(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = execute(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


async def fill(url: str) -> None:
    """Canary Bird by mail and on Slack, with a ticket closed and one open; Bob, who is watched by her and in whose ticket she wrote."""
    store = await open_store(url)
    try:
        await store.keep_file(PICTURE, b"canary")
        await store.keep_file(BOBS_PICTURE, b"hive")
        await store.run(_two_people)
        await store.run(_what_surrounds_them)
    finally:
        await store.close()


async def _two_people(tx: Transaction) -> None:
    await tx.remember(Person(MAIL, "Canary Bird", "en"))
    await tx.remember(Person(SLACK, "Canary Bird", "en", "Europe/Madrid"))
    await tx.remember(Person(BOB, "Bob Bee", "en"))
    await keep_account(tx, Account("a1", (Address(MAIL, True, NOW), Address(SLACK, True, NOW))))
    asked = Ticket(ANNAS, MAIL, LANE, "canaryword: my screen", "en", NOW, NOW, tier=2, assignee=AGENT, changed_at=NOW)
    asked = replace(asked, status="closed", closed_at=NOW, solution="told canaryword to replug", fields=(("serial", "canary-9"),), comment="canaryword thanks")
    await tx.add_ticket(asked)
    await tx.add_ticket(Ticket(OPEN, SLACK, ConversationId(SLACK), "canaryword again", "en", NOW, NOW, tier=2, changed_at=NOW))
    await tx.add_ticket(Ticket(BOBS_TICKET, BOB, BOBS, BOBS_WORDS, "en", NOW, NOW, tier=2, changed_at=NOW, watchers=(SLACK,)))
    await tx.add_message(TicketMessage(0, ANNAS, "in", "question", MAIL, "canaryword: my screen", NOW, (PICTURE,), source="email:canary-message"))
    await tx.add_message(TicketMessage(0, ANNAS, "out", "note", AGENT, "secretnote: canary is difficult", NOW, delivery="kept"))
    await tx.add_message(TicketMessage(0, ANNAS, "out", "reply", AGENT, "Dear Canary Bird, replug it", NOW, delivery="sent"))
    await tx.add_message(TicketMessage(0, BOBS_TICKET, "in", "question", BOB, BOBS_WORDS, NOW, (BOBS_PICTURE,), source="email:bobs-message"))
    await tx.add_message(TicketMessage(0, BOBS_TICKET, "in", "detail", SLACK, "canaryword: mine hums, too", NOW))
    await tx.add_message(TicketMessage(0, BOBS_TICKET, "out", "reply", AGENT, "Bob, Canary Bird <canary@birds.example> has that as well", NOW, delivery="sent"))


async def _what_surrounds_them(tx: Transaction) -> None:
    await tx.record(TicketOpened(ticket=ANNAS, by=MAIL, at=NOW), "email")
    await tx.record(TicketResolved(ticket=ANNAS, by=AGENT, at=NOW, tier=2, solution="told canaryword to replug"), "email")
    await tx.record(TicketOpened(ticket=OPEN, by=SLACK, at=NOW), "slack")
    await tx.record(TicketOpened(ticket=BOBS_TICKET, by=BOB, at=NOW), "email")
    said = Said("canaryword", MessageId("email:canary-message"), PlaceId(LANE), private=True, addressed=True)
    await tx.keep(Inbound("canary-key", "email", LANE, Person(MAIL, "Canary Bird"), NOW, said), NOW)
    bobs = Said(BOBS_WORDS, MessageId("email:bobs-message"), PlaceId(BOBS), private=True, addressed=True)
    await tx.keep(Inbound("bobs-key", "email", BOBS, Person(BOB, "Bob Bee"), NOW, bobs), NOW)
    await tx.post(Parcel("reply:canary", LANE, LANE, Outbound((Say("Dear Canary Bird"),)), NOW, ticket=ANNAS))
    await tx.post(Parcel("card:IT-1:2", "slack:CTEAM#IT-1", "slack:CTEAM", Outbound((Say("canaryword"),), card="IT-1"), NOW, ticket=ANNAS))
    await tx.post(Parcel("reply:bob", BOBS, BOBS, Outbound((Say("Dear Bob Bee"),)), NOW, ticket=BOBS_TICKET))
    await tx.link("email:canary-message", Link(ANNAS, "message"))
    await tx.link("email:bobs-message", Link(BOBS_TICKET, "message"))
    await tx.add_contact(Contact(NOW, MAIL, "phone", "in", reason="canaryword called", by=AGENT))
    await tx.add_contact(Contact(NOW, BOB, "phone", "in", reason="bob called", by=AGENT))
    await tx.note(f"prefers:{MAIL}", '{"quiet": "canary"}')
    await tx.note(f"prefers:{BOB}", '{"quiet": "bob"}')
    await tx.note(f"email:thread:{LANE.partition(':')[2]}", '{"subject": "canaryword"}')
    await tx.note("web:session:x", json.dumps({"person": SLACK}))
    await tx.add_proposal(Proposal(0, "vpn", "en", "canaryword tunnel?", ANNAS, AGENT, NOW))
    for phrasings in (("canaryword tunnel?",), ("canaryword tunnel?", "vpn access")):
        await tx.save_entry(Entry("vpn", (Text("en", "How do I get in?", "Open it.", phrasings),)), AGENT, NOW)


def url_of(file: Path) -> str:
    return f"sqlite:///{file}"


async def everything(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, as it stands."""
    found: dict[str, list[tuple[object, ...]]] = {}
    async with snapshot(url) as session:
        for one in (Verbatim(table) for table in tables.metadata.sorted_tables):
            found[one.name] = list(await one.page(session, None, 10_000))
    return found


def rows_with(found: dict[str, list[tuple[object, ...]]], word: str) -> dict[str, list[tuple[object, ...]]]:
    """Those in which a word stands anywhere, by table."""
    held = {name: [row for row in rows if word in repr(row).lower().replace(f"not{word}", "")] for name, rows in found.items()}
    return {name: rows for name, rows in held.items() if rows}


# ------------------------------------------------------------------------------------------------------------------ erasing
def test_who_is_erased_is_nowhere_in_the_database_on_any_of_their_addresses(url: str, firstline: Callable[..., tuple[int, str, str]]) -> None:
    assert {"tickets", "messages", "inbox", "outbox", "notes", "people", "entries", "entry_versions", "files"} <= set(
        rows_with(servers.at_once(everything(url)), "canary")
    )
    code, out, err = firstline("privacy", "erase", "--person", MAIL, "--yes")
    assert (code, "canary" in (out + err).lower()) == (0, False)
    assert rows_with(servers.at_once(everything(url)), "canary") == {}
    code, out, _ = firstline("export", "--json")
    assert (code, "canary" in out.lower().replace("notcanary", "")) == (0, False)
    assert "secretnote" not in out
    assert "vpn access" in out


def test_figures_and_the_fact_of_each_move_stay_when_somebody_is_erased(on_file: Path, firstline: Callable[..., tuple[int, str, str]]) -> None:
    before = asyncio.run(everything(url_of(on_file)))
    assert firstline("privacy", "erase", "--person", SLACK, "--yes")[0] == 0
    after = asyncio.run(everything(url_of(on_file)))
    assert {name: len(after[name]) for name in ("tickets", "messages", "inbox", "outbox", "outcomes", "people", "contacts")} == {
        name: len(before[name]) for name in ("tickets", "messages", "inbox", "outbox", "outcomes", "people", "contacts")
    }
    assert [row[2] for row in after["events"]] == [*(row[2] for row in before["events"]), TicketClosed.__name__, PersonErased.__name__]


def test_an_open_ticket_of_who_is_erased_is_closed(on_file: Path, firstline: Callable[..., tuple[int, str, str]]) -> None:
    firstline("privacy", "erase", "--person", MAIL, "--yes")
    _, out, _ = firstline("ticket", "show", OPEN, "--json")
    told = json.loads(out)
    assert (told["status"], told["question"], told["requester"].partition(":")[0]) == ("closed", GONE, "erased")


def test_nothing_of_anybody_else_changes_but_the_identifiers_of_who_is_erased(url: str, firstline: Callable[..., tuple[int, str, str]]) -> None:
    def of_bob() -> dict[str, list[tuple[object, ...]]]:
        return rows_with(servers.at_once(everything(url)), "bob")

    before = of_bob()
    firstline("privacy", "erase", "--person", MAIL, "--yes")
    after = of_bob()
    for name in ("inbox", "outbox", "contacts", "people", "notes", "links", "events"):
        assert after[name] == before[name]
    _, out, _ = firstline("ticket", "show", BOBS_TICKET, "--json")
    told = json.loads(out)
    assert (told["question"], told["requester"]) == (BOBS_WORDS, BOB)
    assert told["watchers"][0].startswith("erased:")
    reply = next(one["text"] for one in told["messages"] if one["kind"] == "reply")
    assert (reply.startswith("Bob, "), reply.endswith("has that as well"), "canary" in reply.lower()) == (True, True, False)
    assert [row[0] for row in servers.at_once(everything(url))["files"]] == [BOBS_PICTURE.source]


def test_a_desk_works_on_after_somebody_was_erased(on_file: Path, firstline: Callable[..., tuple[int, str, str]]) -> None:
    assert firstline("privacy", "erase", "--person", MAIL, "--yes")[0] == 0
    for command in ("queue drain", "ticket list", "queue status", "kb export", "kb ask vpn"):
        code, _, err = firstline(*command.split())
        assert (command, code, err) == (command, 0, "")


def test_not_a_byte_of_who_is_erased_is_left_in_the_files_of_the_database(on_file: Path, firstline: Callable[..., tuple[int, str, str]]) -> None:
    def canaries() -> int:
        return sum(one.read_bytes().replace(b"notcanary", b"").lower().count(b"canary") for one in on_file.parent.iterdir() if one.is_file())

    with contextlib.closing(sqlite3.connect(on_file)) as raw:  # what was removed long ago lies in free pages still
        raw.execute("PRAGMA secure_delete=OFF").fetchall()
        raw.executemany("INSERT INTO notes VALUES (?, ?)", [(f"x:{n}", "canary" * 100) for n in range(200)])
        raw.commit()
        raw.execute("DELETE FROM notes WHERE key LIKE 'x:%'")
        raw.commit()
    assert canaries() > 5_000
    assert firstline("privacy", "erase", "--person", MAIL, "--yes")[0] == 0
    assert canaries() == 0


def test_without_yes_it_only_says_what_would_go(on_file: Path, firstline: Callable[..., tuple[int, str, str]]) -> None:
    before = asyncio.run(everything(url_of(on_file)))
    code, out, _ = firstline("privacy", "erase", "--person", MAIL, "--json")
    told = json.loads(out)
    assert (code, sorted(told["addresses"]), told["tickets"], told["open"], told["files"]) == (0, [MAIL, SLACK], [ANNAS, OPEN], [OPEN], 1)
    assert asyncio.run(everything(url_of(on_file))) == before


def test_nobody_is_erased_while_the_desk_is_at_work(on_file: Path, firstline: Callable[..., tuple[int, str, str]]) -> None:
    store = SqlStore.open(url_of(on_file))
    code, _, err = firstline("privacy", "erase", "--person", MAIL, "--yes")
    asyncio.run(store.close())
    assert (code, "is in use by process" in err) == (2, True)
    assert rows_with(asyncio.run(everything(url_of(on_file))), "canary")


async def test_what_we_posted_is_replaced_on_channels_that_can_and_the_rest_is_listed(tmp_path: Path) -> None:
    async def desk(name: str, able: set[str]) -> tuple[World, Erased]:
        url = url_of(tmp_path / name)
        world = World(desk=a_desk(), store=await open_store(url))
        await world.says(f"{UNKNOWN}, said alice")
        await world.presses("Take it", ANN)
        await world.writes(world.card(), "alice, feed it first.", ANN)
        await world.says(UNKNOWN, BOB_HERE)
        await world.store.retract(ALICE.id, able, world.clock.now())  # type: ignore[attr-defined]
        await world.workers.drain()
        await world.store.close()  # type: ignore[attr-defined]
        return world, await erase_person(url, tmp_path / f"{name}.ledger", ALICE.id)

    world, erased = await desk("able", {"chat"})
    assert erased.posted == {}
    assert not any("alice" in repr(sent.body) for sent in world.chat.sent)
    assert any(UNKNOWN in repr(sent.body) for sent in world.chat.sent), "Bob's stays"
    world, erased = await desk("unable", set())
    standing = [sent.id for sent in world.chat.sent if "alice" in repr(sent.body)]
    assert standing
    assert set(standing) <= set(erased.posted.values())


async def test_who_comes_back_to_a_desk_that_erased_them_is_served_as_anybody_new(tmp_path: Path) -> None:
    url = url_of(tmp_path / "firstline.db")
    world = World(desk=a_desk(), store=await open_store(url))
    await world.says("How do I reset my password?")
    await world.presses("Yes, solved")
    await world.says(UNKNOWN, BOB_HERE)
    await world.says(f"{UNKNOWN}, said alice")
    await world.presses("Take it", ANN)
    await world.writes(world.card("IT-3"), "alice, feed it first.", ANN)
    await world.store.close()  # type: ignore[attr-defined]
    assert "outbox" in rows_with(await everything(url), "alice")

    await erase_person(url, tmp_path / "ledger", ALICE.id)

    assert rows_with(await everything(url), "alice") == {}
    async with snapshot(url) as session:
        for table in tables.metadata.sorted_tables:
            await session.all(Statement(select(*table.c)))  # every value can still be read
    again = World(desk=a_desk(), store=await open_store(url), clock=world.clock)
    await again.passes(days=40)
    await again.says(UNKNOWN)
    assert (await again.ticket("IT-4")).requester == ALICE.id
    assert (await again.ticket("IT-3")).status == "closed"
    assert (await again.ticket("IT-2")).requester == BOB_HERE.id
    await again.store.close()  # type: ignore[attr-defined]


# --------------------------------------------------------------------------------------------------------- backups and holds
@pytest.mark.parametrize("command", ["privacy reapply", "migrate"])
def test_a_backup_from_before_brings_nobody_back(command: str, on_file: Path, firstline: Callable[..., tuple[int, str, str]]) -> None:
    backup = on_file.with_name("backup")
    shutil.copy(on_file, backup)
    firstline("privacy", "erase", "--person", MAIL, "--yes")
    became = {row[2] for row in asyncio.run(everything(url_of(on_file)))["tickets"]}
    shutil.move(backup, on_file)
    assert rows_with(asyncio.run(everything(url_of(on_file))), "canary")
    code, out, _ = firstline(*command.split())
    assert (code, "Erased again: 2" in out) == (0, True)
    found = asyncio.run(everything(url_of(on_file)))
    assert rows_with(found, "canary") == {}
    assert {row[2] for row in found["tickets"]} == became


def test_who_was_erased_and_writes_again_is_somebody_new(on_file: Path, firstline: Callable[..., tuple[int, str, str]]) -> None:
    firstline("privacy", "erase", "--person", MAIL, "--yes")

    async def write_again() -> None:
        store = SqlStore.open(url_of(on_file))
        await store.run(lambda tx: tx.remember(Person(MAIL, "Canary Bird", "en")))
        await store.close()

    asyncio.run(write_again())
    assert firstline("migrate")[0] == 0
    assert firstline("privacy", "reapply")[1] == "Nobody who was erased is in this database.\n"
    assert list(rows_with(asyncio.run(everything(url_of(on_file))), "canary")) == ["people"]


def test_the_ledger_tells_nobody_who_was_erased(on_file: Path, firstline: Callable[..., tuple[int, str, str]]) -> None:
    firstline("privacy", "erase", "--person", MAIL, "--yes")
    ledger = on_file.with_name("firstline.db.erased")
    assert len(ledger.read_text().splitlines()) == 3
    assert not any(word in ledger.read_text().lower() for word in ("canary", "birds", "email", "slack"))
    assert ledger.stat().st_mode & 0o077 == 0


def test_who_is_held_is_not_erased_until_released_and_the_reason_is_told(url: str, firstline: Callable[..., tuple[int, str, str]]) -> None:
    assert firstline("privacy", "hold", "--person", SLACK, "--reason", "case 7 at court")[0] == 0
    code, _, err = firstline("privacy", "erase", "--person", MAIL, "--yes")
    assert (code, "case 7 at court" in err) == (2, True)
    assert rows_with(servers.at_once(everything(url)), "canaryword")
    assert firstline("privacy", "release", "--person", MAIL)[0] == 0
    assert firstline("privacy", "erase", "--person", MAIL, "--yes")[0] == 0
    assert rows_with(servers.at_once(everything(url)), "canary") == {}


# ------------------------------------------------------------------------------------------------------------------ the audit
def test_each_command_stands_in_the_audit_with_one_sign_for_one_person_and_nobodys_name(
    on_file: Path, firstline: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "k" * 43)
    reason = ("--reason", "Canary Bird wrote from canary@birds.example")
    for command in (("export", "--person", SLACK), ("hold", "--person", MAIL), ("release", "--person", MAIL), ("erase", "--person", SLACK, "--yes")):
        assert firstline("privacy", *command, *reason)[0] == 0
    told = [row for row in asyncio.run(everything(url_of(on_file)))["events"] if row[2] in AUDITED]
    details = [json.loads(str(row[6])) for row in told]
    assert [row[2] for row in told] == list(AUDITED)
    assert len({one["of"] for one in details}) == 1
    assert all(str(row[3]).startswith("operator:") and row[4] == "console" for row in told)
    assert all("wrote from" in one["why"] and "canary" not in repr(one).lower() for one in details)


def test_what_is_given_out_beside_a_desk_at_work_is_taken_into_its_audit(on_file: Path, firstline: Callable[..., tuple[int, str, str]]) -> None:
    store = SqlStore.open(url_of(on_file))
    code, _, err = firstline("privacy", "export", "--person", MAIL, "--to", "anna.zip", "--reason", "Canary Bird asked")
    assert (code, err) == (0, "")
    assert sorted(zipfile.ZipFile("anna.zip").namelist())[-2:] == ["files/001-canary.png", "index.html"]
    left = on_file.with_name("firstline.db.did")
    assert "canary" not in left.read_text().lower()

    async def take_in() -> tuple[int, int, list[Recorded]]:
        taking = TakingIn(store.within, on_file)
        many, again = await taking.look(), await taking.look()
        found = (await store.audit(AuditQuery(act="DataGivenOut"))).events
        await store.close()
        return many, again, list(found)

    many, again, found = asyncio.run(take_in())
    assert (many, again, [one.name for one in found], left.exists()) == (1, 0, ["DataGivenOut"], False)


async def test_what_an_entry_said_before_they_asked_stays_and_one_that_is_called_what_they_asked_is_named(tmp_path: Path) -> None:
    url, hour = url_of(tmp_path / "firstline.db"), timedelta(hours=1)
    store = await open_store(url)

    async def asked(tx: Transaction) -> None:
        await tx.save_entry(Entry("vpn", (Text("en", "VPN?", "Restart it.", ("my tunnel drops",)),)), AGENT, NOW - hour)
        for number, words in ((ANNAS, "My  Tunnel drops"), (OPEN, "Where is my cage"), (BOBS_TICKET, "It squeaks at noon")):
            await tx.add_ticket(Ticket(number, MAIL, LANE, words, "en", NOW, NOW, changed_at=NOW))
            await tx.add_message(TicketMessage(0, number, "in", "question", MAIL, words, NOW))
        for again in ((), ("it squeaks AT noon",)):
            await tx.save_entry(Entry("vpn", (Text("en", "VPN?", "Restart it.", ("my tunnel drops", *again)),)), AGENT, NOW + hour)
        await tx.save_entry(Entry("cage", (Text("en", "Where is my cage", "There.", ("lost a cage",)),)), AGENT, NOW + hour)

    await store.run(asked)
    await store.close()
    done = await erase_person(url, tmp_path / "ledger", MAIL)
    found = await everything(url)
    assert done.look_at == {"cage"}
    assert ["my tunnel drops" in repr(row) for row in found["entry_versions"] if row[0] == "vpn"] == [True, True, True]
    assert "squeaks" not in repr(found).lower()
    assert "lost a cage" in repr(found["entries"])


# --------------------------------------------------------------------------------------------------------------- giving out
def test_a_person_gets_all_of_their_own_over_all_addresses_and_nothing_of_others(
    url: str, firstline: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    assert firstline("privacy", "export", "--person", SLACK, "--to", "anna.json")[0] == 0
    text = (tmp_path / "anna.json").read_text()
    told = json.loads(text)
    assert {one["id"] for one in told["addresses"]} == {MAIL, SLACK}
    assert [one["number"] for one in told["tickets"]] == [ANNAS, OPEN]
    assert [one["text"] for one in told["tickets"][0]["messages"]] == ["canaryword: my screen", "Dear Canary Bird, replug it"]
    assert [one["text"] for one in told["messages_in_requests_of_others"]] == ["canaryword: mine hums, too"]
    assert told["contacts"][0]["medium"] == "call"
    [file] = (tmp_path / "anna.json-files").iterdir()
    assert (file.read_bytes(), file.name) == (b"canary", told["tickets"][0]["messages"][0]["files"][0]["saved_as"])
    assert not any(word in text for word in ("Bob", "bob@", "hive", "UAGENT01", "secretnote", "told canaryword to replug", "canaryword called"))


def test_of_somebody_unknown_there_is_nothing(on_file: Path, firstline: Callable[..., tuple[int, str, str]]) -> None:
    told = json.loads(firstline("privacy", "export", "--person", "email:nobody@else.example")[1])
    assert (told["tickets"], told["contacts"], told["messages_in_requests_of_others"]) == ([], [], [])
    assert firstline("privacy", "export", "--person", "anna")[0] == 2


# ------------------------------------------------------------------------------------------------------------------ identifiers
@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("email:ann@x.org", "erased:1"),
        ("write to ann@x.org.", "write to 1."),
        ("email:ann@x.org/5", "erased:1/5"),
        ("joann@x.org", "joann@x.org"),
        ("jo-ann@x.org", "jo-ann@x.org"),
        ("ann@x.org.uk", "ann@x.org.uk"),
        ("Ann Onymous, please", "[erased], please"),
        ("Ann", "Ann"),
    ],
)
def test_an_identifier_is_replaced_only_where_it_is_whole(text: str, becomes: str) -> None:
    assert Identifiers({"email:ann@x.org": "erased:1"}, ["Ann Onymous"], GONE).replaced(text) == becomes


# -------------------------------------------------------------------------------------------------------------------- retention
async def tidied(url: str, words: timedelta | None, files: timedelta | None, now: datetime) -> dict[str, int]:
    """A round of the desk's housekeeping at that time."""
    store = await open_store(url)
    try:
        return await Housekeeping(store, SetClock(now), None, tickets=OldTickets({"words": words, "files": files}, store.forget_tickets)).tidy()
    finally:
        await store.close()


def test_a_closed_ticket_loses_its_files_and_then_its_words_and_who_asked_and_an_open_one_nothing(url: str) -> None:
    year = timedelta(days=365)
    assert "words" not in servers.at_once(tidied(url, None, None, NOW + 9 * year))
    early = servers.at_once(tidied(url, 2 * year, year, NOW + year + timedelta(days=1)))
    assert (early["words"], early["files"]) == (0, 1)
    found = servers.at_once(everything(url))
    assert [row[0] for row in found["files"]] == [BOBS_PICTURE.source]
    assert "canaryword: my screen" in repr(found["tickets"])
    late = servers.at_once(tidied(url, 2 * year, year, NOW + 3 * year))
    assert (late["words"], late["files"]) == (1, 0)
    [first, second, third] = servers.at_once(everything(url))["tickets"]
    assert ("canary" in repr(first), "canaryword again" in repr(second), BOBS_WORDS in repr(third)) == (False, True, True)
    assert "secretnote" not in repr(servers.at_once(everything(url))["messages"])
    assert servers.at_once(tidied(url, 2 * year, year, NOW + 3 * year))["words"] == 0


def test_what_is_held_outlives_every_retention(on_file: Path, firstline: Callable[..., tuple[int, str, str]]) -> None:
    firstline("privacy", "hold", "--person", MAIL, "--reason", "case 7 at court")
    day = timedelta(days=1)
    assert asyncio.run(tidied(url_of(on_file), day, day, NOW + 9 * day))["words"] == 0
    firstline("privacy", "release", "--person", MAIL)
    assert asyncio.run(tidied(url_of(on_file), day, day, NOW + 9 * day))["words"] == 1


def test_a_dry_run_counts_what_retention_would_take_and_takes_nothing(on_file: Path, firstline: Callable[..., tuple[int, str, str]]) -> None:
    on_file.with_name("firstline.toml").write_text(DESK)
    before = asyncio.run(everything(url_of(on_file)))
    assert json.loads(firstline("privacy", "retention", "--dry-run", "--json")[1]) == {"words": 1, "files": 0, "assets": 0}
    assert asyncio.run(everything(url_of(on_file))) == before
