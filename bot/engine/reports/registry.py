"""Every report there is, by name, in the order in which people are shown them."""

from __future__ import annotations

from bot.engine.reports.agents import AGENTS
from bot.engine.reports.assets import ASSETS
from bot.engine.reports.backlog import BACKLOG
from bot.engine.reports.between_tiers import TIERS
from bot.engine.reports.contacts import CONTACTS
from bot.engine.reports.csat import CSAT
from bot.engine.reports.deflection import DEFLECTION
from bot.engine.reports.matching import MATCHING
from bot.engine.reports.questions import QUESTIONS
from bot.engine.reports.reopen import REOPEN
from bot.engine.reports.report import Report
from bot.engine.reports.resolution import RESOLUTION
from bot.engine.reports.response import RESPONSE
from bot.engine.reports.sla import SLA
from bot.engine.reports.volume import VOLUME

_ALL = (VOLUME, DEFLECTION, RESPONSE, RESOLUTION, BACKLOG, REOPEN, SLA, CSAT, TIERS, AGENTS, MATCHING, QUESTIONS, CONTACTS, ASSETS)
REPORTS: dict[str, Report] = {report.name: report for report in _ALL}
