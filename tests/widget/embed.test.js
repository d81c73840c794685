/** One script tag on somebody else's page. */

import assert from "node:assert/strict";
import test from "node:test";
import { BOT, CLINIC, NUMB_BELOW, PHONE, STORY, atTheClinic, chatIn, embedded } from "./stage.js";

const bot = new URL(BOT).host;
const clinic = new URL(CLINIC).host;

test("One script tag gives a button, and opens the chat in a frame, under a strict policy", async (t) => {
  const { page, launcher } = await atTheClinic(t);

  assert.equal(await launcher.getAttribute("aria-expanded"), "false");
  await launcher.click();
  const chat = await chatIn(page);

  assert.equal(await launcher.getAttribute("aria-expanded"), "true");
  await chat.says(STORY);
  assert.match(await chat.last.innerText(), /Where on your foot/);
});

test("Nothing opens, sounds or speaks by itself, and nothing but the script is fetched before", async (t) => {
  const { page, seen } = await atTheClinic(t);

  await page.waitForTimeout(1500);

  assert.equal(await page.locator("[role=dialog]").isVisible(), false);
  assert.equal(await page.locator("audio, video").count(), 0);
  assert.deepEqual(seen.urls.filter((url) => url.startsWith(BOT)), [`${BOT}/chat/embed.js`]);
});

test("Escape closes the chat and gives the focus back to its button", async (t) => {
  const { page, launcher, chat } = await embedded(t);
  await chat.says("hi");

  await page.keyboard.press("Escape");

  await page.locator("[role=dialog]").waitFor({ state: "hidden" });
  assert.equal(await launcher.getAttribute("aria-expanded"), "false");
  assert.ok(await launcher.evaluate((node) => node.matches(":focus")));
});

test("The chat that is opened again stands where it was left", async (t) => {
  const { page, launcher, chat } = await embedded(t);
  await chat.says(STORY);
  await chat.words.fill("half a sentence");
  const before = await chat.said.count();

  await page.keyboard.press("Escape");
  await launcher.click();

  assert.equal(await chat.said.count(), before);
  assert.equal(await chat.words.inputValue(), "half a sentence");
});

test("On a phone the chat fills the screen, and its own button closes it", async (t) => {
  const { page, launcher, chat } = await embedded(t, { viewport: PHONE });

  const box = await page.locator("[role=dialog]").boundingBox();
  assert.deepEqual([box?.width, box?.height], [PHONE.width, PHONE.height]);
  await chat.frame.getByRole("button", { name: "Close" }).click();

  await page.locator("[role=dialog]").waitFor({ state: "hidden" });
  assert.ok(await launcher.evaluate((node) => node.matches(":focus")));
});

test("The clinic chooses label, colour and side, and any colour stays readable", async (t) => {
  for (const [colour, ink] of [["#7a1f5c", "rgb(255, 255, 255)"], ["#ffd166", "rgb(0, 0, 0)"]]) {
    const { page, launcher } = await atTheClinic(t, { attributes: `data-label="Foot helper" data-colour="${colour}" data-position="left"` });
    assert.equal(await launcher.innerText(), "Foot helper");
    assert.ok(((await launcher.boundingBox())?.x ?? 999) < 40);
    assert.equal(await launcher.evaluate((node) => getComputedStyle(node).color), ink);

    await launcher.click();
    const chat = await chatIn(page);

    const header = await chat.frame.locator("header").evaluate((node) => getComputedStyle(node));
    assert.equal(await chat.frame.locator("header").evaluate((node) => getComputedStyle(node).color), ink);
    assert.ok(header);
  }
});

test("A colour that is none, or holds more than a colour, is not used", async (t) => {
  const { launcher } = await atTheClinic(t, { attributes: `data-colour="red;} body{display:none"` });

  assert.equal(await launcher.evaluate((node) => getComputedStyle(node).backgroundColor), "rgb(13, 83, 85)");
});

test("Urgent care names the emergency number of the region that the clinic gave", async (t) => {
  const { chat } = await embedded(t, { attributes: `data-region="UK"` });

  await chat.frame.getByRole("button", { name: "Very unwell?" }).click();
  assert.equal(await chat.frame.locator("#urgent").getByRole("link", { name: "999" }).getAttribute("href"), "tel:999");
  await chat.page.keyboard.press("Escape");
  await chat.says(NUMB_BELOW);

  assert.match(await chat.frame.locator("li .care").innerText(), /A&E.*999/);
});

test("Without a region, or with one that is not known, the server's own is used", async (t) => {
  const { chat } = await embedded(t, { attributes: `data-region="Atlantis"` });

  await chat.says(NUMB_BELOW);

  assert.match(await chat.frame.locator("li .care").innerText(), /your local emergency number/);
});

test("A page in another language has its label read in that language, and hears that the chat is in English", async (t) => {
  const { page, chat } = await embedded(t, { attributes: `data-lang="de" data-label="Foot helper"` });

  assert.equal(await page.locator("div[lang]").getAttribute("lang"), "de");
  assert.equal(await chat.frame.locator("html").getAttribute("lang"), "en");
  assert.ok(await chat.frame.getByText("In English only.").isVisible());
});

test("British English is spoken as British English", async (t) => {
  const { chat } = await embedded(t, { attributes: `data-lang="en-GB"` });

  assert.equal(await chat.frame.locator("html").getAttribute("lang"), "en-GB");
  assert.equal(await chat.frame.getByText("In English only.").isVisible(), false);
});

test("The hosts contacted are exactly two, and no address tells anything about the person", async (t) => {
  const { chat, seen } = await embedded(t, { attributes: `data-region="UK" data-colour="#7a1f5c"` });

  await chat.says(STORY);
  await chat.points("Outer edge");
  await chat.answersAll();
  await chat.says(NUMB_BELOW);

  assert.deepEqual([...seen.hosts].sort(), [bot, clinic].sort());
  const addresses = seen.urls.map((url) => new URL(url)).filter((url) => /^https?:$/.test(url.protocol));
  assert.deepEqual(addresses.filter((url) => url.search), []);
  assert.deepEqual([...new Set(addresses.map((url) => url.pathname))].filter((path) => !/^\/(clinic\.css|favicon\.ico|chat\/(\w+\.(js|css)|message|history)?)?$/.test(path)), []);
});

test("The clinic's page cannot look into the chat", async (t) => {
  const { page, chat } = await embedded(t);
  await chat.says(STORY);

  assert.equal(await page.locator("iframe").evaluate((frame) => /** @type {HTMLIFrameElement} */ (frame).contentDocument), null);
  assert.equal(await page.content().then((html) => html.includes("tingles")), false);
});
