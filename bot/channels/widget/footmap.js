/** The foot map: native inputs that do the work, and a drawing that helps the eye and the mouse. */

import { el, svg } from "./dom.js";
import { BODY, BONES, CAVEAT, HEIGHT, NAILS, NERVES, TOES, VIEWS, WIDTH, ZONES, lights } from "./feet.js";

/** @typedef {import("./transport.js").Reply} Reply */
/** @typedef {"sole" | "top"} View */

const SIDES = { left: "Left", right: "Right", both: "Both" };
let maps = 0;

/** @param {Reply} reply @returns {HTMLFieldSetElement} */
export function footMap(reply) {
  const id = `map${++maps}`;
  const send = el("button", { type: "button", class: "solid", value: "" }, "Use this area");
  const hint = el("p", { class: "hint", role: "alert" });
  const map = el("fieldset", { class: "choices map panel" },
    el("legend", null, "Tick one area or more"),
    el("fieldset", { class: "sides" }, el("legend", null, "Which foot?"), ...Object.entries(SIDES).map(([side, words]) =>
      tick("radio", `${id}side`, side, words, side === reply.side))),
    el("div", { class: "views" }, ...(/** @type {View[]} */ (["sole", "top"])).map((view) => drawnView(reply, view, id))),
    nerves(id),
    hint,
    el("p", { class: "row" }, send, el("button", { type: "button", value: "/dont_know" }, "Somewhere else / not sure")));
  send.addEventListener("click", (event) => {
    if (told(map).length) Object.assign(send, { value: payload(map) }).dataset.words = words(map);
    else event.stopPropagation();
    hint.textContent = told(map).length ? "" : "Please tick an area first, or choose “Somewhere else / not sure”.";
  });
  map.addEventListener("change", () => {
    hint.textContent = "";
    light(map);
  });
  map.addEventListener("chosen", (event) => show(map, /** @type {CustomEvent} */ (event).detail));
  light(map);
  return map;
}

/** @param {"radio" | "checkbox"} type @param {string} name @param {string} value @param {string} words @param {boolean} [checked] */
const tick = (type, name, value, words, checked) =>
  el("label", { class: "tick" }, el("input", { type, name, value, checked }), el("span", null, words));

/** @param {Reply} reply @param {View} view @param {string} id */
function drawnView(reply, view, id) {
  const elsewhere = VIEWS[view === "sole" ? "top" : "sole"].sites;
  const sites = reply.sites.filter((/** @type {string} */ site) =>
    VIEWS[view].sites.includes(site) || (view === "top" && !elsewhere.includes(site)));
  const labels = sites.map((/** @type {string} */ site) => el("li", null, tick("checkbox", `${id}site`, site, label(reply, site))));
  return el("div", { class: "view" }, el("h3", null, VIEWS[view].title), drawing(view, id), el("ul", null, ...labels));
}

/** @param {Reply} reply @param {string} site @returns {string} */
const label = (reply, site) =>
  reply.options?.find((/** @type {any} */ o) => o.value.includes(`foot_site.${site}"`))?.label ?? site.replace("_", " ");

/** @param {View} view @param {string} id */
function drawing(view, id) {
  const clip = `${id}${view}`;
  const picture = svg("svg", { "aria-hidden": "true", class: view },
    svg("defs", null, svg("clipPath", { id: clip }, svg("path", { d: BODY[view] })), ...(view === "sole" ? hatches(id) : [])),
    foot(view, id, clip, "left"), foot(view, id, clip, "right"));
  picture.addEventListener("click", (event) => {
    const zone = /** @type {Element} */ (event.target).closest("[data-site]");
    const site = zone?.getAttribute("data-site");
    /** @type {HTMLInputElement | null | undefined} */ (picture.closest(".map")?.querySelector(`input[value="${site}"]`))?.click();
  });
  return picture;
}

