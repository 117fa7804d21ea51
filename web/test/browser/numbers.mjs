// Where numbers come from, what is said about them, and what is saved and printed of them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

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
      const day = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Seoul" }).format(new Date());
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
    "a number tells its days and who entered them, and they are saved for a spreadsheet with Korean intact",
    async ({ open, close }) => {
      const page = await open("/engine/shop");
      await page.locator(".ships tr", { hasText: "주문" }).locator(".number").first().click();
      await page.waitForSelector("dialog[open] >> text=어디서 온 숫자인가요");
      await page.waitForSelector("dialog[open] tr >> text=최민재");
      const days = await downloaded(page, () => page.getByRole("button", { name: "CSV로 저장" }).click());
      assert.match(days.text, /^\uFEFF날짜,이 기간\r\n/);
      assert.match(days.text, /,1204\r\n/);
      await page.keyboard.press("Escape");
      const table = await downloaded(page, () => page.locator(".btn.csv").click());
      assert.equal(table.name, "dangol-shop.csv");
      assert.match(table.text, /^\uFEFF숫자,단계,/);
      const shown = await page.getByRole("group", { name: "모든 숫자" }).locator("tbody th").allInnerTexts();
      assert.deepEqual(table.text.trim().split("\r\n").slice(1).map((row) => row.split(",")[0]), shown);
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
];
