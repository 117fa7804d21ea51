// What the team has agreed on, and what follows of it.
import assert from "node:assert/strict";

import { until } from "./until.mjs";

const policyOf = (suite) => suite.call("dangol.tickets.v1.PolicyService/GetTriagePolicy", {});

export const policy = [
  [
    "the triage policy is changed, what it does not take is said at its field, and who has an older one is told",
    async ({ suite, open, close }) => {
      const page = await open("/settings");
      await page.getByRole("button", { name: "약속 고치기" }).click();
      await page.getByLabel("토요일").fill("14-10");
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector("dialog[open] .wrong >> text=언제부터 언제까지인지");
      await page.getByLabel("토요일").fill("10:00-14:00");
      await page.getByLabel(/: 첫 답까지/).first().fill("0.5");
      await page.getByLabel(/: 결정까지/).first().fill("2");
      await page.keyboard.press("Control+Enter");
      await until(async () => (await policyOf(suite)).openingHours.some((one) => one.weekday === "SATURDAY" && one.closeTime === "14:00"), "changed");
      const times = (await policyOf(suite)).responseTimes.find((one) => one.severity === "CRITICAL");
      assert.deepEqual([times.replyMinutes, times.decideMinutes], [30, 120]);
      await page.waitForSelector(".policy >> text=10:00-14:00");
      await page.getByRole("button", { name: "약속 고치기" }).click();
      await page.getByLabel("말이 없으면 닫기까지 며칠").fill("3");
      page.expectsErrors = true;
      await suite.call("dangol.tickets.v1.PolicyService/UpdateTriagePolicy", { triagePolicy: { extraHolidays: ["2026-12-31"] }, updateMask: "extraHolidays" });
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector("dialog[open] .failure >> text=다른 사람이 바꿨어요");
      assert.equal(await page.getByLabel("말이 없으면 닫기까지 며칠").inputValue(), "3");
      await close(page);
    },
  ],
  [
    "a complaint says by when it is due, and what is late has its view",
    async ({ suite, open, close }) => {
      await suite.call("dangol.tickets.v1.TicketService/CreateTicket", {
        ticketId: "late-1",
        ticket: { subject: "오래 기다린 말", kind: "COMPLAINT", receiveTime: "2026-11-02T00:00:00Z", source: { channel: "email" } },
      });
      const page = await open("/inbox/late-1?view=overdue");
      await page.waitForSelector(".facts .due-in >> text=결정 기한 지남");
      await page.waitForSelector(".row.on .due.over");
      await close(page);
    },
  ],
];
