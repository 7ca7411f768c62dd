"""What an operator watches: figures of this process, and of the whole desk as its database tells them, each with its meaning."""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from bot.errors import StoreError
from bot.store.standing import Standing

TICK_S = 0.1  # seconds between looks at the clock: stalls are told to within so much
LOOK_BACK_S = 60.0  # the longest stall of so many seconds is told
PATIENCE_S = 5.0  # seconds for a look at the database; whoever collects figures waits for ten, as a rule
SLOW_S, REST = 0.5, 10  # a look at the database that took longer than SLOW_S is good for REST times as long: looking must not become the load

MEANINGS = {
    "events_received_total": "Events that this process has kept: messages, presses, commands",
    "events_repeated_total": "Events that were there already: a platform has delivered them again",
    "events_handled_total": "Events and timers that this process has handled",
    "events_parked_total": "Events that this process gave up after five tries: dead letters",
    "messages_sent_total": "Messages that this process has delivered to a platform",
    "messages_failed_total": "Messages that this process gave up",
    "units_repeated_total": "Units of work that met another one in the database (a deadlock, the same row) and were run again",
    "rate_limited_total": "Times that a platform asked this process to wait (429)",
    "rate_limited_places": "Places to which nothing is sent now because a platform asked this process to wait",
    "pokes_dropped_total": "Pokes that were too many for the bus and are left to the sweep",
    "bus_connected": "1 while the message bus can be used; at 0 work goes on, slower",
    "database_up": "1 when the database answered just now; at 0 what is asked from it is missing here",
    "database_takes_writes": "1 when the latest write of this process was committed",
    "database_look_seconds": "How long the database took to answer for the figures of the whole desk",
    "event_loop_stall_seconds": "The longest time in the last minute that this process did nothing else because of one thing",
    "knowledge_version": "The version of the FAQ that this process has",
    "queue_inbox_waiting": "Events of the whole desk that wait to be handled, without timers",
    "queue_inbox_age_seconds": "How long the oldest event that is due has been waiting to be handled",
    "queue_inbox_parked": "Events that were given up and wait for `firstline queue retry`",
    "queue_timers": "Timers of the whole desk that are set",
    "queue_timers_late_seconds": "How late the latest timer is that is due and not yet handled",
    "queue_outbox_waiting": "Messages of the whole desk that wait to be sent",
    "queue_outbox_age_seconds": "How long the oldest message that is due has been waiting to be sent",
    "queue_outbox_failed": "Messages that were given up",
    "leases_orphaned": "Conversations that a process was sending in when it died, and that no other has taken over yet",
    "processes_alive": "Processes on this database that gave a sign of life in the last 20 seconds",
    "slack_gap_seconds": "How far back lies what is being read from Slack's history now; 0 when nothing is",
    "slack_gaps_filled_total": "Gaps that this process has filled from Slack's history",
    "slack_history_messages_total": "Messages that this process has found in Slack's history and not heard before",
    "slack_history_scopes_missing": "Scopes that Slack's history asks for and the app does not have",
    "email_sent_total": "Mails that this process has handed over",
    "email_silenced_total": "Answers that were not sent because an address had as many as it may: machines may answer each other",
    "email_smtp_connected": "1 when the last connection for outgoing mail could be made",
    "email_smtp_connects_total": "Connections that this process has made for outgoing mail",
    "email_mailbox_up": "1 while the mailbox of IMAP_URL is open to this process",
    "email_lmtp_up": "1 while this process listens at LMTP_LISTEN",
    "email_received_total": "Mails that came in, again and again counted each time",
    "email_bounced_total": "Mails of ours that came back for good",
    "email_dropped_total": "Mails that mean nothing to the desk: our own, programs that were never written to, reports of what is late",
    "email_unreadable_total": "Mails that nobody can read; each is a request with the mail as it came",
    "email_voicemail_total": "Mails that were recorded calls",
    "matrix_unreadable_total": "Messages in encrypted Matrix rooms, which this process could not read",
    "matrix_invitations_declined_total": "Invitations into Matrix rooms that this process has declined",
    "matrix_gaps_total": "Times that this process has read from the history of a Matrix room what a sync had left out",
    "xmpp_unreadable_total": "Encrypted messages over XMPP, which this process could not read",
    "xmpp_turned_away_total": "Messages over XMPP that this process has returned: to an address not the desk's, from a server that may not, or too many",
    "directory_up": "1 while the company's directory answers; at 0 people are shown as they were known, and nothing waits",
    "directory_questions_total": "Questions that this process has asked the company's directory",
    "directory_failures_total": "Times that the company's directory did not answer this process, or not as it should",
    "telegram_lag_seconds": "How old the latest update was when Telegram delivered it",
}
_FAMILIES = {
    r"role_(.+)_holders": "How many processes have this role: {}",
    r"role_(.+)_held": "1 when this process has the role: {}",
    r"department_(.+)_up": "1 while this department works and its database answers: {}",
    r"(.+)_ready": "1 when this process can speak on this channel: {}",
}


