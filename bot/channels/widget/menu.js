/** The dialogs that the menu opens. Fetched when one of them is. */

import { el } from "./dom.js";

/** @type {Record<string, () => HTMLDialogElement>} */
const DIALOGS = {
  delete: () => dialog("delete", "Delete this conversation?",
    ["It is deleted from the server and from this screen, and cannot be brought back. If you want to keep something, save it first."],
    [el("button", { type: "button", id: "forget", class: "danger" }, "Delete it"), closing("Keep it")]),
  about: () => dialog("about", "About Sole & Spine",
    [
      "A program that listens to your story, shows what speaks for and against a link between your back and your feet, and helps you prepare a visit. It does not diagnose.",
      "The four links and the answers to health questions name their sources, and how sure they are. Nothing you write goes to a third party.",
    ],
    [
      asking("What can it do?", "What can you do?", "about_bot"),
      asking("Where does it come from?", "Where does this come from?", "sources_evidence"),
      asking("What happens to my data?", "What happens to my data?", "privacy_data"),
      closing("Back to the chat"),
    ]),
};

/** @param {string} name @returns {HTMLDialogElement} */
export const dialogOf = (name) =>
  /** @type {HTMLDialogElement | null} */ (document.getElementById(name)) ?? document.body.appendChild(DIALOGS[name]());

/** @param {string} id @param {string} title @param {string[]} lines @param {HTMLElement[]} buttons */
const dialog = (id, title, lines, buttons) =>
  el("dialog", { id, "aria-labelledby": `${id}-title` },
    el("h2", { id: `${id}-title`, tabindex: -1 }, title), ...lines.map((line) => el("p", null, line)), el("p", { class: "row" }, ...buttons));

/** @param {string} title */
const closing = (title) => el("button", { type: "button", "data-closes": true }, title);

/** @param {string} title @param {string} words @param {string} topic */
const asking = (title, words, topic) =>
  el("button", { type: "button", value: `/ask{"topic": "${topic}"}`, "data-words": words }, title);
