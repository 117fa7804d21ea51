// What is done seldom: a complaint moves to another change, work goes to somebody else, data are handed out, and what could be left is shown.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { ticket, until } from "./until.mjs";

const METRICS = "dangol.metrics.v1";

export const acts = [
  [
    "a complaint in the wrong change is moved to another one, and z takes it back",
    async ({ suite, open, close }) => {
      for (const id of ["wrong", "right"]) {
        await suite.call("dangol.backlog.v1.ChangeService/CreateChange", { changeId: `move-${id}`, change: { title: `옮길 변경 ${id}` } });
      }
      await suite.call("dangol.tickets.v1.TicketService/CreateTicket", { ticketId: "move-1", ticket: { body: "여기 말이 아니에요", kind: "COMPLAINT", language: "ko" } });
      await suite.call("dangol.tickets.v1.TicketService/AcceptTicket", { name: "tickets/move-1", change: "changes/move-wrong" });
      const page = await open("/changes/move-wrong");
      await page.locator(".quote", { hasText: "여기 말이 아니에요" }).getByRole("button", { name: "다른 변경으로" }).click();
      await page.locator("dialog[open] .pick", { hasText: "옮길 변경 right" }).click();
      await page.keyboard.press("Control+Enter");
      await until(async () => (await ticket(suite, "move-1")).change === "changes/move-right", "moved");
      await page.waitForSelector(".toast .left");
      await page.keyboard.press("z");
      await until(async () => (await ticket(suite, "move-1")).change === "changes/move-wrong", "taken back");
      await close(page);
    },
  ],
  [
    "who leaves hands the work to somebody else",
    async ({ suite, open, close }) => {
      for (const [memberId, displayName] of [["goes", "나가는 이"], ["stays", "남는 이"]]) {
        await suite.call(`${METRICS}.MemberService/CreateMember`, { memberId, member: { displayName, roles: ["OWNER"] } });
      }
      await suite.call(`${METRICS}.EngineService/CreateEngine`, { engineId: "handed", engine: { timeZone: "Asia/Seoul" }, blueprint: "ENGINE" });
      const engine = () => suite.call(`${METRICS}.EngineService/GetEngine`, { name: "engines/handed" });
      const { stages, etag } = await engine();
      stages[0].owner = "members/goes";
      await suite.call(`${METRICS}.EngineService/UpdateEngine`, { name: "engines/handed", engine: { stages }, updateMask: "stages", etag });
      const page = await open("/settings/members");
      await page.getByRole("button", { name: "나가는 이" }).click();
      await page.getByText("떠났어요", { exact: true }).click();
      await page.waitForSelector("dialog[open] .impact >> text=이어받을 사람을 골라 주세요");
      await page.getByLabel("맡은 일을 이어받는 사람").selectOption({ label: "남는 이" });
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector("section:has(h3:text('떠난 사람')) >> text=나가는 이");
      assert.equal((await engine()).stages[0].owner, "members/stays");
      await close(page);
    },
  ],
  [
    "all that is stored of a customer is saved as a file",
    async ({ suite, open, close }) => {
      const { name } = await suite.call("dangol.tickets.v1.CustomerService/CreateCustomer", { customer: { displayName: "자료를 바라는 고객" } });
      await suite.call("dangol.tickets.v1.TicketService/CreateTicket", { ticket: { body: "제 자료를 모두 주세요", customer: name } });
      const page = await open(`/${name}`);
      const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "자료 내주기" }).click()]);
      const stored = JSON.parse(readFileSync(await file.path(), "utf8"));
      assert.equal(stored.customer.displayName, "자료를 바라는 고객");
      assert.match(JSON.stringify(stored.entries), /제 자료를 모두 주세요/);
      await close(page);
    },
  ],
  [
    "the blueprint shows the steps that nothing cites",
    async ({ suite, open, close }) => {
      await suite.call(`${METRICS}.EngineService/CreateEngine`, { engineId: "uncited", engine: { timeZone: "Asia/Seoul" }, blueprint: "ENGINE" });
      const { kpis } = await suite.call(`${METRICS}.KpiService/ListKpis`, { parent: "engines/uncited", pageSize: 1000 });
      for (const { name, etag, stage } of kpis) {
        if (stage?.endsWith("/apply")) await suite.call(`${METRICS}.KpiService/UpdateKpi`, { name, kpi: { state: "RETIRED" }, updateMask: "state", etag });
      }
      const page = await open("/blueprint/uncited");
      await page.waitForSelector(".stop li");
      assert.match((await page.locator(".stop li").allInnerTexts()).join("\n"), /신청[\s\S]*근거도 동의도 없어요/);
      await close(page);
    },
  ],
];
