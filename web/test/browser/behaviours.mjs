// What the pages do, by keyboard.
import assert from "node:assert/strict";

import { ticket, until } from "./until.mjs";

const HANGUL = { a: "ㅁ", j: "ㅓ", k: "ㅏ", x: "ㅌ", h: "ㅗ", d: "ㅇ", e: "ㄷ", z: "ㅋ", c: "ㅊ" };

// As a browser says it while the Korean input method is on.
function pressHangul(page, letter) {
  return page.evaluate(
    ({ key, code }) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true })),
    { key: HANGUL[letter], code: `Key${letter.toUpperCase()}` },
  );
}

function currentRow(page) {
  return page.locator(".row.on .say").innerText();
}

export const behaviours = [
  [
    "the inbox lists what came in, newest first",
    async ({ open, close }) => {
      const page = await open("/inbox");
      await page.waitForSelector(".row");
      assert.equal(await page.locator(".row").count(), 6);
      assert.match(await currentRow(page), /^<img src=x/);
      assert.match(await page.title(), /받은 불만/);
      await close(page);
    },
  ],
  [
    "what a customer wrote is text",
    async ({ open, close }) => {
      const page = await open("/inbox/shop-r6");
      await page.waitForSelector(".words");
      assert.equal(await page.locator(".words img, .words script, .words a").count(), 0);
      assert.match(await page.locator(".words").innerText(), /<script>/);
      assert.notEqual(await page.title(), "run");
      await close(page);
    },
  ],
  [
    "keys work with the Korean input method on",
    async ({ open, close }) => {
      const page = await open("/inbox");
      await page.waitForSelector(".row");
      await pressHangul(page, "j");
      await until(async () => /No tracking/.test(await currentRow(page)), "j moves down");
      await pressHangul(page, "k");
      await until(async () => /^<img/.test(await currentRow(page)), "k moves up");
      await pressHangul(page, "x");
      await until(() => page.locator(".box.in").count(), "x selects");
      await close(page);
    },
  ],
  [
    "keys do nothing in a field, nor where they are switched off",
    async ({ open, close }) => {
      const page = await open("/inbox", { settings: { singleKeys: false } });
      await page.waitForSelector(".row");
      const before = await currentRow(page);
      await page.keyboard.press("j");
      assert.equal(await currentRow(page), before);
      await page.keyboard.press("Control+k");
      await page.waitForSelector(".palette");
      await page.keyboard.type("ㅂㄷ");
      await page.keyboard.press("Enter");
      await page.waitForURL("**/board");
      await close(page);
    },
  ],
  [
    "the address holds the view, the reason and the complaint, and is copied by its key",
    async ({ browser, suite, open, close }) => {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "ko" });
      await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: suite.url });
      const page = await open("/inbox/shop-r2?view=all&reason=delivery", { context });
      await page.waitForSelector(".row.on");
      await page.keyboard.press(",");
      await page.waitForSelector(".toast >> text=주소를 복사했어요");
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      assert.equal(copied, page.url());
      assert.match(copied, /\/inbox\/shop-r2\?view=all&reason=delivery$/);
      await close(page);
    },
  ],
  [
    "a complaint made elsewhere is offered within a second, and the list does not jump",
    async ({ suite, open, close }) => {
      const page = await open("/inbox");
      await page.waitForSelector(".row");
      await page.waitForSelector(".live:not(.off)");
      const before = await page.locator(".row .say").first().innerText();
      // The best of some: the machine may be busy with other things.
      let fastestMs = Infinity;
      for (let tried = 1; tried <= 5 && fastestMs >= 1_000; ++tried) {
        const began = Date.now();
        await suite.call("dangol.tickets.v1.TicketService/CreateTicket", {
          ticket: { subject: "전화로 온 불만", kind: "COMPLAINT", source: { channel: "phone" } },
          ticketId: `phone-${tried}`,
        });
        await page.waitForSelector(`.fresh >> text=새 불만 ${tried}건 보기`);
        fastestMs = Math.min(fastestMs, Date.now() - began);
      }
      assert.ok(fastestMs < 1_000, `${fastestMs} ms`);
      assert.equal(await page.locator(".row .say").first().innerText(), before);
      // What is decided meanwhile changes the list, and takes nothing of what is offered.
      const offered = await page.locator(".fresh").innerText();
      await page.keyboard.press("h");
      await page.waitForSelector(".toast >> text=들었다고 표시했어요");
      assert.equal(await page.locator(".fresh").innerText(), offered);
      await page.click(".fresh");
      await until(async () => /전화로 온 불만/.test(await page.locator(".row .say").first().innerText()), "the new one is shown");
      await close(page);
    },
  ],
  [
    "what came while the stream was on its way is read",
    async ({ browser, suite, open, close }) => {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "ko" });
      let goOn;
      const released = new Promise((done) => (goOn = done));
      await context.route("**/assets/live_service_pb-*.js", async (route) => {
        await released;
        await route.continue();
      });
      const page = await open("/inbox", { context });
      await page.waitForSelector(".row");
      await suite.call("dangol.tickets.v1.TicketService/CreateTicket", { ticketId: "between-1", ticket: { subject: "사이에 온 불만", kind: "COMPLAINT" } });
      assert.equal(await page.locator(".row", { hasText: "사이에 온 불만" }).count(), 0);
      goOn();
      await page.locator(".row", { hasText: "사이에 온 불만" }).waitFor();
      await suite.call("dangol.tickets.v1.TicketService/MarkTicketSpam", { name: "tickets/between-1" });
      await close(page);
    },
  ],
  [
    "a complaint is heard, and accepted into a new change by keyboard, and that is undone",
    async ({ suite, open, close }) => {
      const page = await open("/inbox/shop-r1");
      await page.waitForSelector(".decide .btn.primary");
      await page.keyboard.press("h");
      await until(async () => (await ticket(suite, "shop-r1")).state === "HEARD", "heard");
      await page.keyboard.press("a");
      await page.waitForSelector("dialog[open]");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Tab");
      await page.keyboard.type("늦으면 먼저 알린다");
      await page.keyboard.press("Enter");
      await until(async () => (await ticket(suite, "shop-r1")).state === "ACCEPTED", "accepted");
      await page.waitForSelector(".toast");
      // A word is still owed, so it stands in the inbox, now and when the list is read anew.
      const row = page.locator(".row", { hasText: "이번에도 배송이" });
      await row.locator("text=반영").waitFor();
      const again = await open("/inbox");
      await again.locator(".row", { hasText: "이번에도 배송이" }).locator("text=반영").waitFor();
      await close(again);
      await page.keyboard.press("z");
      await until(async () => (await ticket(suite, "shop-r1")).state === "HEARD", "taken back");
      await close(page);
    },
  ],
  [
    "where nobody signs in, a reply is by whom the device remembers",
    async ({ suite, open, close }) => {
      await suite.call("dangol.tickets.v1.TicketService/CreateTicket", { ticketId: "replied", ticket: { subject: "답장 받을 불만", kind: "COMPLAINT" } });
      const page = await open("/inbox/replied");
      await page.waitForSelector(".composer");
      await page.keyboard.press("r");
      await page.waitForSelector(".composer textarea:focus");
      await page.keyboard.type("읽었어요.");
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector(".thread .lab >> text=/minjae|최민재/");
      const { messages } = await suite.call("dangol.tickets.v1.TicketService/ListMessages", { parent: "tickets/replied" });
      assert.deepEqual(messages.map(({ author }) => author), ["members/minjae"]);
      await suite.call("dangol.tickets.v1.TicketService/MarkTicketSpam", { name: "tickets/replied" });
      await close(page);
    },
  ],
  [
    "complaints of one reason are accepted together, and Enter that ends a syllable sends nothing",
    async ({ suite, open, close }) => {
      const page = await open("/inbox/shop-r5");
      await page.waitForSelector(".decide .btn.primary");
      await page.keyboard.press("*");
      await page.waitForSelector("text=불만 3건을 골랐어요");
      await page.keyboard.press("a");
      await page.waitForSelector("dialog[open] .pick.on >> text=늦으면 먼저 알린다");
      await page.evaluate(() =>
        document.activeElement.dispatchEvent(
          new KeyboardEvent("keydown", { key: "Enter", code: "Enter", keyCode: 229, isComposing: true, ctrlKey: true, bubbles: true }),
        ),
      );
      assert.equal((await ticket(suite, "shop-r5")).state, "RECEIVED");
      await page.keyboard.press("Enter");
      for (const id of ["shop-r1", "shop-r2", "shop-r5"]) {
        await until(async () => (await ticket(suite, id)).state === "ACCEPTED", `${id} accepted`);
      }
      await close(page);
    },
  ],
  [
    "a complaint is declined with an honest reply",
    async ({ suite, open, close }) => {
      const page = await open("/inbox/shop-r4");
      await page.waitForSelector(".decide .btn.primary");
      await page.keyboard.press("d");
      await page.waitForSelector("dialog[open]");
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector("dialog[open] .wrong");
      // The first field that is wrong, be it out of sight.
      await until(() => page.getByLabel("무엇이 모자라나요?").evaluate((one) => one === document.activeElement), "the focus is on what is missing");
      await page.getByLabel("무엇이 모자라나요?").fill("Stronger bags");
      await page.getByLabel("고객에게 하는 말").fill("지금 봉투로는 막을 수 없어요. 새 봉투를 찾고 있어요.");
      await page.keyboard.press("Control+Enter");
      await until(async () => (await ticket(suite, "shop-r4")).state === "NOT_YET", "declined");
      assert.equal((await ticket(suite, "shop-r4")).decision.capabilityGap, "stronger-bags");
      await close(page);
    },
  ],
  [
    "who decides second is told, and what was written stays",
    async ({ suite, open, close }) => {
      const page = await open("/inbox/shop-r3");
      await page.waitForSelector(".decide .btn.primary");
      await page.keyboard.press("e");
      await page.waitForSelector("dialog[open]");
      await page.getByLabel("고객에게 하는 말").fill("앱에서도 해지할 수 있어요.");
      page.expectsErrors = true;
      await suite.call("dangol.tickets.v1.TicketService/AcknowledgeTicket", { name: "tickets/shop-r3" });
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector("dialog[open] .failure >> text=그사이 내용이 바뀌었어요");
      assert.equal(await page.getByLabel("고객에게 하는 말").inputValue(), "앱에서도 해지할 수 있어요.");
      assert.equal((await ticket(suite, "shop-r3")).state, "HEARD");
      await close(page);
    },
  ],
  [
    "a complaint heard by phone is written down, and a draft outlives the page",
    async ({ suite, open, close }) => {
      const page = await open("/inbox");
      await page.waitForSelector(".row");
      await page.keyboard.press("c");
      await page.getByLabel("고객이 한 말").fill("물 온도를 카드대로 하니 너무 써요.");
      await page.reload();
      await page.waitForSelector(".row");
      await page.keyboard.press("c");
      assert.equal(await page.getByLabel("고객이 한 말").inputValue(), "물 온도를 카드대로 하니 너무 써요.");
      await page.getByLabel("고객 전화번호").fill("010-2345-6789");
      await page.waitForSelector("text=처음 오는 고객이에요.");
      await page.getByLabel("고객 이름").fill("서예린");
      await page.keyboard.press("Control+Enter");
      await page.waitForURL(/\/inbox\/.+/);
      await page.waitForSelector(".context .name >> text=서예린");
      const made = await ticket(suite, page.url().split("/").pop());
      assert.equal(made.source.channel, "phone");
      assert.equal(made.language, "ko");
      await page.keyboard.press("c");
      await page.getByLabel("고객 전화번호").fill("+82 10 2345 6789");
      await page.waitForSelector("text=서예린 님이에요.");
      await close(page);
    },
  ],
  [
    "a note that was being written comes back as a note",
    async ({ open, close }) => {
      const page = await open("/inbox/shop-r2");
      await page.waitForSelector(".composer");
      await page.keyboard.press("r");
      await page.getByRole("button", { name: "내부에만" }).click();
      await page.locator(".composer textarea").fill("환불은 어렵다고 창고에서 들었어요.");
      await page.reload();
      await page.waitForSelector(".composer textarea");
      assert.equal(await page.locator(".composer textarea").inputValue(), "환불은 어렵다고 창고에서 들었어요.");
      assert.equal(await page.getByRole("button", { name: "내부에만" }).getAttribute("aria-pressed"), "true");
      await page.locator(".composer textarea").fill("");
      await page.waitForSelector(".composer.shut");
      await page.keyboard.press("r");
      assert.equal(await page.getByRole("button", { name: "내부에만" }).getAttribute("aria-pressed"), "false");
      await close(page);
    },
  ],
  [
    "a change is planned and shipped by keyboard, and its complaints are answered",
    async ({ suite, open, close }) => {
      await suite.call("dangol.backlog.v1.ChangeService/CreateChange", { changeId: "own-change", change: { title: "해지를 앱에서 끝내기" } });
      await suite.call("dangol.tickets.v1.TicketService/AcceptTicket", { name: "tickets/shop-r3", change: "changes/own-change" });
      const page = await open("/changes/own-change");
      await page.waitForSelector(".voices .quote >> text=해지는 전화로만");
      await page.keyboard.press("p");
      await page.waitForSelector("dialog[open]");
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector("dialog[open] .wrong");
      await page.getByText("서비스", { exact: true }).click();
      for (const question of ["계속할 수 있나요?", "모두에게 하나요?", "지금 힘으로 되나요?"]) {
        await page.getByRole("group", { name: question }).getByLabel("네", { exact: true }).check();
      }
      await page.getByLabel("왜 그렇게 정했나요?").fill("단추 하나면 되고 계속할 수 있어요.");
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector(".facts .chip >> text=예정");
      await page.keyboard.press("v");
      await page.waitForSelector("dialog[open] >> text=기다리던 불만 1건이");
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector(".facts .chip >> text=출시됨");
      await until(async () => (await ticket(suite, "shop-r3")).state === "ANSWERED", "answered");
      await page.waitForSelector("text=불만 1건이 답을 들었어요.");
      await close(page);
    },
  ],
  [
    "the path of one complaint is told, and a missing one is said to be missing",
    async ({ open, close }) => {
      const page = await open("/loop/shop-r3");
      await page.waitForSelector("text=만에 제품이 되었어요");
      assert.equal(await page.locator(".path7 li:not(.gap)").count(), 6);
      page.expectsErrors = true;
      await page.goto(page.url().replace("shop-r3", "nobody"));
      await page.waitForSelector("text=그런 불만이 없어요");
      await close(page);
    },
  ],
  [
    "a blueprint is chosen, a day is entered by keyboard, and a revision is agreed to",
    async ({ suite, open, close }) => {
      const page = await open("/engine");
      await page.waitForSelector("text=설계도를 고르세요");
      await suite.call("dangol.metrics.v1.EngineService/CreateEngine", {
        engineId: "shop",
        engine: { timeZone: "Asia/Seoul" },
        blueprint: "ENGINE",
      });
      // The page hears of it.
      await page.waitForSelector(".chain .hero");
      await page.click(".chain >> text=결정");
      const cell = page.getByRole("textbox", { name: /^주문, / }).last();
      await cell.fill("12a");
      await page.keyboard.press("Enter");
      await page.waitForSelector("text=숫자를 적어 주세요");
      await cell.fill("１,204");
      await page.keyboard.press("Enter");
      await page.waitForSelector("text=1칸 적음");
      await page.reload();
      await until(async () => (await page.getByRole("textbox", { name: /^주문, / }).last().inputValue()) === "1,204", "the number is stored");
      await suite.call("dangol.metrics.v1.MemberService/CreateMember", { memberId: "minjae", member: { displayName: "최민재" } });
      await page.goto(`${suite.url}/blueprint/shop`);
      await page.getByRole("button", { name: "동의해요" }).click();
      await page.waitForSelector("dialog[open] textarea");
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector(".acks >> text=최민재");
      await close(page);
    },
  ],
  [
    "eight tabs are all live, by one stream",
    async ({ suite, browser, open }) => {
      const context = await browser.newContext();
      let streams = 0;
      context.on("request", (request) => (streams += request.url().endsWith("/Watch") ? 1 : 0));
      const pages = [];
      for (let i = 0; i < 8; ++i) pages.push(await open("/inbox", { context }));
      for (const page of pages) await page.waitForSelector(".row");
      await pages[7].waitForSelector(".live:not(.off)");
      await suite.call("dangol.tickets.v1.TicketService/CreateTicket", { ticket: { subject: "여덟 탭", kind: "REQUEST" } });
      for (const page of pages) await page.waitForSelector(".fresh");
      assert.equal(streams, 1);
      // The tab that reads goes; the next one goes on.
      await pages[0].close();
      await until(() => streams === 2, "another tab reads");
      await suite.call("dangol.tickets.v1.TicketService/CreateTicket", { ticket: { subject: "일곱 탭", kind: "REQUEST" } });
      for (const page of pages.slice(1)) await page.waitForSelector("text=새 불만 2건 보기");
      await context.close();
    },
  ],
];
