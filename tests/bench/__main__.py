"""`make bench`: the figures, each beside a baseline measured in the same run. No test depends on them.

`python -m tests.bench matching` is the matching table alone; the environment variable SETS names the folder of the question sets.
`python -m tests.bench growth` is how cost grows with workers, tickets and events in flight; it takes long, is no part of the whole, and draws docs/growth.svg.
`python -m tests.bench reports` is every report over a desk of `--most` tickets on PostgreSQL; it takes as long, and is no part of the whole either.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict

from tests import servers
from tests.bench import api, curation, events, growth, growth_workers, matching, reports, shown


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="?", choices=("events", "matching", "cold", "scaled", "api", "curation", "growth", "reports"), help="that part alone")
    parser.add_argument("--views", default="", help="matching: the views to measure, comma between them, by how their names begin")
    parser.add_argument("--no-sizes", action="store_true", help="matching: without time and memory of large knowledge bases")
    parser.add_argument("--only", default=",".join(growth.PARTS), help="growth: the parts to measure anew, comma between them")
    parser.add_argument("--most", type=int, default=1_000_000, help="growth, reports: tickets in the largest desk")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.part == "growth":
        _growth(options)
        return
    if options.part == "reports":
        print(json.dumps({"load_average": os.getloadavg()[0], **asdict(reports.measure(options.most))}, indent=None if options.json else 2))
        return
    found: dict[str, object] = {"load_average": os.getloadavg()[0]}
    if options.part in (None, "matching"):
        results = matching.measure(os.environ.get("SETS"), [name for name in options.views.split(",") if name], not options.no_sizes)
        if options.json:
            found["matching"] = shown.told(results)
        else:
            shown.show(results)
    if options.part in (None, "cold"):
        found["cold_start_s"] = round(events.cold_start(), 2)
    if options.part in (None, "scaled"):
        found["scaled"] = _scaled()
    if options.part in (None, "api"):
        found["api"] = api.measure()
    if options.part in (None, "curation"):
        found["curation"] = curation.measure()
    if options.part in (None, "events"):
        found["events"] = {mode: _compared(**pair) for mode, pair in events.measure().items()}
    if options.json or options.part != "matching":
        print(json.dumps(found, indent=None if options.json else 2))


def _scaled() -> dict[str, object]:
    """Two workers on PostgreSQL and NATS, beside two processes that do the least there is to do."""
    try:
        [row] = growth_workers.measure(workers=(2,))
    except servers.Absent as absent:
        return {"left_out": str(absent)}
    finally:
        servers.leave()
    return {**row, "ratio": round(row["firstline"]["worked_per_s"] / row["floor"]["per_s"], 2)}


def _growth(options: argparse.Namespace) -> None:
    found = growth.measure([part for part in growth.PARTS if part in options.only.split(",")], options.most)
    print(json.dumps(found) if options.json else f"{json.dumps({part: found.get(part) for part in ('commits', 'workers')}, indent=2)}\n{growth.table(found)}")


def _compared(bare: events.Figures, firstline: events.Figures) -> dict[str, float]:
    own, floor = (min(figures.steady, key=lambda took: events.percentile(took, 0.5)) for figures in (firstline, bare))
    return {
        "firstline_events_per_s": round(firstline.rate),
        "bare_events_per_s": round(bare.rate),
        "ratio": round(firstline.rate / bare.rate, 2),
        "firstline_cpu_us": round(min(firstline.cpu_us)),
        "bare_cpu_us": round(min(bare.cpu_us)),
        "firstline_p50_ms": round(events.percentile(own, 0.5) * 1000, 1),
        "firstline_p99_ms": round(events.percentile(own, 0.99) * 1000, 1),
        "bare_p50_ms": round(events.percentile(floor, 0.5) * 1000, 1),
        "bare_p99_ms": round(events.percentile(floor, 0.99) * 1000, 1),
        "p99_ratio": round(events.percentile(own, 0.99) / events.percentile(floor, 0.99), 2),
        "firstline_rss_mb": round(firstline.rss_mb),
    }


if __name__ == "__main__":
    main()
