/** What a person can take along: the page on paper, as PDF, as text. */

import { el } from "./dom.js";

/** @typedef {{title: string, lines: string[]}} Section */

const TITLE = "My feet and my back";
const NAME = "my-feet-and-my-back";
const NOTE = "Made in a chat with Sole & Spine, a program. It holds what the person told; it is not a diagnosis.";
const today = () => new Date().toLocaleDateString(document.documentElement.lang, { dateStyle: "long" });

/** @param {Section[]} sections @returns {HTMLElement[]} */
export const written = (sections) =>
  sections.map((s) => el("div", null, el("h4", null, s.title), el("ul", null, ...s.lines.map((line) => el("li", null, line)))));

/** @param {Section[]} sections @returns {HTMLElement} the buttons below a summary */
export function takeAlong(sections) {
  const trouble = el("p", { class: "hint", role: "alert" });
  return el("div", null,
    el("p", { class: "row" },
      el("button", { type: "button", click: () => print(sections) }, "Print"),
      el("button", { type: "button", click: () => savePdf(trouble) }, "Download as PDF"),
      el("button", { type: "button", click: () => saveText(asText(sections), `${NAME}.txt`) }, "Download as text")),
    trouble);
}

/** @param {string} text @param {string} name */
export const saveText = (text, name) => save(new Blob([`${text}\n`], { type: "text/plain;charset=utf-8" }), name);

/** @param {HTMLElement} trouble where to say what went wrong */
async function savePdf(trouble) {
  trouble.textContent = "";
  const response = await fetch("summary.pdf", { cache: "no-store" }).catch(() => null);
  if (response?.ok) save(await response.blob(), `${NAME}.pdf`);
  else trouble.textContent = "The PDF could not be made just now. Please try again, or print the page.";
}

/** @param {Blob} content @param {string} name */
function save(content, name) {
  const url = URL.createObjectURL(content);
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** @param {Section[]} sections */
const asText = (sections) =>
  [`${TITLE}\n${today()}`, ...sections.map((s) => [s.title, ...s.lines.map((l) => `- ${l}`)].join("\n")), NOTE].join("\n\n");

/** @param {Section[]} sections */
function print(sections) {
  const root = document.documentElement;
  const page = el("section", { id: "page" }, el("h1", null, TITLE), el("p", null, today()), ...written(sections), el("p", null, NOTE));
  document.getElementById("page")?.replaceWith(page);
  root.classList.add("print-page");
  addEventListener("afterprint", () => root.classList.remove("print-page"), { once: true });
  window.print();
}
