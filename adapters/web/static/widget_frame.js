// The page in the frame, before site.js: says who asks with each request, and talks with the launcher (widget.js) on the site around it.
"use strict";
(() => {
  const root = document.documentElement;
  const sites = document.body.dataset.sites.split(" ");
  const alone = window.parent === window; // opened as a page of its own
  const own = window.fetch.bind(window);
  const KEPT = "firstline", SEEN = "firstline-seen";
  let site = ""; // the origin of the page around us
  let open = alone, badge = "", csrf = "", sign = "", who = null, begun = null;

  // ---- what this browser keeps for us: apart for each site around us, as browsers do it, and at worst until the page is left
  const memory = new Map();
  const kept = (name) => { try { return localStorage.getItem(name) ?? ""; } catch { return memory.get(name) ?? ""; } };
  const keep = (name, value) => { try { localStorage.setItem(name, value); } catch { memory.set(name, value); } };

  // ---- who asks
  let identified;
  const identity = new Promise((resolve) => { identified = resolve; });
  const hello = async () => {
    const body = new URLSearchParams({ csrf: document.querySelector("#hello [name=csrf]").value, badge: kept(KEPT), ...who });
    const answer = await own("/widget/hello", { method: "POST", body, credentials: "omit" });
    if (!answer.ok) throw new Error(`hello: ${answer.status}`);
    const told = await answer.json();
    badge = told.badge;
    csrf = told.csrf;
    sign = told.sign;
    if (!told.proved) keep(KEPT, badge); // whom the site vouches for, it names anew with each page: nothing of theirs stays here
    if (told.refused) tell("refused");
  };
  const locked = async (work) => { // two tabs that open at once are one visitor; where a browser gives a frame no locks, it gives it no storage to share, either
    let tried = false;
    const once = () => { tried = true; return work(); };
    try { await navigator.locks.request(KEPT, once); } catch (fault) { if (tried) throw fault; await work(); }
  };
  const meet = async () => {
    for (let pause = 1000; ; pause = Math.min(pause * 2, 5000)) {
      try { await locked(hello); identified(); return; } catch { await new Promise((done) => { setTimeout(done, pause); }); }
    }
  };
  const asked = (headers) => ({
    ...headers, "X-Widget": badge, "Accept-Language": root.lang, "X-Widget-Zone": Intl.DateTimeFormat().resolvedOptions().timeZone || "", ...(open ? { "X-Widget-Open": "1" } : {}),
  });
  const ask = async (address, options = {}) => {
    await Promise.race([identity, new Promise((_, fail) => { setTimeout(fail, navigator.onLine ? 10000 : 0, new Error("nobody knows yet who asks")); })]);
    const send = () => {
      if (options.body) options.body.set("csrf", csrf); // what was pressed before it was known who asks has none
      return own(address, { ...options, headers: asked(options.headers), credentials: "omit" });
    };
    const answer = await send();
    if (answer.status !== 403) return answer;
    await hello(); // the badge is over; a form that is sent twice counts once
    return send();
  };

  // ---- server-sent events that carry the badge: EventSource cannot
  class News {
    #ends = new AbortController();
    #heard = new EventTarget();
    constructor(address) { this.#listen(address); }
    addEventListener(name, hear) { this.#heard.addEventListener(name, hear); }
    close() { this.#ends.abort(); }
    async #listen(address) {
      while (!this.#ends.signal.aborted) {
        try {
          const answer = await ask(address, { signal: this.#ends.signal, cache: "no-store" });
          if (answer.ok) await this.#read(answer.body.pipeThrough(new TextDecoderStream()).getReader());
        } catch { /* away: tried again */ }
        await new Promise((done) => { setTimeout(done, 3000); });
      }
    }
    async #read(reader) {
      let rest = "";
      for (let step = await reader.read(); !step.done; step = await reader.read()) {
        const lines = (rest + step.value).split(/\r\n|\n|\r/);
        rest = lines.pop();
        for (const line of lines) if (line.startsWith("event:")) this.#heard.dispatchEvent(new Event(line.slice(6).trim()));
      }
    }
  }
  root.dataset.live = "yes"; // look again as soon as news can be heard: what was fetched before that may be older than what was sent meanwhile
  window.firstlineFrame = { fetch: ask, News, refresh: () => {} };

  // ---- the launcher
  const tell = (what, more = {}) => { if (!alone && site) window.parent.postMessage({ firstline: what, ...more }, site); };
  const black = (red, green, blue) => {
    const light = [red, green, blue].map((one) => { const part = one / 255; return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] > 0.179;
  };
  const colour = (accent) => {
    if (!/^#[0-9a-f]{6}$/i.test(accent)) return;
    const parts = [1, 3, 5].map((at) => parseInt(accent.slice(at, at + 2), 16));
    for (const [name, value] of [["--accent", accent], ["--accent-hover", accent], ["--on-accent", black(...parts) ? "#000000" : "#ffffff"]]) root.style.setProperty(name, value);
  };
  const begin = (said) => {
    if (begun) return;
    who = Object.fromEntries(["user", "name", "mail", "hash"].map((name) => [name, String(said[name] ?? "")]));
    colour(String(said.accent ?? ""));
    begun = meet().then(() => window.firstlineFrame.refresh());
  };
  const focus = () => (document.querySelector("#text") || document.querySelector("main")).focus();
  document.addEventListener("DOMContentLoaded", () => { if (open && !alone) focus(); }); // before site.js has run nothing is seen, and takes no focus
  const show = (shown) => {
    open = shown;
    if (!open) return;
    focus();
    if (begun) begun.then(() => window.firstlineFrame.refresh()).then(count);
  };
  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || !sites.includes(event.origin) || typeof event.data !== "object" || !event.data) return;
    site = event.origin;
    if (event.data.firstline === "who") begin(event.data);
    else if (event.data.firstline === "open") show(true);
    else if (event.data.firstline === "closed") { count(); show(false); }
  });
  const close = () => { if (!alone) tell("close"); };
  const cross = document.querySelector("#minimise");
  cross.hidden = alone;
  cross.addEventListener("click", close);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && !event.isComposing) close(); });
  if (alone) begin({}); else window.parent.postMessage({ firstline: "ready" }, "*"); // says nothing that others may not know

  // ---- how many messages nobody has seen
  const count = () => {
    const lines = [...document.querySelectorAll("[data-region=lines] .line")];
    if (!sign || !lines.length) { tell("news", { count: 0 }); return; }
    tell("talked");
    const [whose, last] = kept(SEEN).split(" ");
    const newest = lines.at(-1).id;
    if (open || whose !== sign) { keep(SEEN, `${sign} ${newest}`); tell("news", { count: 0 }); return; }
    const after = lines.slice(lines.findIndex((line) => line.id === last) + 1);
    tell("news", { count: after.filter((line) => line.classList.contains("desk")).length });
  };
  new MutationObserver(() => count()).observe(document.body, { childList: true, subtree: true });

  // ---- what leads out of the frame, and files, which a link alone would ask for without saying who asks
  document.addEventListener("click", async (event) => {
    const link = event.target.closest ? event.target.closest("a[href]") : null;
    if (!link) return;
    if (!link.hasAttribute("download")) { link.target = "_blank"; link.rel = "noopener"; return; }
    if (link.protocol === "blob:") return;
    event.preventDefault();
    const answer = await ask(link.href).catch(() => null);
    if (!answer || !answer.ok) return;
    const saved = Object.assign(document.createElement("a"), { href: URL.createObjectURL(await answer.blob()), download: link.textContent });
    saved.click();
    setTimeout(() => URL.revokeObjectURL(saved.href), 60000);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest && event.target.closest("[data-back]")) location.reload();
  });

  // ---- offline
  const line = () => {
    const place = document.querySelector("#offline");
    place.textContent = navigator.onLine ? "" : place.dataset.words;
    if (navigator.onLine && begun) window.firstlineFrame.refresh();
  };
  window.addEventListener("online", line);
  window.addEventListener("offline", line);
})();
