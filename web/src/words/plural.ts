// What English says of one thing and of several. A count is a text as it is shown.
export function plural(count: string, one: string, many: string): string {
  return `${count} ${count === "1" ? one : many}`;
}
export function be(count: string): string {
  return count === "1" ? "was" : "were";
}
export const complaints = (count: string) => plural(count, "complaint", "complaints");
