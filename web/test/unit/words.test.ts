import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

import { en as firstEn } from "../../src/words/en";
import { enPages } from "../../src/words/en_pages";
import { ko as firstKo } from "../../src/words/ko";
import { koPages } from "../../src/words/ko_pages";
import { reasonsEn } from "../../src/words/reasons_en";
import { reasonsKo } from "../../src/words/reasons_ko";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const en = { ...firstEn, ...enPages };
const ko = { ...firstKo, ...koPages };

function sources(folder: string): string[] {
  return readdirSync(join(root, folder)).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(join(root, path)).isDirectory()) return sources(path);
    return /\.(cc|h)$/.test(name) ? [path] : [];
  });
}

// Every reason that is handed to a function of common/base/error.h.
function reasonsOfServices(): Set<string> {
  const reasons = new Set<string>();
  for (const path of ["common", "services"].flatMap(sources)) {
    const text = readFileSync(join(root, path), "utf8");
    const calls = [
      /Error\(\s*(?:absl::StatusCode::k\w+|\w+|\w+\.code\(\)),\s*"([A-Z][A-Z0-9_]+)"/g,
      /InvalidFields?\([^;]*?,\s*"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"\)/gs,
      /reason = "([A-Z][A-Z0-9_]+)"/g,
    ];
    for (const call of calls) for (const [, reason] of text.matchAll(call)) reasons.add(reason!);
  }
  return reasons;
}

test("every reason of an error has a sentence in both languages", () => {
  const reasons = [...reasonsOfServices()].sort();
  expect(reasons.length).toBeGreaterThan(40);
  expect(reasons).toContain("ETAG_MISMATCH");
  expect(reasons).toContain("TICKET_ID_REPEATED");
  expect(reasons.filter((reason) => !(reason in reasonsKo)), "write them in web/src/words/reasons_ko.ts").toEqual([]);
  expect(reasons.filter((reason) => !(reason in reasonsEn)), "write them in web/src/words/reasons_en.ts").toEqual([]);
});

// Those that change something: each is an entry of the audit log.
function writesOfServices(): string[] {
  const folders = ["tickets", "backlog", "metrics", "gateway"].map((name) => join(root, "protos/dangol", name, "v1"));
  const texts = folders.flatMap((folder) => readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8")));
  const methods = texts.flatMap((text) => [...text.matchAll(/\n {2}rpc (\w+)\(.*?returns \((stream )?.*?(?:\n {2}\}|;\n)/gs)]);
  return methods.flatMap(([whole, name, stream]) => (stream || whole.includes("NO_SIDE_EFFECTS") ? [] : [name!]));
}

test("every method that changes something is said in words in the audit log, in both languages", () => {
  const writes = writesOfServices();
  expect(writes.length).toBeGreaterThan(50);
  expect(writes).toContain("AcceptTicket");
  expect(writes.filter((method) => !(method in ko.audit.did)), "write them under audit.did of web/src/words/ko_pages.ts and en_pages.ts").toEqual([]);
  expect(Object.keys(en.audit.did).sort()).toEqual(Object.keys(ko.audit.did).sort());
});

function walk(value: unknown, path: string, visit: (path: string, value: unknown) => void): void {
  if (value && typeof value === "object") {
    for (const [name, inner] of Object.entries(value)) walk(inner, `${path}.${name}`, visit);
  } else {
    visit(path, value);
  }
}

test("both dictionaries have the same words, and none is empty", () => {
  const seen = { ko: new Map<string, unknown>(), en: new Map<string, unknown>() };
  walk(ko, "", (path, value) => seen.ko.set(path, value));
  walk(en, "", (path, value) => seen.en.set(path, value));
  expect([...seen.en.keys()].sort()).toEqual([...seen.ko.keys()].sort());
  for (const [path, value] of [...seen.ko, ...seen.en]) {
    expect(value, path).toBeTruthy();
    expect(typeof value, path).toBe(typeof seen.ko.get(path));
  }
});

// Every sentence that has a number in it, with that number.
function sentencesWith(count: string): [string, string][] {
  const found: [string, string][] = [];
  walk(en, "", (path, value) => {
    if (typeof value === "function") found.push([path, String((value as (...args: string[]) => unknown)(count, count, count, count))]);
  });
  return found;
}

test("English counts one thing as one, and several as several", () => {
  const things = "complaints|customers|numbers|things|differences|changes|entries|remarks|days|rows|revisions|people";
  for (const [path, said] of sentencesWith("1")) {
    // "last 1 days" is never said: the periods are longer.
    if (/\.(period|flowNone|run)$/.test(path)) continue;
    const counted = said.replace(/last 1 days/, "");
    expect(counted, path).not.toMatch(new RegExp(`\\b1 (of 1 )?(${things})\\b`));
    expect(counted, path).not.toMatch(/\b1 (\w+ )?(were|are|have|ask|wait|become|come)\b/);
  }
  for (const [path, said] of sentencesWith("2")) {
    // What is counted there is no argument.
    if (/\.(engine\.say|stage\.(outside|run))/.test(path)) continue;
    expect(said, path).not.toMatch(/\b2 (\w+ )?(was|is|has|asks|waits|becomes|comes)\b/);
    expect(said, path).not.toMatch(/\b2 (complaint|customer|number|thing|difference|change|entry|remark|day|row|revision|person)\b/);
  }
});

// Each text, and what each function says of one.
function said(words: unknown): [string, string][] {
  const found: [string, string][] = [];
  walk(words, "", (path, value) => {
    if (typeof value === "string") found.push([path, value]);
    if (typeof value === "function") found.push([path, String((value as (...args: string[]) => unknown)("1", "1", "1", "1"))]);
  });
  return found;
}

test("Korean is polite and speaks Korean; English speaks English", () => {
  for (const [path, text] of [...said(ko), ...said(reasonsKo)]) {
    // All but 날마다, which is no verb.
    expect(text, path).not.toMatch(/(?<!마)다[.!]?$/);
    if (/\p{L}/u.test(text) && path !== ".action.confirmKey") expect(text, path).toMatch(/[가-힣]/);
  }
  for (const [path, text] of [...said(en), ...said(reasonsEn)]) {
    if (path !== ".action.language") expect(text, path).not.toMatch(/[가-힣]/);
  }
});

// All that is loaded with a file of `src`.
function loadedWith(path: string, seen = new Map<string, string>()): Map<string, string> {
  const file = [path, `${path}.ts`, `${path}.tsx`].find((name) => existsSync(name) && statSync(name).isFile());
  if (!file || seen.has(file)) return seen;
  const text = readFileSync(file, "utf8");
  seen.set(file, text);
  for (const [, from] of text.matchAll(/^(?:import|export) (?!type\b)[^;]*?"(\.[^"]+)";/gms)) loadedWith(join(dirname(file), from!), seen);
  return seen;
}

test("the first pages say nothing whose words come later", () => {
  for (const first of ["main", "pages/inbox/inbox", "pages/today/today_page", "app/key_help", "app/new_ticket"]) {
    const files = loadedWith(join(root, "web/src", first));
    expect(files.size).toBeGreaterThan(4);
    for (const [file, text] of files) {
      const said = [...text.matchAll(/\bt\.(\w+)/g)].map(([, word]) => word!);
      expect(said.filter((word) => word in koPages), file).toEqual([]);
    }
  }
});
