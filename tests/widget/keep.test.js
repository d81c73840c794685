/** What a person can take along. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { BOT, STORY, alone, embedded, somebody } from "./stage.js";

/** @param {import("./stage.js").Chat} chat */
async function toTheSummary(chat) {
  await chat.says(STORY);
  await chat.points("Outer edge");
  await chat.answersAll();
}

/** @param {import("./stage.js").Chat} chat @param {string} button */
async function downloaded(chat, button) {
  const coming = chat.page.waitForEvent("download");
  await chat.frame.getByRole("button", { name: button }).click();
  const file = await coming;
  return { name: file.suggestedFilename(), content: await readFile(await file.path()) };
}

test("The summary comes as a PDF, also out of the clinic's page", async (t) => {
  const { chat } = await embedded(t);
  await toTheSummary(chat);

  const { name, content } = await downloaded(chat, "Download as PDF");

  assert.equal(name, "my-feet-and-my-back.pdf");
  assert.equal(content.subarray(0, 5).toString(), "%PDF-");
  assert.ok(content.length > 5000);
});

test("The summary comes as plain text, with what was told and what it is not", async (t) => {
  const { chat } = await alone(t);
  await toTheSummary(chat);

  const { name, content } = await downloaded(chat, "Download as text");

  assert.equal(name, "my-feet-and-my-back.txt");
  assert.match(content.toString(), /^My feet and my back\n.*In your own words\n- My left foot tingles.*it is not a diagnosis\.\n$/s);
});

test("A PDF that cannot be made is told, with another way", async (t) => {
  const { context, page, chat } = await alone(t, { expected: /ERR_INTERNET_DISCONNECTED/ });
  await toTheSummary(chat);
  await context.setOffline(true);

  await page.getByRole("button", { name: "Download as PDF" }).click();

  await page.getByText("The PDF could not be made just now. Please try again, or print the page.").waitFor();
});

test("The whole conversation comes as plain text that says who said what", async (t) => {
  const { page, chat } = await alone(t);
  await chat.says(STORY);
  await page.getByRole("button", { name: "Menu" }).click();

  const { name, content } = await downloaded(chat, "Save as text");

  assert.equal(name, "conversation.txt");
  assert.match(content.toString(), /You said:\s+My left foot tingles.*Assistant said:\s+Thank you/s);
});

test("On paper the summary stands alone, black on white, without buttons", async (t) => {
  const { page, chat } = await alone(t, { colorScheme: "dark" });
  await toTheSummary(chat);
  await page.evaluate(() => (window.print = () => {}));
  await page.getByRole("button", { name: "Print" }).click();

  await page.emulateMedia({ media: "print" });

  assert.ok(await page.getByRole("heading", { name: "My feet and my back" }).isVisible());
  assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll("header, main, footer, button")].filter((node) => node.checkVisibility()).length), 0);
  assert.deepEqual(await page.locator("#page").evaluate((node) => [getComputedStyle(node).color, getComputedStyle(document.documentElement).backgroundColor]), ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]);
});

test("The conversation itself can be printed whole, without the parts that only a screen needs", async (t) => {
  const { page, chat } = await alone(t);
  await toTheSummary(chat);

  await page.emulateMedia({ media: "print" });

  assert.equal(await page.getByRole("button", { name: "Send", includeHidden: true }).isVisible(), false);
  assert.ok(await chat.said.first().isVisible());
  const cutOff = await chat.said.evaluateAll((all) => all.filter((node) => {
    const bottom = node.getBoundingClientRect().bottom;
    for (let around = node.parentElement; around && around !== document.documentElement; around = around.parentElement) {
      if (getComputedStyle(around).overflowY !== "visible" && bottom > around.getBoundingClientRect().bottom + 1) return true;
    }
    return false;
  }).map((node) => node.textContent));
  assert.deepEqual(cutOff, []);
});

test("The page says which language it is in", async (t) => {
  const { page } = await alone(t);

  assert.equal(await page.locator("html").getAttribute("lang"), "en");
});

test("Without JavaScript there is a way to read on, and what to do when very unwell", async (t) => {
  const { context } = await somebody(t, { javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${BOT}/chat/`);

  const words = page.locator("noscript p");

  assert.match(await words.innerText(), /call your local emergency number now/);
  assert.equal(await words.getByRole("link", { name: "the NHS page on foot pain" }).getAttribute("href"), "https://www.nhs.uk/symptoms/foot-pain/");
});
