"""Several departments in one real process on three kinds of database: one fails alone, one report tells of all, and nothing of one opens another."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from tests import servers
from tests.departments_product import INVENTORY, KEYS, Departments, asked_in_each, departments, field_of
from tests.journeys.doors import eventually

CHAIR = "The heron in the aquarium has eaten my ergonomic chair"
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Departments]:
    """People, IT and Finance, at work; each has been asked one question."""
    try:
        postgres, mariadb = servers.databases_of(servers.POSTGRES), servers.databases_of(servers.MARIADB)
    except servers.Absent as absent:
        pytest.skip(str(absent))
    with postgres.fresh() as it, mariadb.fresh() as fin:
        async with departments(tmp_path_factory.mktemp("departments"), it, fin) as made:
            await made.product.start()
            await made.all_work()
            await asked_in_each(made, CHAIR)
            yield made
            if made.product.process is not None:
                await made.product.stop()


# ----------------------------------------------------------------------------------------------------------------- pages
async def test_before_all_departments_stands_a_list_of_them_whatever_name_was_asked_for(house: Departments) -> None:
    for name in ("127.0.0.1", "localhost", "help.example.com"):
        browser = house.at()
        browser.name = name
        status, page = await browser.open("/")
        assert status == 200
        for key, title in (("hr", "People"), ("it", "IT help"), ("fin", "Finance")):
            assert f'href="http://{key}.localhost:{house.port}/"' in page
            assert title in page


@pytest.mark.parametrize("path", ["/kb", "/agent", "/admin", "/tickets", "/new"])
async def test_what_every_department_has_is_asked_about_and_led_to(house: Departments, path: str) -> None:
    _, page = await house.at().open(path)
    assert all(f'href="http://{key}.localhost:{house.port}{path}"' in page for key in KEYS)


async def test_short_addresses_and_numbers_lead_to_the_department(house: Departments) -> None:
    assert (await house.at().open("/fin"))[1].startswith(f"http://fin.localhost:{house.port}/")
    assert (await house.at().open("/agent/tickets/IT-1"))[1].startswith(f"http://it.localhost:{house.port}/agent/tickets/IT-1")
    assert (await house.at().open("/agent/tickets/XY-1"))[0] == 404


async def test_each_department_answers_under_its_own_name(house: Departments) -> None:
    for key, title in (("hr", "People"), ("it", "IT help"), ("fin", "Finance")):
        assert f"<title>{title}" in (await house.at(key).open("/"))[1]


# ------------------------------------------------------------------------------------------------------ nothing of another
async def test_who_is_signed_in_at_one_department_is_nobody_at_another(house: Departments) -> None:
    admin = await house.admin("hr")
    assert (await admin.open("/admin"))[0] == 200
    for name in ("it.localhost", "localhost"):
        elsewhere = house.at()
        elsewhere.name, elsewhere.cookies = name, dict(admin.cookies)
        assert (await elsewhere.open("/admin/reports"))[0] == 403


async def test_who_reads_the_reports_over_all_is_nobody_at_a_department(house: Departments) -> None:
    admin = await house.admin()
    elsewhere = house.at("it")
    elsewhere.cookies = dict(admin.cookies)
    assert (await elsewhere.open("/admin"))[0] == 403


async def test_a_link_for_one_department_signs_nobody_in_at_another(house: Departments) -> None:
    path = re.findall(r"http://fin\.localhost:\d+(/agent/sign-in/\S+)", house.product.out)[-1]
    assert (await house.at("it").open(path))[0] == 403
    assert (await house.at("fin").open(path))[0] == 200


async def test_the_key_of_a_program_opens_one_department_alone(house: Departments) -> None:
    admin = await house.admin("it")
    _, page = await admin.open("/admin/api")
    form = {"csrf": field_of(page, "csrf"), "once": field_of(page, "once"), "name": "sync", "tickets": "read"}
    _, page = await admin.open("/admin/api", {**form, "field-scopes": "tickets:read", "scopes": "tickets:read"})
    token = re.search(r"fl_[A-Za-z0-9_.-]+", page)
    assert token, page[:2000]
    async with aiohttp.ClientSession() as session:
        for key, status in (("it", 200), ("hr", 401), ("fin", 401)):
            headers = {"Host": f"{key}.localhost:{house.port}", "Authorization": f"Bearer {token[0]}"}
            async with session.get(f"{house.base}/api/v1/tickets", headers=headers) as answer:
                assert answer.status == status, key


async def test_computers_are_taken_by_the_department_whose_secret_they_bear_at_any_name(house: Departments) -> None:
    inventory = {"action": "inventory", "deviceid": "pc-1-2026-11-20-10-00-00", "itemtype": "Computer",
                 "content": {"hardware": {"name": "pc-1", "uuid": "4c4c4544-0000"}, "versionclient": "t"}}  # fmt: skip
    async with aiohttp.ClientSession() as session:
        for secret, status in ((INVENTORY["it"], 200), ("nobody-has-this-secret", 404)):
            async with session.post(f"{house.base}/inventory/{secret}", data=json.dumps(inventory), headers={"Host": "hr.localhost"}) as answer:
                assert answer.status == status
    assert "pc-1" in (await (await house.admin("it")).open("/agent/assets"))[1]
    assert "pc-1" not in (await (await house.admin("hr")).open("/agent/assets"))[1]
    assert not any(secret in house.product.log for secret in INVENTORY.values())


# --------------------------------------------------------------------------------------------------------------- reports
async def test_admins_of_all_read_it_on_a_page_and_as_files(house: Departments) -> None:
    admin = await house.admin()
    status, page = await admin.open("/admin/reports/assets")
    assert status == 200
    assert "Each department by itself." in page
    for form, begin in (("csv", "\ufefftable,row,figure,value"), ("xlsx", "PK"), ("pdf", "%PDF")):
        status, text = await admin.open(f"/admin/reports/volume.{form}")
        assert (status, text[: len(begin)]) == (200, begin)
    assert (await house.at().open("/admin/reports/volume"))[0] == 403


async def test_a_command_about_one_desk_asks_which(house: Departments) -> None:
    told = await house.product.command("ticket", "list")
    assert told.code == 2
    assert "--desk: there are several departments; name one of hr, it, fin" in told.err
    listed = await house.product.command("--desk", "fin", "ticket", "list", "--json")
    assert [one["number"] for one in json.loads(listed.out)] == ["FIN-1"]


# ------------------------------------------------------------------------------------------------------------------ away
async def test_a_database_that_goes_away_stops_its_department_alone_and_it_comes_back_by_itself(house: Departments) -> None:
    await house.takes_away("it")
    try:
        await eventually(lambda: _lack(house, {"department_it"}), "it alone is named as lacking", 30)
        assert (await house.product.get("/readyz"))[0] == 200
        _, figures = await house.product.get("/metrics")
        assert "firstline_department_it_up 0.0" in figures
        assert "firstline_department_hr_up 1.0" in figures
        assert 'firstline_events_handled_total{department="hr"}' in figures
        assert (await house.at("it").open("/"))[0] == 503
        assert "HR-" in await house.at("hr").asks("The heron is back")
        told = await house.product.command("report", "volume", "--all-desks")
        assert "Cannot be reached just now and is not in these figures: IT help." in told.out
        assert "Cannot be reached just now and is not in these figures: IT help." in (await (await house.admin()).open("/admin/reports/volume"))[1]
    finally:
        await house.brings_back("it")
    await house.all_work()
    assert "IT-" in await house.at("it").asks("The heron is back here, too")
    assert "department=it" in house.product.log


async def _lack(house: Departments, names: set[str]) -> bool:
    return set(json.loads((await house.product.get("/readyz"))[1]).get("lacking", {})) == names


async def test_a_database_that_is_away_at_the_start_holds_up_nobody_and_nobody_is_called_erased_before_all_is_done(house: Departments) -> None:
    """It stops and starts the product."""
    person = "email:anna@example.com"
    await house.product.stop()
    await house.takes_away("it")
    try:
        doctor = await house.product.command("doctor")
        assert doctor.code == 1
        assert "FAIL  database: postgresql://" in doctor.out
        erased = await house.product.command("privacy", "erase", "--person", person, "--yes")
        assert erased.code == 1
        assert "not erased in it: run it again when the database is there" in erased.err
        await house.product.start()
        await eventually(lambda: _lack(house, {"department_it"}), "it alone is named as lacking", 30)
        status, page = await house.at("it").open("/tickets")
        assert status == 503
        assert "IT help cannot be reached just now. Please try again in a few minutes." in page
        assert "HR-" in await house.at("hr").asks("The heron has returned")
    finally:
        await house.brings_back("it")
    await house.all_work()
    assert "IT-" in await house.at("it").asks("The heron has returned here, too")
    await house.product.stop()
    whole = await house.product.command("privacy", "reapply")
    assert "it: Nobody who was erased is in this database." in whole.out
    again = await house.product.command("privacy", "erase", "--person", person, "--yes")
    assert again.code == 0, again.err


async def test_one_report_tells_of_three_kinds_of_database(house: Departments) -> None:
    """Of a desk at work that owns its file only what it has counted by itself is told; so it stops first."""
    if house.product.process is not None:
        await house.product.stop()
    told = await house.product.command("report", "volume", "--all-desks", "--format", "json")
    assert told.code == 0, told.err
    total = json.loads(told.out)["total"]
    assert [row["department"] for row in total] == ["People", "IT help", "Finance", "All departments"]
    assert all(row["tickets"] >= 1 for row in total)
    assert total[3]["tickets"] == sum(row["tickets"] for row in total[:3])
