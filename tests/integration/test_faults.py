"""Something breaks in the middle of six conversations; once it is mended each ends well within a minute, and nobody does anything for it.

A small part of `python -m tests.faults`, which plays every fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests import servers
from tests.faults import harm_process, harm_storage, harm_time
from tests.faults.fault import Fault
from tests.faults.play import Row, lost, played
from tests.faults.scene import scene_of
from tests.figures import FIGURES, Record

SHORT_S = 2.0


def named(faults: Sequence[Fault], name: str) -> Fault:
    """That fault, short, on Slack alone."""
    return replace(next(fault for fault in faults if fault.name == name), hold_s=SHORT_S, on_telegram=())


async def rows_of(form: str, folder: Path, faults: Sequence[Fault]) -> tuple[list[Row], list[str]]:
    """One start of the product serves all of them. And what was lost."""
    async with scene_of(form, folder) as scene:
        return [await played(scene, fault) for fault in faults], await lost(scene)


def failed(rows: Sequence[Row]) -> list[str]:
    """What did not hold."""
    return [found for row in rows for found in (*row.remarks, *(f"{row.fault.name}, {cell.flow}: {fault}" for cell in row.cells for fault in cell.faults))]


def told(rows: Sequence[Row]) -> str:
    """How long the longest took."""
    return "; ".join(f"{row.fault.name}: all six within {max(0.0, *(cell.took_s for cell in row.cells)):.0f} s of its end" for row in rows)


async def test_on_a_file_every_conversation_ends_well_after_a_kill(tmp_path: Path, record_property: Record) -> None:
    rows, gone = await rows_of("sqlite", tmp_path, [named(harm_process.FAULTS, "kill -9")])

    record_property(FIGURES, told(rows))
    assert failed(rows) == []
    assert gone == []


async def test_on_a_server_with_a_bus_every_conversation_ends_well_after_the_database_was_killed(tmp_path: Path, record_property: Record) -> None:
    try:
        rows, gone = await rows_of("postgresql", tmp_path, [named(harm_storage.FAULTS, "database killed, started")])
    except servers.Absent as absent:
        pytest.skip(str(absent))

    record_property(FIGURES, told(rows))
    assert failed(rows) == []
    assert gone == []


@pytest.mark.parametrize("fault", harm_time.FAULTS, ids=[fault.name for fault in harm_time.FAULTS])
async def test_whatever_clocks_do_every_conversation_ends_well_and_timers_fire_once(fault: harm_time.TimeFault) -> None:
    verdicts = [await harm_time.played(fault, flow) for flow in harm_time.FLOWS]

    assert [(verdict.flow, verdict.faults) for verdict in verdicts if verdict.faults] == []
