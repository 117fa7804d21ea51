// Days as the engines of these tests count them: in Seoul. Asked for when they are needed, since a day may end while tests run.
const DAY_MS = 86_400_000;

export function dayInSeoul(daysAgo = 0) {
  return new Date(Date.now() - daysAgo * DAY_MS).toLocaleDateString("en-CA", { timeZone: "Asia/Seoul" });
}
