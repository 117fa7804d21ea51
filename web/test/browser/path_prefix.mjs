// The dashboard below a path of somebody else's host, behind a proxy that has nothing else there.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startSuite } from "./suite.mjs";
import { PATIENCE_MS } from "./until.mjs";

const PREFIX = "/dangol";

// Forwards what is below the prefix, and keeps what was asked for elsewhere.
async function startProxy(target) {
  const strays = [];
  const server = createServer((incoming, outgoing) => {
    if (incoming.url !== PREFIX && !incoming.url.startsWith(`${PREFIX}/`)) {
      strays.push(incoming.url);
      return outgoing.writeHead(404).end();
    }
    const forwarded = request(target + incoming.url, { method: incoming.method, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    forwarded.on("error", () => outgoing.destroy());
    outgoing.on("close", () => forwarded.destroy());
    incoming.pipe(forwarded);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${server.address().port}`, strays, stop: () => (server.closeAllConnections(), server.close()) };
}

export const pathPrefix = [
  [
    "below a path of another host: the link signs in, pages and calls stay below it, and so does the cookie",
    async ({ dangol, browser }) => {
      const data = mkdtempSync(join(tmpdir(), "dangol-prefix-"));
      const suite = await startSuite(dangol, { data, flags: ["--require-credentials", "--path-prefix", PREFIX] });
      const proxy = await startProxy(suite.url);
      const context = await browser.newContext({ locale: "en", viewport: { width: 1440, height: 900 } });
      try {
        const args = ["login", "--data", data, "--public-url", proxy.url, "--path-prefix", PREFIX];
        const link = execFileSync(dangol, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
        assert.ok(link.startsWith(`${proxy.url}${PREFIX}/#login=`), link);
        const page = await context.newPage();
        page.setDefaultTimeout(PATIENCE_MS);
        const faults = [];
        page.on("pageerror", (error) => faults.push(String(error)));
        page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
        await page.goto(link);
        await page.waitForURL(`${proxy.url}${PREFIX}/today`);
        await page.click(`a[href="${PREFIX}/board"]`);
        await page.waitForURL(`${proxy.url}${PREFIX}/board`);
        await page.reload();
        await page.waitForSelector("main");
        await page.goto(`${proxy.url}${PREFIX}/inbox?view=all`);
        await page.waitForSelector("main");
        const status = await page.evaluate(
          (path) => fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: '{"subject": "Below a path"}' }).then((answer) => answer.status),
          `${PREFIX}/v1/tickets`,
        );
        assert.equal(status, 200);
        // The page is told of it.
        await page.click("text=Show 1 new complaint");
        await page.waitForSelector("text=Below a path");
        const cookies = await context.cookies(`${proxy.url}${PREFIX}/`);
        assert.deepEqual(cookies.map(({ path }) => path), [PREFIX]);
        assert.deepEqual(await context.cookies(proxy.url), []);
        assert.deepEqual(proxy.strays, []);
        assert.deepEqual(faults, []);
      } finally {
        await context.close();
        proxy.stop();
        await suite.stop();
        rmSync(data, { recursive: true, force: true });
      }
    },
  ],
];
