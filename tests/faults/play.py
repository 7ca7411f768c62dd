"""One fault under all flows at once, each in a conversation of its own, on both platforms; and what is to be said of it."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.faults.fault import WITHIN_S, Fault
from tests.faults.flows import FLOWS, Answered, Flow, PassedOn, Replied, lines, shown_lines
from tests.faults.people import Side
from tests.faults.scene import Scene
from tests.integration.processes import Json

FLIES_S = 0.05  # after which a fault strikes what has just begun
LOOK_S = 0.1

# A group of Telegram takes 18 messages a minute: more flows there would measure that, and not how a fault ends.
ON_TELEGRAM: Iterator[tuple[type[Flow], ...]] = itertools.cycle(((Answered, PassedOn), (Answered, Replied)))

_tags = itertools.count(1)

LAST_TRY_S = 360.0  # what may have arrived is tried again after five minutes at most: each try may be another copy


@dataclass
class Cell:
    """One fault under one flow. took_s: from the mending to the good end, the later of both platforms; below 0 when the end came under the fault."""

    flow: str
    by_side: dict[str, float] = field(default_factory=dict)
    took_s: float = -1.0
    faults: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)

    @property
    def held(self) -> bool:
        """Did everything hold?"""
        return not self.faults


@dataclass
class Row:
    """One fault. left_out: why it was not played."""

    fault: Fault
    cells: list[Cell] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    left_out: str = ""
    prepared_s: float = 0.0  # how long the first halves took

    @property
    def held(self) -> bool:
        """Did every cell hold?"""
        return not self.remarks and all(cell.held for cell in self.cells)


async def played(scene: Scene, fault: Fault, flows: Sequence[type[Flow]] = FLOWS) -> Row:
    """The row of the table."""
    on_telegram = next(ON_TELEGRAM) if fault.on_telegram is None else fault.on_telegram
    cast = [kind(scene.slack, f"S{next(_tags):03}") for kind in flows if fault.on_slack]
    cast += [kind(scene.telegram, f"T{next(_tags):03}") for kind in flows if kind in on_telegram]
    begun = time.monotonic()
    await asyncio.gather(*(flow.prepare() for flow in cast))
    await scene.desk.drained(WITHIN_S)
    prepared_s = time.monotonic() - begun
    scene.remarks.clear()
    ends = {flow.tag: 0.0 for flow in cast}
    watching = asyncio.create_task(_watch(cast, ends))
    acts = [] if fault.under else [asyncio.create_task(flow.act()) for flow in cast]
    await asyncio.sleep(0 if fault.under else FLIES_S)
    try:
        async with fault.harm(scene):
            acts += [asyncio.create_task(flow.act()) for flow in cast if fault.under]
            await asyncio.sleep(fault.hold_s)
        mended = time.monotonic()
        acts += [asyncio.create_task(flow.again()) for flow in cast if fault.again and flow.missing()]
        await asyncio.gather(*acts)
        await asyncio.wait([watching], timeout=WITHIN_S)
    finally:
        watching.cancel()
    cells = [_cell(kind.name, found, ends, mended) for kind in flows if (found := [flow for flow in cast if isinstance(flow, kind)])]
    row = Row(fault, cells, list(scene.remarks), prepared_s=prepared_s)
    await _judge_ready(scene, row)
    _judge_repeats(row, cast)
    return row


async def _watch(flows: list[Flow], ends: dict[str, float]) -> None:
    """When each came to its good end."""
    open_ = list(flows)
    while open_:
        for flow in list(open_):
            if not flow.missing():
                ends[flow.tag] = time.monotonic()
                open_.remove(flow)
        await asyncio.sleep(LOOK_S)


def _cell(name: str, flows: list[Flow], ends: dict[str, float], mended: float) -> Cell:
    cell = Cell(name, {flow.side.name: ends[flow.tag] - mended for flow in flows}, max(ends[flow.tag] for flow in flows) - mended)
    for flow in flows:
        missing = flow.missing()  # also of what had ended well: nothing may vanish or be added afterwards
        if missing or not ends[flow.tag]:
            cell.faults.append(f"{flow.side.name}: missing {missing or 'nothing now'}")
        cell.faults += [f"{flow.side.name}: {found}" for found in flow.wrong()]
        twice = flow.side.twice(flow.tag)
        cell.twice += [f"{flow.side.name}: {what}" for what in twice]
        if flow.side.name == "slack" and twice:
            cell.faults.append(f"slack: came twice: {twice}")
    return cell


async def _judge_ready(scene: Scene, row: Row) -> None:
    try:
        await scene.desk.ready(WITHIN_S)
    except AssertionError as error:
        row.remarks.append(str(error)[:300])


def _judge_repeats(row: Row, flows: list[Flow]) -> None:
    twice = [what for cell in row.cells for what in cell.twice]
    if len(twice) > row.fault.repeats:
        row.remarks.append(f"{len(twice)} messages came twice, {row.fault.repeats} may: {twice}")


async def lost(scene: Scene) -> list[str]:
    """What people wrote and is not stored, is stored twice, or was shown in another order: looked for once, at the end of a scene."""
    await scene.desk.drained(LAST_TRY_S)
    stored = (await scene.desk.product.export())["message"]
    sources = Counter(message["source"] for message in stored if message["direction"] == "in")
    told = [(side, tag) for side in scene.sides for tag in side.tags]
    found = [f"kept {sources[source]} times: {source}" for side, tag in told for source in side.sources(tag) if sources[source] != 1]
    return [*found, *(f"{side.name}, {tag}: {what}" for side, tag in told for what in _disordered(side, tag, stored))]


def _disordered(side: Side, tag: str, stored: Sequence[Json]) -> list[str]:
    """The order in which each side's words were kept is the order in which the other was shown them."""
    here = set(side.sources(tag))
    tickets = {message["ticket"] for message in stored if message["source"] in here}
    texts = [message["text"] for message in stored if message["ticket"] in tickets]
    kept = lines(texts, r"try oil number \d"), lines(texts, r"it squeaked \d times")
    return [f"kept as {ours}, shown as {theirs}" for ours, theirs in zip(kept, shown_lines(side, tag), strict=True) if ours != _once(theirs)]


def _once(texts: Sequence[str]) -> list[str]:
    """Without repeats of what has just been said: these are counted elsewhere."""
    return [text for text, _ in itertools.groupby(texts)]
