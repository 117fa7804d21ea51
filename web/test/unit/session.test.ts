import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

import { PERMISSIONS } from "../../src/base/session";

test("every permission that a page asks for is one of the policy", () => {
  const policy = readFileSync(new URL("../../../common/rpc/authorization.cc", import.meta.url), "utf8");
  const known = [...policy.matchAll(/Rule\{"([a-z._]+)"/g)].map(([, name]) => name);
  expect(known.length).toBeGreaterThan(20);
  expect(PERMISSIONS.filter((one) => !known.includes(one))).toEqual([]);
});
