// Where people have to sign in: by a link, once, and out again; and what a role may not do. On a suite of its own.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { violations } from "./axe.mjs";
import { startMail } from "./mail.mjs";
import { startSuite } from "./suite.mjs";
import { PATIENCE_MS, until } from "./until.mjs";

// The suite, and the link by which somebody comes in: who is no member yet becomes one, of this role. `mail`: what it sends mail with.
export async function withSignIn(dangol, run, mail) {
  const data = mkdtempSync(join(tmpdir(), "dangol-sign-in-"));
  if (mail) writeFileSync(join(data, "mail.toml"), mail);
  const suite = await startSuite(dangol, { data, flags: ["--require-credentials"] });
  const place = ["--data", data, "--port-base", new URL(suite.url).port];
  const dangolSays = (args) => execFileSync(dangol, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const tokenFile = join(data, "setup-token");
  writeFileSync(tokenFile, dangolSays(["token", "create", "setup", "--role", "admin", "--data", data]), { mode: 0o400 });
  const linkFor = (member, role) => {
    if (role) {
      const create = ["member", "create", "--member-id", member, "--display-name", member, "--roles", role.toUpperCase(), "--email", `${member}@example.org`];
      dangolSays(["--token-file", tokenFile, ...create, "--port-base", new URL(suite.url).port]);
    }
    return /http\S+/.exec(dangolSays(["login", ...place, "--member", member]))[0];
  };
  try {
    await run(suite, linkFor);
  } finally {
    await suite.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

// As who signed in, with the cookie of the page.
export async function callFrom(page, method, request) {
  return page.evaluate(
    async ([path, body]) => {
      const answer = await fetch(`/${path}`, { method: "POST", headers: { "content-type": "application/json" }, body });
      return { status: answer.status, body: await answer.json() };
    },
    [method, JSON.stringify(request)],
  );
}

export async function pageOf(browser, link, language = "ko") {
  const context = await browser.newContext({ locale: language, viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(link);
  await page.waitForSelector(".strip");
  return page;
}

// As another tab tells it.
async function turn(page, language, theme) {
  await page.evaluate((chosen) => {
    localStorage["dangol.settings"] = JSON.stringify({ ...JSON.parse(localStorage["dangol.settings"]), ...chosen });
    window.dispatchEvent(new StorageEvent("storage", { key: "dangol.settings" }));
  }, { language, theme });
  await page.waitForSelector(`html[lang="${language}"][data-theme="${theme}"]`);
}

const NOT_OFFERED = [".decide .btn", ".composer", ".strip .pen", ".attachments .add-file", ".acts0 .btn", ".entrygrid input", ".comment-form", ".read-foot .btn", ".rail .linky", ".invited .linky", ".told .linky", ".unpublished .btn", "main .btn.primary"];

export const signIn = [
  [
    "without a session the page says how one comes in; the link works once, and out is out",
    async ({ dangol, browser }) => {
      await withSignIn(dangol, async (suite, linkFor) => {
        const context = await browser.newContext({ locale: "ko" });
        const page = await context.newPage();
        page.setDefaultTimeout(PATIENCE_MS);
        await page.goto(`${suite.url}/board`);
        await page.waitForSelector("text=먼저 들어와 주세요.");
        const link = linkFor("yuna", "lead");
        await page.goto(link);
        await page.waitForSelector(".strip");
        await page.goto(`${suite.url}/settings`);
        await page.waitForSelector(".signed-in >> text=yuna");
        assert.equal(await page.evaluate(() => JSON.parse(localStorage["dangol.settings"]).member), "yuna");
        await page.getByRole("button", { name: "나가기" }).click();
        await page.waitForSelector("text=먼저 들어와 주세요.");
        await page.goto("about:blank");
        await page.goto(link);
        await until(async () => page.url().endsWith("/") || page.url().endsWith("/today"), "the code is not in the address");
        await page.waitForSelector("text=먼저 들어와 주세요.");
        await page.waitForSelector("text=다른 단골에서 만든 링크예요");
        await context.close();
      });
    },
  ],
  [
    "where somebody else signs in by another tab, this one is of that person, too",
    async ({ dangol, browser }) => {
      await withSignIn(dangol, async (suite, linkFor) => {
        const page = await pageOf(browser, linkFor("yuna", "lead"));
        await page.goto(`${suite.url}/board`);
        const make = page.locator("main").getByRole("button", { name: "새 변경 적기" });
        await make.first().waitFor();
        const other = await page.context().newPage();
        other.setDefaultTimeout(PATIENCE_MS);
        await other.goto(linkFor("seojun", "viewer"));
        await other.waitForSelector(".strip");
        // What this one may not do is not offered.
        await make.first().waitFor({ state: "detached" });
        await page.waitForSelector(".me >> text=seojun");
        await page.context().close();
      });
    },
  ],
  [
    "a form that is open when the session ends is still there once the same person is in again",
    async ({ dangol, browser, shots }) => {
      await withSignIn(dangol, async (suite, linkFor) => {
        const page = await pageOf(browser, linkFor("yuna", "lead"));
        await page.goto(`${suite.url}/board`);
        await page.locator("main").getByRole("button", { name: "새 변경 적기" }).first().click();
        const form = page.locator("dialog:not(.over)");
        const title = form.getByRole("textbox").first();
        await title.fill("배송 예정일을 미리 알리기");
        // As where it has ended by itself: no page is told.
        await page.evaluate(() => fetch("/auth/logout", { method: "POST", headers: { "content-type": "application/json" } }));
        await page.keyboard.press("Control+Enter");
        await page.waitForSelector("dialog.over >> text=보던 화면과 쓰던 내용은 그대로 있어요");
        await page.keyboard.press("Escape");
        await page.keyboard.press("Escape");
        await page.waitForSelector("dialog.over[open]");
        assert.deepEqual(await violations(page), []);
        await page.screenshot({ path: join(shots, "sign-in-again-ko.png") });
        const other = await page.context().newPage();
        other.setDefaultTimeout(PATIENCE_MS);
        await other.goto(linkFor("yuna"));
        await other.waitForSelector(".strip");
        await page.waitForSelector("dialog.over", { state: "detached" });
        assert.equal(await title.inputValue(), "배송 예정일을 미리 알리기");
        await title.press("Control+Enter");
        await form.waitFor({ state: "detached" });
        await page.waitForSelector("main >> text=배송 예정일을 미리 알리기");

        // Who goes out leaves nothing in the other tabs.
        await other.goto(`${suite.url}/settings`);
        await other.getByRole("button", { name: "나가기" }).click();
        await page.waitForSelector("text=먼저 들어와 주세요.");
        assert.equal(await page.locator("text=배송 예정일을 미리 알리기").count(), 0);
        await page.context().close();
      });
    },
  ],
  [
    "where mail is set up a code that comes by e-mail signs in, in the browser that asked for it",
    async ({ dangol, browser, shots }) => {
      const mail = await startMail();
      await withSignIn(
        dangol,
        async (suite, linkFor) => {
          linkFor("yuna", "lead");
          const context = await browser.newContext({ locale: "ko" });
          const page = await context.newPage();
          page.setDefaultTimeout(PATIENCE_MS);
          await page.goto(`${suite.url}/board`);
          const address = page.getByLabel("이메일");
          const ask = () => page.getByRole("button", { name: "코드 받기" }).click();
          await address.fill("yuna@example.org");
          await ask();
          await page.waitForSelector("text=코드를 보내 드려요 (yuna@example.org)");
          await until(async () => mail.received.length === 1, "the message comes");
          assert.equal(mail.received[0].to, "yuna@example.org");
          const code = /[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(mail.received[0].text)[0];
          const field = page.getByLabel("메일로 온 코드");
          await until(() => field.evaluate((input) => input === document.activeElement), "the code can be typed without a look for its field");
          await field.fill("0000-0000");
          await page.keyboard.press("Enter");
          await page.waitForSelector(".wrong >> text=코드가 달라요");
          await page.screenshot({ path: join(shots, "sign-in-code-ko.png") });
          assert.deepEqual(await violations(page), []);
          await field.fill(code.toLowerCase().replace("-", " "));
          await page.keyboard.press("Enter");
          await page.waitForSelector(".strip");
          await page.goto(`${suite.url}/settings`);
          await page.waitForSelector(".signed-in >> text=yuna");

          // Of somebody who is not there the page says the same.
          const other = await browser.newContext({ locale: "en" });
          const stranger = await other.newPage();
          stranger.setDefaultTimeout(PATIENCE_MS);
          await stranger.goto(`${suite.url}/board`);
          await stranger.getByLabel("E-mail address").fill("nobody@example.org");
          await stranger.getByRole("button", { name: "Send me a code" }).click();
          await stranger.waitForSelector("text=A code is on its way to nobody@example.org");
          await stranger.getByRole("button", { name: "Another address" }).click();
          await mail.stop();
          await stranger.getByRole("button", { name: "Send me a code" }).click();
          await stranger.waitForSelector(".wrong >> text=No mail can be sent now");
          assert.deepEqual(await violations(stranger), []);
          assert.equal(mail.received.length, 1);
          await other.close();
          await context.close();
        },
        mail.settings,
      );
    },
  ],
  [
    "what a role may not do is offered nowhere, and refused in a plain sentence when it is tried by hand",
    async ({ dangol, browser }) => {
      await withSignIn(dangol, async (suite, linkFor) => {
        const lead = await pageOf(browser, linkFor("yuna", "lead"));
        const made = await callFrom(lead, "dangol.tickets.v1.TicketService/CreateTicket", {
          ticketId: "seen-1",
          ticket: { subject: "보이지 않을 말", body: "보이지 않을 말", kind: "COMPLAINT", contactReason: "delivery/late", source: { channel: "email" } },
          sender: { displayName: "한도현", email: "h@example.com" },
        });
        assert.equal(made.status, 200, JSON.stringify(made.body));
        await callFrom(lead, "dangol.backlog.v1.ChangeService/CreateChange", { changeId: "seen", change: { title: "늦으면 먼저 알린다", contactReasons: ["delivery/late"] } });
        await callFrom(lead, "dangol.metrics.v1.EngineService/CreateEngine", { engineId: "shop", engine: { timeZone: "Asia/Seoul" }, blueprint: "ENGINE" });
        // A change that somebody may be shown, and that was; and two that shipped, one of them published.
        await callFrom(lead, "dangol.tickets.v1.TicketService/CreateTicket", { ticketId: "asks-1", ticket: { body: "먼저 볼게요", kind: "COMPLAINT", mayAsk: true } });
        await callFrom(lead, "dangol.tickets.v1.TicketService/AcceptTicket", { name: "tickets/asks-1", change: "changes/seen" });
        const invited = () => callFrom(lead, "dangol.backlog.v1.ChangeService/InviteToPreview", { name: "changes/seen", tickets: ["tickets/asks-1"] });
        await until(async () => (await invited()).status === 200, "invited");
        const decision = { canKeep: "YES", forEveryone: "YES", withinCapability: "YES", rationale: "할 수 있어요.", decidedBy: "members/yuna" };
        for (const changeId of ["told", "untold"]) {
          await callFrom(lead, "dangol.backlog.v1.ChangeService/CreateChange", { changeId, change: { title: changeId, kind: "SERVICE", published: changeId === "told" } });
          assert.equal((await callFrom(lead, "dangol.backlog.v1.ChangeService/ShipChange", { name: `changes/${changeId}`, decision })).status, 200);
        }

        const page = await pageOf(browser, linkFor("mira", "viewer"));
        const faults = [];
        page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
        const open = async (path, ready) => {
          await page.goto(suite.url + path);
          await page.waitForSelector(ready);
          for (const offered of NOT_OFFERED) assert.equal(await page.locator(offered).count(), 0, `${path} offers ${offered}`);
          assert.equal(await page.locator(".side a[href='/customers']").count(), 0);
        };
        await open("/inbox/seen-1", ".detail .facts");
        await page.waitForSelector(".row.on .say >> text=(가려짐)");
        await page.waitForSelector("text=여기서 한 말을 볼 권한이 없어요.");
        for (const key of ["a", "d", "e", "h", "i", "l", "r", "c", "m"]) await page.keyboard.press(key);
        assert.equal(await page.locator("dialog[open]").count(), 0);
        await page.keyboard.press("Control+k");
        for (const typed of ["불만 적기", "반영", "들음", "고객으로"]) {
          await page.locator(".palette input").fill(typed);
          assert.equal(await page.locator(".palette li").count(), 0, typed);
        }
        await page.keyboard.press("Escape");
        await open("/board", ".card");
        assert.equal(await page.locator(".card[draggable=true]").count(), 0);
        await open("/changes/seen", ".invited li");
        await page.keyboard.press("i");
        assert.equal(await page.locator("dialog[open]").count(), 0);
        await open("/published", ".told li");
        await page.waitForSelector(".unpublished li");
        await open("/engine/shop", ".chain");
        await open("/stage/shop/decision", ".entrygrid");
        await open("/blueprint/shop", ".revisions");
        await open("/today", ".today:not([aria-busy=true])");
        for (const [part, ready] of [["members", ".settings .lead"], ["policy", ".policy"], ["reasons", ".settings .lead"], ["engines", ".settings .lead"], ["imports", ".settings .lead"]]) await open(`/settings/${part}`, ready);
        assert.deepEqual(await page.locator(".side .subs a").evaluateAll((links) => links.map((one) => one.getAttribute("href").split("/").pop())), ["device", "members", "policy", "reasons", "engines", "imports"]);
        for (const hidden of ["/settings/tokens", "/settings/services", "/settings/audit", "/customers"]) await open(hidden, "text=볼 수 있는 권한이 없거나 없는 항목이에요.");
        assert.deepEqual(faults, [], "nothing is asked that is refused");

        const refused = await callFrom(page, "dangol.tickets.v1.TicketService/AcknowledgeTicket", { name: "tickets/seen-1" });
        assert.equal(refused.status, 403);
        for (const [method, request] of [
          ["dangol.backlog.v1.ChangeService/InviteToPreview", { name: "changes/seen", tickets: ["tickets/asks-1"] }],
          ["dangol.tickets.v1.TicketService/RecordPreviewAnswer", { name: "tickets/asks-1", change: "changes/seen", answer: "FIXED" }],
          ["dangol.backlog.v1.ChangeService/UpdateChange", { name: "changes/untold", change: { published: true }, updateMask: "published" }],
        ]) {
          assert.equal((await callFrom(page, method, request)).status, 403, method);
        }
        // A page that was opened with other rights still offers it.
        await page.route("**/auth/session", (route) => route.fulfill({ json: { name: "members/mira", roles: ["lead"] } }));
        await page.goto(`${suite.url}/inbox/seen-1`);
        await page.waitForSelector(".decide .btn.primary");
        await page.keyboard.press("h");
        await page.waitForSelector(".toast.bad >> text=맡은 역할이나 단계로는 할 수 없는 일이에요");
        await page.context().close();
        await lead.context().close();
      });
    },
  ],
  [
    "the owner of a stage is offered the decisions of that stage, and no others",
    async ({ dangol, browser }) => {
      await withSignIn(dangol, async (suite, linkFor) => {
        const stage = (id) => `engines/shop/stages/${id}`;
        const lead = await pageOf(browser, linkFor("yuna", "lead"));
        await callFrom(lead, "dangol.metrics.v1.MemberService/CreateMember", { memberId: "sora", member: { displayName: "한소라", roles: ["AGENT", "OWNER"] } });
        const { body: engine } = await callFrom(lead, "dangol.metrics.v1.EngineService/CreateEngine", { engineId: "shop", engine: { timeZone: "Asia/Seoul" }, blueprint: "ENGINE" });
        const stages = engine.stages.map((one) => ({ ...one, owner: one.stageId === "decision" ? "members/sora" : "" }));
        const given = await callFrom(lead, "dangol.metrics.v1.EngineService/UpdateEngine", { name: engine.name, etag: engine.etag, engine: { stages }, updateMask: "stages" });
        assert.equal(given.status, 200, JSON.stringify(given.body));
        for (const id of ["decision", "apply"]) {
          const ticket = { subject: id, kind: "COMPLAINT", stage: stage(id), source: { channel: "phone" } };
          await callFrom(lead, "dangol.tickets.v1.TicketService/CreateTicket", { ticketId: `of-${id}`, ticket });
          await callFrom(lead, "dangol.backlog.v1.ChangeService/CreateChange", { changeId: `of-${id}`, change: { title: `모두에게 ${id}`, kind: "SERVICE", stage: stage(id) } });
          await callFrom(lead, "dangol.tickets.v1.TicketService/CreateTicket", { ticketId: `asks-${id}`, ticket });
          await callFrom(lead, "dangol.tickets.v1.TicketService/AcceptTicket", { name: `tickets/asks-${id}`, change: `changes/of-${id}` });
        }
        const owner = await pageOf(browser, linkFor("sora", ""));
        const offers = async (path, ready, label) => {
          await owner.goto(suite.url + path);
          await owner.waitForSelector(ready);
          return owner.locator("main").getByRole("button", { name: label }).count();
        };
        assert.equal(await offers("/inbox/of-decision", ".decide .btn.primary", /^아직/), 1);
        assert.equal(await offers("/inbox/of-apply", ".decide .btn.primary", /^아직/), 0);
        await owner.keyboard.press("d");
        assert.equal(await owner.locator("dialog[open]").count(), 0);
        assert.equal(await offers("/changes/of-decision", ".acts0 .btn", /^출시하기/), 1);
        assert.equal(await offers("/changes/of-apply", ".acts0 .btn", /^출시하기/), 0);
        await owner.goto(`${suite.url}/today`);
        await owner.waitForSelector(".due-list >> text=모두에게 decision");
        assert.equal(await owner.locator(".due-list >> text=모두에게 apply").count(), 0);
        const refused = await callFrom(owner, "dangol.tickets.v1.TicketService/DeclineTicket", { name: "tickets/of-apply", reason: "UNSUSTAINABLE", reply: "아직", decidedBy: "members/sora" });
        assert.equal(refused.status, 403, JSON.stringify(refused.body));
        await lead.context().close();
        await owner.context().close();
      });
    },
  ],
  [
    "the pages to sign in, of a session that ended, and of what may not be seen hold in both languages and themes",
    async ({ dangol, browser, shots }) => {
      await withSignIn(dangol, async (suite, linkFor) => {
        const found = [];
        const viewer = await pageOf(browser, linkFor("mira", "viewer"));
        const look = async (name, path, ready, storage, before) => {
          const context = await browser.newContext({ viewport: { width: 1440, height: 800 }, locale: "ko", ...(storage && { storageState: storage }) });
          const page = await context.newPage();
          page.setDefaultTimeout(PATIENCE_MS);
          await page.addInitScript(() => (localStorage["dangol.settings"] = JSON.stringify({ language: "ko", theme: "light", member: "mira", singleKeys: true })));
          await before?.(page);
          await page.goto(suite.url + path);
          for (const [language, theme, width] of [["ko", "light", 1440], ["en", "dark", 1440], ["en", "light", 360], ["ko", "dark", 360]]) {
            await page.setViewportSize({ width, height: 800 });
            await turn(page, language, theme);
            await page.waitForSelector(`text=${ready[language]}`);
            await page.evaluate(() => document.fonts.ready);
            await page.screenshot({ path: join(shots, `${name}-${language}-${theme}-${width}.png`) });
            const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
            if (wide > 0) found.push(`${name}, ${language}, ${theme}, ${width}: scrolls sideways by ${wide} px`);
            found.push(...(await violations(page)).map((one) => `${name}, ${language}, ${theme}, ${width}: ${one}`));
          }
          await context.close();
        };
        await look("sign-in", "/inbox", { ko: "먼저 들어와 주세요.", en: "Sign in first." });
        await look("sign-in-ended", "/inbox", { ko: "들어온 지 오래돼서", en: "Your sign-in has ended." }, undefined, (page) => page.addInitScript(() => (localStorage["dangol.signedIn"] = "1")));
        const storage = await viewer.context().storageState();
        await look("no-access", "/settings/tokens", { ko: "볼 수 있는 권한이", en: "or you may not see it" }, storage);
        await viewer.context().close();
        assert.deepEqual(found, []);
      });
    },
  ],
];
