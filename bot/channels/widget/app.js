/** The page: composer, menu, dialogs, trouble, and the frame around it. */

import { byId, el } from "./dom.js";
import { Thread } from "./thread.js";
import { Problem, forget, history, say } from "./transport.js";

/** @typedef {import("./transport.js").Message} Message */
/** @typedef {import("./transport.js").Past} Past */
/** @typedef {import("./transport.js").Reply} Reply */

const TYPING_AFTER = 300;
const LONGEST = 4000;
const WELCOME = {
  text: "Tell me in your own words. What is going on with your feet? And how is your back?",
  buttons: [
    ...["My heel hurts with the first steps", "My foot tingles and my back hurts"].map((text) => ({ title: text, payload: text })),
    { title: "What can you do?", payload: '/ask{"topic": "about_bot"}' },
  ],
};
const LEVELS = ["within_days", "same_day", "emergency"];

/** @type {HTMLTextAreaElement} */ const words = byId("words");
/** @type {HTMLDetailsElement} */ const notice = byId("notice");
/** @type {HTMLButtonElement} */ const again = byId("again");
const embedded = parent !== window;
/** What the host page asked for: all of it harmless, none of it personal. */
const wish = new URLSearchParams(location.hash.slice(1));
const region = wish.get("region") ?? "";
/** Other tabs with the same conversation. */
const tabs = new BroadcastChannel("sole-and-spine");
/** @type {Map<string, Reply>} */
const urgent = new Map();
let busy = false;
let told = 0;
/** @type {(() => void) | null} an answer that was picked while the turn was still coming in */
let next = null;

const thread = new Thread(byId("messages"), {
  onUrgent: keepUrgent,
  onForgotten: forgotten,
  onBelow: (below) => (byId("more").hidden = !below),
});

/** @param {string} text for the eye and for screen readers, politely */
function status(text, typing = false) {
  byId("status").textContent = text;
  byId("status").classList.toggle("typing", typing);
}

/** @param {string} text @param {(() => void) | null} [retry] */
function trouble(text, retry) {
  byId("trouble").textContent = text;
  again.hidden = !retry;
  again.onclick = retry ?? null;
}

/** Keep an advice within reach of the header. @param {Reply} reply */
function keepUrgent(reply) {
  urgent.delete(reply.red_flag);
  urgent.set(reply.red_flag, reply);
  const all = [...urgent.values()].sort((a, b) => LEVELS.indexOf(b.urgency) - LEVELS.indexOf(a.urgency));
  byId("urgent-advice").replaceChildren(...all.flatMap((one) => thread.draw(one)));
  byId("strip").className = `strip ${all[0].urgency}`;
  byId("urgent-button").textContent = `${all[0].title}: see what to do`;
}

const generalAdvice = [...byId("urgent-advice").childNodes];

function forgotten() {
  urgent.clear();
  byId("urgent-advice").replaceChildren(...generalAdvice);
  byId("strip").className = "strip";
  byId("urgent-button").textContent = "Very unwell?";
  byId("page").replaceChildren();
  told = 0;
}

/** Show the stored conversation, silently. @param {Past[]} past */
async function show(past) {
  const log = byId("log");
  log.setAttribute("aria-live", "off");
  forgotten();
  await thread.restore(past);
  told = past.filter((message) => message.from === "you").length;
  if (!past.length) await thread.reply(WELCOME, false);
  notice.open = !past.length || matchMedia("(min-width: 64rem)").matches;
  // A live region speaks of what changes after it is set.
  setTimeout(() => log.setAttribute("aria-live", "polite"), 150);
}

async function load() {
  try {
    const { messages, region: home, emergency_numbers: numbers, kept_days: days } = await history();
    call(numbers[region] ?? numbers[home]);
    byId("kept").textContent = String(days);
    await show(messages);
    trouble("");
  } catch (error) {
    trouble(inWords(error), load);
  }
}

/** Name the number to call in an emergency. @param {string} number digits, or words where none was checked */
function call(number) {
  const words = /^\d+$/.test(number) ? el("a", { href: `tel:${number}` }, number) : number;
  byId("number").replaceChildren(words);
}

/** @param {unknown} error */
const inWords = (error) => {
  if (!(error instanceof Problem)) console.error(error);
  return error instanceof Problem ? error.message : "Something went wrong on this page.";
};

/**
 * Send a message and show the replies. What did not get through goes back where it came from.
 * @param {Message} message @param {string} shown
 */
async function send(message, shown) {
  if (busy) return;
  busy = true;
  trouble("");
  status("");
  byId("composer").setAttribute("aria-busy", "true");
  if (words.value.trim() === shown) words.value = "";
  const takeBack = thread.mine(shown, "payload" in message ? message.payload : message.text);
  let received = 0;
  let typing = 0;
  thread.prepare();
  const wait = () => (typing = setTimeout(() => status("The assistant is writing", true), TYPING_AFTER));
  try {
    wait();
    for await (const reply of say({ ...message, region })) {
      clearTimeout(typing);
      status("");
      await thread.reply(reply, !received++);
      wait();
    }
    if (!received) throw new Problem("No answer came.");
    told += 1;
    tabs.postMessage("changed");
  } catch (error) {
    if (received) trouble(inWords(error), load);
    else fail(message, shown, takeBack, inWords(error));
  } finally {
    clearTimeout(typing);
    status("");
    byId("composer").removeAttribute("aria-busy");
    busy = false;
    const picked = next;
    next = null;
    picked?.();
  }
}

