"""A log narrowed to some of its lines: on its page, in its files, on the command line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.__main__ import execute
from bot.domain.contacts import Contact
from bot.domain.ids import PersonId
from bot.domain.people import Person
from bot.ports import Store, Transaction
from bot.store.sql import SqlStore
from tests.builders import ANN
from tests.curated_web import CuratedWeb, curated_web
from tests.web_desk import START

CARLA = Person(PersonId("phone:+34600111222"), "=cmd|' /C calc'!A0")


async def keep(store: Store, now: datetime = START) -> None:
    """A call by telephone that somebody took, one that nobody took, and a greeting in Slack."""

    async def unit(tx: Transaction) -> None:
        await tx.remember(CARLA)
        await tx.add_contact(Contact(now, CARLA.id, "phone", "in", "call", "solved", ANN.id, "IT-1", "=1+1", 300))
        await tx.add_contact(Contact(now - timedelta(minutes=1), CARLA.id, "phone", "out", "call", "no_answer", ANN.id))
        await tx.add_contact(Contact(now - timedelta(minutes=2), PersonId("slack:U1"), "slack", "in", "message", "small_talk", PersonId("bot:firstline")))

    await store.run(unit)


@pytest.fixture
async def web() -> AsyncIterator[CuratedWeb]:
    async with curated_web([]) as made:
        await keep(made.store, made.world.clock.now() - timedelta(minutes=1))
        yield made


def cells(page: str) -> int:
    """Lines of the log that the page shows."""
    return page.count('<td class="channel">')


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("", 3), ("?only-channel=phone", 2), ("?only-channel=phone&only-direction=out", 1), ("?only-who=600111", 2), ("?only-who=nobody", 0),
        ("?only-channel=", 3),
    ],
)  # fmt: skip
async def test_the_page_of_the_contact_log_shows_the_lines_that_were_asked_for(web: CuratedWeb, query: str, lines: int) -> None:
    page = await (await web.browser()).open(f"/admin/reports/contacts{query}")
    assert page.status_code == 200
    assert cells(page.text) == lines


async def test_what_was_chosen_stays_chosen_and_goes_with_the_files(web: CuratedWeb) -> None:
    browser = await web.browser()
    page = await browser.open("/admin/reports/contacts?only-channel=phone&only-who=%22%3E%3Cb%3E")
    assert '<option value="phone" selected>' in page.text
    assert '"><b>' not in page.text, "what was typed is text"
    page = await browser.open("/admin/reports/contacts?only-channel=phone")
    assert "only-channel=phone" in page.text.partition(".csv?")[2].partition('"')[0]


async def test_the_file_has_the_same_lines_and_nothing_in_it_is_a_formula(web: CuratedWeb) -> None:
    file = await (await web.browser()).open("/admin/reports/contacts.csv?only-channel=phone&only-direction=in")
    rows = [row for row in csv.reader(io.StringIO(file.text.lstrip("\ufeff"))) if any("phone" in cell for cell in row)]
    assert len(rows) == 1
    assert "solved" in " ".join(rows[0]).lower()
    assert not [cell for cell in rows[0] if cell.startswith(("=", "+", "-", "@"))]


@pytest.fixture
async def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'desk.db'}")
    store = SqlStore.open(f"sqlite:///{tmp_path / 'desk.db'}")
    await keep(store)
    await store.close()
    return tmp_path


def printed(capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str, str]:
    days = ("--from", str(START.date() - timedelta(days=1)), "--to", str(START.date() + timedelta(days=1)))
    code = execute(["report", "contacts", *days, "--format", "json", *more])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_the_command_line_narrows_a_log(at_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = printed(capsys, "--only", "channel=phone", "--only", "direction=in")
    assert code == 0
    (line,) = json.loads(out)["contacts"]
    assert (line["channel"], line["outcome"], line["duration_s"]) == ("phone", "solved", 300)


def test_what_a_report_cannot_be_narrowed_to_is_one_line_that_says_to_what(at_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = printed(capsys, "--only", "colour=red")
    assert code == 2
    assert "--only 'colour': contacts cannot be narrowed to that; choose from who, channel, direction" in err
    assert execute(["report", "volume", "--only", "who=ann"]) == 2
    assert "leave it out" in capsys.readouterr().err
