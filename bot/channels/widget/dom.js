/** Build nodes: Trusted Types forbid HTML strings here, so nobody can slip one in. */

/** @typedef {Node | string | null | undefined | false} Child */
/** @typedef {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} Props */

/**
 * @template {Element} E
 * @param {E} node @param {Props | null | undefined} props @param {Child[]} children @returns {E}
 */
function fill(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child) node.append(child);
  return node;
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {Props | null} [props] @param {...Child} children
 */
export const el = (tag, props, ...children) => fill(document.createElement(tag), props, children);

/**
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag @param {Props | null} [props] @param {...Child} children
 */
export const svg = (tag, props, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);

/** @param {string} id @returns {any} */
export const byId = (id) => document.getElementById(id);

/** @param {string} text */
export const hidden = (text) => el("span", { class: "hidden" }, text);

/**
 * Text as paragraphs and lists: "- " and "1. " begin items, nothing else is markup.
 * @param {string} text
 */
export function prose(text) {
  /** @type {HTMLElement[]} */
  const nodes = [];
  for (const line of text.split("\n").map((l) => l.trim()).filter(Boolean)) {
    const item = line.match(/^(-|\d+\.) (.*)/);
    const tag = !item ? "p" : item[1] === "-" ? "ul" : "ol";
    if (!item) nodes.push(el("p", null, line));
    else if (nodes.at(-1)?.localName === tag) nodes.at(-1)?.append(el("li", null, item[2]));
    else nodes.push(el(tag, null, el("li", null, item[2])));
  }
  return nodes;
}
