// What somebody has marked of the complaint that is shown.
const MARKED_MAX = 2_000;

export function markedWords(): string {
  const selection = globalThis.getSelection?.();
  const inside = selection?.anchorNode?.parentElement?.closest(".words, .detail h2");
  return inside ? selection!.toString().replace(/\s+/g, " ").trim().slice(0, MARKED_MAX) : "";
}
