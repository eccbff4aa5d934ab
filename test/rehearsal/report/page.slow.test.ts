import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { renderComparison, renderReport } from "../../../rehearsal/report/render-report";
import { chromiumExecutable, startChromium, withoutChromium } from "../../support/chromium";
import { sampleRecord } from "./sample-record";

const axe = readFileSync(createRequire(__filename).resolve("axe-core/axe.min.js"), "utf8");

describe(`report page in Chromium${withoutChromium}`, () => {
  let browser: Browser;
  const folder = mkdtempSync(join(tmpdir(), "changeover-page-"));
  const later = sampleRecord({
    outcome: { result: "failed", reasons: ["3 requests failed"], proven: [], notProven: [] },
  });
  const pages = {
    run: renderReport(sampleRecord(), "html"),
    comparison: renderComparison(sampleRecord(), later, "html"),
  };

  before(async function () {
    if (chromiumExecutable === undefined) this.skip();
    this.timeout(60_000);
    for (const [name, text] of Object.entries(pages)) writeFileSync(join(folder, `${name}.html`), text);
    browser = await startChromium();
  });

  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function withPage(
    name: keyof typeof pages,
    options: { colorScheme?: "light" | "dark"; width?: number },
    work: (page: Page) => Promise<void>,
  ): Promise<void> {
    const { colorScheme = "light", width = 1000 } = options;
    // The page forbids scripts; the checks below must run nevertheless.
    const context = await browser.newContext({
      bypassCSP: true,
      colorScheme,
      viewport: { width, height: 800 },
    });
    try {
      const page = await context.newPage();
      const problems: string[] = [];
      page.on("console", (message) => problems.push(message.text()));
      page.on("pageerror", (error) => problems.push(error.message));
      page.on("request", (request) => {
        if (!request.url().startsWith("file:")) problems.push(`request to ${request.url()}`);
      });
      await page.goto(pathToFileURL(join(folder, `${name}.html`)).href);
      await work(page);
      assert.deepEqual(problems, []);
    } finally {
      await context.close();
    }
  }

  for (const name of ["run", "comparison"] as const) {
    for (const colorScheme of ["light", "dark"] as const) {
      it(`${name}, ${colorScheme}: has no accessibility violation, console message or request`, async () => {
        await withPage(name, { colorScheme }, async (page) => {
          await page.evaluate(axe);
          const { violations } = await page.evaluate<AxeResults>("axe.run()");
          assert.deepEqual(
            violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(", ")}`),
            [],
          );
        });
      });
    }
  }

  it("does not scroll sideways on a phone", async () => {
    await withPage("run", { width: 360 }, async (page) => {
      const width = await page.evaluate<number>("document.documentElement.scrollWidth");
      assert.ok(width <= 360, `page is ${width} px wide`);
    });
  });

  it("draws the outage of each strategy to scale", async () => {
    await withPage("run", {}, async (page) => {
      const bars = await page
        .locator("#strategies rect.failed")
        .evaluateAll((nodes) => nodes.map((node) => node.getBoundingClientRect().width));
      const [stop = 0, streamlined = 0, window = 0, zero] = bars;
      assert.ok(Math.abs(streamlined / stop - 9 / 22.5) < 0.02, `bars are ${bars}`);
      assert.ok(Math.abs(window / stop - 3.25 / 22.5) < 0.02, `bars are ${bars}`);
      assert.equal(zero, 0);
    });
  });

  it("prints on A4 with a place to sign", async () => {
    await withPage("run", { colorScheme: "dark" }, async (page) => {
      await page.emulateMedia({ media: "print" });
      const background = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
      assert.equal(background, "rgb(255, 255, 255)");
      assert.ok(await page.getByText("Signature", { exact: true }).isVisible());
      const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
      // A4 in points.
      assert.match(pdf, /\/MediaBox \[0 0 59[456](\.\d+)? 84[12](\.\d+)?\]/);
    });
  });
});
