/** A browser, a clinic's page on another origin, and the chat in it, as people meet them. */

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { chromium } from "playwright-core";

const FLAGS = [
  "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
export const BOT = `http://localhost:${process.env.WIDGET_PORT ?? 5005}`;
export const PHONE = { width: 320, height: 640 };
export const DESK = { width: 1280, height: 800 };

/** The page of a clinic that lets nobody in but the assistant. @param {string} attributes */
const clinic = (attributes) => `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Elm Street Foot Clinic</title>
<link rel="stylesheet" href="/clinic.css"><script src="${BOT}/chat/embed.js" defer ${attributes}></script></head>
<body><main><h1>Elm Street Foot Clinic</h1><p>We look after feet, from the first steps of children to the last mile of marathons.</p>
<h2>Opening hours</h2><p>Monday to Friday, 8 to 12 and 2 to 6.<br>On Saturdays by appointment.</p>
<h2>Not sure whom to see?</h2><p>Our assistant asks a few questions and helps you to prepare.</p><p><a href="#top">Contact us</a></p></main></body></html>`;
const LOOKS = "body{margin:0;font:18px/1.6 Georgia,serif;color:#24323a;background:#f4f7f8}main{max-width:60rem;margin:0 auto;padding:3rem 4vw}h1,h2,p{max-width:28rem}h1,h2{font-weight:500;color:#1e4d6b}";

let attributes = "";
const host = createServer((request, response) => {
  const looks = request.url === "/clinic.css";
  response.writeHead(request.url === "/favicon.ico" ? 404 : 200, {
    "Content-Type": looks ? "text/css" : "text/html; charset=utf-8",
    "Content-Security-Policy": `default-src 'none'; style-src 'self'; script-src ${BOT}; frame-src ${BOT}`,
  });
  response.end(looks ? LOOKS : clinic(attributes));
});
await new Promise((listening) => host.listen(0, "127.0.0.1", () => listening(null)));
export const CLINIC = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (host.address()).port}/`;

// Debian's chromium; an own empty profile, so that nothing of the machine's comes in.
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [...FLAGS, `--disk-cache-dir=${mkdtempSync(join(tmpdir(), "widget-"))}`],
});
after(async () => {
  await browser.close();
  host.close();
});

/** @typedef {import("playwright-core").BrowserContextOptions & {axe?: boolean, attributes?: string, expected?: RegExp}} Wishes */

/**
 * Somebody's browser. What its pages complain of fails the test, unless it is `expected`.
 * @param {import("node:test").TestContext} t @param {Wishes} [wishes]
 */
export async function somebody(t, wishes = {}) {
  const { axe, expected, attributes: _, ...options } = wishes;
  const context = await browser.newContext({ viewport: DESK, acceptDownloads: true, ...options });
  // The server gives a turn 25 s; the first one on a busy machine may need them.
  context.setDefaultTimeout(30_000);
  if (axe) await context.addInitScript({ path: AXE });
  const seen = { hosts: new Set(), urls: /** @type {string[]} */ ([]), complaints: /** @type {string[]} */ ([]) };
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (!/^(data|blob):$/.test(url.protocol)) seen.hosts.add(url.host);
    seen.urls.push(request.url());
  });
  context.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) seen.complaints.push(message.text());
  });
  context.on("weberror", (error) => seen.complaints.push(String(error.error())));
  t.after(async () => {
    await context.close();
    const unexpected = seen.complaints.filter((one) => !expected?.test(one));
    if (unexpected.length) throw new Error(`The page complained:\n${unexpected.join("\n")}`);
  });
  return { context, seen };
}

/** The assistant as a page of its own. @param {import("node:test").TestContext} t @param {Wishes} [wishes] */
export async function alone(t, wishes) {
  const { context, seen } = await somebody(t, wishes);
  const page = await context.newPage();
  await page.goto(`${BOT}/chat/`);
  const chat = new Chat(page, page.mainFrame());
  await chat.isThere();
  return { page, chat, context, seen };
}

/** The clinic's page, the chat not opened yet. @param {import("node:test").TestContext} t @param {Wishes} [wishes] */
export async function atTheClinic(t, wishes = {}) {
  const { context, seen } = await somebody(t, wishes);
  const page = await context.newPage();
  attributes = wishes.attributes ?? "";
  await page.goto(CLINIC);
  const launcher = page.getByRole("button", { name: /is it my back|foot helper/i });
  await launcher.waitFor();
  return { page, launcher, context, seen };
}

/** The chat that stands open in a clinic's page. @param {import("playwright-core").Page} page */
export async function chatIn(page) {
  const handle = await page.locator("iframe").elementHandle();
  const frame = await handle?.contentFrame();
  if (!frame) throw new Error("no chat on the page");
  const chat = new Chat(page, frame);
  await chat.isThere();
  return chat;
}

/** The clinic's page with the chat opened. @param {import("node:test").TestContext} t @param {Wishes} [wishes] */
export async function embedded(t, wishes) {
  const met = await atTheClinic(t, wishes);
  await met.launcher.click();
  return { ...met, chat: await chatIn(met.page) };
}

/** What a person does in the chat, and sees of it. */
export class Chat {
  /** @param {import("playwright-core").Page} page @param {import("playwright-core").Frame} frame */
  constructor(page, frame) {
    this.page = page;
    this.frame = frame;
    this.words = frame.getByLabel("Your message");
    this.said = frame.locator("#messages > li");
    this.last = this.said.last();
    this.trouble = frame.locator("#trouble");
    this.open = frame.locator("li > .choices:not(:disabled)");
  }

  async isThere() {
    await this.frame.locator("#log[aria-live=polite]").waitFor({ state: "attached" });
  }

  async isAnswered() {
    await this.frame.locator("#composer:not([aria-busy])").waitFor();
  }

  /** Type words and send them. @param {string} text */
  async says(text) {
    await this.words.fill(text);
    await this.words.press("Enter");
    await this.isAnswered();
  }

  /** Press the newest open button with this name. @param {string} name */
  async presses(name) {
    await this.open.getByRole("button", { name, exact: true }).last().click();
    await this.isAnswered();
  }

  /** Tick areas on the foot map and use them. @param {...string} areas */
  async points(...areas) {
    for (const area of areas) await this.open.getByLabel(area, { exact: true }).check();
    await this.presses("Use this area");
  }

  /** The buttons of the question that stands open. */
  choices() {
    return this.open.getByRole("button").allInnerTexts();
  }

  /** Answer whatever is asked, until there is a page to bring along. */
  async answersAll() {
    for (let asked = 0; asked < 15 && !(await this.frame.locator(".summary").count()); asked++) await this.presses(usual(await this.choices()));
  }

  /** @param {string} name */
  async opensFromMenu(name) {
    await this.frame.getByRole("button", { name: "Menu" }).click();
    await this.frame.getByRole("button", { name, exact: true }).click();
  }

  /** What axe finds wrong, a line each. @returns {Promise<string[]>} */
  faults() {
    return this.frame.evaluate(async () => {
      const { violations } = await /** @type {any} */ (window).axe.run(document, { resultTypes: ["violations"] });
      return violations.map((/** @type {any} */ v) => `${v.id}: ${v.nodes.map((/** @type {any} */ n) => n.html.slice(0, 120)).join(" | ")}`);
    });
  }
}

export const STORY = "My left foot tingles and my lower back has hurt since I slipped a disc in March, it shoots down my leg when I cough";
export const NUMB_BELOW = "I can't feel the toilet paper when I wipe";
export const UNCLEAR = "I am short of breath";

/** What most people press. @param {string[]} titles */
export const usual = (titles) => ["Back first", "Left", "No", "Walking", "Months", "None of these", "No change"].find((one) => titles.includes(one)) ?? titles[0];

/**
 * Every state that a person may meet, one after the other.
 * @param {Chat} chat @returns {AsyncGenerator<string>}
 */
export async function* everyState(chat) {
  const { frame, page } = chat;
  const look = async (/** @type {string} */ card) => frame.locator(card).last().evaluate((node) => node.closest("li")?.scrollIntoView());
  yield "the beginning";
  await frame.getByRole("button", { name: "Menu" }).click();
  yield "the menu";
  await page.keyboard.press("Escape");
  for (const name of ["Delete my conversation", "About and sources"]) {
    await chat.opensFromMenu(name);
    await frame.locator("dialog[open]").waitFor();
    yield name;
    await page.keyboard.press("Escape");
  }
  await chat.says(STORY);
  yield "the foot map";
  await chat.points("Outer edge");
  yield "a question";
  await frame.getByText("Why do I ask?").last().click();
  yield "why it is asked";
  await look(".map");
  yield "the foot map, answered";
  await chat.answersAll();
  for (const card of [".link", ".start", ".summary"]) {
    await look(card);
    yield card.slice(1);
  }
  await chat.says("What is sciatica?");
  await frame.locator(".answer").last().getByText(/\d sources?/).click();
  yield "an answer with its sources";
  await chat.says(UNCLEAR);
  yield "a safety check";
  await chat.presses("No");
  await chat.says(NUMB_BELOW);
  yield "urgent care";
  await frame.locator("#urgent-button").click();
  yield "urgent care from the header";
  await page.keyboard.press("Escape");
  await page.context().setOffline(true);
  await chat.says("Is it bad?");
  yield "offline";
  await page.context().setOffline(false);
}
