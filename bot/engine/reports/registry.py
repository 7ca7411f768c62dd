"""Every report there is, by name, in the order in which people are shown them."""

from __future__ import annotations

from bot.engine.reports.matching import MATCHING
from bot.engine.reports.report import Report
from bot.engine.reports.response import RESPONSE
from bot.engine.reports.volume import VOLUME

REPORTS: dict[str, Report] = {report.name: report for report in (VOLUME, RESPONSE, MATCHING)}
