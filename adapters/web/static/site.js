// Makes the pages live. Without it everything works by forms and links; with it a form keeps you where you are, and changes appear by themselves.
"use strict";
(() => {
  const root = document.documentElement;
  const frame = window.firstlineFrame; // on another site: who asks is said with each request, not by a cookie
  const fetch = frame ? frame.fetch : window.fetch.bind(window), News = frame ? frame.News : window.EventSource;
  root.classList.add("scripted");

  // ---- times in the reader's own zone
  const clock = new Intl.DateTimeFormat(root.lang, { month: "short", day: "numeric", hour: "numeric", minute: "2-digit" });
  const localise = (scope) => {
    for (const time of scope.querySelectorAll("time[datetime]")) time.textContent = clock.format(new Date(time.dateTime));
  };

  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone; // the desk says when it opens by the reader's clock
  if (zone && !frame) document.cookie = `firstline_zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=lax`;

  // ---- rows that scroll on a phone show where one is
  for (const here of document.querySelectorAll(".top nav [aria-current], .views [aria-current]")) {
    const row = here.parentElement;
    const beyond = here.getBoundingClientRect().right + 48 - row.getBoundingClientRect().right;
    if (beyond > 0) row.scrollLeft += beyond;
  }

  // ---- a fetched page into this one: only what differs, never what somebody is typing into
  const comparable = (node) => {
    const copy = node.cloneNode(true);
    for (const once of copy.querySelectorAll("input[name=once]")) once.removeAttribute("value");
    for (const open of [copy, ...copy.querySelectorAll("[open]")]) open.removeAttribute("open");
    return copy.outerHTML;
  };
  const isBusy = (node) =>
    node.contains(document.activeElement) && document.activeElement.matches("textarea, input, select")
    || [...node.querySelectorAll("textarea, input:not([type=hidden])")].some((field) => field.value !== field.defaultValue);

  const syncRegion = (old, fresh) => {
    const kept = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
    if ([...old.children, ...fresh.children].some((child) => !child.id)) {
      if (comparable(old) !== comparable(fresh)) old.replaceChildren(...fresh.childNodes);
      return;
    }
    let place = null;
    for (const child of [...fresh.children]) {
      const known = kept.get(child.id);
      kept.delete(child.id);
      let shown = known;
      if (!known) shown = child;
      else if (comparable(known) !== comparable(child) && !isBusy(known)) {
        if (known.open) child.open = true;
        const focused = known.contains(document.activeElement) ? [...known.querySelectorAll("a, button, input")].indexOf(document.activeElement) : -1;
        for (const tick of child.querySelectorAll("input[type=checkbox]")) {
          const before = [...known.querySelectorAll("input[type=checkbox]")].find((one) => one.name === tick.name && one.value === tick.value);
          if (before) tick.checked = before.checked;
        }
        known.replaceWith(child);
        if (focused >= 0) { const same = child.querySelectorAll("a, button, input")[focused]; if (same) same.focus(); }
        shown = child;
      }
      const next = place ? place.nextElementSibling : old.firstElementChild;
      if (next !== shown) old.insertBefore(shown, next);
      place = shown;
    }
    for (const gone of kept.values()) if (![...gone.querySelectorAll("textarea")].some((area) => area.value.trim())) gone.remove();
  };

  // ---- the chat stays at its end; what is new and longer than the screen is shown from its beginning
  let placed = 0;
  const follow = (mine) => {
    const log = document.querySelector(".log");
    if (!log) return () => {};
    const following = mine || log.scrollTop > -40 || Math.abs(log.scrollTop - placed) < 40;
    const before = log.querySelectorAll(".line").length;
    return () => {
      const news = [...log.querySelectorAll(".line")].slice(before);
      if (!following || !news.length) return;
      const end = log.querySelector(".lines").getBoundingClientRect().bottom;
      const tall = end - news[0].getBoundingClientRect().top - (log.clientHeight - 24);
      log.scrollTop = tall > 0 ? -tall : 0; // the log is laid out from its end: 0 is the newest
      placed = log.scrollTop;
    };
  };

  const sync = (page, flash) => {
    localise(page);
    const place = follow(flash);
    for (const fresh of page.querySelectorAll("[data-region]")) {
      const old = document.querySelector(`[data-region="${fresh.dataset.region}"]`);
      if (old && (flash || fresh.dataset.region !== "flash" || fresh.children.length)) syncRegion(old, fresh);
    }
    document.title = page.title || document.title;
    place();
  };
  const parse = (text) => new DOMParser().parseFromString(text, "text/html");

  // ---- news
  let waiting = null, busy = false, again = false, forms = 0;
  const refresh = async () => {
    if (busy) { again = true; return; }
    busy = true;
    const before = forms;
    try {
      const answer = await fetch(location.href, { headers: { "X-Refresh": "1" }, cache: "no-store" });
      const page = parse(await answer.text());
      if (before !== forms) again = true; // a form went meanwhile: what it brought is newer
      else if (answer.ok) sync(page, false);
      else if (answer.status === 429 || answer.status >= 500) soon(3000);
    } catch { soon(3000); }
    busy = false;
    if (again) { again = false; soon(); }
  };
  const soon = (pause = 60) => { clearTimeout(waiting); waiting = setTimeout(refresh, pause); };
  if (frame) frame.refresh = refresh;
  const address = document.body.dataset.events;
  let news = null;
  const listen = () => { // only while somebody looks: a browser has six connections to a site, and a page left open would keep one
    if (document.visibilityState === "visible" && !news) {
      news = new News(address);
      news.addEventListener("change", () => soon());
      news.addEventListener("ready", () => { if (root.dataset.live) soon(); root.dataset.live = "yes"; });
    } else if (document.visibilityState === "hidden" && news) {
      news.close();
      news = null;
    }
  };
  if (address && News) {
    listen();
    document.addEventListener("visibilitychange", listen);
    window.addEventListener("pagehide", () => { if (news) news.close(); news = null; });
    window.addEventListener("pageshow", listen);
  }
  // taking back a reply is possible for a moment only: look again when the moment is over
  if (document.querySelector(".staff [data-region=talk]")) setInterval(() => { if (document.querySelector("form[action$='/undo']")) soon(); }, 5000);

  // ---- forms
  const fresh = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const renew = (form) => { const once = form.elements.once; if (once) once.value = fresh(); };
  const problem = (form, text) => {
    const place = form.querySelector(".problem"), flash = document.querySelector("[data-region=flash]");
    if (place) place.textContent = text ?? flash.dataset.failed;
    else if (text !== "") {
      flash.replaceChildren(Object.assign(document.createElement("p"), { id: "flash-failed", className: "warning", textContent: text ?? flash.dataset.failed }));
      flash.scrollIntoView({ block: "nearest" });
    }
  };

  // ---- a field with a condition shows when it holds
  const condition = (scope) => {
    for (const field of scope.querySelectorAll(".field[data-when]")) {
      const chosen = new FormData(field.closest("form")).getAll(`field-${field.dataset.when}`);
      const hidden = !field.dataset.is.split("\n").some((value) => chosen.includes(value));
      field.hidden = hidden;
      for (const input of field.querySelectorAll("input, select, textarea")) input.disabled = hidden;
    }
  };
  document.addEventListener("change", (event) => { if (event.target.form) condition(event.target.form); });
  condition(document);

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.method !== "post" || "plain" in form.dataset || !document.body.dataset.events) return;
    event.preventDefault();
    if (form.dataset.sending) return;
    form.dataset.sending = "yes";
    const target = new URL(form.getAttribute("action") || "", location.href); // form.action may be a button of that name
    const sent = new FormData(form, event.submitter);
    const fields = [...form.elements].filter((field) => field.matches("textarea, input:not([type=hidden])"));
    const body = form.enctype === "multipart/form-data" ? sent : new URLSearchParams([...sent].filter(([, value]) => typeof value === "string"));
    if (event.submitter) event.submitter.disabled = true;
    try {
      const answer = await fetch(target, { method: "POST", body, headers: { Accept: "text/html" } });
      const page = parse(await answer.text());
      forms += 1;
      if (!answer.ok) {
        if (page.querySelector("main form.asked .field.wrong")) { // each field says what is wrong with it
          document.querySelector("main").replaceWith(page.querySelector("main"));
          condition(document);
          document.querySelector("main .field.wrong :is(input, select, textarea):not([type=hidden])").focus();
          return;
        }
        const why = page.querySelector("main .problem:not(:empty), .notice h1");
        problem(form, why ? why.textContent.trim() : form.dataset.failed);
        return;
      }
      const there = new URL(answer.url);
      if (there.pathname !== location.pathname) {
        if (there.pathname === target.pathname && page.querySelector("main form")) { // the press needs words: its form takes the place of the page
          document.querySelector("main").replaceWith(page.querySelector("main"));
          document.body.className = page.body.className;
          condition(document);
          return;
        }
        location.assign(answer.url);
        return;
      }
      for (const field of fields) { field.value = ""; field.defaultValue = ""; field.dispatchEvent(new Event("input", { bubbles: true })); }
      const folded = form.closest("details");
      if (folded) folded.open = false;
      renew(form);
      problem(form, "");
      if (page.querySelector(".log") && !document.querySelector(".log")) { // a form stood in place of the talk
        localise(page);
        document.querySelector("main").replaceWith(page.querySelector("main"));
        document.body.className = page.body.className;
      }
      sync(page, true);
    } catch {
      problem(form, form.dataset.failed);
    } finally {
      delete form.dataset.sending;
      if (event.submitter) event.submitter.disabled = false;
    }
  });

  document.addEventListener("change", (event) => {
    const field = event.target;
    if ("submits" in field.dataset) field.form.requestSubmit();
    if (field.type === "file") {
      const label = field.parentElement.querySelector("label");
      label.dataset.empty ??= label.textContent;
      label.textContent = field.files.length ? [...field.files].map((file) => file.name).join(", ") : label.dataset.empty;
    }
  });
  document.addEventListener("input", (event) => {
    if (event.target.type === "file" && !event.target.files.length) event.target.dispatchEvent(new Event("change", { bubbles: true }));
  });
  document.addEventListener("keydown", (event) => {
    const enter = event.key === "Enter" && !event.shiftKey && !event.isComposing;
    if (enter && "entersends" in lower(event.target.dataset) && matchMedia("(pointer: fine)").matches) {
      event.preventDefault();
      event.target.form.requestSubmit(event.target.form.querySelector("button"));
    }
  });
  const lower = (data) => Object.fromEntries(Object.keys(data).map((key) => [key.toLowerCase(), true]));
  // ---- what was written and not saved is not left by mistake; Ctrl+S saves it
  const guarded = document.querySelector("form[data-guard]");
  if (guarded) {
    let sending = false;
    guarded.addEventListener("submit", () => { sending = true; });
    window.addEventListener("beforeunload", (event) => {
      const fields = [...guarded.querySelectorAll("textarea, input:not([type=hidden], [type=file])")];
      if (!sending && (guarded.dataset.guard || fields.some((field) => field.value !== field.defaultValue))) event.preventDefault();
    });
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "s") {
        event.preventDefault();
        guarded.requestSubmit(guarded.querySelector("button[value=save]"));
      }
    });
  }
  document.addEventListener("focusin", (event) => { if (event.target.dataset && "select" in event.target.dataset) event.target.select(); });

  localise(document);
})();
