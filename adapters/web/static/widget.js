// The chat on another site: a button, and behind it a frame of ours. Nothing of the site gets into it and nothing of it out but how many messages are new.
((words) => {
  "use strict";
  const script = document.currentScript || document.querySelector("script[src$='/widget.js']");
  if (!script || document.querySelector("firstline-chat")) return;
  const home = new URL(script.src).origin;
  const known = (tag) => (Object.hasOwn(words, (tag || "").slice(0, 2).toLowerCase()) ? tag.slice(0, 2).toLowerCase() : "");
  const language = known(script.dataset.language) || known(document.documentElement.lang) || known(navigator.language) || Object.keys(words)[0];
  const say = words[language];
  const accent = /^#[0-9a-f]{6}$/i.test(script.dataset.accent || "") ? script.dataset.accent : "";
  const TALKED = "firstline-talked"; // on the site's own side: has somebody talked here, so that news is looked for before they open it

  const STYLE = `
    :host { all: initial; color-scheme: light dark; --accent: #1f6b5a; --on-accent: #ffffff; --edge: #d4dcd7; --ground: #f4f6f4; --ring: #1f5fae; }
    @media (prefers-color-scheme: dark) { :host { --accent: #74cbb2; --on-accent: #0b241c; --edge: #303b36; --ground: #111614; --ring: #9cc4f8; } }
    aside { position: fixed; z-index: 2147483000; bottom: max(1rem, env(safe-area-inset-bottom)); right: max(1rem, env(safe-area-inset-right)); font: 600 16px/1.2 system-ui, sans-serif; }
    aside.left { right: auto; left: max(1rem, env(safe-area-inset-left)); }
    button { all: unset; box-sizing: border-box; position: relative; display: grid; place-items: center; width: 60px; height: 60px; border-radius: 50%; cursor: pointer;
      background: var(--accent); color: var(--on-accent); box-shadow: 0 2px 6px rgb(0 0 0 / .2), 0 8px 24px rgb(0 0 0 / .16); margin-left: auto; }
    .left button { margin-left: 0; }
    button:focus-visible { outline: 3px solid var(--ring); outline-offset: 3px; }
    svg { width: 28px; height: 28px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
    .news { position: absolute; top: -4px; right: -4px; min-width: 24px; height: 24px; box-sizing: border-box; padding: 0 6px; border-radius: 12px; display: grid; place-items: center;
      background: #a8320f; color: #ffffff; font-size: 13px; border: 2px solid var(--ground); }
    .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    [hidden] { display: none !important; }
    iframe { position: absolute; bottom: 76px; right: 0; width: min(400px, calc(100vw - 2rem)); height: min(640px, calc(100vh - 7.5rem)); border: 1px solid var(--edge); border-radius: 18px;
      background: var(--ground); box-shadow: 0 12px 48px rgb(0 0 0 / .24); }
    .left iframe { right: auto; left: 0; }
    @media (prefers-reduced-motion: no-preference) {
      button { transition: transform .12s; } button:hover { transform: scale(1.05); }
      iframe { animation: rise .16s ease-out; } @keyframes rise { from { opacity: 0; transform: translateY(12px); } }
    }
    @media (max-width: 480px), (max-height: 420px) {
      iframe, .left iframe { position: fixed; inset: 0; width: 100%; height: 100%; border: 0; border-radius: 0; }
      .open button { display: none; }
    }
    @media (forced-colors: active) { button { border: 2px solid ButtonText; } }
    @media print { aside { display: none; } }`;
  const ICON = { open: "M21 12a8.5 8.5 0 0 1-12.6 7.4L3 21l1.7-5A8.5 8.5 0 1 1 21 12Z", close: "m6 9 6 6 6-6" };

  const make = (name, attributes = {}) => {
    const made = name === "svg" || name === "path" ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const host = make("firstline-chat");
  const root = host.attachShadow({ mode: "open" });
  try { // by rules, not by an element: a site's content policy may forbid those
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
  } catch { root.append(Object.assign(make("style"), { textContent: STYLE })); }
  const box = make("aside", { "aria-label": say.open, lang: language });
  if (script.dataset.position === "left") box.classList.add("left");
  const button = make("button", { type: "button", "aria-expanded": "false", "aria-label": say.open });
  const icon = make("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" });
  const path = make("path", { d: ICON.open });
  const news = make("span", { class: "news", "aria-hidden": "true", hidden: "" });
  const told = make("span", { class: "unseen", role: "status" });
  icon.append(path);
  button.append(icon, news);
  box.append(button, told);
  root.append(box);

  if (accent) {
    const light = [1, 3, 5].map((at) => parseInt(accent.slice(at, at + 2), 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    box.style.setProperty("--accent", accent);
    box.style.setProperty("--on-accent", 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] > 0.179 ? "#000000" : "#ffffff");
  }

  // ---- the frame
  let frame = null, open = false, count = 0, listens = false;
  const tell = (what, more = {}) => { if (listens) frame.contentWindow.postMessage({ firstline: what, ...more }, home); };
  const remembered = () => { try { return localStorage.getItem(TALKED) === "1"; } catch { return false; } };
  const load = () => {
    if (frame) return;
    frame = make("iframe", { title: say.open, src: `${home}/widget?lang=${language}`, hidden: "" });
    box.append(frame);
    setTimeout(() => { if (!listens) console.warn(`Firstline: no answer from ${home}/widget. Is ${location.origin} in widget_sites, and the server up?`); }, 10000);
  };
  const label = () => {
    const more = count && !open ? say.news[Math.min(count, say.news.length) - 1] : "";
    button.setAttribute("aria-label", open ? say.close : more ? `${say.open}, ${more}` : say.open);
    news.hidden = !more;
    news.textContent = count >= say.news.length ? `${say.news.length - 1}+` : String(count);
    if (told.textContent !== more) told.textContent = more;
  };
  const show = (shown) => {
    load();
    open = shown;
    frame.hidden = !open;
    box.classList.toggle("open", open);
    button.setAttribute("aria-expanded", String(open));
    path.setAttribute("d", open ? ICON.close : ICON.open);
    label();
    tell(open ? "open" : "closed");
    if (open) frame.focus(); else button.focus();
  };
  button.addEventListener("click", () => show(!open));
  box.addEventListener("keydown", (event) => { if (event.key === "Escape" && open) show(false); });

  window.addEventListener("message", (event) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== home || typeof event.data !== "object" || !event.data) return;
    const said = event.data;
    if (said.firstline === "ready") {
      listens = true;
      const { user = "", name = "", email = "", hash = "" } = script.dataset;
      tell("who", { user, name, mail: email, hash, accent });
      tell(open ? "open" : "closed");
    } else if (said.firstline === "close") {
      if (open) show(false);
    } else if (said.firstline === "news") {
      count = Number.isSafeInteger(said.count) && said.count > 0 ? said.count : 0;
      label();
    } else if (said.firstline === "talked") {
      try { localStorage.setItem(TALKED, "1"); } catch { /* then news shows once it is opened */ }
    } else if (said.firstline === "refused") {
      console.warn("Firstline: data-hash does not prove data-user, so this visitor stays unverified. It is the HMAC-SHA256 of data-user with WIDGET_SECRET, in hex.");
    }
  });
  // another user on the same page: another conversation
  new MutationObserver(() => { if (frame) { count = 0; label(); listens = false; frame.src = frame.getAttribute("src"); } })
    .observe(script, { attributeFilter: ["data-user", "data-name", "data-email", "data-hash"] });

  const put = () => {
    document.body.append(host);
    if (script.dataset.hash || remembered()) (window.requestIdleCallback || setTimeout)(load);
  };
  if (document.body) put(); else document.addEventListener("DOMContentLoaded", put);
})
