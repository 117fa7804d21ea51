// The pages in Chromium, on a suite of their own. Exit code 77: there is no Chromium here.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { acts } from "./acts.mjs";
import { behaviours } from "./behaviours.mjs";
import { hasChromium, startChromium } from "./chromium.mjs";
import { decisions } from "./decisions.mjs";
import { dialogs } from "./dialogs.mjs";
import { files } from "./files.mjs";
import { firstRun } from "./first_run.mjs";
import { journeys } from "./journey.mjs";
import { looks } from "./looks.mjs";
import { numbers } from "./numbers.mjs";
import { pathPrefix } from "./path_prefix.mjs";
import { roles } from "./roles.mjs";
import { security } from "./security.mjs";
import { settings } from "./settings.mjs";
import { signIn } from "./sign_in.mjs";
import { startSuite } from "./suite.mjs";
import { telling } from "./telling.mjs";
import { PATIENCE_MS } from "./until.mjs";

const [dangol, shots = fileURLToPath(new URL("../../../build/screenshots", import.meta.url))] = process.argv.slice(2);
if (!hasChromium) {
  console.log("There is no Chromium here: apt-get install chromium-headless-shell. Nothing was tested.");
  process.exit(77);
}

mkdirSync(shots, { recursive: true });
const suite = await startSuite(dangol);
const browser = await startChromium();
let failures = 0;

// A page with its own storage, which remembers what went wrong in it.
async function open(path, { language = "ko", theme = "light", width = 1440, height = 900, context, settings = {} } = {}) {
  const owner = context ?? (await browser.newContext({ viewport: { width, height }, timezoneId: "Asia/Seoul", locale: language }));
  const page = await owner.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !page.expectsErrors) page.faults.push(message.text());
  });
  await page.addInitScript((chosen) => {
    localStorage["dangol.settings"] ??= JSON.stringify(chosen);
  }, { language, theme, member: "minjae", singleKeys: true, ...settings });
  await page.goto(suite.url + path);
  await page.waitForSelector("main");
  return page;
}

async function close(page) {
  if (page.faults.length) throw new Error(page.faults.join("\n"));
  await page.context().close();
}

async function check(name, test) {
  const began = Date.now();
  try {
    await test();
    console.log(`ok      ${name} (${Date.now() - began} ms)`);
  } catch (error) {
    ++failures;
    console.log(`FAILED  ${name}\n${error?.stack ?? error}`);
    await describeOpenPages();
  }
}

// What stood on the pages that are open when a test fails.
async function describeOpenPages() {
  for (const page of browser.contexts().flatMap((context) => context.pages())) {
    if (page.described) continue;
    page.described = true;
    await page.screenshot({ path: join(shots, `failed-${failures}.png`) }).catch(() => undefined);
    const seen = page.evaluate(() => {
      const focus = document.activeElement;
      return `${location.href}\nfocus: ${focus?.tagName} ${focus?.className ?? ""}\n${document.body.innerText.slice(0, 1_500)}`;
    });
    console.log(`--- the page was ${await seen.catch(String)}\n${page.faults?.join("\n") ?? ""}\n---`);
  }
}

const wanted = new RegExp(process.env.ONLY ?? "");
// Takes from the list, so that several lanes can have the same one.
async function checkAll(tests) {
  for (let one = tests.shift(); one; one = tests.shift()) {
    const [name, test] = one;
    if (wanted.test(name)) await check(name, () => test({ dangol, suite, browser, open, close, shots }));
  }
}

try {
  // What is done builds on what was done before; what has a suite of its own goes beside it. What is only looked at comes last, by both.
  const [prepare, ...forms] = dialogs;
  const done = checkAll([...firstRun, ...behaviours, ...decisions, ...files, ...numbers, ...settings, ...journeys, ...security, ...acts, ...telling, prepare]);
  const apart = checkAll([...signIn, ...roles, ...pathPrefix]);
  const seen = [...forms, ...looks];
  await Promise.all([done.then(() => checkAll(seen)), Promise.all([done, apart]).then(() => checkAll(seen))]);
} finally {
  await browser.close();
  await suite.stop();
}
console.log(failures ? `${failures} failed` : "all passed");
process.exit(failures ? 1 : 0);
