/** Take the pictures of the widget: node screenshots.js folder. `make screenshots` calls it. */

import { join } from "node:path";
import test from "node:test";
import { NUMB_BELOW, STORY, alone, embedded } from "./stage.js";

const folder = process.argv[2];
const PHONE = { viewport: { width: 375, height: 720 }, deviceScaleFactor: 1.5 };
const STILL = /** @type {const} */ ({ reducedMotion: "reduce" });

/** @param {import("./stage.js").Chat} chat @param {string} name */
async function take(chat, name) {
  await chat.frame.evaluate(() => /** @type {HTMLElement} */ (document.activeElement)?.blur());
  // A pointer that left the frame is not seen to leave.
  await chat.frame.locator("h1").hover();
  await chat.page.waitForTimeout(200);
  await chat.page.screenshot({ path: join(folder, `${name}.png`) });
}

/** @param {import("./stage.js").Chat} chat @param {string} card */
const show = (chat, card) => chat.frame.locator(card).last().evaluate((node) => node.closest("li")?.scrollIntoView());

test("on a clinic's page, light", async (t) => {
  const { chat } = await embedded(t, { ...STILL, viewport: { width: 1100, height: 760 } });
  await chat.says(STORY);
  await chat.points("Outer edge");
  await take(chat, "clinic-light");
});

test("a page of its own, dark", async (t) => {
  const { chat } = await alone(t, { ...STILL, viewport: { width: 1100, height: 760 }, colorScheme: "dark" });
  await chat.says(STORY);
  await chat.points("Outer edge");
  await chat.answersAll();
  await show(chat, ".links");
  await take(chat, "links-dark");
});

test("on a phone", async (t) => {
  const { chat } = await alone(t, { ...STILL, ...PHONE });
  await take(chat, "phone-start");
  await chat.says(STORY);
  await show(chat, ".map");
  await chat.frame.locator(".map").evaluate((node) => node.scrollIntoView());
  await chat.open.getByLabel("Heel", { exact: true }).check();
  await take(chat, "phone-foot-map");
  await chat.presses("Use this area");
  await chat.frame.locator(".map").evaluate((node) => node.scrollIntoView());
  await take(chat, "phone-foot-map-answered");
  await chat.answersAll();
  await show(chat, ".summary");
  await take(chat, "phone-summary");
});

test("urgent care", async (t) => {
  const { chat } = await alone(t, { ...STILL, ...PHONE });
  await chat.says(STORY);
  await chat.says(NUMB_BELOW);
  await take(chat, "phone-urgent-care");
});
