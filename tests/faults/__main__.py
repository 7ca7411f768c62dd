"""`python -m tests.faults`: see the package."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
import tempfile
from pathlib import Path

from tests import servers
from tests.faults import harm_bus, harm_network, harm_platform, harm_process, harm_storage, harm_time
from tests.faults.fault import Fault
from tests.faults.flows import FLOWS
from tests.faults.harm_storage import LeftOut, installed
from tests.faults.harm_time import TimeFault
from tests.faults.play import Cell, Row, lost, played
from tests.faults.scene import FORMS, Scene, scene_of

CLOCK = "clock"
FAULTS: tuple[Fault, ...] = (*harm_process.FAULTS, *harm_storage.FAULTS, *harm_bus.FAULTS, *harm_network.FAULTS, *harm_platform.FAULTS)


async def row_of(scene: Scene, fault: Fault) -> Row:
    """Played, or why not."""
    if fault.needs and not installed(fault.needs):
        return Row(fault, left_out=f"`{fault.needs}` is not installed")
    try:
        return await played(scene, fault)
    except LeftOut as why:
        return Row(fault, left_out=str(why))
    except AssertionError as error:
        return Row(fault, remarks=[str(error)[:300]])


async def table(form: str, faults: list[Fault]) -> bool:
    """Play them one after the other on one scene and print the table; did everything hold?"""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="firstline-faults-") as folder:
        async with scene_of(form, Path(folder)) as scene:
            for fault in faults:
                rows.append(await row_of(scene, fault))
                _progress(rows[-1])
            gone = await _lost(scene)
    print(f"\n**{form}** ({', '.join(FORMS[form])})\n")
    _head([flow.name for flow in FLOWS])
    for row in rows:
        print(_line(row))
    cells = [cell for row in rows for cell in row.cells]
    print(f"\n{sum(cell.held for cell in cells)} of {len(cells)} cells held; messages that came twice: {sum(len(cell.twice) for cell in cells)}; "
          f"lost or kept twice: {len(gone)}.")  # fmt: skip
    for one in gone:
        print(f"- {one}")
    return not gone and all(row.held for row in rows)


async def _lost(scene: Scene) -> list[str]:
    try:
        return await lost(scene)
    except AssertionError as error:
        return [str(error)]


async def clocks(faults: list[TimeFault]) -> bool:
    """The same for what clocks can do; did everything hold?"""
    logging.disable(logging.CRITICAL)  # what the desk says of faults is not looked at here
    verdicts = {fault: [await harm_time.played(fault, flow) for flow in harm_time.FLOWS] for fault in faults}
    print("\n**a set clock, in one process**\n")
    _head(list(harm_time.FLOWS))
    for fault, cells in verdicts.items():
        print(f"| {fault.name} | " + " | ".join("**failed**" if cell.faults else _seconds(cell.took_s) for cell in cells) + " |")
    every = [cell for cells in verdicts.values() for cell in cells]
    print(f"\n{sum(not cell.faults for cell in every)} of {len(every)} cells held.")
    for cell in every:
        for found in cell.faults:
            print(f"- {cell.fault.name}, {cell.flow}: {found}")
    return not any(cell.faults for cell in every)


def _head(flows: list[str]) -> None:
    print("| fault | " + " | ".join(flows) + " |")
    print("|---" * (len(flows) + 1) + "|")


def _seconds(took_s: float) -> str:
    return "meanwhile" if took_s < 0.5 else f"{took_s:.0f} s"


def _line(row: Row) -> str:
    if row.left_out:
        return f"| {row.fault.name} | left out: {row.left_out} |" + " |" * (len(FLOWS) - 1)
    by_flow = {cell.flow: _shown(cell) for cell in row.cells}
    return f"| {row.fault.name} | " + " | ".join(by_flow.get(flow.name, "") for flow in FLOWS) + " |"


def _shown(cell: Cell) -> str:
    again = f", {len(cell.twice)} twice" if cell.twice else ""
    if not cell.held:
        return f"**failed**{again}"
    return _seconds(cell.took_s) + again


def _progress(row: Row) -> None:
    told = row.left_out or ", ".join(f"{_shown(cell)} {_sides(cell)}" for cell in row.cells)
    print(f"{row.fault.name}: {told}; prepared in {row.prepared_s:.0f} s", file=sys.stderr, flush=True)
    for found in (*row.remarks, *(f"{cell.flow}: {fault}" for cell in row.cells for fault in cell.faults)):
        print(f"    {found}", file=sys.stderr, flush=True)


def _sides(cell: Cell) -> str:
    return "(" + " ".join(f"{name[0]}{took:.0f}" for name, took in cell.by_side.items()) + ")"


def main() -> int:
    """0: everything held; 1: something failed; 2: the form cannot be played here."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="fault × flow")
    parser.add_argument("--form", choices=(*FORMS, CLOCK), help="one form; else all")
    parser.add_argument("--only", default="", help="faults whose name or group holds this")
    parser.add_argument("--list", action="store_true", help="name the faults and end")
    options = parser.parse_args()
    held = True
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends what was started
    for form in [options.form] if options.form else (*FORMS, CLOCK):
        if form == CLOCK:
            held &= asyncio.run(clocks([fault for fault in harm_time.FAULTS if options.only in fault.name])) if not options.list else True
            continue
        faults = [fault for fault in FAULTS if form in fault.forms and (options.only in fault.name or options.only == fault.group)]
        if options.list:
            print("\n".join(f"{form}: {fault.group}: {fault.name}" for fault in faults))
            continue
        try:
            held &= asyncio.run(table(form, faults)) if faults else True
        except servers.Absent as absent:
            print(f"{form} is left out: {absent}")
            held = False
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
