/** How it looks: contrast, size, reflow, motion, forced colours. */

import assert from "node:assert/strict";
import test from "node:test";
import { DESK, NUMB_BELOW, PHONE, STORY, alone, embedded, everyState } from "./stage.js";

const OFFLINE = /ERR_INTERNET_DISCONNECTED/;

/** @param {import("node:test").TestContext} t @param {import("./stage.js").Wishes} wishes */
async function withoutFault(t, wishes) {
  const { chat } = await alone(t, { axe: true, reducedMotion: "reduce", expected: OFFLINE, ...wishes });

  for await (const state of everyState(chat)) assert.deepEqual(await chat.faults(), [], state);
}

test("axe finds nothing in any state, in light colours", (t) => withoutFault(t, { colorScheme: "light" }));

test("axe finds nothing in any state, in dark colours", (t) => withoutFault(t, { colorScheme: "dark", viewport: PHONE }));

test("axe finds nothing in any state, in forced colours", (t) => withoutFault(t, { forcedColors: "active" }));

test("axe finds nothing on the clinic's page with its button and its open chat", async (t) => {
  const { page, chat } = await embedded(t, { axe: true });

  const faults = await page.evaluate(async () => (await /** @type {any} */ (window).axe.run({ include: document, exclude: ["iframe"] })).violations.map((/** @type {any} */ v) => v.id));

  assert.deepEqual(faults, []);
  assert.deepEqual(await chat.faults(), []);
});

test("What is pressed is at least 24 pixels high and wide, and nearly all of it 44", async (t) => {
  const { page, chat } = await alone(t, { viewport: PHONE, expected: OFFLINE });

  for await (const state of everyState(chat)) {
    const sizes = await page.evaluate(() =>
      [...document.querySelectorAll("button, summary, a, textarea, label.tick")].filter((node) => node.checkVisibility()).map((node) => {
        const { width, height } = node.getBoundingClientRect();
        return { what: `${node.localName} ${node.textContent}`, least: Math.min(width, height), inText: !!node.closest("li a, p a") };
      }));
    assert.deepEqual(sizes.filter(({ least }) => least < 24).map(({ what }) => what), [], state);
    const buttons = sizes.filter(({ what }) => what.startsWith("button"));
    assert.deepEqual(buttons.filter(({ least }) => least < 44).map(({ what }) => what), [], state);
  }
});

test("At 320 pixels nothing goes off the side, and header and composer leave two thirds to the talk", async (t) => {
  const { page, chat } = await alone(t, { viewport: PHONE, expected: OFFLINE });

  for await (const state of everyState(chat)) {
    const { wide, taken } = await page.evaluate(() => ({
      wide: Math.max(document.documentElement.scrollWidth, document.querySelector("main")?.scrollWidth ?? 0),
      taken: innerHeight - (document.querySelector("main")?.clientHeight ?? 0),
    }));
    assert.ok(wide <= PHONE.width, `${state}: ${wide} px wide`);
    // An error may take a line more: it is what matters then.
    if (state !== "offline") assert.ok(taken <= PHONE.height / 3, `${state}: ${taken} px taken`);
  }
});

test("At 400 % on a desktop, the talk can be read and answered", async (t) => {
  const { page, chat } = await alone(t, { viewport: { width: 1280 / 4, height: 1024 / 4 }, deviceScaleFactor: 4 });

  await chat.says(STORY);
  await chat.points("Heel");

  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 320);
  assert.equal(await page.locator("li.you").count(), 2);
});

test("With wider spacing of the text nothing is cut off", async (t) => {
  const { page, chat } = await alone(t, { viewport: PHONE });
  await chat.says(STORY);
  await chat.says(NUMB_BELOW);

  const cut = await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-bottom: 2em !important }");
    document.adoptedStyleSheets = [sheet];
    return [...document.querySelectorAll("button, h1, h3, legend, label, .care, p")].filter((node) =>
      node.checkVisibility() && !node.closest(".hidden") && (node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).overflow !== "visible")).map((node) => node.textContent);
  });

  assert.deepEqual(cut, []);
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= PHONE.width);
});

test("Who wants less motion sees none", async (t) => {
  const { page, chat } = await alone(t, { reducedMotion: "reduce" });
  await page.evaluate(() => {
    const seen = /** @type {any} */ (window);
    seen.moved = 0;
    const count = () => {
      seen.moved += document.getAnimations().length;
      requestAnimationFrame(count);
    };
    count();
  });

  await chat.says(STORY);
  await chat.points("Heel");

  assert.equal(await page.evaluate(() => /** @type {any} */ (window).moved), 0);
  assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector("main") ?? document.body).scrollBehavior), "auto");
});

test("In forced colours who speaks, what is chosen and what is urgent still differ by lines", async (t) => {
  const { page, chat } = await alone(t, { forcedColors: "active" });
  await chat.says(STORY);
  await chat.open.getByLabel("Heel", { exact: true }).check();
  const line = (/** @type {string} */ selector, /** @type {string} */ side = "Top") =>
    page.locator(selector).last().evaluate((node, at) => parseFloat(/** @type {any} */ (getComputedStyle(node))[`border${at}Width`]), side);
  const stroke = (/** @type {string} */ site) =>
    page.locator(`svg.sole .left [data-site=${site}]`).first().evaluate((node) => parseFloat(getComputedStyle(node).strokeWidth));

  assert.ok((await line("li.you")) >= 2);
  assert.ok((await line("li.assistant", "Left")) >= 2);
  assert.equal(await line("li.assistant", "Top"), 0);
  assert.ok((await stroke("heel")) > (await stroke("arch")));
  await chat.says(NUMB_BELOW);
  assert.ok((await line("li .care")) >= 2);
});

test("The newest reply is shown from its beginning, and who scrolled up is not moved", async (t) => {
  const { page, chat } = await alone(t, { viewport: PHONE });
  await chat.says(STORY);
  await chat.points("Outer edge");
  await chat.answersAll();
  const lead = await page.locator("li:has(.links)").boundingBox();
  const main = await page.locator("main").boundingBox();
  assert.ok(lead && main && Math.abs(lead.y - main.y) < 60, "a long answer is read from its first line on");

  await page.route("**/chat/message", async (route) => {
    await new Promise((slow) => setTimeout(slow, 700));
    await route.continue();
  });
  await chat.words.fill("What is sciatica?");
  await chat.words.press("Enter");
  const place = await page.locator("main").evaluate((node) => (node.scrollTop = 40));
  await chat.isAnswered();

  assert.equal(await page.locator("main").evaluate((node) => node.scrollTop), place);
  await page.getByRole("button", { name: "More: go to the newest reply" }).click();
  assert.ok((await page.locator("main").evaluate((node) => node.scrollTop)) > place);
});

test("On a wide screen lines stay short enough to read", async (t) => {
  const { page, chat } = await alone(t, { viewport: { ...DESK, width: 1920 } });
  await chat.says("What is sciatica?");

  const { width, size } = await page.locator(".answer > p").first().evaluate((node) => ({
    width: node.clientWidth, size: parseFloat(getComputedStyle(node).fontSize),
  }));

  assert.ok(width / size < 45, `${width / size} em`);
});
