// What the team has agreed on, what complaints are about, who works here, and what follows of it.
import assert from "node:assert/strict";

import { ticket, until } from "./until.mjs";

const policyOf = (suite) => suite.call("dangol.tickets.v1.PolicyService/GetTriagePolicy", {});

export const settings = [
  [
    "the triage policy is changed, what it does not take is said at its field, and who has an older one is told",
    async ({ suite, open, close }) => {
      const page = await open("/settings/policy");
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
      await page.waitForSelector(".policy >> text=10:00~14:00");
      await page.getByRole("button", { name: "약속 고치기" }).click();
      await page.getByLabel("말이 없으면 닫기까지 며칠").fill("3");
      page.expectsErrors = true;
      await suite.call("dangol.tickets.v1.PolicyService/UpdateTriagePolicy", { triagePolicy: { extraHolidays: ["2026-12-31"] }, updateMask: "extraHolidays" });
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector("dialog[open] .failure >> text=그사이 내용이 바뀌었어요");
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
  [
    "a contact reason is made with those above it, counted as complaints come, and moved with them; an empty one is deleted",
    async ({ suite, open, close }) => {
      const paths = async () => (await suite.call("dangol.tickets.v1.PolicyService/ListContactReasons", {})).contactReasons.filter((one) => one.managed).map((one) => one.path);
      const page = await open("/settings/reasons");
      await page.getByRole("button", { name: "유형 만들기" }).click();
      await page.getByLabel("영문 이름").fill("store/Late");
      await page.waitForSelector("dialog[open] .wrong");
      await page.getByLabel("영문 이름").fill("store/late/night");
      await page.getByLabel("한국어 이름").fill("늦은 밤");
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector(".tree >> text=늦은 밤");
      assert.deepEqual((await paths()).filter((path) => path.startsWith("store")), ["store", "store/late", "store/late/night"]);
      await suite.call("dangol.tickets.v1.TicketService/CreateTicket", {
        ticketId: "night-1",
        ticket: { subject: "밤 열두 시에 왔어요", kind: "COMPLAINT", contactReason: "store/late/night", source: { channel: "phone" } },
      });
      const row = page.locator(".tree tr", { has: page.getByRole("button", { name: "늦은 밤", exact: true }) });
      await row.getByRole("link", { name: "1", exact: true }).waitFor();
      await page.locator(".tree").getByRole("button", { name: "늦은 밤", exact: true }).click();
      await page.getByLabel("영문 이름").fill("store/night");
      await page.waitForSelector("dialog[open] .impact >> text=불만 1건이 따라 옮겨 가요");
      await page.keyboard.press("Control+Enter");
      await until(async () => (await ticket(suite, "night-1")).contactReason === "store/night", "the complaint follows");
      await page.locator(".tree").getByRole("button", { name: "late", exact: true }).first().click();
      await page.getByRole("button", { name: "지우기", exact: true }).click();
      await until(async () => !(await paths()).includes("store/late"), "deleted");
      await row.getByRole("link", { name: "1", exact: true }).click();
      await page.waitForSelector(".row .say >> text=밤 열두 시에 왔어요");
      assert.equal(await page.locator(".row").count(), 1);
      assert.equal(await page.locator(".row .why").innerText(), "받음");
      await page.locator(".head .chip").click();
      await until(async () => (await page.locator(".row").count()) > 1, "every reason is shown");
      await close(page);
    },
  ],
  [
    "a complaint is written down with its reason by name, and a number that does not say who it is stands beside it",
    async ({ suite, open, close }) => {
      const page = await open("/inbox");
      await page.waitForSelector(".row");
      await page.keyboard.press("c");
      await page.getByLabel("고객이 한 말").fill("열두 시가 넘어서 왔어요.");
      page.expectsErrors = true;
      await page.getByLabel("고객 전화번호").fill("0505-123-4567");
      await page.waitForSelector("text=누구인지 알 수 없는 번호예요.");
      await page.getByLabel("고객 이름").fill("강모름");
      await page.getByLabel("상담유형").fill("늦은 저녁");
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector("dialog[open] .wrong >> text=그런 이름의 유형은 없어요.");
      await page.getByLabel("상담유형").fill("늦은 밤");
      await page.keyboard.press("Control+Enter");
      await page.waitForURL(/\/inbox\/.+/);
      await page.waitForSelector(".context .name >> text=강모름 · 0505-123-4567");
      assert.equal((await ticket(suite, page.url().split("/").pop())).contactReason, "store/night");
      await close(page);
    },
  ],
  [
    "a member is added with roles, and one who left is owed nothing but keeps the name",
    async ({ suite, open, close }) => {
      const one = async () => (await suite.call("dangol.metrics.v1.MemberService/ListMembers", {})).members.find((member) => member.name === "members/sora");
      const page = await open("/settings/members");
      await page.getByRole("button", { name: "사람 더하기" }).click();
      await page.getByLabel("짧은 이름").fill("sora");
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector("dialog[open] .wrong >> text=꼭 적어 주세요");
      await page.getByLabel("이름", { exact: true }).fill("한소라");
      await page.getByRole("checkbox", { name: /^개발/ }).check();
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector(".ships >> text=한소라");
      assert.deepEqual((await one()).roles, ["VIEWER", "AGENT", "DEVELOPER"]);
      await page.getByRole("button", { name: "한소라" }).click();
      await page.getByRole("button", { name: "들어오는 링크 만들기" }).click();
      const link = await page.locator("dialog[open] .secret").inputValue();
      await until(() => page.locator("dialog[open] .secret").evaluate((one) => one === document.activeElement), "the link has the focus");
      assert.ok(link.startsWith(`${suite.url}/#login=`), link);
      await page.getByText("떠났어요", { exact: true }).click();
      await page.waitForSelector("dialog[open] .impact >> text=기다리는 일이 없어져요");
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector("section:has(h3:text('떠난 사람')) >> text=한소라");
      assert.equal((await one()).state, "LEFT");
      await close(page);
    },
  ],
  [
    "a rule gives a new complaint to somebody, rules change places, and one is deleted",
    async ({ suite, open, close }) => {
      for (const id of ["first", "second"]) {
        await suite.call("dangol.metrics.v1.MemberService/CreateMember", { memberId: `rule-${id}`, member: { displayName: `규칙 ${id}` } });
      }
      const rules = async () => (await policyOf(suite)).assignmentRules ?? [];
      const page = await open("/settings/policy");
      const add = async (reason, assignee) => {
        await page.getByRole("button", { name: "규칙 더하기" }).click();
        await page.getByLabel("상담유형").fill(reason);
        await page.keyboard.press("Control+Enter");
        await page.waitForSelector("dialog[open] .wrong >> text=하나는 골라 주세요");
        await page.getByLabel("맡은 사람").selectOption(assignee);
        await page.keyboard.press("Control+Enter");
        await page.waitForSelector("dialog", { state: "detached" });
      };
      await add("store", "members/rule-first");
      await until(async () => (await rules()).length === 1, "one rule");
      await add("store/night", "members/rule-second");
      await until(async () => (await rules()).length === 2, "two rules");
      const write = async (id) => {
        const { assignee } = await suite.call("dangol.tickets.v1.TicketService/CreateTicket", {
          ticketId: id,
          ticket: { subject: "누구에게 가나요", kind: "COMPLAINT", contactReason: "store/night", source: { channel: "phone" } },
        });
        return assignee;
      };
      assert.equal(await write("ruled-1"), "members/rule-first");
      await page.getByRole("button", { name: /^위로/ }).click();
      await until(async () => (await rules())[0].assignee === "members/rule-second", "changed places");
      assert.equal(await write("ruled-2"), "members/rule-second");
      await page.getByRole("button", { name: /^지우기/ }).first().click();
      await until(async () => (await rules()).length === 1, "deleted");
      await close(page);
    },
  ],
  [
    "a number is added to a stage with a target, its target is changed from today on, and it is used no more; an engine keeps its calendar",
    async ({ suite, open, close }) => {
      const own = async () => (await suite.call("dangol.metrics.v1.KpiService/ListKpis", { parent: "engines/shop" })).kpis.find((kpi) => kpi.displayNames.ko === "되물은 전화");
      const page = await open("/settings/engines");
      const engine = page.locator("section", { has: page.locator("a[href='/blueprint/shop']") }).last();
      await engine.getByRole("button", { name: "숫자 더하기" }).click();
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector("dialog[open] .wrong >> text=꼭 적어 주세요");
      await page.getByLabel("한국어 이름").fill("되물은 전화");
      await page.getByLabel("단계").selectOption({ label: "결정" });
      await page.getByText("적을수록", { exact: true }).click();
      await page.getByLabel("주 목표").fill("스물");
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector("dialog[open] .wrong >> text=숫자를 적어 주세요");
      await page.getByLabel("주 목표").fill("20");
      await page.keyboard.press("Control+Enter");
      await engine.locator("tr >> text=되물은 전화").waitFor();
      assert.deepEqual([(await own()).stage, (await own()).better, (await own()).targets.map((one) => one.value)], ["engines/shop/stages/decision", "LOWER", [20]]);
      await page.goto(`${suite.url}/stage/shop/decision`);
      await page.waitForSelector(".entrygrid th >> text=되물은 전화");
      await page.goto(`${suite.url}/settings/engines`);
      await engine.getByRole("button", { name: "되물은 전화" }).click();
      await page.getByLabel("주 목표").fill("15");
      await page.getByText("쓰지 않음", { exact: true }).click();
      await page.keyboard.press("Control+Enter");
      await until(async () => (await own()).state === "RETIRED" && (await own()).targets.at(-1).value === 15, "changed");
      await engine.getByRole("button", { name: "달력 고치기" }).click();
      await page.getByLabel("쉬는 날", { exact: true }).selectOption("따로 정함");
      await page.getByRole("checkbox", { name: "일요일" }).check();
      await page.getByLabel("그 밖의 쉬는 날").fill("내일");
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector("dialog[open] .wrong");
      await page.getByLabel("그 밖의 쉬는 날").fill("2026-12-25");
      await page.keyboard.press("Control+Enter");
      const calendar = async () => (await suite.call("dangol.metrics.v1.EngineService/ListEngines", {})).engines.find((one) => one.name === "engines/shop");
      await until(async () => (await calendar()).holidays?.includes("2026-12-25"), "stored");
      assert.deepEqual((await calendar()).closedWeekdays, ["SUNDAY"]);
      await close(page);
    },
  ],
  [
    "what was brought in by mistake is taken back as a whole, and given back",
    async ({ suite, open, close }) => {
      const ids = ["wrong-1", "wrong-2", "wrong-3"];
      const requests = ids.map((ticketId) => ({ ticketId, ticket: { subject: "잘못 넣은 말", kind: "COMPLAINT", source: { channel: "email" } } }));
      await suite.call("dangol.tickets.v1.TicketService/BatchCreateTickets", { requests, importName: "imports/wrong-file" });
      await suite.call("dangol.tickets.v1.TicketService/AcknowledgeTicket", { name: "tickets/wrong-3" });
      const page = await open("/settings/imports");
      const row = page.locator(".ships tr", { hasText: "wrong-file" });
      await row.getByRole("button", { name: "거두기" }).click();
      await row.getByRole("button", { name: "취소" }).click();
      assert.equal((await ticket(suite, "wrong-1")).state, "RECEIVED");
      await row.getByRole("button", { name: "거두기" }).click();
      await row.getByRole("button", { name: "정말 거두기" }).click();
      await row.locator("text=2건 거둠, 1건 남음").waitFor();
      assert.deepEqual(await Promise.all(ids.map(async (id) => (await ticket(suite, id)).state)), ["SPAM", "SPAM", "HEARD"]);
      await row.getByRole("button", { name: "되돌리기" }).click();
      await row.locator("text=2건 되돌림").waitFor();
      assert.equal((await ticket(suite, "wrong-1")).state, "RECEIVED");
      await close(page);
    },
  ],
  [
    "a token is made, its secret is shown once and works, a new one is given, and it is taken back",
    async ({ suite, open, close }) => {
      const callWith = (secret) =>
        fetch(`${suite.url}/dangol.tickets.v1.TicketService/ListTickets`, {
          method: "POST",
          headers: { "content-type": "application/json", authorization: `Bearer ${secret}` },
          body: "{}",
        });
      const page = await open("/settings/tokens");
      await page.getByRole("button", { name: "토큰 만들기" }).click();
      await page.getByLabel("어디에 쓰나요?").fill("Nightly");
      await page.waitForSelector("dialog[open] .wrong");
      await page.getByLabel("어디에 쓰나요?").fill("nightly");
      await page.keyboard.press("Control+Enter");
      const shown = () => page.locator("dialog[open] input.secret").inputValue();
      const first = await shown();
      assert.equal((await callWith(first)).status, 200);
      assert.equal((await callWith(first.slice(0, -2) + "aa")).status, 401);
      await page.keyboard.press("Escape");
      await page.waitForSelector("dialog", { state: "detached" });
      assert.equal((await page.locator("main").innerText()).includes(first), false);
      await until(() => page.getByRole("button", { name: "토큰 만들기" }).evaluate((one) => one === document.activeElement), "the focus is where it was before both dialogs");
      await page.getByRole("button", { name: "새 비밀" }).click();
      const second = await shown();
      assert.notEqual(second, first);
      await page.keyboard.press("Escape");
      await page.waitForSelector("dialog", { state: "detached" });
      await page.getByRole("button", { name: "거두기" }).click();
      await page.getByRole("button", { name: "정말 거두기" }).click();
      await page.waitForSelector(".ships >> text=거둠");
      await until(async () => (await callWith(second)).status === 401, "refused");
      await close(page);
    },
  ],
  [
    "the audit log says who did what and how it ended, by service, person, thing and day",
    async ({ suite, open, close }) => {
      await suite.call("dangol.tickets.v1.TicketService/CreateTicket", { ticketId: "audited-1", ticket: { subject: "기록될 불만", kind: "COMPLAINT", source: { channel: "phone" } } });
      await suite.call("dangol.tickets.v1.TicketService/AcknowledgeTicket", { name: "tickets/audited-1" });
      await suite.call("dangol.metrics.v1.MemberService/CreateMember", { memberId: "audited", member: { displayName: "기록된 사람" } });
      const page = await open("/settings/audit?about=tickets/audited-1");
      await page.waitForSelector(".audit tbody tr >> text=불만을 들음");
      assert.deepEqual(await page.locator(".audit tbody td:nth-child(3)").allInnerTexts(), ["불만을 들음", "불만을 적음"]);
      assert.equal((await page.locator("main").innerText()).includes("기록될 불만"), false);
      await page.getByLabel("이날부터").fill("2099-01-01");
      await page.waitForSelector("text=여기에 맞는 기록이 없어요.");
      await page.getByLabel("이날부터").fill("");
      await page.waitForSelector(".audit tbody tr");
      await page.getByLabel("서비스").selectOption("metrics");
      await page.getByLabel("어디에").fill("");
      await page.waitForSelector(".audit tbody tr >> text=사람을 더함");
      assert.match(page.url(), /service=metrics/);
      await close(page);
    },
  ],
];
