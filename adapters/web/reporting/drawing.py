"""A table's first figure over days as a small SVG drawing, for paper, where no script draws."""

from __future__ import annotations

from dataclasses import dataclass

from bot.engine.reports.sheets import Sheet

WIDTH, HEIGHT, FOOT = 680, 120, 4


@dataclass(frozen=True, slots=True)
class Bar:
    """x, y from the upper left corner; all in the drawing's own units."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """label: what is drawn. top: the highest value as people read it; from, to: the first and the last row."""

    label: str
    top: str
    first: str
    last: str
    bars: tuple[Bar, ...]


def drawn(sheet: Sheet) -> Drawing | None:
    """Bars of the first figure; None where there is nothing to draw, or the rows are no days."""
    if len(sheet.rows) < 2 or sheet.columns[0].kind != "day":
        return None
    values = [float(row[1]) if isinstance(row[1], int | float) else 0.0 for row in sheet.rows]
    highest = max(values)
    if highest <= 0:
        return None
    step = WIDTH / len(values)
    bars = [(number, HEIGHT * value / highest) for number, value in enumerate(values) if value > 0]
    shown = sheet.shown()
    return Drawing(
        sheet.columns[1].label, shown[values.index(highest)][1], shown[0][0], shown[-1][0],
        tuple(Bar(round(number * step + step * 0.1, 1), round(HEIGHT - tall, 1), round(step * 0.8, 1), round(tall, 1)) for number, tall in bars),
    )  # fmt: skip
