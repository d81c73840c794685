/** When something is slow, broken or gone. */

import assert from "node:assert/strict";
import test from "node:test";
import { NUMB_BELOW, STORY, alone } from "./stage.js";

const GONE = /ERR_INTERNET_DISCONNECTED|ERR_FAILED|ERR_CONNECTION|Failed to load resource/;

/** @param {import("./stage.js").Chat} chat */
const alert = (chat) => chat.frame.locator("#trouble[role=alert]").innerText();

test("Offline in the middle: it is said at once, what was typed is kept, and Try again sends it", async (t) => {
  const { context, page, chat } = await alone(t, { expected: GONE });
  await chat.says(STORY);
  const before = await chat.said.count();

  await context.setOffline(true);
  assert.match(await alert(chat), /You are offline. What you type is kept./);
  await chat.says("It is the left foot");

  assert.match(await alert(chat), /cannot be reached.*not sent; it is kept below/);
  assert.equal(await chat.words.inputValue(), "It is the left foot");
  assert.equal(await chat.said.count(), before);
  await context.setOffline(false);
  await page.getByRole("button", { name: "Try again" }).click();
  await chat.frame.locator("li.you").nth(1).waitFor();
  await chat.isAnswered();
  assert.equal(await alert(chat), "");
  assert.equal(await chat.words.inputValue(), "");
});

test("An error of the server is told in plain words, with a way to try again", async (t) => {
  const { page, chat } = await alone(t, { expected: GONE });
  await page.route("**/chat/message", (route) => route.fulfill({ status: 500, body: "Traceback (most recent call last)" }));

  await chat.says("My heel hurts");

  assert.match(await alert(chat), /^Something went wrong on the server. Your message was not sent; it is kept below.$/);
  assert.equal(await chat.words.inputValue(), "My heel hurts");
  await page.unroute("**/chat/message");
  await page.getByRole("button", { name: "Try again" }).click();
  await chat.frame.locator("li.you").waitFor();
  await chat.isAnswered();
  assert.equal(await alert(chat), "");
});

test("A button whose message did not get through stands open again, and the focus is on Try again", async (t) => {
  const { context, page, chat } = await alone(t, { expected: GONE });
  await chat.says(STORY);
  await chat.points("Outer edge");
  const choices = await chat.choices();
  await context.setOffline(true);
  await chat.open.getByRole("button", { name: choices[0] }).focus();

  await page.keyboard.press("Enter");
  await chat.isAnswered();

  assert.deepEqual(await chat.choices(), choices);
  assert.equal(await page.evaluate(() => document.activeElement?.id), "again");
});

test("A message that arrived before the line broke is not sent twice", async (t) => {
  const { page, chat } = await alone(t, { expected: GONE });
  let sent = 0;
  await page.route("**/chat/message", async (route) => {
    sent += 1;
    await route.fetch();
    await route.abort();
  });
  await chat.says(STORY);
  assert.match(await alert(chat), /cannot be reached/);

  await page.getByRole("button", { name: "Try again" }).click();
  await chat.frame.locator(".map").waitFor();

  assert.equal(sent, 1);
  assert.equal(await page.locator("li.you").count(), 1);
  assert.equal(await chat.words.inputValue(), "");
});

test("Nobody can send twice by pressing twice", async (t) => {
  const { page, chat } = await alone(t);
  let sent = 0;
  page.on("request", (request) => (sent += Number(request.url().endsWith("/message"))));
  await page.route("**/chat/message", async (route) => {
    await new Promise((slow) => setTimeout(slow, 500));
    await route.continue();
  });
  await chat.words.fill("My heel hurts");

  await chat.words.press("Enter");
  await chat.words.press("Enter");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByRole("button", { name: "Send" }).click();
  await chat.isAnswered();

  assert.equal(sent, 1);
  assert.equal(await page.locator("li.you").count(), 1);
});

test("What is typed while an answer is still coming is kept, and that is said", async (t) => {
  const { page, chat } = await alone(t);
  await page.route("**/chat/message", async (route) => {
    await new Promise((slow) => setTimeout(slow, 1000));
    await route.continue();
  });
  await chat.words.fill("My heel hurts");
  await chat.words.press("Enter");

  await chat.words.fill("and my back");
  await chat.words.press("Enter");

  assert.match((await page.getByRole("status").textContent()) ?? "", /Your words are kept/);
  assert.equal(await chat.words.inputValue(), "and my back");
  await chat.isAnswered();
  assert.equal(await chat.words.inputValue(), "and my back");
});

test("A text that is too long is told with its length, and kept", async (t) => {
  const { chat } = await alone(t);

  await chat.says("ouch ".repeat(810));

  assert.match(await alert(chat), /That is 49 characters too long/);
  assert.equal((await chat.words.inputValue()).length, 4050);
});

test("What urgent care says stays within reach when the connection is gone", async (t) => {
  const { context, page, chat } = await alone(t, { expected: GONE });
  await chat.says(NUMB_BELOW);

  await context.setOffline(true);
  await page.locator("#urgent-button").click();

  assert.match(await page.locator("dialog[open]").innerText(), /Go to the nearest emergency department now/);
});

test("Where cards cannot be fetched, their words are shown", async (t) => {
  const { page, chat } = await alone(t, { expected: GONE });
  await page.route("**/cards.js", (route) => route.abort());

  await chat.says(NUMB_BELOW);

  assert.match(await chat.last.innerText(), /Go to the nearest emergency department now/);
});

test("Hostile words are shown as words", async (t) => {
  const { page, chat } = await alone(t);
  const hostile = `<img src=x onerror=alert(1)> [x](javascript:alert(1)) <b>heel</b>`;

  await chat.says(hostile);

  assert.equal(await page.locator("li.you > div").innerText(), hostile);
  assert.equal(await page.locator("#messages :is(img, script, b), #messages a[href^=javascript]").count(), 0);
});
