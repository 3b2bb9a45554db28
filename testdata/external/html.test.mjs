// The HTML page in a browser: filters, links, paper, accessibility, and that no
// request leaves it. With SCREENSHOTS=DIR the pictures of the documentation are
// written there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { check, chromium, here } from "./tools.mjs";

const browserPath = chromium();

describe("the HTML page", { skip: browserPath === "" && "needs Chromium: apt install chromium" }, () => {
  let browser, address;

  before(async () => {
    const { chromium: driver } = await import("playwright-core");
    address = pathToFileURL(check("html", "page.html", [
      "testdata/example/unlink.bpf.o", "testdata/rules/core_field_missing.o", "testdata/rules/kfunc_incompatible.o", "testdata/rules/map_attributes.o",
    ])).href;
    browser = await driver.launch({
      executablePath: browserPath,
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    });
  });

  after(() => browser?.close());

  // open opens the page and notes what it asks for and complains of.
  async function open(hash = "", options = {}) {
    const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
    const page = await context.newPage();
    page.asked = [];
    page.complaints = [];
    page.on("request", (request) => page.asked.push(request.url()));
    page.on("console", (message) => page.complaints.push(message.text()));
    page.on("pageerror", (error) => page.complaints.push(String(error)));
    await page.goto(address + hash);
    return page;
  }

  const shown = (page) => page.locator(".finding:visible").count();
  const severities = (page) => page.locator(".finding:visible").evaluateAll((all) => [...new Set(all.map((f) => f.dataset.severity))].sort());

  test("errors and warnings are shown, and counted", async () => {
    const page = await open();
    assert.deepEqual(await severities(page), ["error", "warning"]);
    const all = await page.locator(".finding").count();
    assert.equal(await page.locator("#count").textContent(), `${await shown(page)} of ${all} findings shown`);
    assert.ok(await shown(page) > 0 && await shown(page) < all);
    await page.close();
  });

  test("filters narrow the findings and stand in the address", async () => {
    const page = await open();
    const before = await shown(page);
    await page.getByLabel("Kernel", { exact: true }).selectOption("5.10");
    const on510 = await shown(page);
    assert.ok(on510 > 0 && on510 < before);
    await page.getByRole("checkbox", { name: "warning" }).uncheck();
    assert.deepEqual(await severities(page), ["error"]);
    await page.getByLabel("Text", { exact: true }).fill("SCX_BPF_NOW");
    assert.equal(await shown(page), 1);
    assert.equal(new URL(page.url()).hash, "#text=SCX_BPF_NOW&kernel=5.10&severity=error");

    const again = await open(new URL(page.url()).hash);
    assert.equal(await shown(again), await shown(page));
    assert.equal(await again.getByLabel("Text", { exact: true }).inputValue(), "SCX_BPF_NOW");

    await page.getByRole("button", { name: "Reset" }).click();
    await page.waitForFunction((n) => document.getElementById("count").textContent.startsWith(`${n} of`), before);
    assert.equal(await shown(page), before);
    await page.getByRole("checkbox", { name: "note" }).check();
    assert.ok((await severities(page)).includes("note"));
    await page.context().close();
  });

  test("a verdict leads to its findings", async () => {
    const page = await open();
    const row = page.locator("#matrix tr", { hasText: "unlink.bpf.o" }).first();
    await row.locator("td a").first().click();
    assert.equal(await page.getByLabel("Object", { exact: true }).inputValue(), "testdata/example/unlink.bpf.o");
    assert.equal(await page.getByLabel("Kernel", { exact: true }).inputValue(), "5.10");
    assert.equal(await page.getByLabel("Loader", { exact: true }).inputValue(), "libbpf");
    assert.ok(await shown(page) >= 1);
    assert.equal(await page.locator(".group:visible").count(), 1);
    await page.goBack();
    await page.waitForFunction(() => document.querySelector("[name=object]").value === "");
    await page.close();
  });

  test("the table shows objects by verdict", async () => {
    const page = await open();
    const rows = () => page.locator("#matrix tbody:visible").count();
    const all = await rows();
    await page.getByLabel("Objects", { exact: true }).selectOption("undecided");
    const undecided = await rows();
    assert.ok(undecided > 0 && undecided < all);
    const again = await open(new URL(page.url()).hash);
    assert.equal(await again.locator("#matrix tbody:visible").count(), undecided);
    await again.locator("#matrix tbody:visible td a").first().click();
    assert.equal(await again.locator("#matrix tbody:visible").count(), undecided);
    await page.getByLabel("Objects", { exact: true }).selectOption("");
    assert.equal(await rows(), all);
    await page.context().close();
  });

  test("a link to a finding opens it, even one that is filtered out", async () => {
    const page = await open();
    const note = await page.locator('.finding[data-severity="note"]').first().getAttribute("id");
    const linked = await open(`#${note}`);
    const finding = linked.locator(`[id="${note}"]`);
    assert.ok(await finding.isVisible());
    assert.ok(await finding.locator("details").evaluate((d) => d.open));
    await linked.waitForFunction((id) => {
      const box = document.getElementById(id).getBoundingClientRect();
      return box.top >= 0 && box.top < innerHeight;
    }, note);
    await linked.close();

    await page.getByRole("button", { name: "Open all" }).click();
    const error = page.locator(".finding:visible").first();
    await error.getByRole("link", { name: /^[a-z-]+$/ }).first().click();
    const rule = page.locator("details:target");
    assert.ok(await rule.evaluate((d) => d.open));
    assert.match(await rule.locator("pre").textContent(), /Why/);
    await page.close();
  });

  test("findings open and close", async () => {
    const page = await open();
    await page.getByRole("button", { name: "Close all" }).click();
    assert.equal(await page.locator(".finding:visible details[open]").count(), 0);
    const summary = page.locator(".finding:visible summary").first();
    await summary.focus();
    await page.keyboard.press("Enter");
    assert.equal(await page.locator(".finding:visible details[open]").count(), 1);
    assert.ok(await page.locator(".finding details[open] pre mark").first().isVisible());
    await page.getByRole("button", { name: "Open all" }).click();
    assert.equal(await page.locator(".finding:visible details[open]").count(), await shown(page));
    await page.close();
  });

  test("no request leaves the page and its policy is kept", async () => {
    const page = await open();
    await page.getByLabel("Text", { exact: true }).fill("x");
    await page.locator("#matrix td a").first().click();
    assert.deepEqual(page.asked, [address]);
    assert.deepEqual(page.complaints, []);
    const refused = await page.evaluate(() => new Promise((done) => {
      document.addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective));
      document.body.append(Object.assign(new Image(), { src: "https://example.com/x.png" }));
    }));
    assert.equal(refused, "img-src");
    await page.close();
  });

  test("it reads without scripts", async () => {
    const page = await open("", { javaScriptEnabled: false });
    assert.equal(await page.locator("#filters").isVisible(), false);
    assert.equal(await page.locator(".finding:visible").count(), await page.locator(".finding").count());
    await page.locator(".finding summary").last().click();
    assert.ok(await page.locator(".finding .body").last().isVisible());
    await page.close();
  });

  test("everything is on paper", async () => {
    const page = await open();
    await page.emulateMedia({ media: "print" });
    assert.equal(await page.locator("#filters").isVisible(), false);
    const pdf = await page.pdf({ format: "A4" });
    assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    assert.equal(await page.locator("details:not([open])").count(), 0);
    await page.evaluate(() => dispatchEvent(new Event("afterprint")));
    assert.ok(await page.locator("details:not([open])").count() > 0);
    await page.close();
  });

  for (const colorScheme of ["light", "dark"]) {
    test(`it is accessible, ${colorScheme}`, async () => {
      const page = await open("#severity=error%2Cwarning%2Cnote", { colorScheme });
      await page.getByRole("button", { name: "Open all" }).click();
      await page.evaluate(readFileSync(join(here, "node_modules", "axe-core", "axe.min.js"), "utf8"));
      const found = await page.evaluate(() => axe.run(document));
      assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).slice(0, 3).join(" ")}`), []);
      const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.equal(ground === "rgb(255, 255, 255)", colorScheme === "light");
      await page.close();
    });

    test(`nothing sticks out of a narrow window, ${colorScheme}`, async () => {
      const page = await open("", { colorScheme, viewport: { width: 360, height: 800 } });
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
      await page.close();
    });

    test(`picture, ${colorScheme}`, { skip: !process.env.SCREENSHOTS && "SCREENSHOTS is not set" }, async () => {
      const page = await open("", { colorScheme, viewport: { width: 1000, height: 1050 } });
      await page.locator(".finding:visible summary").first().click();
      await page.screenshot({ path: join(process.env.SCREENSHOTS, `report-${colorScheme}.png`) });
      await page.close();
    });
  }
});
