"""What /metrics tells of a desk of several processes: each by its own door, the same of the whole desk by every one."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from adapters.kinds import kinds
from bot.store.migrate import migrate
from bot.watching import MEANINGS, PATIENCE_S, meaning
from tests import servers
from tests.clouds.slack import SlackCloud
from tests.clouds.slack_world import APP_TOKEN, BOT_TOKEN
from tests.clouds.telegram import TelegramCloud
from tests.integration.crowd import ANSWERS, ASKED, answers_in, slack_people, slack_texts
from tests.integration.processes import Product, installed
from tests.integration.test_operation import own_address
from tests.journeys.doors import eventually
from tests.servers.kinds import free_port


@contextlib.asynccontextmanager
async def a_worker(web: Product) -> AsyncIterator[Product]:
    """Another process of the same desk, with a door for figures of its own."""
    port = free_port()
    worker = Product(web.folder, {**web.env, "METRICS_PORT": str(port)}, port, part="worker")
    await worker.start()
    try:
        yield worker
    finally:
        if worker.process is not None:
            await worker.kill()


async def test_a_worker_tells_of_itself_and_every_process_tells_the_same_of_the_desk(tmp_path: Path, postgresql_desk: str, nats_url: str) -> None:
    async with SlackCloud() as cloud, TelegramCloud() as telegram:
        env = {"DATABASE_URL": postgresql_desk, "BUS_URL": nats_url, "SECRET_KEY": "k" * 32}
        env |= {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN, "SLACK_API_URL": cloud.api_url}
        env |= {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.base_url}
        async with installed(tmp_path, env) as web:
            web.part = "web"
            await web.start()
            async with a_worker(web) as worker:
                await _has_every_role(worker)
                assert (await web.figures())["role_slack_held"] == 0

                [alice] = slack_people(cloud, 1)
                await cloud.people.say(alice, ASKED)
                await eventually(lambda: ANSWERS[0] in answers_in(slack_texts(cloud, alice)), "Alice is answered", 30)
                await worker.drained()

                by_worker, by_web = await worker.figures(), await web.figures()
                assert by_worker["events_received_total"] == by_worker["messages_sent_total"] == 1
                assert by_web["events_received_total"] == by_web["messages_sent_total"] == 0
                assert by_worker["processes_alive"] == by_web["processes_alive"] == 2
                assert by_worker["knowledge_version"] == by_web["knowledge_version"] > 0
                _all_is_well(by_worker)
                _all_is_well(by_web)
                await _every_figure_has_its_meaning(worker)
                await _only_this_computer_is_told(worker)

                assert await worker.stop() == 0
                figures = await web.figures()
                assert figures["processes_alive"] == 1
                assert figures["role_slack_holders"] == figures["role_telegram_holders"] == figures["role_absences_holders"] == 0


async def _has_every_role(worker: Product) -> None:
    async def look() -> bool:
        found = await worker.figures()
        return all(found.get(f"role_{name}_held") for name in ("slack", "telegram", "absences"))

    await eventually(look, "the worker has every role", 30)


def _all_is_well(found: dict[str, float]) -> None:
    ones = ("bus_connected", "database_up", "database_takes_writes", "slack_ready", "telegram_ready", "web_ready")
    assert {name: found[name] for name in ones} == dict.fromkeys(ones, 1.0)
    noughts = ("queue_inbox_age_seconds", "queue_outbox_age_seconds", "queue_timers_late_seconds", "leases_orphaned", "rate_limited_places")
    assert {name: found[name] for name in noughts} == dict.fromkeys(noughts, 0.0)
    assert 0 < found["database_look_seconds"] < 5


async def _every_figure_has_its_meaning(process: Product) -> None:
    _, text = await process.get("/metrics")
    told = dict(line.split(" ", 3)[2:] for line in text.splitlines() if line.startswith("# HELP firstline_"))
    assert len(told) > 30
    for name, said in told.items():
        bare = name.removeprefix("firstline_")
        assert said == meaning(bare)
        assert said != bare.replace("_", " "), f"{name} says nothing"
    types = [line.split() for line in text.splitlines() if line.startswith("# TYPE firstline_")]
    assert all((kind == "counter") == name.endswith("_total") for _, _, name, kind in types)
    off = ("directory_", "department_", *(f"{name}_" for name in kinds() if name not in ("slack", "telegram")))
    assert {name for name in MEANINGS if not name.startswith(off)} <= {name.removeprefix("firstline_") for name in told}
    assert "\nprocess_resident_memory_bytes " in text
    assert "\nprocess_start_time_seconds " in text


async def _only_this_computer_is_told(worker: Product) -> None:
    assert (await worker.get("/readyz"))[0] == (await worker.get("/healthz"))[0] == 200
    assert (await worker.get("/metrics", headers={"Host": "firstline.example"}))[0] == 403
    assert (await worker.get("/"))[0] == 404
    if address := own_address():
        with pytest.raises(aiohttp.ClientConnectorError):
            async with aiohttp.ClientSession() as session, session.get(f"http://{address}:{worker.port}/healthz"):
                raise AssertionError("somebody else was answered")


async def test_figures_are_told_at_once_while_the_database_is_away_but_for_what_it_alone_knows(tmp_path: Path, own_postgres: servers.Server) -> None:
    with servers.Databases(servers.POSTGRES, own_postgres.url).fresh(migrate) as url:
        async with installed(tmp_path, {"DATABASE_URL": url, "SECRET_KEY": "k" * 32}) as product:
            await product.start()
            assert (await product.figures())["database_up"] == 1

            own_postgres.kill()
            began = time.monotonic()
            figures = await product.figures()
            assert time.monotonic() - began < PATIENCE_S + 2
            assert figures["database_up"] == 0
            assert "queue_inbox_waiting" not in figures
            assert "events_received_total" in figures

            own_postgres.start()
            await eventually(lambda: _is_up(product), "the database is back", 30)


@pytest.fixture
def own_postgres() -> Iterator[servers.Server]:
    """A server to do harm to."""
    with contextlib.ExitStack() as until_the_end:
        try:
            server = until_the_end.enter_context(servers.own(servers.POSTGRES))
        except servers.Absent as absent:
            pytest.skip(str(absent))
        yield server


async def _is_up(product: Product) -> bool:
    return (await product.figures())["database_up"] == 1