/** @param {Message} message @param {string} shown @param {() => void} takeBack @param {string} reason */
function fail(message, shown, takeBack, reason) {
  const focused = byId("messages").contains(document.activeElement);
  takeBack();
  if ("text" in message) words.value = [shown, words.value].filter(Boolean).join("\n");
  trouble(`${reason} Your message was not sent${"text" in message ? "; it is kept below" : ""}.`, () => retry(message, shown));
  if (focused) again.focus();
}

/** @param {string | undefined} text as the server may have tidied it */
const letters = (text) => text?.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");

/** Send again, unless the server had it after all. @param {Message} message @param {string} shown */
async function retry(message, shown) {
  if (busy) return;
  words.focus();
  try {
    const { messages: past } = await history();
    const mine = past.filter((one) => one.from === "you");
    const sent = "text" in message ? message.text : message.payload;
    if (mine.length > told && letters(mine.at(-1)?.text) === letters(sent)) {
      if (words.value.trim() === shown) words.value = "";
      trouble("");
      return show(past);
    }
  } catch (error) {
    return trouble(inWords(error), () => retry(message, shown));
  }
  return "text" in message ? submit() : send(message, shown);
}

function submit() {
  const text = words.value.trim();
  const over = text.length - LONGEST;
  if (!text) words.focus();
  else if (over > 0) trouble(`That is ${over} characters too long to send at once. Please send it in parts.`);
  else if (busy) status("One moment, the answer is still coming. Your words are kept.");
  else send({ text }, text);
}

async function deleteAll() {
  byId("delete").close();
  try {
    const { text } = await forget();
    await show([]);
    status(text);
    tabs.postMessage("forgotten");
    byId("name").focus();
  } catch (error) {
    trouble(`${inWords(error)} Nothing was deleted.`, deleteAll);
    again.focus();
  }
}

/** @param {boolean} open */
function menu(open) {
  byId("menu").hidden = !open;
  byId("menu-button").setAttribute("aria-expanded", String(open));
}

/** @param {string} name */
async function open(name) {
  try {
    const dialog = byId(name) ?? (await import("./menu.js")).dialogOf(name);
    if (!dialog.open) dialog.showModal();
    // Not the first button, which may stand far below, or delete.
    dialog.querySelector("h2").focus();
  } catch {
    trouble("This could not be fetched. Please check your connection.", () => open(name));
  }
}

async function save() {
  const { saveText } = await import("./paper.js");
  saveText(thread.asText(), "conversation.txt");
}

/** @param {MouseEvent} event every button says by its attributes what it does */
function press(event) {
  const button = /** @type {Element} */ (event.target).closest("button");
  menu(button?.id === "menu-button" && byId("menu").hidden);
  if (!button) return;
  if (button.id === "forget") deleteAll();
  const { opens, words: title } = button.dataset;
  if (opens) {
    // A dialog gives the focus back to where it was, and the menu is closed by then.
    if (button.closest("#menu")) byId("menu-button").focus();
    open(opens);
  }
  if ("closes" in button.dataset || button.value) button.closest("dialog")?.close();
  const { value } = button;
  const go = () => send(value.startsWith("/") ? { payload: value } : { text: value }, title ?? button.textContent ?? "");
  if (value && busy) next = button.closest(".choices") ? go : null;
  else if (value) go();
}

/** @param {KeyboardEvent} event */
function key(event) {
  if (event.key === "Enter" && event.target === words && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    submit();
  }
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  if (!byId("menu").hidden) {
    menu(false);
    byId("menu-button").focus();
  } else if (embedded) parent.postMessage("sole-and-spine:close", "*");
}

function dress() {
  const root = document.documentElement;
  const language = wish.get("lang") ?? "";
  for (const name of ["brand", "on-brand"]) {
    const colour = wish.get(name) ?? "";
    if (/^#[0-9a-f]{6}$/i.test(colour)) root.style.setProperty(`--${name}`, colour);
  }
  if (/^en(-[A-Z]{2})?$/.test(language)) root.lang = language;
  byId("english").hidden = !language || root.lang === language;
  root.classList.toggle("embedded", embedded);
  byId("close").hidden = !embedded;
}

dress();
document.addEventListener("click", press);
document.addEventListener("keydown", key);
byId("composer").addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  submit();
});
byId("more").onclick = () => thread.toNewest();
byId("save").onclick = save;
byId("close").onclick = () => parent.postMessage("sole-and-spine:close", "*");
addEventListener("offline", () => trouble("You are offline. What you type is kept."));
addEventListener("online", () => {
  if (again.hidden) trouble("");
  status("You are back online.");
  setTimeout(() => busy || status(""), 5000);
});
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((one) => (one.open = true)));
addEventListener("message", (event) => {
  if (event.source === parent && event.data === "sole-and-spine:open") (matchMedia("(pointer: fine)").matches ? words : byId("name")).focus();
});
tabs.onmessage = (/** @type {MessageEvent} */ { data }) => (data === "forgotten" ? show([]) : busy || load());
load();
