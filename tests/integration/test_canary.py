"""A person with a canary in everything they could leave behind is erased: no table, file, journal, export, cache or log holds it; nor does a backup."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import logging
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Boolean, Float, LargeBinary, String, Table

from bot.__main__ import execute
from bot.app import SystemClock
from bot.domain.accounts import Account, Address
from bot.domain.assets import Asset
from bot.domain.contacts import Contact
from bot.domain.ids import ConversationId, MessageId, PersonId, PlaceId, TicketId
from bot.domain.learning import Outside, Proposal
from bot.domain.messages import Attachment, Inbound, Outbound, Said, Say
from bot.domain.people import Person
from bot.domain.tickets import Ticket, TicketMessage
from bot.engine.people.addresses import keep_account
from bot.ports import Parcel, Transaction
from bot.ports.privacy import Who
from bot.settings import names
from bot.store import tables
from bot.store.data_map import DATA_MAP
from bot.store.person_desk import PersonDesk
from bot.store.privacy import erase_person, reapply
from bot.store.session import Session
from bot.store.sql import SqlStore, open_store
from bot.store.verbatim import Verbatim
from kb.entries import Entry, Text
from tests import servers
from tests.integration.test_privacy import everything, rows_with
from tests.journeys.doors import eventually, product
from tests.journeys.doors_web import RealBrowser, WebRequester

NOW = datetime(2025, 11, 21, 9, 30, tzinfo=UTC)
MAIL, SLACK, TELEGRAM = PersonId("email:canary@birds.example"), PersonId("slack:UCANARY77"), PersonId("telegram:7700112233")
PHONE, WEB, WHATSAPP = PersonId("phone:+34600777111"), PersonId("web:canary0123456789abcdef0123456789"), PersonId("whatsapp:34600777222")
DOORS = (MAIL, SLACK, TELEGRAM, PHONE, WEB, WHATSAPP)
OTHER, AGENT, ADMIN = PersonId("email:bob@bees.example"), PersonId("slack:UAGENT01"), PersonId("slack:UADMIN01")
SIGNS = ("canary", "7700112233", "34600777111", "34600777222")
MENTION = "see Canary Bird <CANARY@birds.example>, UCANARY77, canary%40birds.example or +34600777111"
NAMES = {MAIL: "Canary Bird", SLACK: "Canary Bird"}


@pytest.fixture(autouse=True)
def _a_folder_and_an_empty_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


# ------------------------------------------------------------------------------------ everything that is theirs, on every door
async def everywhere(tx: Transaction) -> None:
    """A request on every door with its talk, files, calls, computers, and what was learned from it."""
    await keep_account(tx, Account("a1", tuple(Address(one, True, NOW) for one in DOORS)))
    await tx.save_entry(Entry("vpn", (Text("en", "How do I get in?", "Open it.", ("vpn access",)),)), ADMIN, NOW.replace(hour=8))
    for n, who in enumerate(DOORS, 1):
        await _on_door(tx, n, who)
    asset = Asset("pc-2020", "pc-7", "", "", "", "", (), "x", "", NOW, NOW, NOW, SLACK)
    await tx.add_asset(asset, {"hardware": ({"name": "UCANARY77"},)})


async def _on_door(tx: Transaction, n: int, who: PersonId) -> None:
    number, lane, words = TicketId(f"IT-{n}"), ConversationId(f"{who}/canary-thread" if n % 2 else who), f"canaryword {n}: how does it hum?"
    picture = Attachment(f"{who}/file-canary", "canary.png", "image/png", 6)
    await tx.remember(Person(who, NAMES.get(who, ""), "en"))
    asked = Ticket(number, who, lane, words, "en", NOW, NOW, tier=2, assignee=AGENT, changed_at=NOW, tags=("printer",), fields=(("who", "canary"),))
    await tx.add_ticket(replace(asked, comment="canaryword thanks", solution="canaryword oiled"))
    await tx.label(number, ["field:who=canary"])
    await tx.add_message(TicketMessage(0, number, "in", "call" if who == PHONE else "question", who, words, NOW, (picture,), source=f"{who}/canary-1"))
    await tx.add_message(TicketMessage(0, number, "out", "note", AGENT, "canary is difficult", NOW, delivery="kept"))
    said = Said(words, MessageId(f"{who}/canary-1"), PlaceId(lane), private=True, addressed=True)
    await tx.keep(Inbound(f"canary-{n}", who.partition(":")[0], lane, Person(who, "Canary Bird"), NOW, said), NOW)
    await tx.post(Parcel(f"reply:canary-{n}", lane, lane, Outbound((Say("Dear Canary Bird"),)), NOW, ticket=number))
    told = json.dumps({"type": "TicketOpened", "data": {"ticket": {"number": number, "requester": who, "question": words}}})
    await tx.post(Parcel(f"webhook:w:{n}", "webhook:w:0", "webhook:w", Outbound((Say(f"evt_{n}"), Say(told))), NOW))
    await tx.add_contact(Contact(NOW, who, who.partition(":")[0], "in", reason="canaryword called", by=AGENT, ticket=number))
    await tx.note(f"prefers:{who}", '{"quiet": "canary"}')
    await tx.note(f"web:session:{n}", json.dumps({"person": who}))
    await tx.note(f"report:{n}", json.dumps({"kept": f"by {who}"}))
    await tx.note(f"gap:{n}", json.dumps({"by": who}))
    await tx.add_proposal(Proposal(0, "vpn", "en", f"canaryword tunnel {n}?", number, AGENT, NOW))
    await tx.add_outside(Outside(0, f"canaryword outside {n}?", "en", number, AGENT, NOW))
    for phrasings in ((f"canaryword tunnel {n}?", words), (f"canaryword tunnel {n}?", f"Canaryword {n}:  how does it hum?", "vpn access")):
        await tx.save_entry(Entry("vpn", (Text("en", "How do I get in?", "Open it.", phrasings),), finds=(words,)), ADMIN, NOW.replace(hour=10))


async def filled(url: str, *, in_every_column: bool = False) -> None:
    """The desk with them in it; in_every_column: and a row in each table that mentions them wherever something of people may stand."""
    store = await open_store(url)
    try:
        await store.run(everywhere)
        for n, who in enumerate(DOORS, 1):
            await store.keep_file(Attachment(f"{who}/file-canary", "canary.png", "image/png", 6), b"canary")
            await store.keep_file(Attachment(f"web:of-bob-{n}", "of Canary Bird.png", "image/png", 4), b"hive")
        if in_every_column:
            await store.within(mentioned)
    finally:
        await store.close()


async def mentioned(session: Session) -> None:
    for table in tables.metadata.sorted_tables:
        await Verbatim(table).put(session, [tuple(_value(table, column.name) for column in table.c)])


def _value(table: Table, column: str) -> object:
    """Valid where it is read, and with a mention wherever the data map says that something of people may stand."""
    kept = Verbatim(table).table.c[column].type
    if isinstance(kept, LargeBinary):
        return b"x"
    if not isinstance(kept, String):
        return False if isinstance(kept, Boolean) else 0.5 if isinstance(kept, Float) else 900_001
    if DATA_MAP[table.name][column] == "none":
        return "closed" if column == "status" else "x"
    if (table.name, column) == ("inbox", "person"):
        return json.dumps({"id": OTHER, "name": MENTION})
    if column == "entry":
        return json.dumps({"id": "x", "texts": [{"lang": "en", "question": "q", "answer": MENTION, "phrasings": [MENTION]}]})
    mention = MENTION if (kept.length or 1_000) > len(MENTION) else "UCANARY77"
    special = {("outbox", "to"): f"slack:C0/{MENTION}", ("notes", "key"): "report:x"}
    return special.get((table.name, column), json.dumps([MENTION]) if type(table.c[column].type).__name__ == "Json" else mention)


async def beside(url: str, ledger: Path) -> None:
    """As the page does it, while the desk works."""
    store = await open_store(url)
    try:
        people = PersonDesk(store, url, lambda: ledger, b"k" * 32, SystemClock(), set())
        did = await people.erase(MAIL, Who(PersonId("web:agent-root"), "web", MENTION))
        assert (len(did.stand_ins), did.is_compact) == (len(DOORS), True)
    finally:
        await store.close()


def hits(found: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    return {name: rows for sign in SIGNS for name, rows in rows_with(found, sign).items()}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mariadb"])
def test_no_row_of_any_table_holds_them_on_any_door_and_every_column_had_held_them(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/firstline.db" if kind == "sqlite" else str(request.getfixturevalue(f"{kind}_desk"))
    servers.at_once(filled(url, in_every_column=True))
    before = hits(servers.at_once(everything(url)))
    assert set(before) == {name for name, marks in DATA_MAP.items() if set(marks.values()) != {"none"}}
    servers.at_once(erase_person(url, tmp_path / "ledger", MAIL) if kind == "sqlite" else beside(url, tmp_path / "ledger"))
    after = servers.at_once(everything(url))
    assert {name: len(rows) for name, rows in hits(after).items()} == {}, hits(after)
    assert "vpn access" in repr(after["entries"])
    assert len(after["entry_versions"]) == 2 * len(DOORS) + 2, "the versions stay, without their words"
    assert "Open it." in repr(after["entry_versions"])


def test_nothing_of_them_is_in_a_byte_beside_the_database_in_exports_or_in_a_backup_that_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "firstline.db"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}")
    asyncio.run(filled(f"sqlite:///{file}"))
    backup = tmp_path.parent / f"{tmp_path.name}-backup"
    shutil.copy(file, backup)
    assert execute(["privacy", "erase", "--person", PHONE, "--yes", "--reason", MENTION]) == 0
    assert in_bytes(tmp_path) == {}
    for name, command in {"all.jsonl": "export --json", "faq.yaml": "kb export --format yaml", "contacts.csv": "report contacts --format csv"}.items():
        capsys.readouterr()
        assert execute(command.split()) == 0
        (tmp_path / name).write_text(capsys.readouterr().out)
    assert (tmp_path / "all.jsonl").stat().st_size > 5_000
    assert in_bytes(tmp_path) == {}
    shutil.move(backup, file)
    assert in_bytes(tmp_path)
    asyncio.run(reapply(f"sqlite:///{file}", tmp_path / "firstline.db.erased"))
    assert in_bytes(tmp_path) == {}


def in_bytes(folder: Path) -> dict[str, int]:
    """How often one of the signs stands in each file below a folder."""
    counted = {str(one.relative_to(folder)): _count(one.read_bytes()) for one in folder.rglob("*") if one.is_file()}
    return {name: many for name, many in counted.items() if many}


def _count(content: bytes) -> int:
    return sum(content.lower().count(sign.encode()) for sign in SIGNS)


# ------------------------------------------------------------------------------------------- the whole product, while it works
@contextlib.contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """All that any logger says, with whatever it was given."""
    kept, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(kept)
    handler.setFormatter(_Whole())
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield kept
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


class _Whole(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return f"{super().format(record)} {record.__dict__!r}"


async def test_while_the_product_works_an_admin_erases_them_and_no_file_or_log_of_it_holds_them(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    folder.mkdir()
    env = {"CACHE_DIR": str(folder / "cache"), "LOG_LEVEL": "DEBUG", "ENCODER": "off"}
    with everything_logged() as logged:
        async with product(folder, env, {"tier2": "", "tier3": ""}) as (app, base), _closing(RealBrowser(base)) as browser:
            bird = WebRequester(browser)
            await bird.says("My ergonomic chair squeaks like a canaryword")
            await bird.attaches("canaryfile.txt", b"canarybytes")
            await bird.says("/privacy erase")
            await eventually(lambda: _has(app.store, "IT-2"), "the wish is a request")
            admin = RealBrowser(base)
            link = await app.web.sign_in_link(base, "admin", "Ada")
            await admin.send(await admin.open(link.removeprefix(base)), "", name="Ada")
            page = await admin.send(await admin.open("/admin/person"), "/admin/person", who="IT-1")
            sign = page.text.partition('<span class="small">')[2].partition("<")[0]
            erased = await admin.send(page, "/admin/person/erase", confirm=page.text.partition('id="person">')[2].partition(" <span")[0])
            assert "is nobody now" in erased.text, erased.text[-2000:]
            assert in_bytes(folder) == {}
            assert sign
            await admin.http.aclose()
    assert _count(logged.getvalue().encode()) == 0, [one for one in logged.getvalue().splitlines() if "canary" in one.lower()][:3]


async def _has(store: SqlStore, number: str) -> bool:
    return await store.ticket(number) is not None


@contextlib.asynccontextmanager
async def _closing(browser: RealBrowser) -> AsyncIterator[RealBrowser]:
    try:
        yield browser
    finally:
        await browser.http.aclose()
