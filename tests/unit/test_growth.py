"""What the bench of growth is made of: desks whose rows are whole and fit together, and a plot that says what is on its axes."""

from __future__ import annotations

from collections import Counter
from xml.etree import ElementTree

import pytest

from bot.store.tables import metadata
from tests.bench.growth_plot import Line, Panel, drawn
from tests.bench.growth_rows import Desk, Row

TICKETS = 3_000


@pytest.fixture(scope="module")
def tables() -> dict[str, list[Row]]:
    return {name: list(rows) for name, rows in Desk(TICKETS).tables()}


def test_every_row_has_the_columns_of_its_table(tables: dict[str, list[Row]]) -> None:
    for name, rows in tables.items():
        wanted = {c.name for c in metadata.tables[name].c if c is not c.table.autoincrement_column}
        assert all(row.keys() == wanted for row in rows), name


def test_rows_belong_to_tickets_and_people_that_are_there(tables: dict[str, list[Row]]) -> None:
    numbers, people = {row["id"] for row in tables["tickets"]}, {row["id"] for row in tables["people"]}

    assert {row["requester"] for row in tables["tickets"]} <= people
    for name in ("messages", "events", "links", "outcomes", "outbox"):
        assert {row["ticket"] for row in tables[name]} <= numbers, name


def test_few_tickets_are_under_way_and_only_those_have_timers(tables: dict[str, list[Row]]) -> None:
    states = Counter(row["status"] for row in tables["tickets"])
    under_way = states["open"] + states["pending"]

    assert 0.005 < under_way / TICKETS < 0.05
    assert sum(row["state"] == "waiting" for row in tables["inbox"]) == under_way
    assert all(row["state"] == "sent" for row in tables["outbox"])


def test_a_plot_names_its_axes_and_every_line() -> None:
    lines = [Line("ours <1>", [(10, 1.0), (1000, 1.5)]), Line("floor", [(10, 0.2), (1000, 0.2)], is_floor=True)]
    picture = ElementTree.fromstring(drawn([Panel("Pages", "tickets", "milliseconds", lines, x_log=True, y_log=True)], "measured here"))
    words = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    points = list(picture.iter("{http://www.w3.org/2000/svg}circle"))

    assert {"Pages", "tickets", "milliseconds", "ours <1>", "floor", "measured here"} <= set(words)
    assert len(points) == 4
