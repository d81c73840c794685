/** The messages on the screen: who said what, which answers stand open, and where to look. */

import { el, hidden, prose } from "./dom.js";

/** @typedef {import("./transport.js").Reply} Reply */
/** @typedef {import("./transport.js").Past} Past */

/** Titles of the buttons that no message carries. */
const KNOWN = { "/summary_please": "Summary", "/start_over": "Start over" };
/** So far may a mark have moved before we say that the person scrolled. */
const STILL = 8;

export class Thread {
  /** @type {Map<string, string>} titles of buttons by payload */
  #titles = new Map(Object.entries(KNOWN));
  /** @type {HTMLElement | null} what the screen was last scrolled to */
  #mark = null;
  #markAt = 0;
  /** @type {typeof import("./cards.js") | null} */
  #cards = null;
  /** @type {typeof import("./footmap.js") | null} */
  #maps = null;
  /** @type {IntersectionObserver} */
  #watch;

  /**
   * @param {HTMLElement} list
   * @param {{onUrgent: (reply: Reply) => void, onForgotten: () => void, onBelow: (below: boolean) => void}} told
   */
  constructor(list, told) {
    this.list = list;
    this.told = told;
    this.#watch = new IntersectionObserver((seen) => {
      const last = seen.at(-1);
      told.onBelow(!!last && !last.isIntersecting && last.boundingClientRect.top > 0);
    }, { rootMargin: "0px 0px -24px" });
  }

  /** Show a whole conversation as it is stored. @param {Past[]} past */
  async restore(past) {
    this.clear();
    /** @type {HTMLElement | null} */
    let turn = null;
    for (const message of past) {
      if (message.from === "you") {
        turn = this.#told(message.text);
      } else {
        const item = await this.#item(message);
        turn ??= item;
        this.list.append(item);
      }
    }
    this.#scroll(turn);
    this.#follow();
  }

  /** @param {string} text @returns {HTMLElement | null} what a stored message of the person looks like */
  #told(text) {
    const words = text.startsWith("/") ? this.#titleOf(text) : text;
    this.#close(text);
    return words ? this.list.appendChild(this.#mine(words)) : null;
  }

  /** @param {string} payload @returns {string | null} */
  #titleOf(payload) {
    const known = this.#titles.get(payload);
    const findings = payload.match(/^\/tell\{"finding": ?"(.*)"\}$/)?.[1].split(",");
    if (known || !findings) return known ?? null;
    const titles = findings.map((finding) => this.#titles.get(`/tell{"finding": "${finding}"}`) ?? sideWords(finding));
    return titles.includes("") ? null : titles.join(", ");
  }

  /**
   * Show the person's words and close the answers that stood open.
   * @param {string} words @param {string} answer the words or the payload that were sent
   * @returns {() => void} takes both back
   */
  mine(words, answer) {
    const item = this.list.appendChild(this.#mine(words));
    item.classList.add("new");
    // A button that was pressed is about to be disabled: its focus goes on with the talk.
    if (!document.activeElement?.matches("textarea, [type=submit]")) item.focus({ preventScroll: true });
    const reopen = this.#close(answer);
    this.#scroll(item, "end");
    return () => {
      reopen();
      item.remove();
    };
  }

  /** @param {string} words */
  #mine(words) {
    return el("li", { class: "you", tabindex: -1 }, hidden("You said: "), el("div", null, ...prose(words)));
  }

  /** @param {string} answer @returns {() => void} */
  #close(answer) {
    const open = /** @type {HTMLFieldSetElement[]} */ ([...this.list.querySelectorAll("li > .choices:not(:disabled)")]);
    const chosen = open.flatMap((choices) => [...choices.querySelectorAll("button")]).filter((b) => b.value === answer);
    for (const button of chosen) button.setAttribute("aria-pressed", "true");
    for (const choices of open) {
      choices.disabled = true;
      choices.dispatchEvent(new CustomEvent("chosen", { detail: answer }));
    }
    return () => {
      for (const button of chosen) button.removeAttribute("aria-pressed");
      for (const choices of open) {
        choices.disabled = false;
        choices.dispatchEvent(new CustomEvent("chosen", { detail: "" }));
      }
    };
  }

  /** Show a reply. The first of a turn is where one begins to read. @param {Reply} reply @param {boolean} first */
  async reply(reply, first) {
    if (reply.card === "notice" && reply.id === "forgotten") {
      this.clear();
      this.told.onForgotten();
    }
    const item = await this.#item(reply);
    item.classList.add("new");
    const still = this.#isStill();
    this.list.append(item);
    const urgent = reply.card === "urgent_care";
    if (still || urgent) this.#scroll(first || urgent ? item : this.#mark);
    this.#follow();
  }

  /** Fetch what draws cards; without it their text is shown. */
  async prepare() {
    this.#cards ??= await import("./cards.js").catch(() => null);
  }

  /** @param {Reply} reply @returns {Node[]} */
  draw(reply) {
    return this.#cards?.draw(reply) ?? prose(reply.text);
  }

  /** @param {Reply} reply */
  async #item(reply) {
    if (reply.card) await this.prepare();
    const choices = await this.#choices(reply);
    if (reply.card === "urgent_care") this.told.onUrgent(reply);
    return el("li", { class: "assistant", tabindex: -1 }, hidden("Assistant said: "), ...this.draw(reply), choices);
  }

  /** @param {Reply} reply */
  async #choices(reply) {
    const buttons = reply.buttons?.length ? reply.buttons
      : (reply.options ?? []).map((/** @type {any} */ o) => ({ title: o.label, payload: o.value }));
    for (const { title, payload } of buttons) this.#titles.set(payload, title);
    if (reply.card === "foot_map") {
      // Where the map cannot be fetched, the buttons do.
      this.#maps ??= await import("./footmap.js").catch(() => null);
      if (this.#maps) return this.#maps.footMap(reply);
    }
    return quickReplies(buttons);
  }

  clear() {
    this.list.replaceChildren();
    this.#watch.disconnect();
    this.#mark = null;
  }

  /** @returns {string} the conversation as plain text */
  asText() {
    return [...this.list.children].map((item) => /** @type {HTMLElement} */ (item).innerText).join("\n\n");
  }

  /** Go to the newest reply. */
  toNewest() {
    const last = /** @type {HTMLElement | null} */ (this.list.lastElementChild);
    this.#scroll(last);
    last?.focus({ preventScroll: true });
  }

  /** @param {HTMLElement | null} item @param {ScrollLogicalPosition} [block] */
  #scroll(item, block = "start") {
    item?.scrollIntoView({ block, behavior: "instant" });
    this.#mark = item;
    this.#markAt = this.#height();
  }

  /** How far down the mark is on the page; the header above the page may grow. */
  #height() {
    const page = /** @type {Element} */ (this.list.closest("main"));
    return (this.#mark?.getBoundingClientRect().top ?? 0) - page.getBoundingClientRect().top;
  }

  /** Somebody who scrolled meanwhile is not moved. */
  #isStill() {
    return !this.#mark || Math.abs(this.#height() - this.#markAt) < STILL;
  }

  #follow() {
    this.#watch.disconnect();
    if (this.list.children.length > 1) this.#watch.observe(/** @type {Element} */ (this.list.lastElementChild));
  }
}

/** @param {string} finding */
const sideWords = (finding) => finding.match(/^side\.(\w)(\w+)$/)?.slice(1).map((part, i) => (i ? part : part.toUpperCase())).join("") ?? "";

/** @param {{title: string, payload: string}[]} buttons */
const quickReplies = (buttons) =>
  buttons.length
    ? el("fieldset", { class: "choices" }, el("legend", { class: "hidden" }, "Answers to choose from"),
        ...buttons.map(({ title, payload }) => el("button", { type: "button", value: payload }, title)))
    : null;
