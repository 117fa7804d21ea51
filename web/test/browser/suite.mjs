// A suite of its own for the browser: started on free ports, filled with a few complaints, stopped at the end.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

function isFree(port) {
  return new Promise((done) => {
    const server = createServer();
    server.once("error", () => done(false));
    server.listen(port, "127.0.0.1", () => server.close(() => done(true)));
  });
}

async function freePortBase() {
  for (;;) {
    const base = 20_000 + Math.floor(Math.random() * 30_000);
    const free = await Promise.all([0, 1, 2, 3].map((offset) => isFree(base + offset)));
    if (free.every(Boolean)) return base;
  }
}

function importFixture(dangol, port) {
  const map = "ticket_id=id,receive_time=time,contact_reason=reason,body=body";
  const set = ["--set", "source.channel=email", "--set", "language=ko"];
  execFileSync(dangol, ["import", "csv", here("fixture.csv"), "--source", "shop", "--map", map, ...set, "--port-base", String(port)]);
}

// With `flags` it fills itself; where `data` is given it is the caller's.
export async function startSuite(dangol, { data: given, flags = [], fixture = !flags.length, readyMs = 30_000 } = {}) {
  const data = given ?? mkdtempSync(join(tmpdir(), "dangol-web-"));
  const port = await freePortBase();
  const args = ["up", "--data", data, "--port-base", String(port), "--web", here("../../dist"), "--log-level", "error", ...flags];
  const child = spawn(dangol, args, { stdio: ["ignore", "inherit", "inherit"] });
  const ended = new Promise((done) => child.once("exit", done));
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    if (!given) rmSync(data, { recursive: true });
  };
  const deadline = Date.now() + readyMs;
  for (;;) {
    const ready = await fetch(`${url}/readyz`).then((answer) => answer.ok, () => false);
    if (ready) break;
    if (Date.now() > deadline || child.exitCode !== null) {
      await stop();
      throw new Error("the suite did not start");
    }
    await new Promise((done) => setTimeout(done, 50));
  }
  if (fixture) importFixture(dangol, port);
  const call = async (method, request) => {
    const answer = await fetch(`${url}/${method}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request),
    });
    const body = await answer.json();
    if (!answer.ok) throw new Error(`${method}: ${JSON.stringify(body)}`);
    return body;
  };
  return { url, call, stop };
}
