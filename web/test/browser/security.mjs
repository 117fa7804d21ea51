// What customers write does nothing but stand there, and what two people do at once is told.
import assert from "node:assert/strict";

import { ticket, until } from "./until.mjs";

const NASTY = {
  "nasty-html": { subject: `"><script>document.title='run'</script>`, body: `<iframe src=javascript:alert(1)></iframe>\njavascript:alert(1) https://example.com/\n<a href="javascript:document.title='run'">x</a>` },
  "nasty-rtl": { subject: "שלום abc מחיר 100", body: "مرحبا! This costs 100 ريال?\nabc" },
  "nasty-isolate": { subject: "\u2067\u2066abc", body: "\u2067열린 채로 끝나는 방향 \u2067" },
  "nasty-marks": { subject: "Z̷̢̛͎a̸l̵g̷o̶ ".repeat(20), body: "=cmd|' /C calc'!A0" },
};

export const security = [
  [
    "HTML, links and directions in a customer's words run nothing, and bleed into nothing beside them",
    async ({ suite, open, close }) => {
      const taken = [];
      for (const [id, { subject, body }] of Object.entries(NASTY)) {
        const request = { ticketId: id, ticket: { subject, body, kind: "COMPLAINT", contactReason: "nasty", source: { channel: "email" } } };
        // What overrides the direction is refused as it comes.
        await suite.call("dangol.tickets.v1.TicketService/CreateTicket", request).then(
          () => taken.push(id),
          () => undefined,
        );
      }
      assert.ok(taken.includes("nasty-html") && taken.includes("nasty-rtl") && taken.includes("nasty-marks"), taken.join());
      const page = await open("/inbox?view=all&reason=nasty");
      await page.waitForSelector(".row");
      for (const row of await page.locator(".row").all()) {
        const boxes = [];
        for (const part of [".who", ".say", ".why", ".age"]) boxes.push(await row.locator(part).boundingBox());
        for (let index = 1; index < boxes.length; ++index) assert.ok(boxes[index].x >= boxes[index - 1].x + boxes[index - 1].width, "the parts of a row stay in their order");
        assert.ok((await row.boundingBox()).height <= 33, "and in their row");
      }
      for (const id of taken) {
        await page.goto(`${suite.url}/inbox/${id}?view=all`);
        await page.waitForSelector(".words");
        assert.equal(await page.locator(".words :is(a, img, iframe, script)").count(), 0);
        await page.goto(`${suite.url}/loop/${id}`);
        await page.waitForSelector(".steps li");
        assert.notEqual(await page.title(), "run");
      }
      await close(page);
    },
  ],
  [
    "the page's policy lets no script in that is not its own, nor the page into another",
    async ({ suite, open }) => {
      const answer = await fetch(`${suite.url}/inbox`);
      const policy = answer.headers.get("content-security-policy");
      for (const rule of ["default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "base-uri 'none'"]) assert.ok(policy.includes(rule), policy);
      assert.ok(!policy.includes("unsafe-inline") && !policy.includes("unsafe-eval"), policy);
      const page = await open("/inbox");
      page.expectsErrors = true;
      await page.evaluate(() => {
        const script = document.createElement("script");
        script.textContent = "window.ran = true";
        document.body.append(script);
        const picture = document.createElement("img");
        picture.setAttribute("onerror", "window.ran = true");
        picture.src = "/nothing.png";
        document.body.append(picture);
      });
      await page.waitForTimeout(200);
      assert.equal(await page.evaluate(() => window.ran), undefined);
      await page.context().close();
    },
  ],
  [
    "two people decide one complaint: the second is told who was first, and loses nothing",
    async ({ suite, open, close }) => {
      await suite.call("dangol.tickets.v1.TicketService/CreateTicket", {
        ticketId: "both-1",
        ticket: { subject: "둘이 함께 본 불만", kind: "COMPLAINT", contactReason: "both", source: { channel: "phone" } },
      });
      await suite.call("dangol.backlog.v1.ChangeService/CreateChange", { changeId: "both", change: { title: "둘 다 본 것", contactReasons: ["both"] } });
      const first = await open("/inbox/both-1");
      const second = await open("/inbox/both-1", { settings: { member: "yuna" } });
      for (const page of [first, second]) await page.waitForSelector(".decide .btn.primary");
      await second.keyboard.press("d");
      await second.getByLabel("무엇이 모자라나요?").fill("two-hands");
      await second.getByLabel("고객에게 하는 말").fill("둘째가 쓰던 말");
      await first.keyboard.press("a");
      await first.waitForSelector("dialog[open] .pick.on >> text=둘 다 본 것");
      await first.keyboard.press("Enter");
      await until(async () => (await ticket(suite, "both-1")).state === "ACCEPTED", "accepted");
      second.expectsErrors = true;
      await second.keyboard.press("Control+Enter");
      await second.waitForSelector("dialog[open] .failure");
      assert.equal(await second.getByLabel("고객에게 하는 말").inputValue(), "둘째가 쓰던 말");
      assert.equal((await ticket(suite, "both-1")).state, "ACCEPTED");
      await second.keyboard.press("Escape");
      // What the first did stands on the page of the second.
      await second.waitForSelector(".facts .chip >> text=반영");
      await close(first);
      await close(second);
    },
  ],
];
