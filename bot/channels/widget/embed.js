/**
 * Put the assistant on any page:
 *
 *   <script src="https://bot.example/chat/embed.js" defer></script>
 *
 * data-label     words on the button          "Is it my back?"
 * data-colour    button and header, #rrggbb   "#0d5355" (data-color works too)
 * data-position  "right" or "left"            "right"
 * data-region    US, UK, EU, IN, AU           whose emergency number to show
 * data-lang      language of page and label   that of the page; the chat itself speaks English
 *
 * The page's policy needs script-src and frame-src for the bot's origin; no style-src, no connect-src.
 * Nothing is loaded from the bot before somebody opens the chat, and the page cannot read what is said in it.
 */
(() => {
  const script = /** @type {HTMLScriptElement} */ (document.currentScript);
  const wish = script.dataset;
  const home = new URL("./", script.src);
  const chosen = wish.colour ?? wish.color ?? "";
  const brand = /^#[0-9a-f]{6}$/i.test(chosen) ? chosen : "#0d5355";
  const ink = inkOn(brand);
  const side = wish.position === "left" ? "left" : "right";
  const lang = wish.lang ?? (document.documentElement.lang || "en");

  const LOOKS = `
    :host { all: initial; color-scheme: light dark; }
    * { box-sizing: border-box; }
    button { position: fixed; ${side}: max(1rem, env(safe-area-inset-${side})); bottom: max(1rem, env(safe-area-inset-bottom)); z-index: 2147483646;
      display: flex; align-items: center; gap: .6em; min-height: 3.25rem; max-width: calc(100vw - 2rem); padding: .5rem 1.35rem .5rem 1rem;
      font: 600 1.0625rem/1.2 -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", system-ui, sans-serif;
      color: ${ink}; background: ${brand}; border: 2px solid ${ink === "#ffffff" ? "transparent" : ink}; border-radius: 2rem; cursor: pointer;
      box-shadow: 0 2px 6px rgb(0 0 0 / .18), 0 10px 30px rgb(0 0 0 / .2); }
    button:hover { filter: brightness(1.12); }
    button:focus-visible { outline: 3px solid #16201f; outline-offset: 3px; box-shadow: 0 0 0 3px #ffdf3d; }
    svg { width: 1.9rem; height: 1.9rem; flex: none; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; }
    path + path { stroke-width: 3; stroke-dasharray: .1 4.3; }
    [role=dialog] { position: fixed; ${side}: 1rem; bottom: 5.25rem; z-index: 2147483647; width: 26rem; height: min(46rem, 100dvh - 6.25rem);
      max-width: calc(100vw - 2rem); overflow: hidden; border: 1px solid rgb(0 0 0 / .25); border-radius: 1.1rem; background: Canvas;
      box-shadow: 0 10px 50px rgb(0 0 0 / .3); }
    iframe { display: block; width: 100%; height: 100%; border: 0; }
    [hidden] { display: none; }
    @media (max-width: 30rem), (max-height: 30rem) {
      [role=dialog] { inset: 0; width: auto; height: auto; max-width: none; border: 0; border-radius: 0; }
      [aria-expanded=true] { visibility: hidden; }
    }
    @media (prefers-reduced-motion: no-preference) { [role=dialog] { animation: rise .2s ease-out; } }
    @keyframes rise { from { opacity: 0; transform: translateY(.75rem); } }
    @media (forced-colors: active) { button, [role=dialog] { border: 2px solid ButtonText; } }
    @media print { button, [role=dialog] { display: none; } }`;

  const host = document.createElement("div");
  host.lang = wish.label ? lang : "en";
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(LOOKS);
  root.adoptedStyleSheets = [sheet];

  const label = wish.label || "Is it my back?";
  const launcher = document.createElement("button");
  launcher.type = "button";
  launcher.append(mark(), label);
  launcher.setAttribute("aria-expanded", "false");
  launcher.setAttribute("aria-haspopup", "dialog");

  const panel = document.createElement("div");
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-label", label);
  panel.hidden = true;
  const frame = document.createElement("iframe");
  frame.title = `${label} (chat)`;
  frame.referrerPolicy = "no-referrer";
  frame.addEventListener("load", greet);
  panel.append(frame);
  root.append(launcher, panel);
  document.body.append(host);

  launcher.addEventListener("click", () => (panel.hidden ? open() : close()));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && host.contains(document.activeElement)) close();
  });
  addEventListener("message", (event) => {
    if (event.source === frame.contentWindow && event.data === "sole-and-spine:close") close();
  });

  function open() {
    panel.hidden = false;
    launcher.setAttribute("aria-expanded", "true");
    if (!frame.src) frame.src = address();
    else greet();
  }

  function close() {
    if (panel.hidden) return;
    panel.hidden = true;
    launcher.setAttribute("aria-expanded", "false");
    launcher.focus();
  }

  /** Hand the focus over. */
  function greet() {
    if (panel.hidden) return;
    frame.focus();
    frame.contentWindow?.postMessage("sole-and-spine:open", home.origin);
  }

  /** Wishes travel behind the #, which no server sees. */
  function address() {
    const wishes = new URLSearchParams({ brand, "on-brand": ink, region: wish.region ?? "", lang });
    return `${home}#${wishes}`;
  }

  /** @param {string} colour @returns {string} what can be read on it: black or white */
  function inkOn(colour) {
    const [r, g, b] = [1, 3, 5].map((at) => (parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#000000" : "#ffffff";
  }

  function mark() {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 32 32");
    svg.setAttribute("aria-hidden", "true");
    for (const d of ["M17 30c-4 0-6-3-6-6.5s1.5-5 1-8.5S8 10 9 6.5 14 2 18 3s6.5 5.5 6 10-1.5 6-2 10-1.5 7-5 7z", "M17 7.5q2.5 4 .5 8.5t-.3 9.5"]) {
      const path = svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "path"));
      path.setAttribute("d", d);
    }
    return svg;
  }
})();
