import { readdirSync, readFileSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";

import { mayAt, OF_STAGES, PERMISSIONS, readSession, signOut } from "../../src/base/session";

const root = new URL("../../../", import.meta.url);
const policy = readFileSync(new URL("common/rpc/authorization.cc", root), "utf8");

afterEach(() => vi.unstubAllGlobals());

test("every permission that a page asks for is one of the policy", () => {
  const known = [...policy.matchAll(/Rule\{"([a-z._]+)"/g)].map(([, name]) => name);
  expect(known.length).toBeGreaterThan(20);
  expect(PERMISSIONS.filter((one) => !known.includes(one))).toEqual([]);
});

test("what is checked by stage is what the services check so, and only an owner has it at some stages alone", () => {
  const checked = readdirSync(new URL("services", root), { recursive: true })
    .filter((name) => String(name).endsWith(".cc"))
    .flatMap((name) => [...readFileSync(new URL(`services/${String(name)}`, root), "utf8").matchAll(/rpc::CheckStage\([^"]+"([a-z._]+)"/g)].map(([, permission]) => permission));
  expect([...new Set(checked)].sort()).toEqual([...OF_STAGES].sort());
  for (const permission of OF_STAGES) expect(policy).toMatch(new RegExp(`"${permission}", *"owner lead( admin)?"`));
});

async function signInAs(session: object): Promise<void> {
  vi.stubGlobal("localStorage", { getItem: () => "1", removeItem: () => undefined, setItem: () => undefined });
  vi.stubGlobal("fetch", () => Promise.resolve({ ok: true, status: 200, json: () => Promise.resolve(session) }));
  await readSession();
}

test("an owner decides at the own stages, a lead at all of them, and an agent at none", async () => {
  const own = "engines/shop/stages/decision";
  expect(mayAt("tickets.decide", own), "nobody has to sign in").toBe(true);
  await signInAs({ name: "operator", roles: ["agent", "owner"], stages: [own], permissions: [...OF_STAGES] });
  expect([own, "engines/shop/stages/apply", ""].map((stage) => mayAt("tickets.decide", stage))).toEqual([true, false, false]);
  await signInAs({ name: "operator", roles: ["lead"], stages: [], permissions: [...OF_STAGES] });
  expect([own, ""].map((stage) => mayAt("changes.ship_service", stage))).toEqual([true, true]);
  await signInAs({ name: "operator", roles: ["owner", "admin"], stages: [own], permissions: [...OF_STAGES] });
  expect([mayAt("engines.write", ""), mayAt("tickets.decide", "")]).toEqual([true, false]);
  await signInAs({ name: "operator", roles: ["agent"], stages: [], permissions: [] });
  expect(mayAt("tickets.decide", own)).toBe(false);
});

// Somebody else sits there next.
test("whoever signs out leaves no draft behind, and whoever signs in finds none of another's", async () => {
  const kept = Object.assign(Object.create({ getItem: (key: string) => kept[key] ?? null, setItem: (key: string, value: string) => void (kept[key] = value), removeItem: (key: string) => void delete kept[key] }), {}) as Record<string, string>;
  const write = () => Object.assign(kept, { "dangol.draft.new.phone": "010-1234-5678", "dangol.signedIn": "1", other: "stays" });
  vi.stubGlobal("localStorage", kept);
  vi.stubGlobal("document", { documentElement: { dataset: {} } });
  const answerWith = (session: object) => vi.stubGlobal("fetch", () => Promise.resolve({ ok: true, status: 200, json: () => Promise.resolve(session) }));
  const kim = { name: "kim", roles: [], stages: [], permissions: [] };
  answerWith(kim);
  await readSession();
  write();
  await readSession();
  expect(kept, "the same person").toHaveProperty(["dangol.draft.new.phone"]);
  answerWith({ ...kim, name: "lee" });
  await readSession();
  expect(kept).not.toHaveProperty(["dangol.draft.new.phone"]);
  write();
  vi.stubGlobal("location", { reload: () => undefined });
  answerWith({});
  await signOut();
  expect(kept).not.toHaveProperty(["dangol.draft.new.phone"]);
  expect(kept).toHaveProperty("other");
});
