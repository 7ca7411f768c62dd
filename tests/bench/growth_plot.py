"""docs/growth.svg: how cost grows, drawn by hand: no dependency, readable on light and on dark ground."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 960, 430  # of one panel's row, in pixels
PANEL, GAP, TOP, BOTTOM, LEFT = 400, 80, 64, 120, 70
HUES = ("#3b7dd8", "#d9822b", "#2f9e5b", "#b04fc4", "#c9434f", "#6b7a8f", "#1c9aa0")  # all readable on white and on near-black
STYLE = """
svg { font: 13px system-ui, sans-serif; color: #1d2430; background: #ffffff }
@media (prefers-color-scheme: dark) { svg { color: #dbe1ea; background: #14181f } }
text { fill: currentColor } .title { font-size: 15px; font-weight: 600 } .note { opacity: .75; font-size: 12px }
.axis { stroke: currentColor; opacity: .55 } .grid { stroke: currentColor; opacity: .14 } .line { fill: none; stroke-width: 2.2 }
"""


@dataclass
class Line:
    """A line of a panel. points: (x, y), by x. is_floor: dashed, what it is measured against."""

    name: str
    points: Sequence[tuple[float, float]]
    is_floor: bool = False


@dataclass
class Panel:
    """A plot. x and y say what is on the axes and in which unit; logarithmic where told."""

    title: str
    x: str
    y: str
    lines: Sequence[Line]
    x_log: bool = False
    y_log: bool = False
    x_ticks: Sequence[float] = ()


def drawn(panels: Sequence[Panel], note: str) -> str:
    """An SVG, two panels in a row."""
    rows = ceil(len(panels) / 2)
    height = rows * HEIGHT + 40
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">']
    parts += [f"<title>{escape(note)}</title>", f"<style>{STYLE}</style>"]
    parts.append(f'<rect width="{WIDTH}" height="{height}" fill="none"/>')
    for place, panel in enumerate(panels):
        parts.append(f'<g transform="translate({LEFT + place % 2 * (PANEL + GAP)} {TOP + place // 2 * HEIGHT})">{"".join(_panel(panel))}</g>')
    parts.append(f'<text class="note" x="{LEFT}" y="{height - 16}">{escape(note)}</text></svg>\n')
    return "\n".join(parts)


def _panel(panel: Panel) -> list[str]:
    wide, high = PANEL - 20, HEIGHT - TOP - BOTTOM
    xs, ys = ([point[axis] for line in panel.lines for point in line.points] for axis in (0, 1))
    x_ticks = list(panel.x_ticks) or _ticks(min(xs), max(xs), panel.x_log)
    y_ticks = _ticks(min(ys) if panel.y_log else 0.0, max(ys), panel.y_log)
    right, up = _scale(x_ticks[0], x_ticks[-1], wide, panel.x_log), _scale(y_ticks[0], y_ticks[-1], high, panel.y_log)
    parts = [f'<text class="title" x="0" y="-34">{escape(panel.title)}</text>', f'<text class="note" x="0" y="-14">{escape(panel.y)}</text>']
    for y in y_ticks:
        parts.append(f'<line class="grid" x1="0" x2="{wide}" y1="{high - up(y):.1f}" y2="{high - up(y):.1f}"/>')
        parts.append(f'<text class="note" x="-8" y="{high - up(y) + 4:.1f}" text-anchor="end">{_number(y)}</text>')
    for x in x_ticks:
        parts.append(f'<text class="note" x="{right(x):.1f}" y="{high + 18}" text-anchor="middle">{_number(x)}</text>')
    parts.append(f'<path class="axis" fill="none" d="M0 0V{high}H{wide}"/>')
    parts.append(f'<text class="note" x="{wide / 2}" y="{high + 36}" text-anchor="middle">{escape(panel.x)}</text>')
    for place, line in enumerate(panel.lines):
        parts += _line(line, HUES[place % len(HUES)], lambda x, y: (right(x), high - up(y)))
        column, row = place % 2, place // 2
        parts += _legend(line.name, HUES[place % len(HUES)], line.is_floor, column * wide / 2, high + 58 + row * 18)
    return parts


def _line(line: Line, hue: str, at: Callable[[float, float], tuple[float, float]]) -> list[str]:
    spots = [at(*point) for point in line.points]
    dash = ' stroke-dasharray="5 4"' if line.is_floor else ""
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)
    return [f'<path class="line" stroke="{hue}"{dash} d="{path}"/>', *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.2" fill="{hue}"/>' for x, y in spots)]


def _legend(name: str, hue: str, is_floor: bool, x: float, y: float) -> list[str]:
    dash = ' stroke-dasharray="5 4"' if is_floor else ""
    return [f'<path class="line" stroke="{hue}"{dash} d="M{x} {y - 4}h22"/>', f'<text class="note" x="{x + 28}" y="{y}">{escape(name)}</text>']


def _scale(low: float, high: float, length: float, is_log: bool) -> Callable[[float], float]:
    if is_log:
        return lambda value: length * (log10(value) - log10(low)) / max(1e-9, log10(high) - log10(low))
    return lambda value: length * (value - low) / max(1e-9, high - low)


def _ticks(low: float, high: float, is_log: bool) -> list[float]:
    if is_log:
        return [10.0**power for power in range(floor(log10(max(low, 1e-6))), ceil(log10(high)) + 1)]
    step = 10.0 ** floor(log10(high or 1.0))
    step = next(each for each in (step / 5, step / 2, step, 2 * step) if high / each <= 6)
    return [step * n for n in range(ceil(high / step) + 1)]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1 and value == round(value) else f"{value:g}"


SHOWN = ("newest 25", "queue of the unclaimed", "a requester's own", "search, never found", "sweep", "whole event, alone")


def panels(found: Mapping[str, Any]) -> list[Panel]:
    """What the bench found, as plots: those of its parts that were measured."""
    made = list[Panel]()
    if found.get("workers"):
        made += _of_workers(found["workers"])
    if found.get("tickets"):
        made += [_of_tickets(name, found["tickets"]) for name in dict.fromkeys(row["database"] for row in found["tickets"])]
    if found.get("commits"):
        made += [_of_commits(row) for row in found["commits"]]
    return made


def _of_workers(rows: Sequence[Mapping[str, Any]]) -> list[Panel]:
    def points(side: str, key: str) -> list[tuple[float, float]]:
        return [(row["workers"], row[side][key]) for row in rows]

    ticks = [row["workers"] for row in rows]
    rate = [Line("Firstline, worked off", points("firstline", "worked_per_s")), Line("floor: bare loop", points("floor", "per_s"), is_floor=True)]
    cost = [
        Line("workers", points("firstline", "worker_cpu_ms")), Line("PostgreSQL", points("firstline", "database_cpu_ms")),
        Line("floor: processes", points("floor", "process_cpu_ms"), is_floor=True),
        Line("floor: PostgreSQL", points("floor", "database_cpu_ms"), is_floor=True),
    ]  # fmt: skip
    return [
        Panel("A backlog, by workers (PostgreSQL, NATS)", "worker processes", "events a second", rate, x_ticks=ticks),
        Panel("What an event of it costs", "worker processes", "processor milliseconds an event", cost, x_ticks=ticks),
    ]


def _of_tickets(database: str, rows: Sequence[Mapping[str, Any]]) -> Panel:
    own = [row for row in rows if row["database"] == database]
    lines = [Line(name, [(row["tickets"], max(0.01, row["ms"][name][0])) for row in own]) for name in SHOWN]
    lines.append(Line("floor: row by primary key", [(row["tickets"], max(0.01, row["ms"]["row by primary key"][0])) for row in own], is_floor=True))
    title = {"postgresql": "PostgreSQL", "sqlite": "SQLite", "mariadb": "MariaDB"}[database]
    return Panel(f"Tickets in the desk: {title}", "tickets", "milliseconds, half are quicker", lines, x_log=True, y_log=True)


def _of_commits(row: Mapping[str, Any]) -> Panel:
    kept = [(float(in_flight), rate) for in_flight, rate in row["kept_per_s"].items()]
    floor_ = [(in_flight, row["one_by_one_per_s"]) for in_flight, _ in kept]
    title = {"postgresql": "PostgreSQL", "sqlite": "SQLite, FULL"}[row["database"]]
    lines = [Line("Firstline, intake", kept), Line("floor: one by one", floor_, is_floor=True)]
    return Panel(f"Commits together: {title}", "events in flight", "events kept a second", lines, x_log=True, y_log=True, x_ticks=[x for x, _ in kept])
