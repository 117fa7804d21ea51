// Decisions that are taken back, and words that are not in sight.
import assert from "node:assert/strict";

import { hangul } from "./keyboards.mjs";
import { ticket, until } from "./until.mjs";

async function write(suite, id, more = {}) {
  await suite.call("dangol.tickets.v1.TicketService/CreateTicket", {
    ticketId: id,
    ticket: { subject: `되돌릴 불만 ${id}`, body: "말", kind: "COMPLAINT", source: { channel: "phone" }, language: "ko", ...more },
  });
}

export const decisions = [
  [
    "twenty complaints are decided by 60 presses of keys at most, with the Korean input method on",
    async ({ suite, open, close }) => {
      const ids = Array.from({ length: 20 }, (_, index) => `many-${String(index).padStart(2, "0")}`);
      for (const [index, id] of ids.entries()) await write(suite, id, { contactReason: `many/kind-${index % 5}` });
      const contactReasons = Array.from({ length: 5 }, (_, index) => `many/kind-${index}`);
      await suite.call("dangol.backlog.v1.ChangeService/CreateChange", { changeId: "many", change: { title: "스무 건을 한 번에", contactReasons } });
      const page = await open(`/inbox/${ids[19]}`);
      const keys = await hangul(page);
      let presses = 0;
      const press = async (key) => {
        presses += 1;
        await keys.press(key);
      };
      for (let decided = 0; decided < ids.length; ++decided) {
        await page.waitForSelector(".decide .btn.primary");
        await press("a");
        await page.waitForSelector("dialog[open] .pick.on >> text=스무 건을 한 번에");
        await press("Enter");
        await page.waitForSelector("dialog", { state: "detached" });
      }
      for (const id of ids) await until(async () => (await ticket(suite, id)).state === "ACCEPTED", `${id} accepted`);
      assert.ok(presses <= 60, `${presses} presses`);
      await close(page);
    },
  ],
  [
    "spam, a decline and an assignment are taken back with z, and the countdown shows how long",
    async ({ suite, open, close }) => {
      await write(suite, "undo-1");
      await suite.call("dangol.metrics.v1.MemberService/CreateMember", { memberId: "yuna", member: { displayName: "정유나" } });
      const page = await open("/inbox/undo-1", { settings: { member: "yuna" } });
      await page.waitForSelector(".decide .btn.primary");
      await page.keyboard.press("i");
      await until(async () => (await ticket(suite, "undo-1")).assignee === "members/yuna", "assigned");
      await page.waitForSelector(".toast .left >> text=/0:(09|10)/");
      await page.keyboard.press("z");
      await until(async () => !(await ticket(suite, "undo-1")).assignee, "assigned to nobody again");
      await page.waitForSelector(".toast >> text=되돌렸어요");
      await page.keyboard.press("Shift+Digit1");
      await until(async () => (await ticket(suite, "undo-1")).state === "SPAM", "spam");
      await page.waitForSelector(".toast .left");
      await page.keyboard.press("z");
      await until(async () => (await ticket(suite, "undo-1")).state === "HEARD", "no spam");
      await page.goto(`${suite.url}/inbox/undo-1`);
      await page.waitForSelector(".decide .btn.primary");
      await page.keyboard.press("d");
      await page.getByLabel("무엇이 모자라나요?").fill("night-delivery");
      await page.getByLabel("고객에게 하는 말").fill("밤에는 아직 못 가요.");
      await page.keyboard.press("Control+Enter");
      await until(async () => (await ticket(suite, "undo-1")).state === "NOT_YET", "declined");
      await page.waitForSelector(".toast .left");
      await page.keyboard.press("z");
      await until(async () => (await ticket(suite, "undo-1")).state === "HEARD", "the decline is taken back");
      await page.waitForSelector(".toast >> text=되돌렸어요");
      await close(page);
    },
  ],
  [
    "a complaint accepted into a shipped change is answered at once where somebody says that it happened before",
    async ({ suite, open, close }) => {
      const answers = { canKeep: "YES", forEveryone: "YES", withinCapability: "YES", rationale: "상자만 바꾸면 돼요", decidedBy: "members/minjae" };
      await suite.call("dangol.backlog.v1.ChangeService/CreateChange", { changeId: "gone-out", change: { title: "이미 나간 변경", contactReasons: ["gone/out"] } });
      await suite.call("dangol.backlog.v1.ChangeService/ShipChange", { name: "changes/gone-out", kind: "PRODUCT", decision: answers });
      await write(suite, "before-1", { contactReason: "gone/out" });
      await write(suite, "after-1", { contactReason: "gone/out" });
      for (const [id, choice, state] of [["before-1", "나가기 전", "ANSWERED"], ["after-1", undefined, "ACCEPTED"]]) {
        const page = await open(`/inbox/${id}`);
        await page.waitForSelector(".decide .btn.primary");
        await page.keyboard.press("a");
        await page.waitForSelector("dialog[open] .pick.on >> text=이미 나간 변경");
        await page.waitForSelector("dialog[open] .choice .hint >> text=/나간 뒤예요. 재발로 세어요/");
        if (choice) {
          await page.getByText(choice, { exact: true }).click();
          await page.waitForSelector("dialog[open] .choice .hint >> text=나간 변경이 바로 답해요.");
        }
        await page.keyboard.press("Control+Enter");
        await until(async () => (await ticket(suite, id)).change === "changes/gone-out" && (await ticket(suite, id)).state === state, `${id} ${state}`);
        await close(page);
      }
      assert.equal((await ticket(suite, "before-1")).recurrence ?? false, false);
      await until(async () => (await ticket(suite, "after-1")).recurrence, "it came back");
    },
  ],
  [
    "several complaints are declined together, each is told so, and z takes all of it back",
    async ({ suite, open, close }) => {
      const ids = ["several-1", "several-2", "several-3"];
      for (const id of ids) await write(suite, id, { contactReason: "several/same" });
      const page = await open("/inbox/several-3");
      await page.waitForSelector(".decide .btn.primary");
      await page.keyboard.press("*");
      await page.waitForSelector("text=불만 3건을 골랐어요");
      await page.keyboard.press("d");
      await page.waitForSelector("dialog[open] .impact >> text=모두 3건");
      await page.getByLabel("무엇이 모자라나요?").fill("night-crew");
      await page.getByLabel("고객에게 하는 말").fill("밤에는 아직 사람이 없어요.");
      // One of them is decided elsewhere meanwhile.
      await suite.call("dangol.tickets.v1.TicketService/ResolveTicket", { name: "tickets/several-1", disposition: "INFORMED", decidedBy: "members/minjae" });
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector(".toast >> text=2건에 답했고, 1건은 그대로 두었어요");
      assert.deepEqual(await Promise.all(ids.map(async (id) => (await ticket(suite, id)).state)), ["ANSWERED", "NOT_YET", "NOT_YET"]);
      for (const id of ids.slice(1)) {
        const { messages } = await suite.call("dangol.tickets.v1.TicketService/ListMessages", { parent: `tickets/${id}` });
        assert.equal(messages.filter((one) => one.body === "밤에는 아직 사람이 없어요.").length, 1);
      }
      await page.keyboard.press("z");
      for (const id of ids.slice(1)) await until(async () => (await ticket(suite, id)).state === "HEARD", `${id} taken back`);
      assert.equal((await ticket(suite, "several-1")).state, "ANSWERED");
      await close(page);
    },
  ],
  [
    "of several that are taken back, what could not be is said",
    async ({ suite, open, close }) => {
      const ids = ["back-1", "back-2", "back-3"];
      for (const id of ids) await write(suite, id, { contactReason: "several/back" });
      const page = await open("/inbox/back-3");
      page.expectsErrors = true;
      await page.waitForSelector(".decide .btn.primary");
      await page.keyboard.press("*");
      await page.waitForSelector("text=불만 3건을 골랐어요");
      await page.keyboard.press("a");
      await page.getByRole("radio", { name: "새 변경 시작하기" }).check();
      await page.getByLabel("무엇이 모두에게 달라지나요?").fill("모두 되돌릴 수 있다");
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector(".toast >> text=되돌리기");
      await suite.call("dangol.tickets.v1.TicketService/UnlinkTicket", { name: "tickets/back-2" });
      await page.keyboard.press("z");
      await page.waitForSelector(".toast.bad >> text=3건 가운데 1건은 되돌리지 못했어요");
      for (const id of ids) await until(async () => (await ticket(suite, id)).state === "HEARD", `${id} taken back`);
      await close(page);
    },
  ],
  [
    "a key that is held, and a second click on the same place, decide nothing more",
    async ({ suite, open, close }) => {
      const ids = ["once-1", "once-2", "once-3"];
      for (const id of ids) await write(suite, id, { contactReason: "several/once" });
      const states = async () => (await Promise.all(ids.map(async (id) => (await ticket(suite, id)).state))).sort().join(" ");
      const page = await open("/inbox/once-3?reason=several/once");
      await page.waitForSelector(".decide .btn.primary");
      const shown = page.url();
      for (let held = 0; held < 5; ++held) {
        await page.keyboard.down("!");
        await until(async () => page.url() !== shown, "the next one is shown");
        await page.waitForSelector(".decide .btn.primary");
      }
      await page.keyboard.up("!");
      assert.equal(await states(), "RECEIVED RECEIVED SPAM");
      for (const id of ids.slice(0, 2)) await suite.call("dangol.tickets.v1.TicketService/ResolveTicket", { name: `tickets/${id}`, disposition: "INFORMED", decidedBy: "members/minjae" });
      await page.goto(`${suite.url}/inbox/once-2?view=answered&reason=several/once`);
      const dismiss = page.getByRole("button", { name: /^답이 필요 없음/ });
      await dismiss.waitFor();
      const { x, y, width, height } = await dismiss.boundingBox();
      await page.mouse.click(x + width / 2, y + height / 2);
      await page.waitForURL(/once-1/);
      await dismiss.waitFor();
      await page.mouse.down({ clickCount: 2 });
      await page.mouse.up({ clickCount: 2 });
      // A call that was made would have come before this one.
      await page.keyboard.press("i");
      await until(async () => (await ticket(suite, "once-1")).assignee === "members/minjae", "it is taken");
      assert.deepEqual(await Promise.all(ids.slice(0, 2).map(async (id) => Boolean((await ticket(suite, id)).waitingSinceTime))), [true, false]);
      await close(page);
    },
  ],
  [
    "two names of one person are merged, what became of each complaint is told, and who asks for it is forgotten",
    async ({ suite, open, close }) => {
      const make = async (displayName, value) => (await suite.call("dangol.tickets.v1.CustomerService/CreateCustomer", { customer: { displayName, contactPoints: value.map((one) => ({ kind: "EMAIL", value: one })) } })).name;
      const one = await make("문하나", ["moon@example.com"]);
      await write(suite, "of-moon", { customer: one, subject: "두 번 샀어요" });
      await suite.call("dangol.tickets.v1.TicketService/AcknowledgeTicket", { name: "tickets/of-moon", heardBy: "members/minjae" });
      const page = await open(`/${one}`);
      await page.waitForSelector(".ticket-steps >> text=들음");
      assert.equal(await page.getByRole("button", { name: "합치기" }).count(), 0);
      const other = await make("문둘", ["moon@example.com"]);
      await write(suite, "of-other", { customer: other, subject: "또 샀어요" });
      await page.reload();
      await page.getByRole("button", { name: "합치기" }).click();
      await page.waitForSelector("dialog[open] .pick.on >> text=문둘");
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector(".timeline >> text=또 샀어요");
      assert.equal(await page.getByRole("button", { name: "합치기" }).count(), 0);
      await page.getByRole("button", { name: "지우기" }).click();
      await page.waitForSelector("dialog[open] .impact >> text=되돌릴 수 없어요");
      await page.keyboard.press("Control+Enter");
      await until(async () => ["ERASING", "ERASED"].includes((await suite.call("dangol.tickets.v1.CustomerService/GetCustomer", { name: one })).state), "erased");
      await until(async () => !(await page.locator("main").innerText()).includes("문하나"), "the name is gone");
      await close(page);
    },
  ],
  [
    "a change that says the same as another one is merged into it, with its complaints",
    async ({ suite, open, close }) => {
      for (const changeId of ["same-a", "same-b"]) await suite.call("dangol.backlog.v1.ChangeService/CreateChange", { changeId, change: { title: `같은 말 ${changeId}` } });
      await write(suite, "merged-1");
      await suite.call("dangol.tickets.v1.TicketService/AcceptTicket", { name: "tickets/merged-1", change: "changes/same-a" });
      const page = await open("/changes/same-a");
      await page.waitForSelector("text=불만 1건이 답을 기다려요");
      await page.getByRole("button", { name: "다른 변경과 합치기" }).click();
      await page.getByLabel("변경 찾기").fill("same-b");
      await page.locator("dialog[open] .pick", { hasText: "같은 말 same-b" }).click();
      await page.keyboard.press("Control+Enter");
      await page.waitForURL("**/changes/same-b");
      await page.waitForSelector("text=불만 1건이 답을 기다려요");
      await until(async () => (await ticket(suite, "merged-1")).change === "changes/same-b", "the complaint moved");
      await close(page);
    },
  ],
  [
    "a card that is dragged to another column asks what that takes",
    async ({ suite, open, close }) => {
      await suite.call("dangol.backlog.v1.ChangeService/CreateChange", { changeId: "dragged", change: { title: "끌어서 옮길 변경", kind: "PRODUCT" } });
      const page = await open("/board");
      const card = page.locator(".card", { hasText: "끌어서 옮길 변경" });
      await card.waitFor();
      await card.dragTo(page.locator(".bcol").nth(1));
      await page.waitForSelector("dialog[open] >> text=끌어서 옮길 변경");
      for (const question of ["계속할 수 있나요?", "모두에게 하나요?", "지금 힘으로 되나요?"]) {
        await page.getByRole("group", { name: question }).getByLabel("네", { exact: true }).check();
      }
      await page.getByLabel("왜 그렇게 정했나요?").fill("끌어 왔어요.");
      await page.keyboard.press("Control+Enter");
      await page.locator(".bcol").nth(1).locator(".card", { hasText: "끌어서 옮길 변경" }).waitFor();
      assert.equal((await suite.call("dangol.backlog.v1.ChangeService/GetChange", { name: "changes/dragged" })).state, "PLANNED");
      await close(page);
    },
  ],
  [
    "a complaint is marked as a duplicate of another one of its customer, and restored",
    async ({ suite, open, close }) => {
      const { name } = await suite.call("dangol.tickets.v1.CustomerService/CreateCustomer", { customer: { displayName: "문재희" } });
      await write(suite, "twice-1", { customer: name });
      await write(suite, "twice-2", { customer: name });
      const page = await open("/inbox/twice-2");
      await page.waitForSelector(".decide .btn.primary");
      await page.keyboard.press("m");
      await page.locator("dialog[open] .pick", { hasText: "twice-1" }).click();
      await page.keyboard.press("Control+Enter");
      await until(async () => (await ticket(suite, "twice-2")).state === "DUPLICATE", "duplicate");
      await page.goto(`${suite.url}/inbox/twice-2?view=all`);
      await page.waitForSelector(".decide .btn >> text=되살리기");
      await page.keyboard.press("o");
      await until(async () => (await ticket(suite, "twice-2")).state === "HEARD", "restored");
      await close(page);
    },
  ],
  [
    "the words of a restricted customer are not in sight before somebody asks",
    async ({ suite, open, close }) => {
      const { name } = await suite.call("dangol.tickets.v1.CustomerService/CreateCustomer", { customer: { displayName: "한도현" } });
      await write(suite, "kept-1", { subject: "숨길 제목", body: "숨길 말", customer: name });
      await suite.call("dangol.tickets.v1.CustomerService/RestrictCustomer", { name });
      const page = await open("/inbox/kept-1");
      await page.waitForSelector(".restricted");
      await page.waitForSelector(".row.on .say >> text=(제한됨)");
      assert.equal((await page.locator("main").innerText()).includes("숨길"), false);
      assert.equal((await page.locator("main").innerText()).includes("한도현"), false);
      await page.getByRole("button", { name: "말 보기" }).click();
      await page.waitForSelector(".words >> text=숨길 말");
      await close(page);
    },
  ],
  [
    "a complaint is split, several customers are written to at once, a rating is kept, and words are taken out for good",
    async ({ suite, open, close }) => {
      const messages = async (id) => (await suite.call("dangol.tickets.v1.TicketService/ListMessages", { parent: `tickets/${id}` })).messages ?? [];
      for (const id of ["two-1", "two-2"]) await write(suite, id, { contactReason: "two/matters" });
      const page = await open("/inbox/two-2");
      await page.waitForSelector(".decide .btn.primary");
      await page.keyboard.press("t");
      await page.getByLabel("따로 다룰 말").fill("상자도 찢어져 있었어요.");
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector(".toast >> text=새 불만으로 나눴어요");
      const [part] = (await ticket(suite, "two-2")).splitInto;
      const other = await ticket(suite, part.split("/")[1]);
      assert.deepEqual([other.body, other.state], ["상자도 찢어져 있었어요.", "RECEIVED"]);

      await page.goto(`${suite.url}/inbox/two-2?reason=two/matters`);
      await page.waitForSelector(".decide .btn.primary");
      await page.keyboard.press("*");
      await page.waitForSelector("text=/불만 [23]건을 골랐어요/");
      await page.keyboard.press("r");
      await page.getByLabel("고객에게 하는 말").fill("상자를 바꾸는 중이에요.");
      await page.keyboard.press("Control+Enter");
      for (const id of ["two-1", "two-2"]) await until(async () => (await messages(id)).some(({ body }) => body === "상자를 바꾸는 중이에요."), `${id} was told`);

      await page.goto(`${suite.url}/inbox/two-1`);
      await page.locator(".msg", { hasText: "상자를 바꾸는 중이에요." }).getByRole("button", { name: /^지우기/ }).click();
      await page.waitForSelector("dialog[open] >> text=되돌릴 수 없어요");
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector(".msg >> text=(지운 말)");
      assert.ok((await messages("two-1"))[0].redactTime);

      await suite.call("dangol.tickets.v1.TicketService/ResolveTicket", { name: "tickets/two-1", disposition: "INFORMED", reply: "알려 드려요.", decidedBy: "members/minjae" });
      await page.waitForSelector(".decide .btn >> text=만족도 적기");
      await page.keyboard.press("s");
      await page.locator("dialog[open] .choice", { hasText: "결과에" }).getByText("4", { exact: true }).click();
      await page.keyboard.press("Control+Enter");
      await until(async () => (await ticket(suite, "two-1")).outcomeRating === 4, "rated");
      await page.waitForSelector(".kv >> text=5점에 4점");
      await close(page);
    },
  ],
];
