/** Draw a reply's card. Fetched with the first card, and its looks with it. */

import { el, hidden, prose, svg } from "./dom.js";
import { takeAlong, written } from "./paper.js";

/** @typedef {import("./transport.js").Reply} Reply */
/** @typedef {{title: string, organisation: string, year: number | null, url: string}} Source */

/** How pressing a card of urgent care is, as the NHS's care cards say it. @type {Record<string, string>} */
const PRESSING = {
  emergency: "Immediate action required:",
  same_day: "Urgent advice:",
  within_days: "Non-urgent advice:",
};
/** What fills the little circle that stands beside the words of a fit. @type {Record<string, string>} */
const FIT = { well: "M8 1a7 7 0 0 1 0 14A7 7 0 0 1 8 1", partly: "M8 1a7 7 0 0 1 0 14", against: "M3 13 13 3", unclear: "" };
const SURE = ["theory", "limited", "fair", "strong"];

/** @type {Record<string, (reply: Reply) => (Node | false | null)[]>} */
const CARDS = {
  urgent_care: (reply) => [urgentCare(reply)],
  safety_check: (reply) => [panel("safety", el("h3", null, "A safety question"), ...prose(reply.text))],
  question: (reply) => [...prose(reply.text), why(reply)],
  foot_map: (reply) => [...prose(reply.text), why(reply)],
  links,
  answer,
  referral,
  summary,
};

await new Promise((loaded) =>
  document.head.append(el("link", { rel: "stylesheet", href: "cards.css", load: loaded, error: loaded })));

/** @param {Reply} reply @returns {Node[] | null} nothing for what is no card, or lacks a field */
export function draw(reply) {
  try {
    return /** @type {Node[]} */ (CARDS[reply.card ?? ""]?.(reply).filter((node) => !!node)) ?? null;
  } catch (error) {
    console.warn("A card lacks a field:", reply.card, error);
    return null;
  }
}

/** @param {string} kind @param {...(Node | false | null)} children */
const panel = (kind, ...children) => el("section", { class: `panel ${kind}` }, ...children);

/** @param {string} words @param {...(Node | false | null)} children */
const fold = (words, ...children) => el("details", { class: "fold" }, el("summary", null, words), ...children);

/* Parts of cards. */

/** @param {string[]} lines @param {"ul" | "ol"} [tag] @param {string} [kind] */
const list = (lines, tag = "ul", kind) =>
  el(tag, { class: kind }, ...lines.map((line) => el("li", null, line)));

/** @param {string} line @returns the line, with telephone numbers that can be tapped */
const withNumbers = (line) =>
  line.split(/\b(911|999|112|111|988|116 123)\b/).map((part, i) =>
    i % 2 ? el("a", { href: `tel:${part.replace(" ", "")}` }, part) : part);

/** @param {string} url @param {string} title */
function outlink(url, title) {
  if (!/^https?:\/\//.test(url)) return el("span", null, title);
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, title, el("small", null, " (opens in a new tab)"));
}

/** @param {Reply} reply */
const why = (reply) => (reply.why ? fold("Why do I ask?", el("p", null, reply.why)) : null);

/** @param {Source[] | undefined} cited @param {string} about */
function sources(cited, about) {
  if (!cited?.length) return null;
  const items = cited.map((s) =>
    el("li", null, `${s.organisation}: `, outlink(s.url, s.title), s.year ? ` (${s.year})` : ""));
  const count = `${cited.length} source${cited.length > 1 ? "s" : ""}`;
  const folded = fold(count, el("ul", null, ...items));
  folded.firstElementChild?.append(hidden(` for ${about}`));
  return folded;
}

/** @param {Reply} reply */
function urgentCare(reply) {
  const steps = reply.do.map((/** @type {string} */ step) => el("li", null, ...withNumbers(step)));
  return el("section", { class: `care ${reply.urgency}` },
    el("h3", null, el("span", null, PRESSING[reply.urgency]), ` ${reply.title}`),
    el("div", null, el("ul", null, ...steps), el("p", null, reply.why), sources(reply.sources, reply.title)));
}

