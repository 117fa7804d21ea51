// Photos and other files that go with a complaint.
import assert from "node:assert/strict";

import { until } from "./until.mjs";

// 2 × 2, red.
const PNG = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==", "base64");
const LARGE_BYTES = 600_000;

const filesOf = async (suite, ticket) => (await suite.call("dangol.tickets.v1.TicketService/ListAttachments", { parent: `tickets/${ticket}` })).attachments ?? [];

export const files = [
  [
    "photos go with a complaint that is written down: limits are said, wrong ones are named, one is taken out, the rest arrive whole and are shown",
    async ({ suite, open, close }) => {
      const page = await open("/inbox");
      await page.waitForSelector(".row");
      await page.keyboard.press("c");
      await page.getByLabel("고객이 한 말").fill("상자가 젖어서 왔어요.");
      await page.waitForSelector("dialog[open] .hint >> text=하나에 20MB까지");
      const large = Buffer.concat([Buffer.from("%PDF-1.7\n"), Buffer.alloc(LARGE_BYTES, 32)]);
      await page.getByLabel("사진·파일").setInputFiles([
        { name: "상자.png", mimeType: "image/png", buffer: PNG },
        { name: "그림.svg", mimeType: "image/svg+xml", buffer: Buffer.from("<svg xmlns='http://www.w3.org/2000/svg' onload='window.ran=1'/>") },
        { name: "영수증.pdf", mimeType: "application/pdf", buffer: large },
      ]);
      await until(() => page.locator(".picked canvas").evaluate((one) => one.width === 2), "the picture is drawn");
      await page.waitForSelector(".picked .bad >> text=넣을 수 없는 종류");
      await page.keyboard.press("Control+Enter");
      assert.equal(await page.locator("dialog[open]").count(), 1, "what cannot be kept is not left out in silence");
      await page.getByRole("button", { name: "그림.svg 빼기" }).click();
      await page.keyboard.press("Control+Enter");
      await page.waitForURL(/\/inbox\/.+/);
      const id = page.url().split("/").pop();
      const kept = await filesOf(suite, id);
      assert.deepEqual(kept.map((one) => [one.fileName, one.mediaType, Number(one.sizeBytes), Boolean(one.finishTime)]), [
        ["상자.png", "image/png", PNG.length, true],
        ["영수증.pdf", "application/pdf", large.length, true],
      ]);
      await until(() => page.locator(".attachments .shot canvas").evaluateAll(([one]) => one?.width === 2), "it is shown with the complaint");
      assert.equal(await page.evaluate(() => window.ran), undefined);
      await page.getByRole("button", { name: "상자.png 크게 보기" }).click();
      await page.waitForSelector("dialog[open] canvas");
      const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "저장하기", exact: true }).click()]);
      assert.equal(download.suggestedFilename(), "상자.png");
      await page.keyboard.press("Escape");
      // Where the service takes it out, the page hears of it.
      await suite.call("dangol.tickets.v1.TicketService/RedactAttachment", { name: kept[0].name });
      await page.waitForSelector("text=지운 파일 1개");
      await close(page);
    },
  ],
  [
    "a file that stops on its way goes on where it was, and the complaint is written once",
    async ({ suite, open, close }) => {
      const before = (await suite.call("dangol.tickets.v1.TicketService/CountTickets", {})).states.reduce((sum, one) => sum + Number(one.tickets ?? 0), 0);
      const page = await open("/inbox");
      await page.waitForSelector(".row");
      await page.keyboard.press("c");
      await page.getByLabel("고객이 한 말").fill("끊겼다 이어진 사진");
      await page.getByLabel("사진·파일").setInputFiles([{ name: "a.pdf", mimeType: "application/pdf", buffer: Buffer.concat([Buffer.from("%PDF-1.7\n"), Buffer.alloc(LARGE_BYTES, 32)]) }]);
      page.expectsErrors = true;
      let pieces = 0;
      await page.route("**/UploadAttachment", (route) => (++pieces === 2 ? route.fulfill({ status: 400, contentType: "application/json", body: JSON.stringify({ code: "failed_precondition", message: "x" }) }) : route.continue()));
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector("dialog[open] .failure");
      await page.unroute("**/UploadAttachment");
      await page.keyboard.press("Control+Enter");
      await page.waitForURL(/\/inbox\/.+/);
      const [kept] = await filesOf(suite, page.url().split("/").pop());
      assert.ok(kept.finishTime);
      const after = (await suite.call("dangol.tickets.v1.TicketService/CountTickets", {})).states.reduce((sum, one) => sum + Number(one.tickets ?? 0), 0);
      assert.equal(after, before + 1);
      await close(page);
    },
  ],
];
