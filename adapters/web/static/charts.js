// Draws the tables of a report. Whatever it shows it reads from the table that stands there without it, too.
"use strict";
(() => {
  const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [4, 4]];
  const COLOURS = ["--accent", "--taken", "--pending", "--warning", "--closed"];
  const DAY = 86400, HEIGHT = 240;
  const lang = document.documentElement.lang;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // ---- how a figure is written
  const span = (seconds) => {
    const minutes = Math.round(seconds / 60), parts = [[Math.floor(minutes / 1440), "d"], [Math.floor(minutes / 60) % 24, "h"], [minutes % 60, "min"]];
    const from = parts.findIndex(([count]) => count);
    return from < 0 ? "0 min" : parts.slice(from, from + 2).filter(([count]) => count).map(([count, unit]) => `${count} ${unit}`).join(" ");
  };
  const WRITTEN = {
    share: (value) => `${+(value * 100).toFixed(1)} %`,
    score: (value) => (+value).toFixed(1),
    span,
    count: (value) => new Intl.NumberFormat(lang, { useGrouping: false }).format(value),
  };
  const STEPS = {
    count: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6],
    span: [60, 300, 900, 1800, 3600, 7200, 14400, 28800, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 56 * DAY, 112 * DAY, 364 * DAY],
    share: [.01, .02, .05, .1, .2, .25, .5],
    score: [.1, .2, .5, 1, 2, 5, 10, 20, 50, 100],
  };
  const short = (text) => (text.length > 16 ? `${text.slice(0, 15)}…` : text);
  const dayOf = new Intl.DateTimeFormat(lang, { timeZone: "UTC", month: "short", day: "numeric" });

  // ---- what a table holds
  const read = (table) => {
    const heads = [...table.tHead.rows[0].cells], rows = [...table.tBodies[0].rows];
    const columns = heads.map((head, at) => ({
      label: head.textContent.trim(), kind: head.dataset.kind,
      values: rows.map((row) => (row.cells[at].dataset.value === undefined ? null : Number(row.cells[at].dataset.value))),
    })).filter((column) => column.kind in WRITTEN);
    return { columns, first: heads[0].textContent.trim(), names: rows.map((row) => row.cells[0].textContent.trim()), days: rows.map((row) => Date.parse(row.cells[0].dataset.value) / 1000) };
  };
  const together = (columns) => { // lines of one unit share a chart, as many as there are colours
    const found = new Map();
    for (const column of columns) found.set(column.kind, [...(found.get(column.kind) || []), column]);
    return [...found.values()].flatMap((some) => Array.from({ length: Math.ceil(some.length / COLOURS.length) }, (_, at) => some.slice(at * COLOURS.length, (at + 1) * COLOURS.length)));
  };

  // ---- one chart
  const options = (kind, columns, { names, first }, isTime, width) => {
    const grid = { stroke: colour("--edge"), width: 1 }, ink = colour("--muted"), font = "12px system-ui, sans-serif";
    const long = !isTime && Math.max(...names.map((name) => name.length)) * names.length * 7 > width;
    const x = isTime
      ? { values: (u, splits) => splits.map((at) => dayOf.format(at * 1000)), incrs: [1, 2, 7, 14, 28, 56, 91, 182, 364].map((days) => days * DAY), space: 70 }
      : { splits: () => names.map((_, at) => at), values: (u, splits) => splits.map((at) => short(names[at] || "")), rotate: long ? -45 : 0, size: long ? 96 : 40, grid: { show: false } };
    return {
      width, height: HEIGHT + (long ? 50 : 0), tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
      scales: { x: isTime ? { time: true } : { time: false, range: [-.6, names.length - .4] }, y: { range: (u, low, high) => [Math.min(0, low * 1.1), high > 0 ? high * 1.08 : 1] } },
      axes: [
        { stroke: ink, font, grid, ticks: grid, ...x },
        { stroke: ink, font, grid, ticks: grid, incrs: STEPS[kind], size: kind === "span" ? 84 : 58, values: (u, splits) => splits.map(WRITTEN[kind]) },
      ],
      series: [
        { label: first, value: (u, at) => (at == null ? "" : isTime ? dayOf.format(at * 1000) : names[Math.round(at)]) },
        ...columns.map((column, at) => {
          const stroke = colour(COLOURS[at % COLOURS.length]);
          return {
            label: column.label, stroke, width: 2, value: (u, value) => (value == null ? "–" : WRITTEN[kind](value)),
            ...(isTime ? { dash: DASHES[at % DASHES.length], points: { size: 6, fill: stroke } } : { fill: stroke, width: 0, paths: uPlot.paths.bars({ size: [.7, 64] }), points: { show: false } }),
          };
        }),
      ],
      legend: { show: isTime },
      cursor: { drag: { x: false, y: false }, points: { show: isTime } },
    };
  };

  const chart = (table) => {
    const held = read(table), { columns, names, days } = held, isTime = table.dataset.chart === "times";
    const choices = isTime ? together(columns) : columns.map((column) => [column]);
    if (!choices.length) return;
    const place = document.createElement("div"), box = document.createElement("div"), region = table.closest(".scrolls");
    place.className = "chart";
    box.setAttribute("aria-hidden", "true"); // the table below says the same
    let chosen = 0, shown = null;
    const draw = () => {
      const some = choices[chosen], x = isTime ? days : names.map((_, at) => at);
      if (shown) shown.destroy();
      shown = new uPlot(options(some[0].kind, some, held, isTime, Math.max(place.clientWidth, 240)), [x, ...some.map((one) => one.values)], box);
    };
    if (choices.length > 1) {
      const select = document.createElement("select"), label = document.createElement("label");
      label.append(table.dataset.choose, " ", select);
      choices.forEach((some, at) => select.add(new Option(some.map((one) => one.label).join(", "), String(at))));
      select.addEventListener("change", () => { chosen = Number(select.value); draw(); });
      place.append(label);
    }
    place.append(box);
    region.before(place);
    draw();
    new ResizeObserver(() => { if (shown && place.clientWidth && place.clientWidth !== shown.width) shown.setSize({ width: place.clientWidth, height: shown.height }); }).observe(place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  };
  if (window.uPlot) for (const table of document.querySelectorAll("table[data-chart]")) chart(table);
})();
