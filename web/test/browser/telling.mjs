// What is shown to some before it ships, what customers can be told, which strategies the work followed, and what the menu counts.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { dayInSeoul } from "./days.mjs";
import { ticket, until } from "./until.mjs";

const TICKETS = "dangol.tickets.v1.TicketService";
const CHANGES = "dangol.backlog.v1.ChangeService";

async function demandOf(suite, change, id) {
  const { demands = [] } = await suite.call(`${CHANGES}/ListDemands`, { parent: `changes/${change}` });
  return demands.find((one) => one.ticket === `tickets/${id}`);
}

async function shipped(suite, changeId, title) {
  const decision = { canKeep: "YES", forEveryone: "YES", withinCapability: "YES", rationale: "할 수 있어요.", decidedBy: "members/minjae" };
  await suite.call(`${CHANGES}/CreateChange`, { changeId, change: { title, kind: "SERVICE" } });
  await suite.call(`${CHANGES}/ShipChange`, { name: `changes/${changeId}`, decision });
}

export const telling = [
  [
    "some who agreed to be asked see a change before it ships, and what they say stands beside the ship button",
    async ({ suite, open, close }) => {
      await suite.call(`${CHANGES}/CreateChange`, { changeId: "shown", change: { title: "봉투를 두 겹으로", kind: "SERVICE" } });
      const page = await open("/changes/shown");
      for (const [ticketId, mayAsk] of [["shown-1", true], ["shown-2", true], ["shown-3", false]]) {
        const made = { body: `봉투가 찢어졌어요 ${ticketId}`, kind: "COMPLAINT", language: "ko", mayAsk };
        await suite.call(`${TICKETS}/CreateTicket`, { ticketId, ticket: made });
        await suite.call(`${TICKETS}/AcceptTicket`, { name: `tickets/${ticketId}`, change: "changes/shown" });
        if (ticketId === "shown-1") await page.waitForSelector("text=다시 물어봐도 된다고 한 불만이 1건 있어요");
      }
      await page.waitForSelector("text=다시 물어봐도 된다고 한 불만이 2건 있어요");
      await page.keyboard.press("i");
      await page.waitForSelector("dialog[open] .pick >> nth=1");
      assert.equal(await page.locator("dialog[open] .pick").count(), 2, "who has not agreed is not offered");
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector("dialog[open] >> text=한 분은 골라 주세요.");
      await page.getByLabel(/^모두 고르기/).check();
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector("text=먼저 보여 드린 2건 가운데 0건은 고쳐졌다고, 0건은 아니라고 했어요. 2건은 아직 말이 없어요.");
      assert.equal((await demandOf(suite, "shown", "shown-1")).previewRound, 1);
      const row = page.locator(".invited li", { hasText: "shown-1" });
      await row.getByRole("button", { name: /답 적기/ }).click();
      await page.getByRole("group", { name: "고쳐졌다고 하나요?" }).getByLabel("아니래요").check();
      await page.getByLabel("고객이 한 말").fill("두 겹인데도 물에 젖어요.");
      await page.keyboard.press("Control+Enter");
      await until(async () => (await demandOf(suite, "shown", "shown-1")).previewAnswer === "NOT_FIXED", "the answer reaches the change");
      const { messages } = await suite.call(`${TICKETS}/ListMessages`, { parent: "tickets/shown-1" });
      assert.match(JSON.stringify(messages), /두 겹인데도 물에 젖어요/);
      await row.locator(".bad >> text=아니래요").waitFor();
      await page.waitForSelector("text=0건은 고쳐졌다고, 1건은 아니라고 했어요. 1건은 아직 말이 없어요.");
      await page.keyboard.press("v");
      await page.waitForSelector("dialog[open] .bad >> text=먼저 본 분들: 고쳐졌대요 0, 아니래요 1, 아직 말 없음 1");
      await page.keyboard.press("Escape");
      assert.equal((await ticket(suite, "shown-1")).state, "ACCEPTED");
      await close(page);
    },
  ],
  [
    "what shipped is published with its notes, and the list shows what customers can read",
    async ({ suite, open, close }) => {
      await shipped(suite, "told", "휴무일을 일주일 전에 알리기");
      await shipped(suite, "untold", "창고 선반을 바꾸기");
      const page = await open("/published");
      await page.getByRole("button", { name: "휴무일을 일주일 전에 알리기: 공개하기" }).click();
      await page.getByLabel("고객에게 하는 말 (한국어)").fill("쉬는 날을 <b>일주일</b> 전에 알려 드려요.");
      await page.getByLabel("고객에게 하는 말 (영어)").fill("We tell you a week ahead.");
      assert.ok(await page.getByLabel("공개", { exact: true }).isChecked(), "it was opened to publish it");
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector(".told h3 >> text=휴무일을 일주일 전에 알리기");
      assert.equal(await page.locator(".told p[lang=ko]").first().innerText(), "쉬는 날을 <b>일주일</b> 전에 알려 드려요.");
      assert.equal(await page.locator(".told p[lang=en]").first().innerText(), "We tell you a week ahead.");
      assert.equal(await page.locator(".told", { hasText: "창고 선반" }).count(), 0);
      await page.waitForSelector(".unpublished >> text=창고 선반을 바꾸기");
      const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "보이는 것을 CSV로" }).click()]);
      assert.match(readFileSync(await file.path(), "utf8"), /told,.*휴무일을 일주일 전에 알리기.*We tell you a week ahead/);
      const { changes } = await suite.call(`${CHANGES}/ListPublishedChanges`, {});
      assert.deepEqual(changes.map((one) => one.change), ["changes/told"]);
      // From its own page it is taken out again.
      await page.goto(`${suite.url}/changes/told`);
      await page.waitForSelector(".rail .chip >> text=공개함");
      await page.locator(".rail").getByRole("button", { name: "고치기" }).click();
      await page.getByText("공개 안 함", { exact: true }).click();
      await page.keyboard.press("Control+Enter");
      await until(async () => !(await suite.call(`${CHANGES}/ListPublishedChanges`, {})).changes, "taken out");
      assert.equal((await suite.call(`${CHANGES}/GetChange`, { name: "changes/told" })).customerNotes.en, "We tell you a week ahead.");
      await close(page);
    },
  ],
  [
    "the engine says which marketing is practised, and each count where it comes from",
    async ({ suite, open, close }) => {
      // As the page chooses: the newest month that is over and has anything, else the one that runs.
      const told = async () => {
        const { months } = await suite.call("dangol.metrics.v1.EngineService/GetStrategyMix", { engine: "engines/shop", firstDay: dayInSeoul(62), lastDay: dayInSeoul() });
        const known = months.filter((month) => month.generation);
        return known.filter((month) => !month.soFar).at(-1) ?? known.at(-1);
      };
      await until(told, "something is counted");
      const page = await open("/engine/shop");
      await page.locator("summary", { hasText: "에 한 일" }).click();
      const shown = await page.locator(".mix .r:nth-child(3)").allInnerTexts();
      const { strategies, generation } = await told();
      assert.deepEqual(shown, strategies.map(({ count = 0 }) => String(count)));
      await page.waitForSelector(`text=${generation.toFixed(1)}세대`);
      await page.locator(".mix button").nth(3).click();
      await page.waitForSelector("dialog[open] >> text=출시된 변경으로 답한 불만의 수");
      await close(page);
    },
  ],
  [
    "the menu counts what waits in the inbox and for this member, as it is now",
    async ({ suite, open, close }) => {
      await suite.call("dangol.metrics.v1.MemberService/CreateMember", { memberId: "counts", member: { displayName: "셈이", roles: ["AGENT"] } });
      const page = await open("/customers", { settings: { member: "counts" } });
      const shown = async (name) => Number((await page.locator(`.side a[href='/${name}'] .n`).allInnerTexts())[0] ?? 0);
      const inbox = async () => Number((await suite.call(`${TICKETS}/CountTickets`, {})).views.find((one) => one.view === "INBOX").tickets);
      await until(async () => (await shown("inbox")) === (await inbox()), "the inbox as it is");
      await page.waitForSelector(".side a[href='/today'] .n");
      const before = { inbox: await shown("inbox"), today: await shown("today") };
      await suite.call(`${TICKETS}/CreateTicket`, { ticketId: "counted-1", ticket: { body: "세어 주세요", kind: "COMPLAINT", assignee: "members/counts" } });
      await until(async () => (await shown("inbox")) === before.inbox + 1, "one more in the inbox");
      await until(async () => (await shown("today")) === before.today + 1, "one more for this member");
      // What My day lists is what the menu counts.
      await page.click(".side a[href='/today']");
      await page.waitForSelector(".due-list >> text=세어 주세요");
      const listed = await page.locator(".due-list h3 .n").allInnerTexts();
      assert.equal(listed.reduce((sum, one) => sum + Number(one), 0), await shown("today"));
      await suite.call(`${TICKETS}/MarkTicketSpam`, { name: "tickets/counted-1" });
      await until(async () => (await shown("today")) === before.today, "gone from this member's day");
      await until(async () => (await shown("inbox")) === before.inbox, "gone from the inbox");
      await until(async () => !(await page.locator(".due-list >> text=세어 주세요").count()), "gone from the list");
      await close(page);
    },
  ],
];