/** @param {Reply} reply */
function links(reply) {
  const others = (reply.other ?? []).map(/** @param {any} one */ (one) => link(one));
  return [
    el("p", { class: "lead" }, reply.verdict),
    el("div", { class: "links" }, ...reply.links.map(/** @param {any} one */ (one) => link(one))),
    !!others.length && el("p", { class: "lead" }, "Other things that could explain it"),
    !!others.length && el("div", { class: "links" }, ...others),
  ];
}

/** @param {any} one a mechanism with its fit, reasons, certainty and sources */
function link(one) {
  const open = one.fit === "well" || one.fit === "partly";
  return el("details", { class: `panel link ${one.fit}`, open },
    el("summary", null, el("h3", null, one.name), el("span", { class: "fit" }, fitSign(one.fit), one.fit_words)),
    el("p", null, one.in_short),
    ...reasons("What speaks for it", "for", one.for),
    ...reasons("What speaks against it", "against", one.against),
    el("p", { class: "sure" }, sureness([one.certainty]), one.certainty_words),
    ...(one.not_known ?? []).map(/** @param {string} line */ (line) => el("p", null, line)),
    sources(one.sources, one.name));
}

/** @param {string} title @param {string} kind @param {string[]} lines */
const reasons = (title, kind, lines) => (lines.length ? [el("h4", null, title), list(lines, "ul", kind)] : []);

/** @param {string} fit */
const fitSign = (fit) =>
  svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" },
    svg("circle", { cx: 8, cy: 8, r: 6.5 }), svg("path", { d: FIT[fit] }));

/** @param {string[]} certainties @returns {Element} four bars, as many filled as the weakest of them is sure */
function sureness(certainties) {
  const level = Math.min(...certainties.map((c) => SURE.indexOf(c)));
  const bars = SURE.map((_, i) => svg("path", { d: `M${2 + 5 * i} 14V${11 - 3 * i}`, class: i <= level && "on" }));
  return svg("svg", { viewBox: "0 0 19 16", "aria-hidden": "true", class: "bars" }, ...bars);
}

/** @param {Reply} reply */
function answer(reply) {
  const certainties = SURE.filter((c) => reply.certainty?.includes(c));
  const words = [...new Set([certainties[0], certainties.at(-1)])].join(" to ");
  const text = reply.text.replace(/\nSources?: .*$/, "");
  const sections = reply.sections?.map(/** @param {any} s */ (s) => el("div", null, el("h4", null, s.title), list(s.lines)));
  return [panel("answer",
    el("h3", null, reply.title),
    ...(sections ? [...prose(text.split("\n")[0]), ...sections] : prose(text)),
    !!words && el("p", { class: "sure" }, sureness(certainties), `How sure this is: ${words}`),
    sources(reply.sources, reply.title))];
}

/** @param {Reply} reply */
function referral(reply) {
  const [lead, ...plan] = reply.plan;
  const closing = reply.text.split("\n\n").at(-1) ?? "";
  return [
    el("p", { class: "lead" }, lead),
    panel("start", el("h3", null, "Where to start"), el("p", null, ...withNumbers(reply.first_step))),
    el("div", { class: "who" }, ...reply.who.map(/** @param {any} one */ (one) =>
      panel("", el("h4", null, one.name), el("p", null, one.say)))),
    el("h3", null, "One plan for both"), list(plan, "ol"),
    el("h3", null, "Bring along"), list(reply.bring, "ul", "ticks"),
    el("h3", null, "Ask"), list(reply.ask, "ul", "asks"),
    ...(/^(- |Ask:)/m.test(closing) ? [] : prose(closing)),
    sources(reply.sources, "the plan"),
  ];
}

/** @param {Reply} reply */
function summary(reply) {
  return [
    ...prose(reply.text.split("\n\n")[0]),
    panel("summary", el("h3", null, "Your page"), ...written(reply.sections), takeAlong(reply.sections)),
  ];
}
