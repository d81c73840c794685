/** The foot map: by mouse, by keyboard, and where nothing is drawn. */

import assert from "node:assert/strict";
import test from "node:test";
import { STORY, alone } from "./stage.js";

/** @param {import("./stage.js").Chat} chat what the person is shown to have said */
const mine = (chat) => chat.frame.locator("li.you > div").last().innerText();

test("A click on the drawing ticks the area", async (t) => {
  const { page, chat } = await alone(t);
  await chat.says(STORY);

  await page.locator("svg.sole .left [data-site=heel]").click();

  assert.ok(await chat.open.getByLabel("Heel", { exact: true }).isChecked());
  await chat.presses("Use this area");
  assert.match(await mine(chat), /Heel, Left/);
});

test("By keyboard an area is ticked with the space bar, and no arrow key sends anything", async (t) => {
  const { page, chat } = await alone(t);
  await chat.says("My foot tingles and my back hurts");
  const before = await chat.said.count();
  await chat.open.getByLabel("Left", { exact: true }).focus();

  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  assert.ok(await chat.open.getByLabel("Both", { exact: true }).isChecked());
  assert.equal(await chat.said.count(), before);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await chat.open.getByRole("button", { name: "Use this area" }).focus();
  await page.keyboard.press("Enter");
  await chat.isAnswered();

  assert.match(await mine(chat), /Heel, Both/);
});

test("Without the drawing the map works all the same", async (t) => {
  const { page, chat } = await alone(t);
  await chat.says(STORY);
  await page.evaluate(() => document.querySelectorAll(".map svg").forEach((drawing) => drawing.remove()));

  await chat.points("Ball of the foot", "Big toe");

  assert.match(await mine(chat), /Ball of the foot, Big toe, Left/);
});

test("Where the map cannot be fetched, there is a button for each area", async (t) => {
  const { page, chat } = await alone(t, { expected: /footmap\.js|ERR_FAILED/ });
  await page.route("**/footmap.js", (route) => route.abort());

  await chat.says(STORY);

  assert.ok((await chat.choices()).includes("Heel"));
  await chat.presses("Heel");
  assert.equal(await mine(chat), "Heel");
});

test("What is chosen is filled, has a thick line and a ticked box: never colour alone", async (t) => {
  const { page, chat } = await alone(t);
  await chat.says(STORY);
  const zone = page.locator("svg.sole .left [data-site=heel]");
  const width = () => zone.evaluate((node) => parseFloat(getComputedStyle(node).strokeWidth));
  const thin = await width();

  await chat.open.getByLabel("Heel", { exact: true }).check();

  assert.ok((await width()) > thin);
  assert.ok(await chat.open.getByLabel("Heel", { exact: true }).isChecked());
});

test("Left, right and both are drawn as they are: the big toe of a right sole is on the right", async (t) => {
  const { page, chat } = await alone(t);
  await chat.says(STORY);
  const toe = async (/** @type {string} */ side) => {
    if (!(await page.locator(`svg.sole .${side}`).isVisible())) return "not drawn";
    const box = await page.locator(`svg.sole .${side} [data-site=big_toe]`).boundingBox();
    const heel = await page.locator(`svg.sole .${side} [data-site=heel]`).boundingBox();
    assert.ok(box && heel);
    return box.x + box.width / 2 < heel.x + heel.width / 2 ? "left" : "right";
  };

  assert.deepEqual([await toe("left"), await toe("right")], ["left", "not drawn"]);
  await chat.open.getByLabel("Right", { exact: true }).check();
  assert.deepEqual([await toe("left"), await toe("right")], ["not drawn", "right"]);
  await chat.open.getByLabel("Both", { exact: true }).check();
  assert.deepEqual([await toe("left"), await toe("right")], ["left", "right"]);
});

test("The nerves are hatched only after the answer, with the words that people differ", async (t) => {
  const { page, chat } = await alone(t);
  await chat.says(STORY);
  const nerves = page.locator(".map .nerves");
  assert.equal(await nerves.isVisible(), false);
  assert.equal(await page.locator(".map .hatch").first().isVisible(), false);

  await chat.points("Outer edge");

  assert.match(await nerves.innerText(), /only a rough guide. Many people's pain does not follow the map/);
  assert.ok(await page.locator(".map .hatch").first().isVisible());
  const directions = await page.locator(".map pattern").evaluateAll((all) => all.map((one) => one.getAttribute("patternTransform")));
  assert.equal(new Set(directions).size, 3, "each nerve has lines of its own direction");
});

test("An area where two nerves meet is hatched with both", async (t) => {
  const { page, chat } = await alone(t);
  await chat.says(STORY);

  const fills = await page.locator("svg.sole .left .hatch").evaluateAll((all) =>
    all.map((one) => `${one.getAttribute("d")?.slice(0, 8)} ${one.getAttribute("fill")?.slice(-3, -1)}`));

  assert.ok(fills.includes("M6 56H10 L5") && fills.includes("M6 56H10 S1"), fills.join());
});

test("Nothing ticked is told kindly, and sends nothing", async (t) => {
  const { chat } = await alone(t);
  await chat.says(STORY);
  const before = await chat.said.count();

  await chat.open.getByRole("button", { name: "Use this area" }).click();

  assert.match(await chat.frame.locator(".hint").innerText(), /Please tick an area first/);
  assert.equal(await chat.said.count(), before);
});

test("Somewhere else, or not sure, is always an answer", async (t) => {
  const { chat } = await alone(t);
  await chat.says(STORY);

  await chat.presses("Somewhere else / not sure");

  assert.equal(await mine(chat), "Somewhere else / not sure");
  assert.equal(await chat.frame.locator(".map .nerves").isVisible(), false);
});

test("A map that was answered comes back after a reload with its choice, and shut", async (t) => {
  const { page, chat } = await alone(t);
  await chat.says(STORY);
  await chat.points("Outer edge");

  await page.reload();
  await chat.isThere();

  const map = page.locator(".map");
  assert.ok(await map.evaluate((fieldset) => /** @type {HTMLFieldSetElement} */ (fieldset).disabled));
  assert.ok(await map.getByLabel("Outer edge", { exact: true }).isChecked());
  assert.ok(await map.locator(".nerves").isVisible());
});
