import { expect, test } from "vitest";

import { nameOfSlug } from "../../src/base/names";

test.each([
  ["cold-chain", "Cold chain"],
  ["jar_washing", "Jar washing"],
  ["mobile", "Mobile"],
  ["", ""],
])("the short name %s is read as %s", (slug, name) => {
  expect(nameOfSlug(slug)).toBe(name);
});
