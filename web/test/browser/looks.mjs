// How the pages look: each in both languages, both themes, wide and narrow; axe finds nothing, nothing scrolls sideways.
import { join } from "node:path";

import { violations } from "./axe.mjs";
import { choose, giveBack, idlePage, visit } from "./visit.mjs";

const PAGES = [
  ["today", "/today", ".due-list"],
  ["gallery", "/gallery", ".part .chart"],
  ["inbox", "/inbox", ".row"],
  ["inbox-not-yet", "/inbox?view=notYet", ".row"],
  ["ticket", "/inbox/shop-r1?view=all", ".decide"],
  ["change-shown", "/changes/shown", ".invited li"],
  ["published", "/published", ".unpublished li"],
  ["not-yet", "/not-yet", ".kpi .quote, .box0"],
  ["board", "/board", ".card"],
  ["change", "/changes/own-change", ".vsay"],
  ["loop", "/loop", ".standing svg, .flow-bars"],
  ["loop-one", "/loop/shop-r1", ".path7"],
  ["settings", "/settings", ".form"],
  ["settings-members", "/settings/members", ".ships"],
  ["settings-policy", "/settings/policy", ".rules li"],
  ["settings-reasons", "/settings/reasons", ".tree"],
  ["settings-engines", "/settings/engines", ".ships"],
  ["settings-imports", "/settings/imports", ".ships"],
  ["settings-tokens", "/settings/tokens", ".ships"],
  ["settings-services", "/settings/services", ".follows li"],
  ["settings-audit", "/settings/audit", ".audit tbody tr"],
  ["customers", "/customers", ".customers li"],
  ["customer", "/customers/{customer}", ".timeline li"],
  ["engine", "/engine/shop", ".chain .hero"],
  ["stage", "/stage/shop/decision", ".entrygrid"],
  ["blueprint", "/blueprint/shop", ".revisions li"],
  ["not-found", "/nowhere", ".box0"],
];

// Names that a service makes are known only once they are there.
async function fill(suite, path) {
  if (!path.includes("{customer}")) return path;
  const { customers } = await suite.call("dangol.tickets.v1.CustomerService/ListCustomers", {});
  return path.replace("{customer}", customers[0].name.split("/")[1]);
}

// What is looked at wide and narrow, in these languages and themes. axe takes longest: of each width it looks at one of them. With
// DANGOL_LOOKS=all it is every language in every theme, and axe looks at all.
const EVERY = process.env.DANGOL_LOOKS === "all";
export const LOOKS = EVERY
  ? [
      ["ko", "light"],
      ["ko", "dark"],
      ["en", "light"],
      ["en", "dark"],
    ]
  : [
      ["ko", "light"],
      ["en", "dark"],
    ];

// For people to look at, where somebody asks for all of it: they take as long as what is checked.
export async function picture(page, shots, name) {
  if (EVERY) await page.screenshot({ path: join(shots, `${name}.png`) });
}

// What is wrong with the page as it looks now; axe looks at all of it, or at a part.
export async function faultsOf(page, [language, theme], width, part) {
  const wide = await page.evaluate(() => {
    const dialogs = [...document.querySelectorAll("dialog[open], dialog[open] .dialog-body")];
    return document.documentElement.scrollWidth - window.innerWidth + Math.max(0, ...dialogs.map((one) => one.scrollWidth - one.clientWidth));
  });
  const found = wide > 0 ? [`scrolls sideways by ${wide} px`] : [];
  found.push(...(await page.evaluate(cutOff)));
  if (EVERY || (language === "ko") === (width === 1440)) found.push(...(await violations(page, part)));
  return found.map((one) => `${language}, ${theme}, ${width} px: ${one}`);
}

// What cannot be read without moving something sideways: a table's cells on a phone, or the hint in an empty field.
export function cutOff() {
  const tables = [...document.querySelectorAll(".table-wrap:has(.rows)")].filter((wrap) => wrap.scrollWidth > wrap.clientWidth + 1 && innerWidth < 720);
  const pen = document.createElement("canvas").getContext("2d");
  const hints = [...document.querySelectorAll("input[placeholder]")].filter((input) => {
    const style = getComputedStyle(input);
    pen.font = style.font;
    return input.clientWidth && pen.measureText(input.placeholder).width > input.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  });
  return [...tables.map((one) => `the table ${one.ariaLabel} is cut off`), ...hints.map((one) => `the hint ${one.placeholder} is cut off`)];
}

// Both widths of a page that is there already, and what is between: nothing scrolls sideways.
const WIDTHS = [
  [1440, 900, [1920, 1280, 1024, 860, 720]],
  [360, 780, [480]],
];

const PAGES_SHOWN = PAGES.map(([name, path, ready]) => [
  `the page ${name} holds`,
  async ({ suite, open, shots }) => {
    const page = await idlePage(open);
    await visit(page, await fill(suite, path), ready);
    const found = [];
    for (const [width, height, between] of WIDTHS) {
      await page.setViewportSize({ width, height });
      for (const [language, theme] of LOOKS) {
        await choose(page, language, theme);
        await picture(page, shots, `${name}-${language}-${theme}-${width}`);
        const untold = await page.locator("figure:has(svg.chart):not(:has(table tbody tr))").count();
        if (untold) found.push(`${language}, ${theme}: ${untold} charts without a table`);
        found.push(...(await faultsOf(page, [language, theme], width)));
      }
      for (const other of between) {
        await page.setViewportSize({ width: other, height: 900 });
        const wide = await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(document.documentElement.scrollWidth - window.innerWidth)))));
        if (wide > 0) found.push(`at ${other} px: scrolls sideways by ${wide} px`);
      }
    }
    found.push(...page.faults);
    if (found.length) throw new Error(found.join("\n"));
    giveBack(page);
  },
]);

// What is said of the stream takes room beside all that the strip of this page has.
const WITHOUT_STREAM = [
  "the engine at 360 px has room for saying that it is disconnected",
  async ({ browser, open, close }) => {
    const context = await browser.newContext({ viewport: { width: 360, height: 780 }, locale: "en" });
    await context.route("**/Watch", (route) => route.abort());
    const page = await open("/engine/shop", { context, language: "en" });
    page.expectsErrors = true;
    await page.waitForSelector(".strip .live.off");
    await page.waitForSelector(".strip .range");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (wide > 0) throw new Error(`scrolls sideways by ${wide} px`);
    page.faults = [];
    await close(page);
  },
];

export const looks = [...PAGES_SHOWN, WITHOUT_STREAM];
