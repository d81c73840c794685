/** What must not be missed. */

import assert from "node:assert/strict";
import test from "node:test";
import { NUMB_BELOW, PHONE, STORY, UNCLEAR, alone, everyState } from "./stage.js";

test("A red flag in the middle of the talk is impossible to miss", async (t) => {
  const { page, chat } = await alone(t, { viewport: PHONE });
  await chat.says(STORY);
  await chat.points("Outer edge");

  await chat.says(NUMB_BELOW);

  const card = page.locator("li .care.emergency");
  assert.ok(await card.getByRole("heading", { name: /^Immediate action required: / }).isVisible());
  const box = await card.boundingBox();
  const { top, bottom } = await page.locator("main").evaluate((node) => node.getBoundingClientRect());
  assert.ok(box && box.y >= top && box.y < top + 80, "it begins at the top of what is seen");
  const first = await card.getByText("Go to the nearest emergency department now").boundingBox();
  assert.ok(first && first.y + first.height <= bottom, "what to do first is seen without scrolling");
});

test("It stays within reach in the header, whatever comes after, and after a reload", async (t) => {
  const { page, chat } = await alone(t);
  await chat.says(NUMB_BELOW);
  await chat.presses("Go on with the talk");
  await chat.says("What is sciatica?");
  const button = page.getByRole("banner").getByRole("button", { name: "Get help now: see what to do" });
  assert.ok(await button.isVisible());

  await page.reload();
  await chat.isThere();
  await button.click();

  assert.match(await page.locator("dialog[open] .care").innerText(), /Go to the nearest emergency department now/);
  await page.getByRole("button", { name: "Back to the chat" }).click();
  assert.equal(await page.locator("dialog[open]").count(), 0);
});

test("Opened from the header, the advice is shown from its first line, even on a small screen", async (t) => {
  const { page, chat } = await alone(t, { viewport: PHONE });
  await chat.says(NUMB_BELOW);

  await page.locator("#urgent-button").click();

  const dialog = page.locator("dialog[open]");
  assert.equal(await dialog.evaluate((node) => node.scrollTop), 0);
  assert.equal(await page.evaluate(() => document.activeElement?.id), "urgent-title");
});

test("A sign that is not clear is asked about, and yes brings the advice at once", async (t) => {
  const { page, chat } = await alone(t);
  await chat.says(UNCLEAR);
  assert.equal(await page.locator("li .care").count(), 0);

  await chat.presses("Yes");

  assert.ok(await page.locator("li .care").isVisible());
});

test("In every state it says that it is a program, and help for the very unwell is one press away", async (t) => {
  const { page, chat } = await alone(t, { viewport: PHONE, expected: /ERR_INTERNET_DISCONNECTED/ });

  for await (const state of everyState(chat)) {
    assert.ok(await page.getByText("A program, not a clinician.").isVisible(), state);
    assert.ok(await page.locator("#urgent-button").isVisible(), state);
  }
});

test("Who asks for help before any message finds the general advice, and the warning signs", async (t) => {
  const { page, chat } = await alone(t);

  await page.getByRole("button", { name: "Very unwell?" }).click();
  assert.match(await page.locator("dialog[open]").innerText(), /Do not wait for this chat. It cannot call help for you./);
  await page.getByRole("button", { name: "What are the warning signs?" }).click();
  await chat.isAnswered();

  assert.match(await chat.frame.locator(".answer").innerText(), /warning signs/i);
});

test("A telephone number in the advice can be tapped", async (t) => {
  const { page, chat } = await alone(t, { viewport: PHONE });
  await page.goto(`${page.url()}#region=US`);
  await page.reload();
  await chat.isThere();

  await chat.says(NUMB_BELOW);

  assert.equal(await page.locator("li .care a[href^=tel]").first().getAttribute("href"), "tel:911");
});
