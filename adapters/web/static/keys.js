// The agents' keyboard: one letter for what is done all day. Without this script everything is reached with Tab and Enter; whoever wants no letters turns them off.
"use strict";
(() => {
  const help = document.getElementById("keys-help"), wanted = document.getElementById("keys-wanted");
  const OFF = "firstline-keys";
  let on = true;
  try { on = localStorage.getItem(OFF) !== "off"; } catch { /* a browser that keeps nothing: they are on */ }
  if (wanted) {
    wanted.checked = on;
    wanted.addEventListener("change", () => {
      on = wanted.checked;
      try { localStorage.setItem(OFF, on ? "on" : "off"); } catch { /* for this page alone */ }
    });
  }

  const find = (selector) => document.querySelector(selector);
  const rows = () => [...document.querySelectorAll("[data-keys=list] > li.card")];
  const here = () => rows().findIndex((row) => row.contains(document.activeElement));
  const move = (step) => {
    const all = rows(), at = here();
    const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + step))];
    if (next) next.querySelector("a").focus();
  };
  const inRow = (selector) => { const row = rows()[here()]; return row ? row.querySelector(selector) : null; };
  const open = (id) => {
    const place = document.getElementById(id);
    if (!place) return;
    if (place.matches("details")) place.open = true;
    const field = place.querySelector("textarea, input:not([type=hidden], [type=file]), select");
    if (field) field.focus();
    place.scrollIntoView({ block: "nearest" });
  };
  const click = (node) => { if (node) node.click(); };

  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    o: () => click(inRow("a")),
    x: () => click(inRow("input[type=checkbox]")),
    t: () => click(inRow("[data-key=t]") || find("#press-take button")),
    r: () => open("move-reply"),
    n: () => open("move-note"),
    e: () => open("move-escalate"),
    d: () => open("move-resolve"),
    c: () => location.assign("/agent/call"),
    u: () => click(find("[data-key=u]")),
    "/": () => { const field = find("[data-key='/']"); if (field) field.focus(); else location.assign("/agent#q"); },
    "?": () => { if (help) help.showModal(); },
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("textarea, select, input:not([type=checkbox], [type=radio]), [contenteditable]");
    const held = event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
    if (typing || held || (help && help.open) || !(event.key in KEYS) || (!on && event.key !== "?")) return;
    event.preventDefault();
    KEYS[event.key]();
  });
  for (const button of document.querySelectorAll("[data-opens=keys-help]")) button.addEventListener("click", () => help && help.showModal());
  if (location.hash === "#q" && find("#q")) find("#q").focus();
})();
