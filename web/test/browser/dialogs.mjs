// What opens above a page holds as the pages do: in both languages and themes, wide and narrow, axe finds nothing and nothing scrolls sideways.

import { dayInSeoul } from "./days.mjs";
import { faultsOf, LOOKS, picture } from "./looks.mjs";
import { choose, giveBack, idlePage, visit } from "./visit.mjs";

const press = (key) => (page) => page.keyboard.press(key);
const click = (selector) => (page) => page.locator(selector).first().click();

// Whatever day of the week it is, this one is of the week before.
const lastWeek = () => dayInSeoul(7);

// A page, what is there once it is read, and what opens what.
const DIALOGS = [
  ["palette", "/board", ".card", press("Control+k")],
  ["keys", "/inbox", ".row", press("?")],
  ["new", "/board", ".card", press("c")],
  ["accept", "/inbox/look-1", ".decide .btn.primary", press("a")],
  ["decline", "/inbox/look-1", ".decide .btn.primary", press("d")],
  ["answer", "/inbox/look-1", ".decide .btn.primary", press("e")],
  ["duplicate", "/inbox/look-1", ".decide .btn.primary", press("m")],
  ["split", "/inbox/look-1", ".decide .btn.primary", press("t")],
  ["hand", "/inbox/look-1", ".decide .btn.primary", (page) => click(".more-acts summary")(page).then(() => page.getByRole("button", { name: "다른 사람에게 맡기기" }).click())],
  ["change", "/board", ".make .btn", click(".make .btn")],
  ["plan", "/changes/looked-at", ".acts0 .btn", press("p")],
  ["ship", "/changes/looked-at", ".acts0 .btn", press("v")],
  ["drop", "/changes/looked-at", ".acts0 .btn", press("d")],
  ["edit", "/changes/looked-at", ".acts0 .btn", press("e")],
  ["invite", "/changes/looked-at", ".acts0 .btn >> nth=0", press("i")],
  ["note", "/changes/shown", ".invited li", click(".invited .linky")],
  ["publish", "/published", ".unpublished li", click(".unpublished .btn")],
  ["why", () => `/engine/shop?at=${lastWeek()}`, ".chain .hero.number", click(".chain .hero.number")],
  ["stage", "/blueprint/shop", ".revisions li", click(".bp-stage .btn")],
  ["member", "/settings/members", ".ships", click("main .alt .btn")],
  ["policy", "/settings/policy", ".rules li", click("main .alt .btn")],
  ["reason", "/settings/reasons", ".tree", click("main .alt .btn")],
  ["engine", "/settings/engines", ".ships", click("main .alt button.btn")],
  ["token", "/settings/tokens", "main .alt .btn", click("main .alt .btn")],
];

export const dialogs = [
  [
    "there is something to open",
    async ({ suite }) => {
      const made = { body: "열어 볼 불만이에요. 봉투가 찢어졌어요.", kind: "COMPLAINT", language: "ko", mayAsk: true };
      await suite.call("dangol.backlog.v1.ChangeService/CreateChange", { changeId: "looked-at", change: { title: "봉투를 두 겹으로" } });
      for (const ticketId of ["look-1", "look-2"]) await suite.call("dangol.tickets.v1.TicketService/CreateTicket", { ticketId, ticket: made });
      await suite.call("dangol.tickets.v1.TicketService/AcceptTicket", { name: "tickets/look-2", change: "changes/looked-at" });
      // A stage has a number of the week before.
      const { kpis } = await suite.call("dangol.metrics.v1.KpiService/ListKpis", { parent: "engines/shop", pageSize: 1000 });
      const counted = kpis.filter(({ stage, source, state, kind }) => stage && source === "MANUAL" && state === "ACTIVE" && (kind === "COUNT" || kind === "SUM"));
      const entries = counted.map(({ name }) => ({ kpi: name, day: lastWeek(), value: 7 }));
      await suite.call("dangol.metrics.v1.KpiService/RecordObservations", { parent: "engines/shop", recordedBy: "members/minjae", entries });
    },
  ],
  ...DIALOGS.map(([name, path, ready, opens]) => [
    `the form ${name} holds`,
    async ({ open, shots }) => {
      const page = await idlePage(open);
      await visit(page, typeof path === "string" ? path : path(), ready);
      if (name === "invite") await page.waitForSelector("text=먼저 보여 드릴 분 고르기");
      await opens(page);
      await page.waitForSelector("dialog[open]");
      const found = [];
      for (const [width, height] of [
        [1440, 900],
        [360, 780],
      ]) {
        await page.setViewportSize({ width, height });
        for (const look of LOOKS) {
          await choose(page, ...look);
          await picture(page, shots, `form-${name}-${look.join("-")}-${width}`);
          // What is behind it is looked at as a page, and does nothing meanwhile.
          found.push(...(await faultsOf(page, look, width, "dialog[open]")));
        }
      }
      found.push(...page.faults);
      if (found.length) throw new Error(found.join("\n"));
      await page.keyboard.press("Escape");
      await page.waitForSelector("dialog[open]", { state: "detached" });
      giveBack(page);
    },
  ]),
];
