"""The console commands over a real SQLite file: what they print, and how they end."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import logging
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bot.__main__ import execute
from bot.app import SystemClock
from bot.domain.desks import Desk
from bot.domain.events import TicketClaimed, TicketOpened
from bot.domain.ids import ConversationId, MessageId, PersonId, PlaceId, TicketId
from bot.domain.messages import Inbound, Outbound, Said, Say
from bot.domain.outcomes import solved_by
from bot.domain.people import Person
from bot.domain.tickets import Ticket, TicketMessage
from bot.engine.reports.bookkeeping import Bookkeeping
from bot.engine.reports.registry import REPORTS
from bot.ports import Parcel, Transaction
from bot.settings import names
from bot.store.sql import SqlStore
from tests.builders import an_outcome

T = TypeVar("T")
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
ANNA, AGENT = PersonId("web:anna"), PersonId("web:agent")
LANE = ConversationId("web:anna")
ENTRIES = (
    '{"id": "vpn", "lang": "en", "question": "How do I connect to the VPN?", "phrasings": ["vpn access"], "answer": "Open the client."}\n'
    '{"id": "vpn", "lang": "de", "question": "Wie komme ich ins VPN?", "phrasings": ["vpn zugang"], "answer": "Den Client starten."}\n'
    '{"id": "wifi", "lang": "en", "question": "What is the guest Wi-Fi password?", "phrasings": [], "answer": "Ask reception."}\n'
)


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Its output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture(autouse=True)
def _a_folder_and_an_empty_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def firstline(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    def run(*arguments: str) -> Ended:
        code = execute(arguments)
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run


def in_store(work: Callable[[SqlStore], Awaitable[T]]) -> T:
    """Do something as the process that owns the file."""

    async def done() -> T:
        store = SqlStore.open(f"sqlite:///{Path.cwd()}/firstline.db")
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(done())


async def a_ticket_with_a_talk(store: SqlStore) -> None:
    """IT-1: asked by Anna, claimed; a note and a reply that waits."""

    async def unit(tx: Transaction) -> None:
        number = await tx.next_number("IT")
        await tx.add_ticket(Ticket(number, ANNA, LANE, "My screen is\nblack", "en", NOW, NOW, tier=2, assignee=AGENT, changed_at=NOW))
        await tx.add_message(TicketMessage(0, number, "in", "question", ANNA, "My screen is\nblack", NOW, source="web:anna/1"))
        await tx.add_message(TicketMessage(0, number, "out", "note", AGENT, "=Cable?", NOW, delivery="kept"))
        await tx.add_message(TicketMessage(0, number, "out", "reply", AGENT, "Please replug it ⚡", NOW, delivery="waiting"))
        await tx.record(TicketOpened(ticket=number, by=ANNA, at=NOW), "web")
        await tx.record(TicketClaimed(ticket=number, by=AGENT, at=NOW, tier=2), "web")

    await store.run(unit)


async def a_dead_letter_and_a_failed_message(store: SqlStore) -> None:
    said = Said("poison", MessageId("web:anna/2"), PlaceId("web:anna"), private=True, addressed=True)

    async def keep(tx: Transaction) -> None:
        await tx.keep(Inbound("k1", "web", LANE, Person(ANNA, "Anna"), NOW, said), NOW)
        await tx.post(Parcel("p1", "web:anna", "web:anna", Outbound((Say("Hello"),)), NOW, ticket="IT-1"))

    async def give_up(tx: Transaction) -> None:
        [event] = await tx.waiting("web:anna", NOW)
        await tx.park(event.id, "ValueError")
        await tx.not_sent("p1", "failed", NOW, "blocked")

    await store.run(keep)
    await store.run(give_up)


# ---- usage and configuration
@pytest.mark.parametrize("arguments", [["nope"], ["kb", "nope"], ["kb", "ask"], ["ticket", "show"], ["kb", "ask", "x", "--lang", "xx"], ["export", "--xml"]])
def test_wrong_usage_is_one_line_and_exit_code_2(arguments: list[str], firstline: Callable[..., Ended]) -> None:
    ended = firstline(*arguments)
    assert ended.code == 2
    assert len(ended.err.splitlines()) == 1
    assert ended.err.startswith("firstline: ")


@pytest.mark.parametrize("command", ["run", "web", "worker", "migrate", "doctor", "export", "ticket list", "queue drain", "kb ask x"])
def test_every_command_names_all_wrong_settings_and_ends_with_2(
    command: str, firstline: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PORT", "eighty")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    (tmp_path / "firstline.toml").write_text('[desk]\nprefix = "it"\n')
    ended = firstline(*command.split())
    assert ended.code == 2
    assert [line.split()[1].rstrip(":") for line in ended.err.splitlines()] == ["firstline.toml", "firstline.toml", "PORT", "SLACK_SIGNING_SECRET"]
    assert not (tmp_path / "firstline.db").exists()


def test_a_worker_on_sqlite_says_that_web_is_the_whole_desk(firstline: Callable[..., Ended]) -> None:
    ended = firstline("worker")
    assert ended.code == 2
    assert "`firstline web` is the whole desk" in ended.err


@pytest.mark.parametrize("command", ["run", "migrate", "kb import faq.jsonl", "queue retry", "queue drain"])
def test_a_second_owner_of_the_file_says_so_and_ends(command: str, firstline: Callable[..., Ended], tmp_path: Path) -> None:
    (tmp_path / "faq.jsonl").write_text(ENTRIES)

    async def try_it(_: SqlStore) -> Ended:
        return await asyncio.to_thread(firstline, *command.split())

    ended = in_store(try_it)
    assert ended.code == 2
    assert "is in use by process" in ended.err
    assert len(ended.err.splitlines()) == 1


@pytest.mark.parametrize("command", ["export --json", "ticket list", "ticket show IT-1", "queue status", "kb export", "kb ask x", "report matching"])
def test_what_only_reads_works_beside_the_running_desk(command: str, firstline: Callable[..., Ended]) -> None:
    async def try_it(store: SqlStore) -> Ended:
        await a_ticket_with_a_talk(store)
        return await asyncio.to_thread(firstline, *command.split())

    ended = in_store(try_it)
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.parametrize("command", ["export --json", "ticket list", "queue status", "kb export", "report matching"])
def test_without_a_database_there_is_one_line_and_no_file_is_made(command: str, firstline: Callable[..., Ended], tmp_path: Path) -> None:
    ended = firstline(*command.split())
    assert ended.code == 2
    assert "there is no file" in ended.err
    assert list(tmp_path.iterdir()) == []


def test_migrate_makes_the_database_and_may_be_repeated(firstline: Callable[..., Ended], tmp_path: Path) -> None:
    assert firstline("migrate").code == 0
    assert firstline("migrate").code == 0
    assert (tmp_path / "firstline.db").is_file()


def test_help_names_every_command(firstline: Callable[..., Ended]) -> None:
    for ended in (firstline(), firstline("--help")):
        assert ended.code == 0
        assert all(name in ended.out for name in ("run", "web", "worker", "migrate", "doctor", "kb", "ticket", "queue", "export", "report"))


# ---- the knowledge base
def test_what_was_imported_is_exported_and_asked(firstline: Callable[..., Ended], tmp_path: Path) -> None:
    (tmp_path / "faq.jsonl").write_text(ENTRIES)
    ended = firstline("kb", "import", "faq.jsonl")
    assert (ended.code, ended.out) == (0, "faq.jsonl: 2 added (vpn, wifi)\n")
    assert "2 unchanged" in firstline("kb", "import", "faq.jsonl").out
    asked = firstline("kb", "ask", "VPN-Zugang?", "--lang", "de", "--json").lines[0]
    assert (asked["decision"], asked["offered"], asked["lang"]) == ("answer", ["vpn"], "de")
    assert asked["answer"] == "Den Client starten."
    assert {"id": "vpn", "lang": "de", "phrasing": "vpn zugang"}.items() <= asked["entries"][0].items()
    assert "word for word" in firstline("kb", "ask", "vpn zugang").out


@pytest.mark.parametrize("form", ["yaml", "csv", "jsonl"])
def test_an_export_is_imported_again_without_a_change(form: str, firstline: Callable[..., Ended], tmp_path: Path) -> None:
    (tmp_path / "faq.jsonl").write_text(ENTRIES)
    firstline("kb", "import", "faq.jsonl")
    (tmp_path / f"again.{form}").write_text(firstline("kb", "export", "--format", form).out)
    assert firstline("kb", "import", f"again.{form}").out == f"again.{form}: 2 unchanged\n"


def test_a_dry_run_tells_and_changes_nothing(firstline: Callable[..., Ended], tmp_path: Path) -> None:
    (tmp_path / "faq.jsonl").write_text(ENTRIES)
    assert "2 added (vpn, wifi)" in firstline("kb", "import", "--dry-run", "faq.jsonl").out
    assert [path.name for path in tmp_path.iterdir()] == ["faq.jsonl"]
    firstline("kb", "import", "faq.jsonl")
    (tmp_path / "faq.jsonl").write_text(ENTRIES.replace("Ask reception", "Ask Anna"))
    assert "1 changed (wifi), 1 unchanged" in firstline("kb", "import", "--dry-run", "faq.jsonl").out
    assert "Ask reception" in firstline("kb", "export").out


def test_one_fault_and_nothing_is_imported(firstline: Callable[..., Ended], tmp_path: Path) -> None:
    (tmp_path / "good.jsonl").write_text(ENTRIES)
    others = ENTRIES.replace('"vpn"', '"v2"').replace('"wifi"', '"w2"')
    (tmp_path / "bad.jsonl").write_text(others + '{"id": "x", "lang": "en", "question": "", "answer": "y"}\n')
    firstline("migrate")
    ended = firstline("kb", "import", "good.jsonl", "bad.jsonl")
    assert ended.code == 1
    assert "bad.jsonl:4: " in ended.err
    assert firstline("kb", "export", "--format", "jsonl").out == ""


def test_an_import_says_who_changed_the_entry(firstline: Callable[..., Ended], tmp_path: Path) -> None:
    (tmp_path / "faq.jsonl").write_text(ENTRIES)
    firstline("kb", "import", "faq.jsonl")
    [version] = in_store(lambda store: store.entry_history("vpn"))
    assert version.by == "command:kb-import"


def test_the_articles_that_ship_are_sound(firstline: Callable[..., Ended]) -> None:
    ended = firstline("kb", "check")
    assert (ended.code, ended.out.splitlines()[-1].partition(", ")[2]) == (0, "0 faults, 0 to look at.")


def test_check_names_file_and_line_and_ends_with_1(firstline: Callable[..., Ended], tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text(ENTRIES + "{nonsense\n")
    ended = firstline("kb", "check", "bad.jsonl")
    assert ended.code == 1
    assert ended.out.startswith("bad.jsonl:4: ")


def test_a_question_before_the_first_start_is_asked_of_the_sample(firstline: Callable[..., Ended], tmp_path: Path) -> None:
    [told] = firstline("kb", "ask", "how do I connect to the vpn", "--json").lines
    assert told["offered"] == ["vpn-connect"]
    assert list(tmp_path.iterdir()) == []


async def outcomes_of_words_alone(store: SqlStore) -> None:
    """Sixty answers, all of them right, scored 21 to 80 by words."""
    now = datetime.now(UTC)

    async def unit(tx: Transaction) -> None:
        for number in range(60):
            asked = an_outcome(asked_at=now, score=21.0 + number, scale="words")
            await tx.judge(solved_by(replace(asked, id=await tx.add_outcome(asked)), asked.entry, "press", now))

    await store.run(unit)


def test_ask_decides_from_what_the_desk_has_learned_of_the_same_scores(firstline: Callable[..., Ended], tmp_path: Path) -> None:
    (tmp_path / "faq.jsonl").write_text(ENTRIES)
    firstline("kb", "import", "faq.jsonl")
    asked = "kb", "ask", "I need vpn access on my laptop please", "--json"
    [before] = firstline(*asked, "--without-encoder").lines
    in_store(outcomes_of_words_alone)
    [learned], [foreign] = firstline(*asked, "--without-encoder").lines, firstline(*asked).lines
    assert (before["decision"], before["thresholds"]["answer"], before["evidence"]["outcomes"]) == ("suggest", None, 0)
    assert (learned["decision"], learned["offered"]) == ("answer", ["vpn"])
    assert 21 <= learned["thresholds"]["answer"] <= learned["entries"][0]["score"]
    assert learned["evidence"]["outcomes"] == 60
    assert learned["evidence"]["wrong"] == 0
    assert (foreign["encoded"], foreign["thresholds"]["answer"], foreign["evidence"]["outcomes"]) == (True, None, 0)


def test_evaluate_prints_the_figures(firstline: Callable[..., Ended], tmp_path: Path) -> None:
    (tmp_path / "e.jsonl").write_text(ENTRIES)
    (tmp_path / "q.jsonl").write_text('{"text": "vpn access", "lang": "en", "expected": "vpn"}\n{"text": "pizza", "lang": "en", "expected": null}\n')
    [figures] = firstline("kb", "evaluate", "--entries", "e.jsonl", "--queries", "q.jsonl", "--scores", "s.jsonl", "--json").lines
    assert {"queries": 2, "in_scope": 1, "answered": 1, "wrong": 0}.items() <= figures.items()
    assert len((tmp_path / "s.jsonl").read_text().splitlines()) == 2
    assert "coverage" in firstline("kb", "evaluate", "--entries", "e.jsonl", "--queries", "q.jsonl").out
    assert firstline("kb", "evaluate", "--entries", "missing.jsonl", "--queries", "q.jsonl").code == 2


# ---- tickets, queue, export
def test_tickets_are_listed_and_shown(firstline: Callable[..., Ended]) -> None:
    in_store(a_ticket_with_a_talk)
    assert "IT-1" in firstline("ticket", "list").out
    assert "My screen is black" in firstline("ticket", "list", "--status", "open", "--tier", "2").out
    assert firstline("ticket", "list", "--status", "closed").out == "No tickets.\n"
    shown = firstline("ticket", "show", "it-1").out
    assert all(part in shown for part in ("web:agent", "Please replug it ⚡", "=Cable?", "TicketClaimed"))
    [told] = firstline("ticket", "show", "IT-1", "--json").lines
    assert [message["kind"] for message in told["messages"]] == ["question", "note", "reply"]
    assert [event["name"] for event in told["events"]] == ["TicketOpened", "TicketClaimed"]


def test_a_ticket_that_is_not_there_ends_with_1(firstline: Callable[..., Ended]) -> None:
    firstline("migrate")
    ended = firstline("ticket", "show", "IT-99")
    assert (ended.code, ended.out) == (1, "There is no ticket IT-99.\n")


def test_a_status_that_does_not_exist_is_named(firstline: Callable[..., Ended]) -> None:
    ended = firstline("ticket", "list", "--status", "done")
    assert ended.code == 2
    assert "choose from open, pending, resolved, closed" in ended.err


def test_the_export_has_everything_in_the_order_in_which_it_was_handled(firstline: Callable[..., Ended], tmp_path: Path) -> None:
    (tmp_path / "faq.jsonl").write_text(ENTRIES)
    firstline("kb", "import", "faq.jsonl")
    in_store(a_ticket_with_a_talk)
    lines = firstline("export", "--json").lines
    assert [line["type"] for line in lines] == ["ticket", *["message"] * 3, *["event"] * 2, *["contact"] * 2, *["entry"] * 2]
    ticket, question, note, reply, opened, claimed, asked, answered, vpn, _ = lines
    assert {"number": "IT-1", "desk": "IT help", "status": "open", "tier": 2, "entry": None}.items() <= ticket.items()
    assert {"assignee": "web:agent", "requester": "web:anna", "channel": "web"}.items() <= ticket.items()
    assert {"direction": "in", "text": "My screen is\nblack", "delivery": None, "source": "web:anna/1"}.items() <= question.items()
    assert {"direction": "out", "kind": "note", "text": "=Cable?", "delivery": "kept"}.items() <= note.items()
    assert {"direction": "out", "kind": "reply", "delivery": "waiting"}.items() <= reply.items()
    assert (opened["name"], claimed["name"], claimed["actor"], claimed["details"]) == ("TicketOpened", "TicketClaimed", "web:agent", {"tier": 2})
    assert [(one["direction"], one["person"], one["ticket"]) for one in (asked, answered)] == [("in", "web:anna", "IT-1"), ("out", "web:anna", "IT-1")]
    assert {"id": "vpn", "version": 1, "changed_by": "command:kb-import", "retired": False}.items() <= vpn.items()


def test_the_export_of_many_rows_misses_none(firstline: Callable[..., Ended]) -> None:
    async def many(store: SqlStore) -> None:
        async def unit(tx: Transaction) -> None:
            for number in range(1, 1201):
                await tx.add_message(TicketMessage(0, TicketId("IT-1"), "in", "detail", ANNA, f"{number}", NOW))

        await store.run(unit)

    in_store(many)
    assert [line["text"] for line in firstline("export", "--json").lines] == [f"{number}" for number in range(1, 1201)]


def test_the_queue_is_counted_and_what_failed_is_named_and_tried_again(firstline: Callable[..., Ended]) -> None:
    in_store(a_dead_letter_and_a_failed_message)
    [before] = firstline("queue", "status", "--json").lines
    assert (before["inbox_parked"], before["outbox_failed"]) == (1, 1)
    assert before["dead_letters"][0]["kind"] == "said"
    assert before["failed_messages"][0]["error"] == "blocked"
    assert "poison" not in firstline("queue", "status").out
    assert firstline("queue", "retry", "--json").lines == [{"dead_letters": 1, "failed_messages": 1}]
    [after] = firstline("queue", "status", "--json").lines
    assert (after["inbox_parked"], after["outbox_failed"], after["inbox_waiting"], after["outbox_waiting"]) == (0, 0, 1, 1)


# ---- faults that nobody foresaw
def test_an_unforeseen_fault_is_one_line(firstline: Callable[..., Ended], tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text('{"text": "vpn access", "lang": "en", "expected": "vpn"}\n')
    (tmp_path / "e.jsonl").write_text(ENTRIES)
    ended = firstline("kb", "evaluate", "--entries", "e.jsonl", "--queries", "q.jsonl", "--scores", str(tmp_path / "no" / "s.jsonl"))
    assert ended.code == 1
    assert len(ended.err.splitlines()) == 1
    assert "Traceback" not in ended.err


def test_a_damaged_database_is_one_line_with_a_cure(firstline: Callable[..., Ended], tmp_path: Path) -> None:
    (tmp_path / "firstline.db").write_bytes(b"this is no database" * 100)
    for command in (["run"], ["migrate"], ["export", "--json"]):
        ended = firstline(*command)
        assert ended.code == 2
        assert "put a backup in its place" in ended.err
        assert len(ended.err.splitlines()) == 1


def test_for_a_developer_there_is_the_trace(firstline: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    monkeypatch.setenv("PORT", "eighty")
    ended = firstline("export", "--json")
    assert ended.code == 2
    assert "Traceback" in ended.err


def test_starting_loads_nothing_that_the_command_does_not_need() -> None:
    heavy = "sqlalchemy alembic slack_sdk slack_bolt telegram fastapi uvicorn aiohttp numpy rapidfuzz pydantic structlog rich holidays"
    code = f"import sys, bot.__main__; print(*sorted(set(sys.modules) & set({heavy.split()!r})))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""


# ---- reports
async def a_judged_question(store: SqlStore) -> None:
    """An answer of the FAQ that an agent found wrong, asked this very day."""
    now = datetime.now(UTC)

    async def unit(tx: Transaction) -> None:
        asked = an_outcome(asked_at=now, entry="=vpn")
        await tx.judge(solved_by(replace(asked, id=await tx.add_outcome(asked)), "printer", "agent", now))

    await store.run(unit)


def test_a_report_is_read_by_people_and_by_programs(firstline: Callable[..., Ended]) -> None:
    in_store(a_judged_question)

    table = firstline("report", "matching")
    assert (table.code, table.err) == (0, "")
    assert "Wrong share                100.0 %" in table.out
    [found] = firstline("report", "matching", "--format", "json").lines
    assert found["report"] == "matching"
    assert found["total"] == {
        "questions": 1, "answered": 1, "suggested": 0, "handed_over": 0,
        "judged": 1, "right": 0, "wrong": 1, "not_solved": 0, "wrong_share": 1.0, "wrong_share_bound": 1.0,
    }  # fmt: skip
    assert found["confusions"] == [{"offered": "=vpn", "instead": "printer", "times": 1, "answered": 1}]
    [kept] = [line for line in firstline("export", "--json").lines if line["type"] == "outcome"]
    assert (kept["entry"], kept["judgement"], kept["instead"], kept["source"]) == ("=vpn", "wrong", "printer", "agent")
    assert "\r\ntotal,,wrong,1\r\n" in firstline("report", "matching", "--format", "csv").out
    assert firstline("report", "matching", "--to", "2020-01-31", "--format", "json").lines[0]["total"]["questions"] == 0


async def an_open_ticket(store: SqlStore) -> None:
    """Opened this very moment, with what happened to it."""
    now = datetime.now(UTC)

    async def unit(tx: Transaction) -> None:
        await tx.add_ticket(Ticket(TicketId("HELP-1"), ANNA, LANE, "My screen is black", "en", now, now, changed_at=now))
        await tx.record(TicketOpened(ticket=TicketId("HELP-1"), by=ANNA, at=now), "web")

    await store.run(unit)


def test_without_a_name_the_reports_there_are_stand_with_a_line_each(firstline: Callable[..., Ended]) -> None:
    listed = firstline("report")
    assert (listed.code, listed.err) == (0, "")
    lines = listed.out.splitlines()
    for name in REPORTS:
        assert any(line.startswith(name) and len(line.split()) > 3 for line in lines), name


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_made_in_every_form(name: str, firstline: Callable[..., Ended]) -> None:
    in_store(an_open_ticket)
    told = firstline("report", name)
    assert (told.code, told.err) == (0, "")
    assert f" · {name} · " in told.out.splitlines()[0]
    [record] = firstline("report", name, "--format", "json").lines
    assert (record["report"], record["timezone"]) == (name, "UTC")
    assert record["definitions"]
    rows = list(csv.reader(io.StringIO(firstline("report", name, "--format", "csv").out.removeprefix("\ufeff"))))
    assert len({len(row) for row in rows}) == 1


def test_a_report_counts_what_happened_until_it_was_asked_for(firstline: Callable[..., Ended]) -> None:
    in_store(an_open_ticket)
    [found] = firstline("report", "volume", "--format", "json").lines
    assert found["total"]["tickets"] == 1
    assert datetime.fromisoformat(found["counted_until"]) <= datetime.now(UTC)


def test_beside_the_running_desk_a_report_says_until_when_was_counted_or_that_nothing_was_yet(firstline: Callable[..., Ended]) -> None:
    async def before(store: SqlStore) -> Ended:
        await an_open_ticket(store)
        return await asyncio.to_thread(firstline, "report", "volume", "--format", "json")

    async def after(store: SqlStore) -> Ended:
        await Bookkeeping(store, Desk(), SystemClock(), "the desk").catch_up()
        return await asyncio.to_thread(firstline, "report", "volume", "--format", "json")

    early = in_store(before)
    assert "counted for the first time" in early.err
    assert early.lines[0]["counted_until"] is None
    late = in_store(after)
    assert late.err == ""
    assert (late.lines[0]["total"]["tickets"], bool(late.lines[0]["counted_until"])) == (1, True)


def test_everything_can_be_counted_anew_but_not_beside_the_running_desk(firstline: Callable[..., Ended]) -> None:
    async def beside(store: SqlStore) -> Ended:
        await an_open_ticket(store)
        return await asyncio.to_thread(firstline, "report", "volume", "--anew")

    refused = in_store(beside)
    assert (refused.code, refused.out) == (2, "")
    assert "is in use by process" in refused.err
    assert "Tickets opened                   1" in firstline("report", "volume", "--anew").out


def test_a_report_s_workbook_goes_to_a_file(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    in_store(a_judged_question)
    assert execute(["report", "matching", "--format", "xlsx"]) == 0
    assert capfdbinary.readouterr().out.startswith(b"PK")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["sales"], "there is no report 'sales'; there are: volume, "),
        (["--to", "2026-02-01"], "name a report; there are: volume, "),
        (["matching", "--format", "pdf"], "choose from table, json, csv, xlsx"),
        (["matching", "--from", "yesterday"], "write it as 2026-11-21"),
        (["matching", "--to", "2026-02-30"], "write it as 2026-11-21"),
        (["matching", "--from", "2026-02-02", "--to", "2026-02-01"], "swap them"),
    ],
)
def test_a_report_that_cannot_be_made_says_why_in_one_line(arguments: list[str], line: str, firstline: Callable[..., Ended]) -> None:
    ended = firstline("report", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert line in ended.err
    assert ended.err.count("\n") == 1


# ------------------------------------------------------------------------------------------------------------ api-key
def test_a_key_is_printed_once_listed_without_its_secret_and_revoked(firstline: Callable[..., Ended]) -> None:
    token = firstline("api-key", "new", "crm", "--scope", "tickets:read", "--scope", "people:read").out.strip()
    assert token.startswith("fl_crm_")

    [listed] = json.loads(firstline("api-key", "list", "--json").out)
    assert (listed["name"], listed["scopes"], listed["revoked_at"]) == ("crm", ["tickets:read", "people:read"], None)
    assert token.rpartition("_")[2] not in firstline("api-key", "list").out

    assert firstline("api-key", "revoke", "crm").code == 0
    assert json.loads(firstline("api-key", "list", "--json").out)[0]["revoked_at"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("new", "Bad Name"), "A key needs a name"),
        (("new", "crm", "--scope", "root"), "Please choose what the key may do"),
        (("revoke", "nobody"), "There is no valid key"),
    ],
)
def test_what_cannot_be_done_with_a_key_is_said_in_a_line(firstline: Callable[..., Ended], arguments: tuple[str, ...], told: str) -> None:
    ended = firstline("api-key", *arguments)
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert told in ended.err
