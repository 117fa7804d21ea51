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
  [
    "what is typed right after a key that opens a text goes into the text, and is no key of the page",
    async ({ suite, open, close }) => {
      await suite.call("dangol.tickets.v1.TicketService/CreateTicket", { ticketId: "typed-1", ticket: { body: "빨리 쓰는 사람", source: { channel: "web" } } });
      const page = await open("/inbox/typed-1");
      await page.waitForSelector(".words");
      // Within the turn of the key, as no person types.
      const press = (letter) =>
        page.evaluate(async (key) => {
          document.body.dispatchEvent(new KeyboardEvent("keydown", { key, code: key === "/" ? "Slash" : `Key${key.toUpperCase()}`, bubbles: true, cancelable: true }));
          for (let turn = 0; turn < 20; ++turn) await Promise.resolve();
          return document.activeElement?.tagName ?? "";
        }, letter);
      assert.equal(await press("r"), "TEXTAREA", "the reply");
      await page.keyboard.type("I am sorry");
      assert.equal(await page.locator(".composer textarea").inputValue(), "I am sorry");
      await page.locator(".composer textarea").fill("");
      await page.keyboard.press("Escape");
      assert.equal(await press("d"), "TEXTAREA", "a decision");
      await page.keyboard.press("Escape");
      assert.equal(await press("/"), "INPUT", "what is looked for");
      await page.keyboard.press("Escape");
      // The script of this one comes first: meanwhile nothing else is done.
      await press("c");
      await press("i");
      await page.waitForSelector("dialog[open] >> text=들은 말 적기");
      await page.keyboard.press("Escape");
      assert.equal((await ticket(suite, "typed-1")).assignee ?? "", "", "nobody took it");
      await close(page);
    },
  ],
  [
    "Escape shuts the menu and leaves the complaint; behind it one is handed over to somebody else, without a key",
    async ({ suite, open, close }) => {
      await suite.call("dangol.metrics.v1.MemberService/CreateMember", { memberId: "giver", member: { displayName: "건네받은 이", roles: ["VIEWER", "AGENT"] } });
      await suite.call("dangol.tickets.v1.TicketService/CreateTicket", { ticketId: "handed-1", ticket: { body: "누가 맡을까요", source: { channel: "web" } } });
      const page = await open("/inbox/handed-1");
      await page.waitForSelector(".words");
      await page.locator(".more-acts summary").click();
      await page.keyboard.press("Escape");
      assert.match(page.url(), /handed-1/);
      assert.equal(await page.locator(".more-acts[open]").count(), 0);
      assert.equal(await page.locator(".more-acts summary").evaluate((dots) => dots === document.activeElement), true);
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "다른 사람에게 맡기기" }).click();
      await page.getByLabel("맡은 사람").selectOption({ label: "건네받은 이" });
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector(".toast >> text=건네받은 이를 맡은 사람으로 정했어요");
      assert.equal((await ticket(suite, "handed-1")).assignee, "members/giver");
      await page.keyboard.press("z");
      await until(async () => !(await ticket(suite, "handed-1")).assignee, "it is nobody's again");
      await close(page);
    },
  ],
  [
    "after a decision the list has the focus, and says that a reply is still due",
    async ({ suite, open, close }) => {
      await suite.call("dangol.tickets.v1.TicketService/CreateTicket", { ticketId: "focus-1", ticket: { body: "답장을 기다려요", source: { channel: "web" } } });
      const page = await open("/inbox/focus-1");
      await page.waitForSelector(".words");
      await page.keyboard.press("a");
      await page.getByRole("radio", { name: "새 변경 시작하기" }).check();
      await page.getByLabel("무엇이 모두에게 달라지나요?").fill("초점을 잃지 않는다");
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector(".toast >> text=첫 답장은 아직 남았어요");
      await until(() => page.evaluate(() => document.activeElement?.matches(".rows")), "the list has the focus");
      await page.keyboard.press("z");
      await page.waitForSelector(".toast >> text=되돌렸어요");
      await close(page);
    },
  ],
  [
    "a change that no complaint asked for is written down on the board, and a word that is looked for is no id",
    async ({ suite, open, close }) => {
      const page = await open("/board");
      await page.getByRole("button", { name: "새 변경 적기" }).click();
      await page.waitForSelector("dialog[open]");
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector("dialog[open] .wrong >> text=꼭 적어 주세요");
      // What the field is for stays beside what is wrong with it.
      await page.waitForSelector("dialog[open] .hint >> text=제품 이야기로");
      await page.getByLabel("무엇이 모두에게 달라지나요?").fill("값을 먼저 보여 준다");
      await page.keyboard.press("Control+Enter");
      await page.waitForURL("**/changes/*");
      await page.waitForSelector("main >> text=값을 먼저 보여 준다");
      const id = new URL(page.url()).pathname.split("/")[2];
      const change = await suite.call("dangol.backlog.v1.ChangeService/GetChange", { name: `changes/${id}` });
      assert.deepEqual([change.title, change.state], ["값을 먼저 보여 준다", "PROPOSED"]);
      await page.keyboard.press("Control+k");
      await page.keyboard.type("change");
      await page.waitForSelector(".palette .none");
      await page.keyboard.press("Control+a");
      await page.keyboard.type(id);
      await page.waitForSelector(`.palette li >> text=변경 ${id} 열기`);
      await page.keyboard.press("Escape");
      await close(page);
    },
  ],
  [
    "a change keeps the time by when it is due where its day stays, and shows what others say of it as they say it",
    async ({ suite, open, close }) => {
      const due = "2026-12-24T03:10:11Z";
      await suite.call("dangol.backlog.v1.ChangeService/CreateChange", { changeId: "due-1", change: { title: "때를 지킨다", targetTime: due } });
      const page = await open("/changes/due-1");
      await page.waitForSelector(".acts0 .btn");
      await suite.call("dangol.backlog.v1.ChangeService/CreateComment", { parent: "changes/due-1", comment: { body: "공장에 물어봤어요", author: "members/minjae" } });
      await page.waitForSelector(".comments >> text=공장에 물어봤어요");
      const edit = async (fill) => {
        await page.keyboard.press("e");
        await page.waitForSelector("dialog[open]");
        await fill();
        await page.keyboard.press("Control+Enter");
        await page.waitForSelector("dialog[open]", { state: "detached" });
        return (await suite.call("dangol.backlog.v1.ChangeService/GetChange", { name: "changes/due-1" })).targetTime;
      };
      assert.equal(await edit(() => page.locator("dialog[open] input[type=text]").first().fill("때를 꼭 지킨다")), due);
      // A day that is asked for is late once it is over, where this is read.
      assert.equal(await edit(() => page.locator("dialog[open] input[type=date]").fill("2026-12-25")), "2026-12-25T14:59:59Z");
      await close(page);
    },
  ],
  [
    "where a script does not come, as after an upgrade, the page stays and says so, and is loaded again by a button",
    async ({ browser, open, close }) => {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, timezoneId: "Asia/Seoul", locale: "ko" });
      const gone = /assets[/](new_ticket|board)-[^/]*[.]js$/;
      await context.route(gone, (route) => route.fulfill({ status: 404, body: "" }));
      const page = await open("/inbox", { context });
      page.expectsErrors = true;
      await page.waitForSelector(".rows .row");
      await page.keyboard.press("c");
      await page.waitForSelector(".toast.bad >> text=화면의 일부를 받지 못했어요");
      await page.waitForSelector(".rows .row");
      await page.keyboard.press("g");
      await page.keyboard.press("b");
      await page.waitForSelector("main >> text=화면의 일부를 받지 못했어요");
      // What is there already is not lost with it.
      await page.keyboard.press("g");
      await page.keyboard.press("i");
      await page.waitForSelector(".rows .row");
      await context.unroute(gone);
      await page.goBack();
      await page.getByRole("button", { name: "다시 불러오기" }).click();
      await page.getByRole("button", { name: "새 변경 적기" }).waitFor();
      await close(page);
    },
  ],
];
