// The work of a day on real complaints, by keyboard, with the Korean input method on: node real.mjs DANGOL CFPB.csv REVIEWS.csv.gz
// Twenty complaints are decided by 60 presses at most, and one that comes by phone becomes a shipped change.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startChromium } from "./chromium.mjs";
import { journey } from "./journey.mjs";
import { hangul } from "./keyboards.mjs";
import { startSuite } from "./suite.mjs";
import { ticket, until } from "./until.mjs";

const [dangol, cfpb, reviews, shots] = process.argv.slice(2);
const DECIDED = 20;
const PRESSES_MAX = 60;
const CHANGES = 6;
const data = mkdtempSync(join(tmpdir(), "dangol-real-"));
const suite = await startSuite(dangol, { data, fixture: false });
const browser = await startChromium();

async function open(path, { width = 1440, height = 900 } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, timezoneId: "Asia/Seoul", locale: "ko" });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && page.faults.push(message.text()));
  await page.addInitScript(() => (localStorage["dangol.settings"] ??= JSON.stringify({ language: "ko", theme: "light", member: "minjae", singleKeys: true })));
  await page.goto(suite.url + path);
  await page.waitForSelector("main");
  return page;
}

async function close(page) {
  assert.deepEqual(page.faults, []);
  await page.context().close();
}

// Rows that cannot be read are left out, and written beside the data.
function bring(format, file, ...more) {
  const rejects = ["--rejects", join(data, `${format}.rejects.csv`)];
  const { status } = spawnSync(dangol, ["import", format, file, ...more, ...rejects, "--port-base", new URL(suite.url).port], { stdio: ["ignore", "ignore", "inherit"] });
  assert.ok(status === 0 || status === 1, `import ${format}: ${status}`);
}

// Changes that are there before a day begins, about what is complained of most.
async function prepare() {
  const { tickets } = await suite.call("dangol.tickets.v1.TicketService/ListTickets", { view: "INBOX", pageSize: 200 });
  const counts = new Map();
  for (const { contactReason } of tickets) if (contactReason) counts.set(contactReason, (counts.get(contactReason) ?? 0) + 1);
  const most = [...counts].sort((one, other) => other[1] - one[1]).slice(0, CHANGES);
  for (const [index, [reason]] of most.entries()) {
    await suite.call("dangol.backlog.v1.ChangeService/CreateChange", { changeId: `most-${index}`, change: { title: `${reason} 고치기`, contactReasons: [reason] } });
  }
}

async function triage() {
  const page = await open("/inbox");
  const keys = await hangul(page);
  let presses = 0;
  const press = async (key) => {
    presses += 1;
    await keys.press(key);
  };
  const decided = [];
  for (let count = 0; count < DECIDED; ++count) {
    await page.waitForSelector(".decide .btn.primary");
    const id = (await page.locator(".context .more").getAttribute("href")).split("/").pop();
    decided.push(id);
    await press("a");
    await page.waitForSelector("dialog[open] .pick.on");
    // Where no change is about it, the one that most ask for.
    if (await page.locator("dialog[open] .pick.on >> text=새 변경 시작하기").count()) await press("ArrowDown");
    await press("Enter");
    await page.waitForSelector("dialog", { state: "detached" });
    await until(async () => (await ticket(suite, id)).state === "ACCEPTED", `${id} accepted`);
  }
  assert.equal(new Set(decided).size, DECIDED);
  assert.ok(presses <= PRESSES_MAX, `${presses} presses`);
  if (shots) await page.screenshot({ path: join(shots, "real-inbox.png") });
  await close(page);
  return presses;
}

try {
  if (shots) mkdirSync(shots, { recursive: true });
  bring("cfpb", cfpb);
  bring("csv", reviews, "--source", "reviews", "--map", "ticket_id=review_id,body=text,receive_time=date,product=product_id", "--set", "language=ko", "--set", "source.channel=review", "--time-zone", "Asia/Seoul");
  await prepare();
  console.log(`ok      ${DECIDED} real complaints decided by ${await triage()} presses`);
  await journey({ suite, open, close }, hangul, "real", "젖지 않는 상자를 쓴다");
  console.log("ok      one that came by phone became a shipped change");
} finally {
  await browser.close();
  await suite.stop();
  rmSync(data, { recursive: true, force: true });
}
