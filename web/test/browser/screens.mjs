// Pictures of every page with the demonstration's data: node screens.mjs DANGOL FOLDER [LANGUAGE…].
// Those of the README: README=1 node screens.mjs DANGOL ../../../docs/screens
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startChromium } from "./chromium.mjs";
import { dayInSeoul } from "./days.mjs";
import { startSuite } from "./suite.mjs";

const [dangol, folder, ...asked] = process.argv.slice(2);
const languages = asked.length ? asked : ["ko", "en"];
const forReadme = Boolean(process.env.README);
const only = new RegExp(forReadme ? "^(engine|ticket|change)$" : (process.env.ONLY ?? ""));
const themes = forReadme ? ["light"] : ["light", "dark"];
const sizes = forReadme
  ? [[1440, 900]]
  : [
      [1440, 900],
      [360, 780],
    ];

// What there is to see, by the names that the demonstration gave it.
async function pagesOf(suite) {
  const { engines } = await suite.call("dangol.metrics.v1.EngineService/ListEngines", {});
  const engine = engines[0];
  const { changes = [] } = await suite.call("dangol.backlog.v1.ChangeService/ListChanges", { states: ["SHIPPED", "VERIFIED"], pageSize: 50 });
  const change = [...changes].sort((one, other) => Number(other.evidence?.answered ?? 0) - Number(one.evidence?.answered ?? 0))[0];
  const { demands = [] } = change ? await suite.call("dangol.backlog.v1.ChangeService/ListDemands", { parent: change.name, pageSize: 1 }) : {};
  const { tickets = [] } = await suite.call("dangol.tickets.v1.TicketService/ListTickets", { view: "INBOX", pageSize: 1 });
  const { members = [] } = await suite.call("dangol.metrics.v1.MemberService/ListMembers", {});
  const busy = members.find((one) => one.stages?.length) ?? members[0];
  const id = (name) => name.split("/").pop();
  const stage = engine.stages[Math.min(2, engine.stages.length - 1)].stageId;
  const pages = [
    ["today", "/today", ".today:not([aria-busy=true])"],
    // The README shows a whole week, whatever the day on which its pictures are taken.
    ["engine", `/engine/${id(engine.name)}${forReadme ? `?period=week&at=${dayInSeoul(8)}` : ""}`, ".chain .hero"],
    ["stage", `/stage/${id(engine.name)}/${stage}`, ".kpi"],
    ["inbox", "/inbox", ".row"],
    ["board", "/board", ".card"],
    ["loop", "/loop", ".standing svg, .flow-bars"],
    ["not-yet", "/not-yet", ".kpi .quote"],
    ["published", "/published", ".told li, .unpublished li"],
    ["customers", "/customers", ".customers li"],
    ["blueprint", `/blueprint/${id(engine.name)}`, ".revisions li"],
    ["settings", "/settings", ".form"],
    ["settings-members", "/settings/members", ".ships"],
    ["settings-policy", "/settings/policy", ".rules"],
    ["settings-reasons", "/settings/reasons", ".tree"],
    ["settings-engines", "/settings/engines", ".ships"],
    ["settings-imports", "/settings/imports", ".settings .sub"],
    ["settings-tokens", "/settings/tokens", ".settings .sub"],
    ["settings-services", "/settings/services", ".follows li"],
    ["settings-audit", "/settings/audit", ".audit-filters"],
  ];
  if (tickets.length) pages.push(["ticket", `/inbox/${id(tickets[0].name)}`, ".decide"]);
  if (tickets[0]?.customer) pages.push(["customer", `/${tickets[0].customer}`, ".timeline li"]);
  if (change) pages.push(["change", `/${change.name}`, ".vsay"]);
  if (demands.length) pages.push(["loop-one", `/loop/${id(demands[0].ticket)}`, ".path7"]);
  return { pages, member: busy ? id(busy.name) : "" };
}

async function picture(browser, suite, [name, path, ready], { language, theme, width, height, member }) {
  const context = await browser.newContext({ viewport: { width, height }, timezoneId: "Asia/Seoul", locale: language });
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  await page.addInitScript((chosen) => (localStorage["dangol.settings"] = JSON.stringify(chosen)), { language, theme, member, singleKeys: true });
  await page.goto(suite.url + path);
  await page.waitForSelector(ready, { timeout: 20_000 });
  // Names and figures come one by one.
  await page.waitForTimeout(1_200);
  await page.evaluate(() => document.fonts.ready);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (wide > 0) faults.push(`scrolls sideways by ${wide} px`);
  await page.screenshot({ path: join(folder, forReadme ? `${name}-${language}.png` : `${name}-${language}-${theme}-${width}.png`), fullPage: Boolean(process.env.FULL) });
  await context.close();
  console.log(`${faults.length ? "FAULTY" : "ok    "} ${name} ${language} ${theme} ${width} ${faults.join("; ")}`);
}

mkdirSync(folder, { recursive: true });
const browser = await startChromium();
try {
  for (const language of languages) {
    const data = mkdtempSync(join(tmpdir(), "dangol-demo-"));
    const suite = await startSuite(dangol, { data, flags: ["--demo", "--language", language], readyMs: 180_000 });
    try {
      const { pages, member } = await pagesOf(suite);
      for (const page of pages.filter(([name]) => only.test(name))) {
        for (const [width, height] of sizes) {
          for (const theme of themes) {
            await picture(browser, suite, page, { language, theme, width, height, member }).catch((error) => console.log(`FAILED ${page[0]} ${language} ${theme} ${width}: ${error.message.split("\n")[0]}`));
          }
        }
      }
    } finally {
      await suite.stop();
      rmSync(data, { recursive: true, force: true });
    }
  }
} finally {
  await browser.close();
}
