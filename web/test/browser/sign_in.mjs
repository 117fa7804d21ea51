// Where people have to sign in: by a link, once, and out again. On a suite of its own.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startSuite } from "./suite.mjs";
import { until } from "./until.mjs";

// The suite, and the link by which somebody comes in.
async function withSignIn(dangol, run) {
  const data = mkdtempSync(join(tmpdir(), "dangol-sign-in-"));
  const suite = await startSuite(dangol, { data, flags: ["--require-credentials"] });
  const linkFor = (member, role) => {
    const args = ["login", "--data", data, "--port-base", new URL(suite.url).port, "--member", member, "--role", role];
    return /http\S+/.exec(execFileSync(dangol, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }))[0];
  };
  try {
    await run(suite, linkFor);
  } finally {
    await suite.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

export const signIn = [
  [
    "without a session the page says how one comes in; the link works once, and out is out",
    async ({ dangol, browser }) => {
      await withSignIn(dangol, async (suite, linkFor) => {
        const context = await browser.newContext({ locale: "ko" });
        const page = await context.newPage();
        page.setDefaultTimeout(10_000);
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
        await page.waitForSelector("text=이미 썼거나 오래됐어요");
        await context.close();
      });
    },
  ],
];
