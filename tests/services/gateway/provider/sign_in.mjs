// A browser that signs in at a suite with oidc-provider, and what is refused.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { CLIENT_ID, CLIENT_SECRET, startProvider } from "./provider.mjs";

const dangol = process.argv[2];
const PORTS = 4;

function isFree(port) {
  return new Promise((done) => {
    const server = createServer().once("error", () => done(false));
    server.listen(port, "127.0.0.1", () => server.close(() => done(true)));
  });
}

async function freePorts() {
  for (;;) {
    const base = 20_000 + Math.floor(Math.random() * 10_000);
    const free = await Promise.all(Array.from({ length: PORTS }, (_, i) => isFree(base + i)));
    if (free.every(Boolean)) return base;
  }
}

// Keeps cookies by origin, and follows no redirect by itself.
class Browser {
  jar = new Map();

  async get(url) {
    const { origin } = new URL(url);
    const cookies = this.jar.get(origin) ?? new Map();
    this.jar.set(origin, cookies);
    const answer = await fetch(url, { redirect: "manual", headers: { cookie: [...cookies].map((pair) => pair.join("=")).join("; ") } });
    for (const set of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set);
      if (value) cookies.set(name, value);
      else cookies.delete(name);
    }
    const location = answer.headers.get("location");
    return { status: answer.status, body: await answer.text(), location: location && new URL(location, url).href };
  }

  // To where the provider sends it: the address of the gateway, which is not visited.
  async throughProvider(url, gateway) {
    for (let at = url, i = 0; i < 10; ++i) {
      const { location, status, body } = await this.get(at);
      assert.ok(location, `${at}: ${status} ${body}`);
      if (location.startsWith(gateway)) return location;
      at = location;
    }
    throw new Error("it goes round in a circle");
  }
}

const data = mkdtempSync(join(tmpdir(), "dangol-provider-"));
const provider = await startProvider({
  1: { email: "kim@example.org", email_verified: true, name: "Kim" },
  2: { email: "stranger@example.org", email_verified: true, name: "A <b>stranger</b>" },
  3: { email: "kim@example.org", email_verified: false, name: "Not Kim" },
});
const base = await freePorts();
const gateway = `http://127.0.0.1:${base}`;
const suite = spawn(dangol, ["up", "--data", data, "--port-base", String(base), "--require-credentials"], { stdio: ["ignore", "ignore", "pipe"] });
let log = "";
suite.stderr.on("data", (text) => (log += text));

const run = (args, env = {}) => execFileSync(dangol, args, { encoding: "utf8", env: { ...process.env, ...env } });
const signIn = async (change = (url) => url) => {
  const browser = new Browser();
  const start = await browser.get(`${gateway}/auth/start`);
  assert.equal(start.status, 302, start.body);
  return { browser, back: await browser.throughProvider(change(start.location), gateway) };
};
const refused = async ({ browser, back }, status, reason) => {
  const answer = await browser.get(back);
  assert.equal(answer.status, status, answer.body);
  assert.match(answer.body, reason);
  assert.equal((await browser.get(`${gateway}/auth/session`)).status, 401);
  return answer.body;
};

try {
  for (let i = 0; !log.includes("serving the gateway"); ++i) {
    assert.ok(i < 600 && suite.exitCode === null, log);
    await new Promise((done) => setTimeout(done, 100));
  }
  const file = (name, text) => {
    writeFileSync(join(data, name), text, { mode: 0o400 });
    return join(data, name);
  };
  const token = file("token", run(["token", "create", "setup", "--role", "lead", "--data", data]));
  run(["member", "create", "--member-id", "kim", "--display-name", "Kim", "--email", "kim@example.org", "--roles", "LEAD", "--port-base", String(base)], { DANGOL_TOKEN_FILE: token });
  run(["login", "set", "--issuer", provider.issuer, "--client-id", CLIENT_ID, "--client-secret-file", file("secret", CLIENT_SECRET), "--data", data]);
  provider.begin(`${gateway}/auth/callback`);

  provider.setUser("1");
  const first = await signIn();
  const back = await first.browser.get(first.back);
  assert.equal(back.status, 302, back.body);
  assert.equal(back.location, `${gateway}/#signed-in`);
  const session = JSON.parse((await first.browser.get(`${gateway}/auth/session`)).body);
  assert.equal(session.name, "kim");
  assert.deepEqual(session.roles, ["lead"]);

  // The code was used, by whatever browser: with the cookie of the sign-in as it was before.
  const used = await signIn();
  const copy = new Browser();
  copy.jar.set(gateway, new Map(used.browser.jar.get(gateway)));
  assert.equal((await used.browser.get(used.back)).status, 302);
  await refused({ browser: copy, back: used.back }, 401, /SIGN_IN_REFUSED/);

  const forged = await signIn();
  await refused({ ...forged, back: forged.back.replace(/state=[^&]*/, "state=forged") }, 401, /SIGN_IN_REFUSED/);
  // The code of one sign-in in another one.
  const [mine, theirs] = [await signIn(), await signIn()];
  const stolen = new URL(theirs.back).searchParams.get("code");
  await refused({ ...mine, back: mine.back.replace(/code=[^&]*/, `code=${stolen}`) }, 401, /SIGN_IN_REFUSED/);
  await refused(await signIn((url) => url.replace(/nonce=[^&]*/, "nonce=another")), 401, /nonce/);

  provider.setUser("2");
  const page = await refused(await signIn(), 403, /MEMBER_UNKNOWN/);
  assert.match(page, /stranger@example\.org/);
  assert.match(page, /A &lt;b&gt;stranger/);
  provider.setUser("3");
  await refused(await signIn(), 403, /MEMBER_UNPROVED/);

  // Its keys are others; a first sign-in may come too early to ask for them again.
  provider.setUser("1");
  provider.begin(`${gateway}/auth/callback`);
  let answer = {};
  for (let i = 0; answer.status !== 302 && i < 20; ++i) {
    await new Promise((done) => setTimeout(done, 500));
    const again = await signIn();
    answer = await again.browser.get(again.back);
  }
  assert.equal(answer.status, 302, answer.body);

  const late = await signIn();
  await provider.stop();
  await refused(late, 503, /PROVIDER_AWAY/);
  assert.equal((await first.browser.get(`${gateway}/auth/session`)).status, 200);
  assert.ok(!log.includes(CLIENT_SECRET));
} finally {
  suite.kill("SIGTERM");
  if (suite.exitCode === null) await once(suite, "exit");
  rmSync(data, { recursive: true, force: true });
}
process.exit(0);
