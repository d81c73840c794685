/** A whole conversation without a mouse. */

import assert from "node:assert/strict";
import test from "node:test";
import { DESK, PHONE, STORY, alone, atTheClinic, chatIn, usual } from "./stage.js";

/** @typedef {import("./stage.js").Chat} Chat */

/** What stands in focus: its words. @param {Chat} chat */
const focused = (chat) =>
  chat.frame.evaluate(() => {
    const at = /** @type {any} */ (document.activeElement);
    return at === document.body ? "" : (at.labels?.[0]?.textContent ?? at.textContent ?? "").trim();
  });

/** Press Tab until something with these words is in focus. @param {Chat} chat @param {string} words @param {string} [key] */
async function tabTo(chat, words, key = "Tab") {
  for (let presses = 0; presses < 80; presses++) {
    if ((await focused(chat)).startsWith(words)) return;
    await chat.page.keyboard.press(key);
  }
  assert.fail(`"${words}" cannot be reached with ${key}`);
}

/** @param {import("node:test").TestContext} t @param {{width: number, height: number}} viewport */
async function wholeTalk(t, viewport) {
  const { page } = await atTheClinic(t, { viewport });
  const { keyboard } = page;
  await keyboard.press("Tab");
  await keyboard.press("Tab");
  await keyboard.press("Enter");
  const chat = await chatIn(page);

  await tabTo(chat, "Your message");
  await keyboard.type(STORY);
  await keyboard.press("Enter");
  await chat.isAnswered();
  await tabTo(chat, "Outer edge", "Shift+Tab");
  await keyboard.press("Space");
  await tabTo(chat, "Use this area");
  await keyboard.press("Enter");
  await chat.isAnswered();
  for (let asked = 0; asked < 15 && !(await chat.frame.locator(".summary").count()); asked++) {
    await tabTo(chat, usual(await chat.choices()));
    await keyboard.press("Enter");
    await chat.isAnswered();
  }
  await chat.frame.evaluate(() => {
    window.print = () => document.documentElement.setAttribute("data-printed", document.getElementById("page")?.textContent ?? "");
  });
  await tabTo(chat, "Print");
  await keyboard.press("Enter");

  assert.match((await chat.frame.locator("html").getAttribute("data-printed")) ?? "", /^My feet and my back.*tingles.*not a diagnosis/);
  await keyboard.press("Escape");
  await page.locator("[role=dialog]").waitFor({ state: "hidden" });
}

test("A whole conversation works by keyboard alone, from the button to the printed summary", (t) => wholeTalk(t, DESK));

test("The same works on a screen of 320 by 640", (t) => wholeTalk(t, PHONE));

test("Tab goes through everything and out again: there is no trap", async (t) => {
  const { page, launcher } = await atTheClinic(t);
  await launcher.focus();
  await page.keyboard.press("Enter");
  const chat = await chatIn(page);
  await chat.says(STORY);

  const outside = async () => page.evaluate(() => document.activeElement?.localName !== "div");
  let presses = 0;
  while (!(await outside()) && presses++ < 60) await page.keyboard.press("Tab");

  assert.ok(presses < 60, "the focus never left the chat");
});

test("Escape closes the menu or a dialog first, and the focus goes back to where it was", async (t) => {
  const { page } = await alone(t);
  const menu = page.getByRole("button", { name: "Menu" });
  await menu.focus();
  await page.keyboard.press("Enter");
  assert.equal(await menu.getAttribute("aria-expanded"), "true");

  await page.keyboard.press("Escape");

  assert.equal(await menu.getAttribute("aria-expanded"), "false");
  assert.ok(await menu.evaluate((node) => node === document.activeElement));
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "About and sources" }).focus();
  await page.keyboard.press("Enter");
  await page.locator("dialog[open]").waitFor();
  await page.keyboard.press("Escape");
  assert.ok(await menu.evaluate((node) => node === document.activeElement));
});

test("Every control shows its focus in two colours, and nothing covers it", async (t) => {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    const { page, chat } = await alone(t, { viewport: PHONE, colorScheme });
    await chat.says(STORY);
    const reached = new Set();
    for (let presses = 0; presses < 45; presses++) {
      await page.keyboard.press("Tab");
      const seen = await page.evaluate(() => {
        const at = /** @type {HTMLElement} */ (document.activeElement);
        if (at === document.body) return null;
        const { outlineWidth, outlineStyle, boxShadow } = getComputedStyle(at);
        const { left, top, width, height } = at.getBoundingClientRect();
        const there = document.elementFromPoint(left + width / 2, Math.min(top + height / 2, innerHeight - 1));
        return {
          words: at.id || at.textContent?.slice(0, 40) || /** @type {any} */ (at).value,
          line: outlineStyle === "solid" && parseFloat(outlineWidth) >= 2,
          second: boxShadow.includes("rgb(255, 223, 61)"),
          uncovered: !!there && (at.contains(there) || there.contains(at)),
        };
      });
      if (!seen) continue;
      reached.add(seen.words);
      assert.ok(seen.line && seen.second, `no visible focus: ${seen.words}`);
      assert.ok(seen.uncovered, `covered: ${seen.words}`);
    }
    assert.ok(reached.size > 15, [...reached].join());
  }
});