/** @param {View} view @param {string} id @param {string} clip @param {"left" | "right"} side */
function foot(view, id, clip, side) {
  const oval = (/** @type {number[]} */ [cx, cy, rx, ry, deg], /** @type {Record<string, string>} */ props) =>
    svg("ellipse", { cx, cy, rx, ry, transform: `rotate(${deg} ${cx} ${cy})`, ...props });
  const hatch = (/** @type {string} */ nerve) => ({ class: "hatch", fill: `url(#${id}${nerve})` });
  const zone = (/** @type {string} */ site) => ({ class: "zone", "data-site": site });
  // A right sole and a left foot from above have the big toe on the right.
  const mirrored = (view === "top") === (side === "left");
  return svg("g", { class: side }, svg("g", { transform: mirrored ? `translate(${WIDTH}) scale(-1 1)` : null },
    ...TOES.map((toe) => oval(toe.at, { class: "outline" })), svg("path", { d: BODY[view], class: "outline" }),
    ...TOES.map((toe) => oval(toe.at, zone(toe.site))),
    ...TOES.flatMap((toe) => toe.nerves.map((nerve) => oval(toe.at, hatch(nerve)))),
    ...(view === "top" ? NAILS.map((nail) => oval(nail, { class: "nail" })) : []),
    svg("path", { d: BODY[view], class: "skin" }),
    svg("g", { "clip-path": `url(#${clip})` },
      ...ZONES[view].map(({ site, d }) => svg("path", { d, ...zone(site) })),
      ...ZONES[view].flatMap(({ d, nerves: all }) => all.map((nerve) => svg("path", { d, ...hatch(nerve) })))),
    view === "top" && svg("path", { d: BONES, class: "bone" })));
}

/** @param {string} id patterns of lines that differ in direction, not in colour alone */
const hatches = (id) =>
  Object.entries({ L4: 0, L5: 45, S1: 135 }).map(([nerve, angle]) =>
    svg("pattern", { id: id + nerve, width: 9, height: 9, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${angle})` },
      svg("path", { d: "M0 4.5H9", class: nerve })));

/** @param {string} id shown after the answer only, as it would lead it */
const nerves = (id) =>
  el("div", { class: "nerves" },
    el("h3", null, "Nerves from the low back"),
    el("p", null, CAVEAT),
    el("ul", null, ...Object.entries(NERVES).map(([nerve, words]) =>
      el("li", null, svg("svg", { viewBox: "0 0 28 20", "aria-hidden": "true" },
        svg("rect", { width: 28, height: 20, rx: 4, fill: `url(#${id}${nerve})` })), words))));

/** @param {Element} map @returns {string[]} the sites that are ticked */
const told = (map) => checked(map, "checkbox").map((input) => input.value);

/** @param {Element} map @param {string} type @returns {HTMLInputElement[]} */
const checked = (map, type) => [...map.querySelectorAll(`input[type=${type}]:checked`)].map((i) => /** @type {HTMLInputElement} */ (i));

/** @param {Element} map */
const side = (map) => checked(map, "radio")[0]?.value;

/** @param {Element} map */
function payload(map) {
  const findings = told(map).map((site) => `foot_site.${site}`);
  if (side(map)) findings.push(`side.${side(map)}`);
  return `/tell{"finding": "${findings.join(",")}"}`;
}

/** @param {Element} map */
const words = (map) => [...checked(map, "checkbox"), ...checked(map, "radio")].map((input) => input.parentElement?.textContent).join(", ");

/** @param {Element} map */
function light(map) {
  const chosen = told(map);
  for (const picture of map.querySelectorAll(".views svg")) {
    const view = picture.classList[0];
    for (const zone of picture.querySelectorAll("[data-site]"))
      zone.classList.toggle("on", chosen.some((one) => lights(one, zone.getAttribute("data-site") ?? "", view)));
    const both = side(map) === "both";
    picture.setAttribute("viewBox", `-3 8 ${both ? WIDTH * 2 + 10 : WIDTH} ${HEIGHT - 6}`);
    for (const group of picture.children) {
      const one = group.classList[0];
      group.toggleAttribute("hidden", !both && (one === "right") !== (side(map) === "right") && one !== undefined);
      if (one === "right") group.setAttribute("transform", both ? `translate(${WIDTH + 4})` : "");
    }
  }
}

/** @param {Element} map @param {string} payload of the answer; empty when it is taken back */
function show(map, payload) {
  const findings = payload.match(/"finding": ?"(.*)"/)?.[1].split(",") ?? [];
  const named = (/** @type {string} */ family) => findings.filter((f) => f.startsWith(family)).map((f) => f.slice(family.length));
  const sites = named("foot_site.");
  for (const input of map.querySelectorAll("input")) {
    const values = input.type === "radio" ? named("side.") : sites;
    if (values.length) input.checked = values.includes(input.value);
  }
  map.classList.toggle("answered", !!sites.length);
  map.classList.toggle("closed", !!payload && !sites.length);
  light(map);
}
