/** Whose conversation it is, and what is kept of it. */

import assert from "node:assert/strict";
import test from "node:test";
import { BOT, STORY, Chat, alone, embedded, chatIn } from "./stage.js";

test("The session is a cookie that scripts cannot read and no other site can use", async (t) => {
  const { page, context, chat } = await embedded(t);
  await chat.says(STORY);

  const cookies = await context.cookies();

  assert.equal(cookies.length, 1);
  assert.deepEqual([cookies[0].httpOnly, cookies[0].secure, cookies[0].sameSite, cookies[0].expires], [true, true, "None", -1]);
  assert.match(String(cookies[0].partitionKey), /127\.0\.0\.1/);
  assert.match(cookies[0].value, /^[\w-]{32}\.[0-9a-f]{43}$/);
  assert.equal(await chat.frame.evaluate(() => document.cookie), "");
  assert.equal(await page.evaluate(() => document.cookie), "");
});

test("Nothing is put into web storage", async (t) => {
  const { page, chat } = await alone(t);
  await chat.says(STORY);

  const kept = await page.evaluate(async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length, (await caches.keys()).length]);

  assert.deepEqual(kept, [0, 0, 0, 0]);
});

test("Every answer of the server says that it must not be stored", async (t) => {
  const { page, chat } = await alone(t);
  /** @type {Record<string, string>} */
  const rules = {};
  page.on("response", (response) => (rules[new URL(response.url()).pathname] = response.headers()["cache-control"]));
  await page.reload();
  await chat.isThere();
  await chat.says(STORY);

  assert.ok(Object.keys(rules).length > 6);
  assert.deepEqual(Object.entries(rules).filter(([, rule]) => rule !== "no-store"), []);
});

test("Loaded again inside the clinic's page, the chat shows the talk so far", async (t) => {
  const { page, launcher, chat } = await embedded(t);
  await chat.says(STORY);
  await chat.points("Outer edge");
  const before = await chat.said.allTextContents();

  await page.reload();
  await launcher.click();
  const again = await chatIn(page);

  assert.deepEqual(await again.said.allTextContents(), before.slice(1), "all but the welcome, which nobody said");
  assert.ok(await again.open.count());
});

test("Deleting asks first; then nothing is left on the screen or on the server, and that is said", async (t) => {
  const { page, context, chat } = await alone(t);
  await chat.says(STORY);
  const [cookie] = await context.cookies();

  await chat.opensFromMenu("Delete my conversation");
  await page.locator("dialog[open]").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.id), "delete-title", "no button is pressed by a hasty Enter");
  await page.getByRole("button", { name: "Keep it" }).click();
  assert.ok((await chat.said.count()) > 1);
  await chat.opensFromMenu("Delete my conversation");
  await page.getByRole("button", { name: "Delete it" }).click();
  await page.getByText("Your conversation is deleted.").waitFor();

  assert.equal(await page.locator("li.you").count(), 0);
  const past = await fetch(`${BOT}/chat/history`, { headers: { Cookie: `${cookie.name}=${cookie.value}` } });
  assert.deepEqual((await past.json()).messages, []);
  assert.notEqual((await context.cookies())[0].value, cookie.value);
});

test("Deleting that did not work is told, and nothing pretends to be gone", async (t) => {
  const { page, context, chat } = await alone(t, { expected: /ERR_INTERNET_DISCONNECTED/ });
  await chat.says(STORY);
  await chat.opensFromMenu("Delete my conversation");
  await page.locator("dialog[open]").waitFor();
  await context.setOffline(true);

  await page.getByRole("button", { name: "Delete it" }).click();
  await page.getByRole("button", { name: "Try again" }).waitFor();

  assert.match(await chat.trouble.innerText(), /Nothing was deleted/);
  assert.equal(await page.locator("li.you").count(), 1);
});

test("Two tabs show one conversation", async (t) => {
  const { context, chat } = await alone(t);
  await chat.says(STORY);
  const page = await context.newPage();
  await page.goto(`${BOT}/chat/`);
  const other = new Chat(page, page.mainFrame());
  await other.isThere();

  await other.points("Outer edge");
  await chat.frame.locator("li.you").nth(1).waitFor();

  assert.deepEqual(await chat.choices(), await other.choices());
  await other.opensFromMenu("Delete my conversation");
  await page.getByRole("button", { name: "Delete it" }).click();
  await chat.frame.locator("li.you").first().waitFor({ state: "detached" });
});

test("Another person's browser sees nothing of it", async (t) => {
  const { chat } = await alone(t);
  await chat.says(STORY);

  const { page } = await alone(t);

  assert.equal(await page.locator("li.you").count(), 0);
});

test("Before the first message it says what it is, what is stored, and how to have it deleted", async (t) => {
  const { page } = await alone(t);

  const notice = await page.locator("#notice").innerText();

  assert.match(notice, /A computer program, not a clinician/);
  assert.match(notice, /Leave out your name, address and patient number/);
  assert.match(notice, /What is stored: your messages, on this site’s server, for \d+ days.*Delete my conversation/s);
});
