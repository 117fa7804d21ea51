// Every role on every page: what its permissions allow is offered, what they do not is not, nothing is asked that is refused, and by hand it is refused.
import assert from "node:assert/strict";

import { callFrom, pageOf, withSignIn } from "./sign_in.mjs";
import { until } from "./until.mjs";
import { visit } from "./visit.mjs";

const ROLES = ["viewer", "agent", "developer", "owner", "lead", "privacy", "admin"];
const TICKETS = "dangol.tickets.v1";
const CHANGES = "dangol.backlog.v1.ChangeService";
const METRICS = "dangol.metrics.v1";

const button = (name) => (page) => page.locator("main").getByRole("button", { name });
const part = (selector) => (page) => page.locator(selector);

// Address, what is there once it is read, and what it offers to whom.
const PAGES = [
  ["/today", ".today:not([aria-busy=true])", [["write down", part(".strip .pen"), "tickets.write"], ["customers", part(".side a[href='/customers']"), "customers.read"]]],
  [
    "/inbox/seen-1",
    ".detail .facts",
    [
      ["accept", button(/^반영/), "tickets.accept"],
      ["answer", button(/^답변만/), "tickets.hear"],
      ["hear", button(/^들음/), "tickets.hear"],
      ["reply", part(".composer"), "tickets.write"],
      ["add a file", part(".attachments .add-file"), "attachments.write"],
      ["take out", part(".thread .redact"), "tickets.redact"],
    ],
  ],
  ["/board", ".card", [["drag", part(".card[draggable=true]"), "changes.decide"]]],
  [
    "/changes/seen",
    ".invited li",
    [
      ["plan", button(/^하기로 정하기/), "changes.decide"],
      ["edit", part(".acts0 .btn:text-matches('^고치기')"), "changes.write"],
      ["ship", button(/^출시하기/), "changes.ship_product"],
      ["invite", button(/^먼저 보여 드릴 분/), "changes.write"],
      ["note the answer", button(/답 적기$/), "tickets.write"],
      ["what customers are told", part(".rail .linky"), "changes.write"],
      ["comment", part(".comment-form"), "changes.write"],
    ],
  ],
  ["/published", ".unpublished li", [["publish", button(/공개하기$/), "changes.write"], ["edit", part(".told .linky"), "changes.write"]]],
  ["/loop", ".standing svg, .flow-bars", []],
  ["/not-yet", ".kpi, .box0", []],
  ["/engine/shop", ".read-foot", [["read", part(".read-foot .btn"), "metrics.enter"], ["remark", part(".comment-form"), "metrics.enter"]]],
  ["/stage/shop/decision", ".entrygrid", [["enter", part(".entrygrid input"), "metrics.enter"]]],
  ["/blueprint/shop", ".revisions li", [["edit", button(/^고치기/), "engines.write"], ["agree", button(/^동의해요/), "metrics.enter"]]],
  ["/customers/{customer}", ".timeline li, .box0", [["edit", button(/^고치기/), "customers.write"], ["erase", button(/^지우기/), "customers.erase"], ["restrict", button(/^처리 제한/), "customers.restricted"]]],
  ["/settings", ".form", [["tokens", part(".subs a[href='/settings/tokens']"), "tokens.read"], ["services", part(".subs a[href='/settings/services']"), "admin"], ["audit", part(".subs a[href='/settings/audit']"), "audit.read"]]],
  ["/settings/members", ".ships", [["add", button(/^사람 더하기/), "members.write"]]],
  ["/settings/policy", ".policy", [["edit", button(/^약속 고치기/), "policy.write"], ["add a rule", button(/^규칙 더하기/), "policy.write"]]],
  ["/settings/reasons", ".tree", [["add", button(/^유형 만들기/), "reasons.write"]]],
  ["/settings/engines", ".ships", [["add", button(/^엔진 더하기/), "engines.write"]]],
  ["/settings/imports", ".settings .lead", []],
  ["/settings/tokens", ".settings .lead, .box0", [["add", button(/^토큰 만들기/), "tokens.write"]]],
  ["/settings/services", ".settings .lead, .box0", []],
  ["/settings/audit", ".settings .lead, .box0", []],
];

