// To another page as a link leads there: the script, and what was read, stay. A third of what loading it costs.
// What stood there before does not count as there; pages of one kind may share it, so between them is one that is no page.
const NOWHERE = "/-";

async function go(page, path, ready) {
  await page.evaluate((to) => {
    for (const one of document.querySelectorAll("main, main *")) one.setAttribute("data-before", "");
    history.pushState(null, "", to);
  }, path);
  await page.locator(ready).and(page.locator(":not([data-before])")).first().waitFor();
}

export async function visit(page, path, ready) {
  const { pathname, search } = new URL(page.url());
  if (pathname + search === path) return void (await page.locator(ready).first().waitFor());
  if (pathname.split("/")[1] === path.split("/")[1]) await go(page, NOWHERE, ".box0");
  await go(page, path, ready);
}

export async function choose(page, language, theme) {
  await page.evaluate((chosen) => {
    const settings = { ...JSON.parse(localStorage["dangol.settings"]), ...chosen };
    localStorage["dangol.settings"] = JSON.stringify(settings);
    window.dispatchEvent(new StorageEvent("storage", { key: "dangol.settings" }));
  }, { language, theme });
  await page.waitForSelector(`html[lang="${language}"][data-theme="${theme}"]`);
  await page.waitForSelector(`nav[aria-label="${language === "ko" ? "주 메뉴" : "Main menu"}"]`, { state: "attached" });
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await page.evaluate(() => document.fonts.ready);
}

// Pages that one test is done with, for the next one that wants nothing of its own. One that failed is not among them.
const idle = [];

// Wide, in Korean, in the light.
export async function idlePage(open) {
  const page = idle.pop() ?? (await open("/today"));
  await page.setViewportSize({ width: 1440, height: 900 });
  await choose(page, "ko", "light");
  return page;
}

export function giveBack(page) {
  idle.push(page);
}
