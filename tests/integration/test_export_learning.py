"""What the FAQ learned leaves the house with everything else."""

from __future__ import annotations

from pathlib import Path

from bot.domain.ids import TicketId
from bot.domain.learning import Outside, Proposal
from bot.store.export import lines
from bot.store.sql import SqlStore
from tests.builders import ANN, CLEO, MONDAY


async def test_proposals_and_marks_are_exported_beside_the_process_that_owns_the_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'desk.db'}?synchronous=NORMAL"
    store = SqlStore.open(url)
    asked = Proposal(0, "vpn", "es", "el túnel está oscuro", TicketId("IT-1"), ANN.id, MONDAY)
    await store.run(lambda tx: tx.add_proposal(asked))
    await store.run(lambda tx: tx.add_proposal(asked.decided("approved", CLEO.id, MONDAY, "túnel oscuro")))
    kept = await store.run(lambda tx: tx.add_outside(Outside(0, "¿lloverá?", "es", TicketId("IT-2"), CLEO.id, MONDAY)))
    gone = await store.run(lambda tx: tx.add_outside(Outside(0, "who won?", "en", TicketId("IT-3"), CLEO.id, MONDAY)))
    await store.run(lambda tx: tx.drop_outside(gone))

    found = [line async for line in lines(url, "IT help")]
    await store.close()

    assert [(line["type"], line["text"]) for line in found] == [
        ("proposal", "el túnel está oscuro"),
        ("proposal", "túnel oscuro"),
        ("outside", "¿lloverá?"),
    ]
    assert [line.get("state") for line in found] == ["waiting", "approved", None]
    assert found[2]["id"] == kept
