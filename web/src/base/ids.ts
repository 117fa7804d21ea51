// UUID version 7 (RFC 9562): ordered by time, which the services write fastest.
export function requestId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const millis = BigInt(Date.now());
  for (let i = 0; i < 6; ++i) bytes[i] = Number((millis >> BigInt(8 * (5 - i))) & 0xffn);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

// `tickets/t1` → `t1`
export function idOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

// The engine of what belongs to one: `engines/shop/kpis/orders` → `engines/shop`
export function engineOf(name: string): string {
  return name.split("/").slice(0, 2).join("/");
}

// What programs and people call a kind of thing, such as `delivery/late`.
export function isSlug(text: string): boolean {
  return /^[a-z0-9._-]+(\/[a-z0-9._-]+)*$/.test(text);
}

// As a slug, where only spaces and capitals are in the way: `Cold chain` → `cold-chain`. The rest stays, for somebody to see.
export function slugOf(typed: string): string {
  return typed.trim().toLowerCase().replace(/\s*\/\s*/g, "/").replace(/\s+/g, "-");
}

// As common/base/ids.cc has it.
export function isResourceId(text: string): boolean {
  return /^[a-z0-9-]{1,63}$/.test(text);
}
