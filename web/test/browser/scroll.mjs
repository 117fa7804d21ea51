// Measures how the inbox scrolls through 10,000 complaints: node scroll.mjs DANGOL. Prints the tasks that kept the page from answering.
import { existsSync } from "node:fs";

import { chromium } from "playwright-core";

import { startSuite } from "./suite.mjs";

const TICKETS = 10_000;
const AT_ONCE = 500;
const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => existsSync(path));
const suite = await startSuite(process.argv[2]);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
try {
  for (let at = 0; at < TICKETS; at += AT_ONCE) {
    const requests = Array.from({ length: AT_ONCE }, (_, index) => ({
      ticket: {
        subject: `불만 ${at + index}`,
        body: "이번에도 배송이 이틀 늦었어요. 늦으면 늦는다고 먼저 알려 주셨으면 해요. ".repeat(4),
        kind: "COMPLAINT",
        contactReason: "delivery/late",
        source: { channel: "email" },
      },
      sender: { displayName: `고객 ${at + index}`, email: `c${at + index}@example.com` },
    }));
    await suite.call("dangol.tickets.v1.TicketService/BatchCreateTickets", { requests });
  }
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(`${suite.url}/inbox`);
  await page.waitForSelector(".row .who");
  await page.waitForTimeout(2_000);
  const tasks = await page.evaluate(async (wanted) => {
    const long = [];
    new PerformanceObserver((list) => long.push(...list.getEntries().map((entry) => Math.round(entry.duration)))).observe({ type: "longtask" });
    const box = document.querySelector(".rows");
    const rows = () => Math.round(box.scrollHeight / 32);
    while (rows() < wanted || box.scrollTop + box.clientHeight < box.scrollHeight - 2) {
      box.scrollTop += 320;
      await new Promise((done) => requestAnimationFrame(done));
    }
    await new Promise((done) => setTimeout(done, 500));
    return { rows: rows(), long: long.sort((one, other) => other - one) };
  }, TICKETS);
  console.log(`${tasks.rows} rows; ${tasks.long.length} tasks over 50 ms: ${tasks.long.join(", ") || "none"}`);
} finally {
  await browser.close();
  await suite.stop();
}
