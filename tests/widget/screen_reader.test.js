/** What somebody meets who cannot see the screen. */

import assert from "node:assert/strict";
import test from "node:test";
import { NUMB_BELOW, STORY, UNCLEAR, alone, somebody, BOT } from "./stage.js";

/** @param {import("playwright-core").Page} page @returns {Promise<any[]>} what is exposed to assistive technology */
async function exposed(page) {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  /** In the order in which it is read. @param {string} id @returns {any[]} */
  const read = (id) => [byId.get(id), ...(byId.get(id)?.childIds ?? []).flatMap(read)];
  return read(nodes[0].nodeId).filter((node) => node && !node.ignored && node.role?.value !== "InlineTextBox").map((node) => ({
    role: node.role?.value,
    name: node.name?.value ?? "",
    ...Object.fromEntries((node.properties ?? []).map((/** @type {any} */ one) => [one.name, one.value.value])),
  }));
}

test("The conversation is a log with a name, polite and not atomic", async (t) => {
  const { page } = await alone(t);

  const [log] = (await exposed(page)).filter((node) => node.role === "log");

  assert.equal(log.name, "Conversation");
  assert.equal(log.live, "polite");
  assert.equal(log.atomic, false);
});

test("The log is there before the first message, and a restored conversation is not read out", async (t) => {
  const { context } = await somebody(t);
  const page = await context.newPage();
  await page.addInitScript(() => {
    const seen = /** @type {any} */ (window);
    seen.live = [];
    new MutationObserver((changes) => {
      for (const change of changes)
        for (const node of change.addedNodes)
          if (node instanceof HTMLLIElement && node.parentElement?.id === "messages") seen.live.push(document.getElementById("log")?.ariaLive);
    }).observe(document, { childList: true, subtree: true });
  });
  const response = await page.goto(`${BOT}/chat/`);
  assert.match((await response?.text()) ?? "", /role="log"/);
  await page.locator("#log[aria-live=polite]").waitFor({ state: "attached" });
  await page.getByLabel("Your message").fill("hi");
  await page.getByLabel("Your message").press("Enter");
  await page.locator("li.assistant").nth(1).waitFor();
  assert.equal(await page.evaluate(() => /** @type {any} */ (window).live.at(-1)), "polite");

  await page.reload();
  await page.locator("#log[aria-live=polite]").waitFor({ state: "attached" });

  const live = await page.evaluate(() => /** @type {any} */ (window).live);
  assert.ok(live.length >= 2);
  assert.deepEqual(new Set(live), new Set(["off"]));
});

test("Every message says who speaks", async (t) => {
  const { chat } = await alone(t);
  await chat.says(STORY);
  await chat.points("Heel");

  const texts = await chat.said.allTextContents();

  assert.ok(texts.length >= 4);
  for (const text of texts) assert.match(text, /^(You|Assistant) said: /);
});

test("That the assistant is writing is said in words, after 300 ms and not before", async (t) => {
  const { page, chat } = await alone(t);
  await page.route("**/chat/message", async (route) => {
    await new Promise((slow) => setTimeout(slow, 1500));
    await route.continue();
  });

  const sending = chat.says("hi");
  await page.locator("#composer[aria-busy]").waitFor();
  const atOnce = await page.getByRole("status").textContent();
  await page.getByText("The assistant is writing").waitFor({ timeout: 1200 });
  await sending;

  assert.equal(atOnce, "");
  assert.equal(await page.getByRole("status").textContent(), "");
});

test("Messages come into the log whole, never letter by letter", async (t) => {
  const { page, chat } = await alone(t);
  await page.evaluate(() => {
    const seen = /** @type {any} */ (window);
    seen.changed = [];
    new MutationObserver((changes) => changes.forEach((change) => seen.changed.push(change.target.nodeName))).observe(
      /** @type {Node} */ (document.getElementById("messages")), { childList: true, characterData: true, subtree: true });
  });

  await chat.says(STORY);

  const changed = await page.evaluate(() => /** @type {any} */ (window).changed);
  assert.ok(changed.length >= 2);
  assert.deepEqual(new Set(changed), new Set(["UL"]));
});

test("The box for the message has a label that stays, and says to leave names out", async (t) => {
  const { page, chat } = await alone(t);

  await chat.words.fill("my heel");

  const label = page.locator("label[for=words]");
  assert.ok(await label.isVisible());
  assert.equal(await label.innerText(), "Your message no names, please");
  assert.equal(await chat.words.getAttribute("placeholder"), null);
});

