// Before there is anything, and while a service is away.
import assert from "node:assert/strict";

import { until } from "./until.mjs";

// As the gateway answers where a service does not.
function awayAnswer(service) {
  const text = (field, value) => Buffer.concat([Buffer.from([(field << 3) | 2, value.length]), Buffer.from(value)]);
  const metadata = Buffer.concat([text(1, "service"), text(2, service)]);
  const info = Buffer.concat([text(1, "SERVICE_AWAY"), text(2, "dangol"), Buffer.from([(3 << 3) | 2, metadata.length]), metadata]);
  const details = [{ type: "google.rpc.ErrorInfo", value: info.toString("base64").replace(/=+$/, "") }];
  return { status: 503, contentType: "application/json", body: JSON.stringify({ code: "unavailable", message: "away", details }) };
}

export const firstRun = [
  [
    "the first run leads through who one is, the blueprint and the first complaint",
    async ({ suite, open, close }) => {
      const page = await open("/", { settings: { member: "" } });
      await page.waitForURL("**/today");
      await page.waitForSelector("text=세 걸음이면 시작해요.");
      assert.equal(await page.locator(".first-steps .now").innerText().then((text) => text.includes("누구인지")), true);
      await page.getByLabel("짧은 이름").fill("ha na");
      await page.waitForSelector(".first-steps .wrong");
      await page.getByRole("button", { name: "저예요" }).click();
      assert.equal(await page.getByLabel("짧은 이름").evaluate((field) => field === document.activeElement), true, "the focus is where something is wrong");
      // As names are written: it is made one that fits.
      await page.getByLabel("짧은 이름").fill("Hana");
      assert.equal(await page.getByLabel("짧은 이름").inputValue(), "hana");
      await page.getByLabel("함께 일하는 사람이 부르는 이름").fill("김하나");
      await page.reload();
      assert.equal(await page.getByLabel("짧은 이름").inputValue(), "hana");
      await page.keyboard.press("Tab");
      await page.getByRole("button", { name: "저예요" }).click();
      await page.waitForSelector(".first-steps .now >> text=설계도를 고르세요");
      const { members } = await suite.call("dangol.metrics.v1.MemberService/ListMembers", {});
      assert.deepEqual(members.map((one) => [one.name, one.displayName]), [["members/hana", "김하나"]]);
      assert.ok(members[0].roles.includes("ADMIN"), "who begins looks after people and services, too");
      assert.equal(await page.getByText("오늘 할 일이 끝났어요").count(), 0, "nobody is done while steps are left");
      // Complaints came by the file: the third step is done, and the second is what is left.
      assert.equal(await page.locator(".first-steps .done").count(), 2);
      await page.locator(".first-steps .now .btn").click();
      await page.waitForSelector("text=설계도를 고르세요");
      await close(page);
    },
  ],
  [
    "a service that is away is named, the page comes back by itself, and what was typed stays",
    async ({ open, close }) => {
      const page = await open("/inbox/shop-r2");
      await page.waitForSelector(".words");
      await page.keyboard.press("r");
      await page.locator(".composer textarea").fill("내일 도착해요.");
      page.expectsErrors = true;
      await page.route(/dangol\.tickets\./, (route) => route.fulfill(awayAnswer("tickets")));
      await page.keyboard.press("Control+Enter");
      // Four tries, 4.25 s apart in all: slow machines need longer than a page has by default.
      await page.waitForSelector(".composer [role=alert] >> text=불만 서비스가 대답하지 않아요", { timeout: 30_000 });
      assert.equal(await page.locator(".composer textarea").inputValue(), "내일 도착해요.");
      await page.reload();
      await page.waitForSelector(".failure >> text=불만 서비스가 대답하지 않아요");
      await page.unroute(/dangol\.tickets\./);
      await page.waitForSelector(".row");
      await page.waitForSelector(".words");
      assert.equal(await page.locator(".composer textarea").inputValue(), "내일 도착해요.");
      await close(page);
    },
  ],
  [
    "without the gateway the page says so, and comes back by itself",
    async ({ open, close }) => {
      const page = await open("/board");
      page.expectsErrors = true;
      await page.route(/dangol\./, (route) => route.abort());
      await page.evaluate(() => history.pushState(null, "", "/customers"));
      await page.reload();
      await page.waitForSelector(".failure >> text=게이트웨이에 닿지 않아요");
      await page.waitForSelector(".live.off");
      await page.unroute(/dangol\./);
      await until(async () => !(await page.locator(".failure").count()), "it is back");
      await close(page);
    },
  ],
];
