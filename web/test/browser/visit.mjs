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
