import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import { describe, it } from "mocha";
import type { Browser, Page } from "playwright-core";
import { toMarkdown } from "../../../preview/report/markdown";
import type { PreviewReport } from "../../../preview/report/report";
import { chromiumExecutable, startChromium, withoutChromium } from "../../support/chromium";
import { commentPage } from "./comment-page";
import { CHANGED_REPORT, REJECTED_REPORT } from "./sample-reports";

const axe = readFileSync(createRequire(__filename).resolve("axe-core/axe.min.js"), "utf8");
const SOURCE = "https://github.com/o/r/blob/0123";

describe(`preview comment in Chromium${withoutChromium}`, function () {
  this.timeout(60_000);
  let browser: Browser;

  before(async function () {
    if (chromiumExecutable === undefined) this.skip();
    browser = await startChromium();
  });
  after(() => browser?.close());

  async function withComment<Result>(
    report: PreviewReport,
    { colorScheme = "light", width = 900 }: { colorScheme?: "light" | "dark"; width?: number },
    work: (page: Page) => Promise<Result>,
  ): Promise<Result> {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 1200 } });
    try {
      const page = await context.newPage();
      const requests: string[] = [];
      page.on("request", (request) => {
        if (/^https?:/.test(request.url())) requests.push(request.url());
      });
      await page.setContent(commentPage(toMarkdown(report, { sourceUrl: SOURCE })));
      // A picture for people who want to look at it; it is not kept in the repository.
      const folder = process.env.PREVIEW_PICTURES;
      if (folder !== undefined) {
        const name = `${report.outcome}-${colorScheme}-${width}.png`;
        await page.screenshot({ path: `${folder}/${name}`, fullPage: true });
      }
      const result = await work(page);
      assert.deepEqual(requests, [], "a text of the change loads an image");
      return result;
    } finally {
      await context.close();
    }
  }

  for (const colorScheme of ["light", "dark"] as const) {
    it(`is readable in the ${colorScheme} scheme`, async () => {
      for (const report of [REJECTED_REPORT, CHANGED_REPORT]) {
        await withComment(report, { colorScheme }, async (page) => {
          await page.evaluate(axe);
          const { violations } = (await page.evaluate(
            'axe.run({ runOnly: ["color-contrast", "list", "listitem"] })',
          )) as AxeResults;
          assert.deepEqual(
            violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`),
            [],
          );
        });
      }
    });
  }

  it("has no line that is wider than the comment, except SQL", async () => {
    for (const width of [900, 400]) {
      const tooWide = await withComment(REJECTED_REPORT, { width }, (page) =>
        page.evaluate(
          `[...document.querySelectorAll("p, li, h3, h4")].filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.textContent)`,
        ),
      );
      assert.deepEqual(tooWide, []);
    }
  });

  it("has one item for each reason, its remedy below, and links to file and line", async () => {
    await withComment(REJECTED_REPORT, {}, async (page) => {
      const items = await page.locator("ol > li").allInnerTexts();
      assert.equal(items.length, 2);
      assert.match(items[0] ?? "", /^⛔ live must be one of setting0,[\s\S]*\nSet it to blue or green\.$/);
      const links = await page
        .locator("a")
        .evaluateAll((all) => all.map((each) => each.getAttribute("href")));
      assert.deepEqual(
        [...new Set(links)],
        [`${SOURCE}/app/migrations/0009_bad.expand.sql#L3`, `${SOURCE}/package-lock.json`],
      );
      assert.match(await page.locator("pre").first().innerText(), /^CREATE UNIQUE INDEX CONCURRENTLY/);
    });
  });

  it("shows stacks with the same report once, and no image or mention of a text", async () => {
    await withComment(REJECTED_REPORT, {}, async (page) => {
      assert.deepEqual(await page.locator("h4").allInnerTexts(), [
        "Files of the change, for every stack",
        "production and staging",
      ]);
      assert.deepEqual(await page.locator("tr").allInnerTexts(), [
        "Stack\tEffect",
        "production\t⛔ rejected, for 2 reasons",
        "staging\t⛔ rejected, for 2 reasons",
      ]);
      assert.equal(await page.locator("img").count(), 0);
    });
  });

  it("has no tick beside a danger, and a link to the procedure", async () => {
    await withComment(CHANGED_REPORT, {}, async (page) => {
      const list = await page.locator("ul").first().innerText();
      assert.match(list, /^🛑 The instances of blue are terminated/);
      assert.ok(!list.includes("✅"), list);
      assert.equal(
        await page.locator('a[href$="/docs/runbook.md#roll-back-by-an-update"]').innerText(),
        "Roll back by an update",
      );
    });
  });
});