test("Answers to choose from are buttons in a named group; used ones are shut and the chosen one is marked", async (t) => {
  const { page, chat } = await alone(t);
  await chat.says(STORY);
  await chat.points("Outer edge");
  const group = page.getByRole("group", { name: "Answers to choose from" }).last();
  const names = await group.getByRole("button").allInnerTexts();
  assert.ok(names.length > 1);

  await chat.presses("I limp");

  const used = page.locator("li > .choices:disabled").last();
  assert.ok(await used.getByRole("button", { name: "I limp" }).isDisabled());
  assert.equal(await used.locator("[aria-pressed=true]").innerText(), "I limp");
});

test("An answer that is typed counts as much as one that is pressed", async (t) => {
  const { chat } = await alone(t);
  await chat.says(STORY);
  await chat.points("Outer edge");
  const before = await chat.open.last().innerText();

  await chat.says("I limp");

  assert.notEqual(await chat.open.last().innerText(), before);
});

test("After a choice the focus goes on with the talk, never back to the top of the page", async (t) => {
  const { page, chat } = await alone(t);
  await chat.says(STORY);
  await chat.open.getByLabel("Heel", { exact: true }).check();

  for (let times = 0; times < 2; times++) {
    await chat.open.getByRole("button").first().focus();
    await page.keyboard.press("Enter");
    await chat.isAnswered();

    assert.equal(await page.evaluate(() => document.activeElement?.className.split(" ")[0]), "you");
  }
  await page.keyboard.press("Tab");
  assert.ok(await chat.last.evaluate((item) => item.contains(document.activeElement)));
});

test("The answered map tells what was chosen, and has no empty list", async (t) => {
  const { page, chat } = await alone(t);
  await chat.says(STORY);
  await chat.points("Outer edge");

  const heard = await page.locator("li:has(.map)").ariaSnapshot();

  assert.match(heard, /checkbox "Outer edge" \[checked\] \[disabled\]/);
  assert.doesNotMatch(heard, /checkbox "Heel"|- list$/m);
});

test("Urgent care is met as a heading that says how urgent it is, then what to do", async (t) => {
  const { page, chat } = await alone(t);
  await chat.says(NUMB_BELOW);

  const all = await exposed(page);
  const heading = all.findIndex((node) => node.role === "heading" && /^Immediate action required: /.test(node.name));
  const step = all.findIndex((node, at) => at > heading && /^Go to the nearest emergency department/.test(node.name));

  assert.ok(heading > 0);
  assert.ok(step > heading && step - heading < 8, `${step - heading} nodes between`);
});

test("Each link says its fit, what speaks for it and how sure it is, in words", async (t) => {
  const { page, chat } = await alone(t);
  await chat.says(STORY);
  await chat.points("Outer edge");
  await chat.answersAll();

  const links = await page.locator(".link").evaluateAll((all) => all.map((one) => one.textContent ?? ""));

  assert.ok(links.length >= 4);
  for (const text of links) assert.match(text, /(fits|fit|clear|against)/i);
  assert.match(links[0], /fits well.*What speaks for it.*sources?/s);
  const marks = (await exposed(page)).filter((node) => ["+", "−", "✓", "?"].includes(node.name.trim()));
  assert.deepEqual(marks, [], "signs that only decorate are not read out");
});

test("A safety question is a heading, the question in words, and three answers", async (t) => {
  const { page, chat } = await alone(t);
  await chat.says(UNCLEAR);

  assert.ok(await page.getByRole("heading", { name: "A safety question" }).isVisible());
  assert.deepEqual(await chat.choices(), ["Yes", "No", "Not sure"]);
});

test("A link to a source says that it opens a new tab, and does", async (t) => {
  const { page, chat } = await alone(t);
  await chat.says("What is sciatica?");
  await page.locator(".answer").getByText(/\d sources?/).click();

  const links = page.locator(".answer a");

  assert.ok((await links.count()) > 0);
  for (const link of await links.all()) {
    assert.match(await link.innerText(), /\(opens in a new tab\)$/);
    assert.equal(await link.getAttribute("target"), "_blank");
    assert.equal(await link.getAttribute("rel"), "noopener noreferrer");
  }
});
