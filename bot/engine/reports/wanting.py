"""What was asked most since some moment and no entry answers, of the gaps that are looked for beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from bot.engine.curation.workshop import Workshop
from bot.engine.reports.week import GAPS, Wanting


def wanting(workshop: Workshop) -> Callable[[datetime], Awaitable[Sequence[Wanting]]]:
    """As `Figures.gaps`: waits for a search that is on, for as long as that takes."""

    async def found(since: datetime) -> Sequence[Wanting]:
        known, run = await workshop.gaps()
        if run.goes_on and run.task is not None:
            await asyncio.wait([run.task])
        gaps = run.found or known
        counted = [(gap, sum(one.at >= since for one in gap.asked)) for gap in gaps.open] if gaps is not None else []
        most = sorted((one for one in counted if one[1] and one[0].typical.text), key=lambda one: -one[1])
        return [Wanting(gap.typical.text, times) for gap, times in most[:GAPS]]

    return found
