// Where numbers come from, what is said about them, and what is saved and printed of them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { dayInSeoul } from "./days.mjs";

async function downloaded(page, press) {
  const [download] = await Promise.all([page.waitForEvent("download"), press()]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
}

export const numbers = [
  [
    "my day lists the numbers, the complaint, the decision and the remark that wait, and Enter opens one",
    async ({ suite, open, close }) => {
      await suite.call("dangol.tickets.v1.TicketService/CreateTicket", {
        ticketId: "mine-1",
        ticket: { subject: "내가 맡은 일", kind: "COMPLAINT", assignee: "members/minjae", source: { channel: "phone" } },
      });
      const { kpis } = await suite.call("dangol.metrics.v1.KpiService/ListKpis", { parent: "engines/shop" });
      const day = dayInSeoul();
      await suite.call("dangol.metrics.v1.ReviewService/CreateRemark", {
        parent: "engines/shop",
        remark: { kpi: kpis[0].name, granularity: "WEEK", firstDay: day, author: "members/yuna", body: "@minjae 왜 줄었나요?" },
      });
      const page = await open("/today");
      await page.waitForSelector(".due-list >> text=내가 맡은 일");
      await page.waitForSelector(".due-list >> text=@minjae 왜 줄었나요?");
      await page.keyboard.press("j");
      await page.keyboard.press("j");
      await page.keyboard.press("k");
      const focused = await page.evaluate(() => document.activeElement.getAttribute("href"));
      await page.keyboard.press("Enter");
      await page.waitForURL(`**${focused}`);
      await close(page);
    },
  ],
  [
    "who comes where others have begun is asked who it is, and nothing else",
    async ({ open, close }) => {
      const page = await open("/today", { settings: { member: "" } });
      await page.waitForSelector(".say >> text=누구신가요?");
      assert.equal(await page.locator(".first-steps").count(), 0);
      const names = page.getByLabel("여기서 일하는 사람이면 골라 주세요");
      await names.focus();
      // The arrows go through the names: nobody is one of them before it is said.
      await page.keyboard.press("ArrowDown");
      await names.selectOption({ label: "최민재" });
      assert.equal(await page.getByLabel("짧은 이름").count(), 0);
      await page.getByRole("button", { name: "저예요" }).click();
      await page.waitForSelector(".due-list >> text=내가 맡은 일");
      await close(page);
    },
  ],
  [
    "a number tells its days and who entered them, and they are saved for a spreadsheet with Korean intact",
    async ({ open, close }) => {
      const page = await open("/engine/shop");
      await page.locator(".ships tr", { hasText: "주문" }).locator(".number").first().click();
      await page.waitForSelector("dialog[open] >> text=어디서 온 숫자인가요");
      await page.waitForSelector("dialog[open] tr >> text=최민재");
      const days = await downloaded(page, () => page.getByRole("button", { name: "CSV로 저장", exact: true }).click());
      assert.match(days.text, /^\uFEFF날짜,이 기간\r\n/);
      assert.match(days.text, /,1204\r\n/);
      await page.keyboard.press("Escape");
      const table = await downloaded(page, () => page.getByRole("button", { name: "보이는 것을 CSV로" }).click());
      assert.equal(table.name, "dangol-shop.csv");
      assert.match(table.text, /^\uFEFF숫자,단계,/);
      await page.locator("summary", { hasText: "저절로 세는 숫자" }).click();
      const shown = await page.locator("section", { has: page.getByRole("group", { name: "모든 숫자" }) }).locator("tbody th").allInnerTexts();
      assert.deepEqual(table.text.trim().split("\r\n").slice(1).map((row) => row.split(",")[0]), shown);
      await close(page);
    },
  ],
  [
    "what shipped is a mark on the charts of its stage, with its name and in the table",
    async ({ suite, open, close }) => {
      const answers = { canKeep: "YES", forEveryone: "YES", withinCapability: "YES", rationale: "계속할 수 있어요", decidedBy: "members/minjae" };
      for (const [changeId, stage] of [["marked", "decision"], ["elsewhere", "apply"]]) {
        await suite.call("dangol.backlog.v1.ChangeService/CreateChange", { changeId, change: { title: `나간 것 ${changeId}`, stage: `engines/shop/stages/${stage}` } });
        await suite.call("dangol.backlog.v1.ChangeService/ShipChange", { name: `changes/${changeId}`, kind: "SERVICE", decision: answers });
      }
      const page = await open("/stage/shop/decision");
      const kpi = page.locator(".kpi", { has: page.locator("svg.chart") }).first();
      await kpi.locator(".ship-mark").waitFor({ state: "attached" });
      assert.equal(await kpi.locator(".ship-mark").count(), 1);
      assert.deepEqual(await kpi.locator(".ship-names a").allInnerTexts(), ["나간 것 marked"]);
      assert.match(await kpi.locator("figure table tr").last().innerText(), /나간 것 marked/);
      await kpi.locator(".ship-names a").click();
      await page.waitForURL("**/changes/marked");
      await close(page);
    },
  ],
  [
    "the flow of all complaints has each in one place, leads to the rows, and says how each number is made",
    async ({ suite, open, close }) => {
      const page = await open("/loop");
      await page.waitForSelector(".standing .ribbon");
      const { states } = await suite.call("dangol.tickets.v1.TicketService/CountTickets", {});
      const all = states.reduce((sum, one) => sum + Number(one.tickets ?? 0), 0);
      const numberAt = async (name) => Number((await page.locator(".node-name", { has: page.getByRole("link", { name, exact: true }) }).locator("button").innerText()).replace(/,/g, ""));
      assert.equal(await numberAt("받음"), all);
      const rows = await page.locator(".standing table tbody tr").evaluateAll((list) => list.map((row) => [...row.children].map((cell) => cell.textContent)));
      const from = (place) => rows.filter(([source]) => source === place).reduce((sum, [, , count]) => sum + Number(count.replace(/,/g, "")), 0);
      assert.equal(from("받음"), all);
      assert.equal(from("들음"), await numberAt("들음"));
      await page.locator(".node-name", { has: page.getByRole("link", { name: "결정 전", exact: true }) }).locator("button").click();
      await page.waitForSelector("dialog[open] tr >> text=들음");
      await page.keyboard.press("Escape");
      await page.setViewportSize({ width: 360, height: 780 });
      await page.waitForSelector(".flow-bars li >> text=받음");
      assert.equal(await page.locator(".ribbon").count(), 0);
      await page.locator(".flow-bars").getByRole("link", { name: "받음", exact: true }).click();
      await page.waitForURL("**/inbox?view=all");
      await close(page);
    },
  ],
  [
    "my day has what waits in every engine",
    async ({ suite, open, close }) => {
      await suite.call("dangol.metrics.v1.EngineService/CreateEngine", { engineId: "tour", engine: { timeZone: "Asia/Seoul", displayNames: { ko: "여행" } }, blueprint: "ENGINE" });
      const page = await open("/today");
      await page.waitForSelector(".due-list a[href='/blueprint/tour'] >> text=여행");
      await close(page);
    },
  ],
  [
    "a remark is said and answered at its number, the week is read, and both are on paper",
    async ({ open, close }) => {
      const page = await open("/stage/shop/decision");
      const kpi = page.locator(".kpi").first();
      await kpi.getByPlaceholder(/무엇이 보이나요/).fill("연휴 앞이라 늘었어요.");
      await page.keyboard.press("Control+Enter");
      await kpi.locator(".comments >> text=연휴 앞이라 늘었어요.").waitFor();
      await kpi.getByRole("button", { name: "답하기" }).first().click();
      await kpi.getByPlaceholder("답하기").fill("다음 주에 다시 봐요.");
      await page.keyboard.press("Control+Enter");
      await kpi.locator(".comments ul >> text=다음 주에 다시 봐요.").waitFor();
      await page.goto(page.url().replace("/stage/shop/decision", "/engine/shop"));
      await page.getByRole("button", { name: "읽었어요" }).click();
      await page.waitForSelector(".read-foot >> text=/최민재 .*읽음/");
      assert.equal(await page.getByRole("button", { name: "읽었어요" }).count(), 0);
      await page.emulateMedia({ media: "print" });
      assert.ok(await page.locator(".remarks >> text=연휴 앞이라 늘었어요.").isVisible());
      assert.ok(await page.locator(".read-foot p").isVisible());
      for (const pressed of [".side", ".strip", ".comment-form", ".btn.csv"]) assert.ok(!(await page.locator(pressed).first().isVisible()), pressed);
      await close(page);
    },
  ],
  [
    "the engine opens on the newest period that has numbers, leads to the one of now, and says what could not be read",
    async ({ suite, open, close }) => {
      await suite.call("dangol.metrics.v1.EngineService/CreateEngine", { engineId: "monday", engine: { timeZone: "Asia/Seoul" }, blueprint: "ENGINE" });
      const day = dayInSeoul(7);
      await suite.call("dangol.metrics.v1.KpiService/RecordObservations", { parent: "engines/monday", recordedBy: "members/minjae", entries: [{ kpi: "engines/monday/kpis/orders", day, value: 7 }] });
      const page = await open("/engine/monday");
      await page.waitForSelector(".say >> text=/^지난주/");
      await page.keyboard.press("]");
      await page.waitForSelector(".say >> text=이번 주에는 아직 숫자가 없어요");
      assert.match(page.url(), /at=\d{4}-\d\d-\d\d/);
      page.expectsErrors = true;
      await page.route("**/dangol.metrics.v1.KpiService/QuerySeries*", (route) => route.abort());
      await page.goto(`${suite.url}/engine/monday`);
      await page.waitForSelector(".lead .failure", { timeout: 30_000 });
      await close(page);
    },
  ],
];
