// From what somebody says to what became of it, without a mouse: with the Latin keyboard, and with the Korean input method on.
import assert from "node:assert/strict";

import { dayInSeoul } from "./days.mjs";
import { hangul, latin } from "./keyboards.mjs";
import { ticket, until } from "./until.mjs";

// Goes on until what is asked for has the focus, as somebody does who cannot see where it is.
async function tabTo(page, { press }, locator, what) {
  for (let presses = 0; presses < 60; ++presses) {
    if (await locator.evaluateAll((all) => all.some((one) => one === document.activeElement || one.contains(document.activeElement)))) return;
    await press("Tab");
  }
  assert.fail(`no way by keyboard to ${what}`);
}

export async function journey({ suite, open, close }, keyboardOf, id, title) {
  const page = await open("/inbox");
  const keys = await keyboardOf(page);
  await page.waitForSelector(".row");
  await keys.press("c");
  await page.waitForSelector("dialog[open] textarea");
  await keys.write(`배송 상자가 젖어서 왔어요 ${id}`);
  await tabTo(page, keys, page.locator("dialog[open]").getByLabel("상담유형"), "the reason");
  await page.keyboard.type(`box/${id}`);
  await keys.press("Control+Enter");
  await page.waitForURL(/\/inbox\/.+/);
  const made = page.url().split("/").pop();
  await page.waitForSelector("dialog", { state: "detached" });
  await page.waitForSelector(".decide .btn.primary");
  await keys.press("h");
  await until(async () => (await ticket(suite, made)).state === "HEARD", "heard");
  await keys.press("a");
  await page.waitForSelector("dialog[open] .pick.on >> text=새 변경 시작하기");
  await tabTo(page, keys, page.locator("dialog[open]").getByLabel("무엇이 모두에게 달라지나요?"), "the title");
  await keys.write(title);
  assert.equal((await ticket(suite, made)).state, "HEARD", "the Enter that ended a syllable sent the form");
  await keys.press("Enter");
  await until(async () => (await ticket(suite, made)).state === "ACCEPTED", "accepted");
  const { change } = await ticket(suite, made);
  await page.waitForSelector("dialog", { state: "detached" });

  await keys.press("g");
  await keys.press("b");
  await page.waitForURL("**/board");
  await page.waitForSelector(".card");
  const card = page.locator(".card", { hasText: title }).first();
  await tabTo(page, keys, card.getByRole("link"), "the card");
  await keys.press("Enter");
  await page.waitForURL(`**/${change}`);
  await page.waitForSelector(".voices .quote");
  await keys.press("p");
  await page.waitForSelector("dialog[open]");
  for (const [group, option] of [["무엇을 바꾸나요?", "상품"], ["계속할 수 있나요?", "네"], ["모두에게 하나요?", "네"], ["지금 힘으로 되나요?", "네"]]) {
    await tabTo(page, keys, page.getByRole("group", { name: group }), group);
    await keys.press("Space");
    assert.ok(await page.getByRole("group", { name: group }).getByLabel(option, { exact: true }).isChecked(), `${group} ${option}`);
  }
  await tabTo(page, keys, page.getByLabel("왜 그렇게 정했나요?"), "the reason of the decision");
  await keys.write("상자만 바꾸면 돼요");
  await keys.press("Control+Enter");
  await page.waitForSelector("dialog", { state: "detached" });
  await page.waitForSelector(".facts .chip >> text=예정");
  await keys.press("s");
  await page.waitForSelector("dialog[open]");
  await keys.press("Control+Enter");
  await page.waitForSelector("dialog", { state: "detached" });
  await page.waitForSelector(".facts .chip >> text=진행");
  await keys.press("v");
  await page.waitForSelector("dialog[open] >> text=기다리던 불만 1건이");
  await keys.press("Control+Enter");
  await page.waitForSelector(".facts .chip >> text=출시됨");
  await until(async () => (await ticket(suite, made)).state === "ANSWERED", "answered");
  await page.waitForSelector("text=불만 1건이 답을 들었어요.");
  // What it does to complaints: it is watched from the first day on.
  await page.waitForSelector(".effect >> text=아직 일러요");
  await page.goto(`${suite.url}/loop/${made}`);
  await page.waitForSelector("text=만에 제품이 되었어요");
  await page.waitForSelector(".path7 >> text=효과");
  await close(page);
}

export const journeys = [
  ["a complaint becomes a shipped change with an effect, by keyboard alone", (world) => journey(world, latin, "latin", "젖지 않는 상자를 쓴다")],
  ["and with the Korean input method on, whose Enter sends nothing", (world) => journey(world, hangul, "hangul", "마른 상자에 담는다")],
  [
    "a stage's day is entered with one thumb at 360 px",
    async ({ suite, browser, open, close }) => {
      const context = await browser.newContext({ viewport: { width: 360, height: 780 }, hasTouch: true, isMobile: true, timezoneId: "Asia/Seoul", locale: "ko" });
      const page = await open("/stage/shop/decision", { context });
      await page.waitForSelector(".entrygrid td.today input");
      const cells = page.locator(".entrygrid td.today input");
      const count = await cells.count();
      assert.ok(count > 1);
      for (let index = 0; index < count; ++index) {
        const box = await cells.nth(index).boundingBox();
        assert.ok(box.height >= 44 && box.width >= 44 && box.x + box.width <= 360, JSON.stringify(box));
        assert.equal(await cells.nth(index).getAttribute("inputmode"), "decimal");
        assert.equal(await cells.nth(index).getAttribute("enterkeyhint"), "next");
        // Smaller letters make a phone zoom in.
        assert.ok(parseFloat(await cells.nth(index).evaluate((one) => getComputedStyle(one).fontSize)) >= 16);
      }
      await cells.first().tap();
      await page.keyboard.type("31");
      // The phone's own key for the next cell.
      for (let index = 1; index < count; ++index) {
        await page.keyboard.press("Enter");
        await page.keyboard.type(String(index));
      }
      await page.keyboard.press("Enter");
      await page.waitForSelector(`text=${count}칸 가운데 ${count}칸 적음`);
      await cells.first().tap();
      await page.getByRole("button", { name: "휴무로" }).tap();
      await until(async () => (await cells.first().getAttribute("placeholder")) === "휴무", "not applicable");
      const day = dayInSeoul();
      const { kpis } = await suite.call("dangol.metrics.v1.KpiService/ListKpis", { parent: "engines/shop" });
      const last = kpis.filter((kpi) => kpi.stage === "engines/shop/stages/decision" && kpi.state !== "RETIRED").at(-1);
      const { series } = await suite.call("dangol.metrics.v1.KpiService/QuerySeries", { engine: "engines/shop", kpis: [last.name], firstDay: day, lastDay: day, granularity: "DAY" });
      assert.equal(series[0].points[0].value, count - 1);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), 0);
      await close(page);
    },
  ],
];
