// Answers while somebody still types. Nothing is asked by it; without it one simply asks.
"use strict";
(() => {
  const place = document.getElementById("suggested");
  const form = document.getElementById("say");
  if (!place || !form) return;
  const field = form.elements.text;
  const told = document.getElementById("suggested-told"); // it is there from the beginning, so that what it says is read aloud
  const PAUSE = 350; // milliseconds without a key, after which somebody is taken to think
  const LEAST = 6; // characters
  let waiting = null, asking = null, shown = "";

  const hide = () => { place.replaceChildren(); told.textContent = ""; shown = ""; };
  const look = async () => {
    const words = field.value.trim();
    if (words === shown) return;
    if (asking) asking.abort();
    if (words.length < LEAST) { hide(); return; }
    asking = new AbortController();
    try {
      const body = new URLSearchParams({ csrf: form.elements.csrf.value, text: words.slice(0, 300) });
      const answer = await fetch(place.dataset.suggest, { method: "POST", body, headers: { "X-Refresh": "1", Accept: "text/html" }, signal: asking.signal });
      if (!answer.ok || field.value.trim() !== words) return;
      const piece = new DOMParser().parseFromString(await answer.text(), "text/html").body;
      shown = words;
      const titles = (node) => [...node.querySelectorAll("summary")].map((one) => one.textContent).join("\n");
      if (titles(piece) === titles(place)) return; // what is open stays open
      const news = piece.querySelector("[data-told]");
      told.textContent = news ? news.textContent : "";
      place.replaceChildren(...piece.querySelectorAll(".offered"));
    } catch { /* no answer is no fault: one simply asks */ }
  };
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    if (!field.value.trim()) { if (asking) asking.abort(); hide(); } else waiting = setTimeout(look, PAUSE);
  });
  const close = (event) => {
    if (event.key !== "Escape" || !place.firstChild) return;
    hide();
    shown = field.value.trim();
    field.focus();
  };
  field.addEventListener("keydown", close);
  place.addEventListener("keydown", close);
})();