// By hand. What is allowed may fail for another reason: nothing is to change.
const CALLS = [
  [`${TICKETS}.TicketService/AcceptTicket`, { name: "tickets/none", change: "changes/none" }, "tickets.accept"],
  [`${TICKETS}.TicketService/AcknowledgeTicket`, { name: "tickets/none" }, "tickets.hear"],
  [`${TICKETS}.TicketService/RecordPreviewAnswer`, { name: "tickets/none", change: "changes/none", answer: "FIXED" }, "tickets.write"],
  [`${TICKETS}.CustomerService/GetCustomer`, { name: "customers/none" }, "customers.read"],
  [`${TICKETS}.CustomerService/EraseCustomer`, { name: "customers/none" }, "customers.erase"],
  [`${TICKETS}.CustomerService/RestrictCustomer`, { name: "customers/none" }, "customers.restricted"],
  [`${TICKETS}.PolicyService/UpdateTriagePolicy`, { triagePolicy: { closeAfterHours: 24 }, updateMask: "closeAfterHours", etag: "none" }, "policy.write"],
  [`${CHANGES}/InviteToPreview`, { name: "changes/none", tickets: ["tickets/none"] }, "changes.write"],
  [`${CHANGES}/UpdateChange`, { name: "changes/none", change: { published: true }, updateMask: "published" }, "changes.write"],
  [`${CHANGES}/PlanChange`, { name: "changes/none" }, "changes.decide"],
  [`${METRICS}.EngineService/UpdateEngine`, { name: "engines/none", engine: {}, updateMask: "timeZone" }, "engines.write"],
  [`${METRICS}.MemberService/CreateMember`, { memberId: "minjae", member: { displayName: "" } }, "members.write"],
  ["dangol.gateway.v1.TokenService/RevokeToken", { name: "tokens/none" }, "tokens.write"],
  ["dangol.gateway.v1.SignInService/CreateSignInLink", { member: "members/none" }, "members.invite"],
];

async function prepare(lead) {
  const call = async (method, request) => {
    const { status, body } = await callFrom(lead, method, request);
    assert.equal(status, 200, `${method}: ${JSON.stringify(body)}`);
    return body;
  };
  const made = await call(`${TICKETS}.TicketService/CreateTicket`, {
    ticketId: "seen-1",
    ticket: { subject: "배송이 늦어요", body: "배송이 늦어요", kind: "COMPLAINT", contactReason: "delivery/late", source: { channel: "email" } },
    sender: { displayName: "한도현", email: "h@example.com" },
  });
  await call(`${TICKETS}.TicketService/CreateMessage`, { parent: "tickets/seen-1", message: { kind: "INTERNAL", body: "창고에 물어봄" } });
  await call(`${CHANGES}/CreateChange`, { changeId: "seen", change: { title: "늦으면 먼저 알린다", kind: "PRODUCT" } });
  await call(`${TICKETS}.TicketService/CreateTicket`, { ticketId: "asks-1", ticket: { body: "먼저 볼게요", kind: "COMPLAINT", mayAsk: true } });
  await call(`${TICKETS}.TicketService/AcceptTicket`, { name: "tickets/asks-1", change: "changes/seen" });
  await until(async () => (await callFrom(lead, `${CHANGES}/InviteToPreview`, { name: "changes/seen", tickets: ["tickets/asks-1"] })).status === 200, "invited");
  const decision = { canKeep: "YES", forEveryone: "YES", withinCapability: "YES", rationale: "할 수 있어요.", decidedBy: "members/yuna" };
  for (const changeId of ["told", "untold"]) {
    await call(`${CHANGES}/CreateChange`, { changeId, change: { title: changeId, kind: "SERVICE", published: changeId === "told" } });
    await call(`${CHANGES}/ShipChange`, { name: `changes/${changeId}`, decision });
  }
  await call(`${METRICS}.EngineService/CreateEngine`, { engineId: "shop", engine: { timeZone: "Asia/Seoul" }, blueprint: "ENGINE" });
  return made.customer;
}

async function walk(page, suite, role, customer) {
  const { permissions } = await page.evaluate(() => fetch("/auth/session").then((answer) => answer.json()));
  const found = [];
  page.on("response", (answer) => answer.status() >= 400 && found.push(`${role}, ${new URL(page.url()).pathname}: ${answer.status()} ${new URL(answer.url()).pathname}`));
  page.on("pageerror", (error) => found.push(`${role}, ${page.url()}: ${error}`));
  for (const [path, ready, offers] of PAGES) {
    await visit(page, path.replace("customers/{customer}", customer), ready).catch(() => found.push(`${role}, ${path}: nothing is shown`));
    for (const [what, locate, permission] of offers) {
      // An owner writes what the own stages say, and has none here.
      const wanted = permissions.includes(permission) && !(role === "owner" && permission === "engines.write");
      // What is offered comes with what is read.
      if (wanted) await locate(page).first().waitFor().catch(() => undefined);
      const is = (await locate(page).count()) > 0;
      if (is !== wanted) found.push(`${role}, ${path}: ${what} is ${is ? "" : "not "}offered`);
    }
  }
  await page.goto("about:blank");
  await page.goto(`${suite.url}/settings`);
  page.removeAllListeners("response");
  for (const [method, request, permission] of CALLS) {
    const { status } = await callFrom(page, method, request);
    if ((status === 403) === permissions.includes(permission)) found.push(`${role}: ${method} answers ${status}`);
  }
  return found;
}

export const roles = [
  [
    "each role is offered what it may do, on every page, asks nothing that is refused, and is refused by hand",
    async ({ dangol, browser }) => {
      await withSignIn(dangol, async (suite, linkFor) => {
        const lead = await pageOf(browser, linkFor("yuna", "lead"));
        const customer = await prepare(lead);
        await lead.context().close();
        const found = [];
        for (const role of ROLES) {
          const page = await pageOf(browser, linkFor(`the-${role}`, role));
          found.push(...(await walk(page, suite, role, customer)));
          await page.context().close();
        }
        assert.deepEqual(found, []);
      });
    },
  ],
];