def meaning(name: str) -> str:
    """What a figure says, for whoever reads /metrics."""
    for pattern, text in _FAMILIES.items():
        if found := re.fullmatch(pattern, name):
            return text.format(found[1].replace("_", " "))
    return MEANINGS.get(name, name.replace("_", " "))


def of_desk(standing: Standing, me: str, roles: frozenset[str]) -> dict[str, float]:
    """The figures of the whole desk. me: this process's name among the others; roles: those that somebody should have."""
    ages = {"inbox": "queue_inbox_age_seconds", "outbox": "queue_outbox_age_seconds", "timers": "queue_timers_late_seconds"}
    figures: dict[str, float] = {f"queue_{name}": count for name, count in standing.waits.items()}
    figures |= {ages[name]: age.total_seconds() for name, age in standing.ages.items()}
    figures |= {"leases_orphaned": standing.orphaned, "processes_alive": len(standing.processes)}
    for role in sorted(roles | standing.roles.keys()):
        owners = standing.roles.get(role, [])
        name = re.sub(r"\W", "_", role)
        figures |= {f"role_{name}_holders": len(owners), f"role_{name}_held": float(me in owners)}
    return figures


class Stalls:
    """How long the event loop did nothing else: a sleep that ends late says so."""

    def __init__(self) -> None:
        self._late: deque[tuple[float, float]] = deque()  # (when, by how much), each smaller than those before it

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            begun = time.monotonic()  # the loop's own clock may stand still while the loop does
            await asyncio.sleep(TICK_S)
            now = time.monotonic()
            self.note(now, now - begun - TICK_S)

    def note(self, at: float, late_s: float) -> None:
        """A sleep that was to end late_s earlier has ended."""
        while self._late and self._late[-1][1] <= late_s:
            self._late.pop()
        self._late.append((at, late_s))
        self._forget(at)

    def longest(self, at: float) -> float:
        """Seconds; of the last minute."""
        self._forget(at)
        return max(self._late[0][1], 0.0) if self._late else 0.0

    def _forget(self, at: float) -> None:
        while self._late and self._late[0][0] <= at - LOOK_BACK_S:
            self._late.popleft()


class Looks:
    """Looks at the whole desk: all who ask while one is under way share the next, and one that took long is good for a while."""

    def __init__(self, look: Callable[[], Awaitable[Standing]]) -> None:
        self._look = look
        self._lock = asyncio.Lock()
        self._begun = -1.0
        self._good_until = -1.0
        self._found: Standing | None = None
        self.took_s = 0.0

    async def standing(self) -> Standing | None:
        """None while the database does not answer."""
        now = time.monotonic
        asked = now()
        async with self._lock:
            if self._begun < asked and now() >= self._good_until:
                self._begun = now()
                try:
                    async with asyncio.timeout(PATIENCE_S):
                        self._found = await self._look()
                except (StoreError, TimeoutError):
                    self._found = None
                self.took_s = now() - self._begun
                self._good_until = now() + self.took_s * REST if self.took_s > SLOW_S else -1.0
            return self._found


class Watch:
    """What is watched in one process."""

    def __init__(self, look: Callable[[datetime], Awaitable[Standing]], now: Callable[[], datetime], me: str, roles: frozenset[str]) -> None:
        """look: at the whole desk. me, roles: as `of_desk` has them."""
        self.stalls = Stalls()
        self._looks = Looks(lambda: look(now()))
        self._me, self._roles = me, roles

    async def run(self) -> None:
        """Until cancelled."""
        await self.stalls.run()

    async def figures(self) -> Mapping[str, float]:
        """Of the whole desk and of this process's event loop. Never raises StoreError."""
        standing = await self._looks.standing()
        stall = {"event_loop_stall_seconds": self.stalls.longest(time.monotonic())}
        if standing is None:
            return {"database_up": 0, **stall}
        return {"database_up": 1, "database_look_seconds": self._looks.took_s, **stall, **of_desk(standing, self._me, self._roles)}
