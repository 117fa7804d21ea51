import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

import { faultOf, FILE_MIB, isPicture, KEPT, mediaTypeOf, safeName, TEXT_MIB } from "../../src/base/files";

test("the pages take the types and sizes that the service keeps", () => {
  const rules = readFileSync(new URL("../../../services/tickets/attachment/attachment_rules.cc", import.meta.url), "utf8");
  const most: Record<string, number> = { kFileBytesMost: FILE_MIB << 20, kTextBytesMost: TEXT_MIB << 20 };
  const types = [...rules.matchAll(/FileType\{"([^"]+)",\s*(\w+)/g)].map(([, type, bytes]) => [type!, most[bytes!]]);
  expect(types.length).toBeGreaterThan(10);
  expect(KEPT).toEqual(Object.fromEntries(types));
  expect(rules).toContain(`kFileBytesMost = ${FILE_MIB} << 20`);
  expect(rules).toContain(`kTextBytesMost = ${TEXT_MIB} << 20`);
});

test("what a browser would run is neither taken nor shown", () => {
  const file = (name: string, type: string, size = 10) => ({ name, type, size });
  for (const type of ["image/svg+xml", "text/html", "application/javascript", ""]) {
    expect(faultOf(file("x", type))).toBe("type");
    expect(isPicture(type)).toBe(false);
  }
  expect(faultOf(file("a.jpg", "image/jpeg"))).toBeUndefined();
  expect(faultOf(file("a.jpg", "image/jpeg", 0))).toBe("empty");
  expect(faultOf(file("a.jpg", "image/jpeg", (20 << 20) + 1))).toBe("size");
  expect(faultOf(file("a.txt", "text/plain", (2 << 20) + 1))).toBe("size");
});

test("what a browser has no type for is known by its ending", () => {
  expect(mediaTypeOf({ name: "IMG_1.HEIC", type: "" })).toBe("image/heic");
  expect(mediaTypeOf({ name: "계약.hwp", type: "application/octet-stream" })).toBe("application/x-hwp");
  expect(mediaTypeOf({ name: "a.csv", type: "application/vnd.ms-excel" })).toBe("application/vnd.ms-excel");
});

test("a name is no path, and has no dots or spaces at its ends", () => {
  expect(safeName("../etc/passwd")).toBe("-etc-passwd");
  expect(safeName("C:\\photos\\a.jpg")).toBe("C--photos-a.jpg");
  expect(safeName(" 사진.jpg. ")).toBe("사진.jpg");
  expect(safeName("...")).toBe("file");
});
