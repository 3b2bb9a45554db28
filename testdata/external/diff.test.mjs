// The page of btflint diff in a browser: search, filters, links, accessibility,
// names that would run, and that no request leaves it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium, diff, here } from "./tools.mjs";

const browserPath = chromium();

// A name of a kernel that would leave its place and run.
const scripted = `6.1"><iframe><script>document.title`;

describe("the HTML page of a difference", { skip: browserPath === "" && "needs Chromium: apt install chromium" }, () => {
  let browser, whole, used;

  before(async () => {
    const { chromium: driver } = await import("playwright-core");
    const address = (...args) => pathToFileURL(diff("html", ...args)).href;
    whole = address("whole.html", "6.1", "7.3");
    used = address("used.html", scripted, "7.3", "--used-by", "testdata/diff/uses.o");
    browser = await driver.launch({ executablePath: browserPath, args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"] });
  });

  after(() => browser?.close());

  // open opens a page and notes what it asks for and complains of.
  async function open(address, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
    const page = await context.newPage();
    page.asked = [];
    page.complaints = [];
    page.on("request", (request) => page.asked.push(request.url()));
    page.on("console", (message) => page.complaints.push(message.text()));
    page.on("pageerror", (error) => page.complaints.push(String(error)));
    await page.goto(address);
    return page;
  }

  const status = (page, text) => page.waitForFunction((text) => document.querySelector("output").textContent === text, text);
  const shown = (page) => page.locator(".change:visible").count();
  const names = (page) => page.locator(".change:visible .name").allTextContents();

  test("every word of a search has to occur, in names or details", async () => {
    const page = await open(whole);
    const all = await shown(page);
    await status(page, `${all} changes`);
    await page.getByLabel("Search").fill("STRUCT unused removed");
    await status(page, `1 of ${all} changes`);
    assert.deepEqual(await names(page), ["task_struct"]);
    assert.equal(new URL(page.url()).hash, "#?q=STRUCT+unused+removed");
    await page.getByRole("button", { name: "Reset" }).click();
    await status(page, `${all} changes`);
    await page.context().close();
  });

  test("grades and kinds narrow the changes and stand in the address", async () => {
    const page = await open(whole);
    const all = await shown(page);
    for (const grade of ["semantic", "relocatable", "addition"]) await page.getByRole("checkbox", { name: grade }).uncheck();
    assert.deepEqual(await page.locator("section.level:visible h2").allTextContents(), ["breaks"]);
    await page.getByLabel("Kind").selectOption("kfunc");
    assert.deepEqual(await names(page), ["bpf_old_impl"]);
    await status(page, `1 of ${all} changes`);

    const again = await open(page.url());
    assert.deepEqual(await names(again), ["bpf_old_impl"]);
    assert.equal(await again.getByLabel("Kind").inputValue(), "kfunc");
    assert.equal(await again.getByRole("checkbox", { name: "semantic" }).isChecked(), false);
    await again.context().close();
    await page.context().close();
  });

  test("a link to a change opens it, even one that is filtered out", async () => {
    const page = await open(`${whole}#?grade=addition`);
    const change = page.locator(`[id="struct.task_struct"]`);
    assert.equal(await change.isVisible(), false);
    await page.evaluate(() => { location.hash = "#struct.task_struct"; });
    await change.locator("details[open]").waitFor();
    assert.ok(await change.isVisible());
    assert.equal(await page.evaluate(() => document.activeElement.tagName), "SUMMARY");
    const links = await page.locator(".permalink").evaluateAll((all) => all.map((a) => document.getElementById(decodeURIComponent(a.hash.slice(1))) !== null));
    assert.ok(links.length > 0 && links.every(Boolean), "every link leads somewhere");
    await page.context().close();
  });

  test("changes open and close", async () => {
    const page = await open(used);
    await page.getByRole("button", { name: "Open all" }).click();
    assert.equal(await page.locator(".change details[open]").count(), await shown(page));
    assert.ok(await page.locator(".uses code", { hasText: "BPF_CORE_READ(task, state)" }).isVisible());
    await page.getByRole("button", { name: "Close all" }).click();
    assert.equal(await page.locator(".change details[open]").count(), 0);
    await page.locator(".change summary").first().focus();
    await page.keyboard.press("Enter");
    assert.equal(await page.locator(".change details[open]").count(), 1);
    await page.context().close();
  });

  test("no name runs, no request leaves the page, and its policy is kept", async () => {
    const page = await open(used);
    assert.equal(await page.locator("h1").textContent(), `${scripted} → 7.3`);
    await page.getByRole("button", { name: "Open all" }).click();
    await page.getByLabel("Search").fill("task");
    assert.equal(await page.title(), `${scripted} → 7.3: kernel changes`);
    assert.equal(await page.locator("img, link, iframe").count(), 0);
    assert.equal(await page.locator("script").count(), 1);
    assert.deepEqual(page.asked, [used]);
    assert.deepEqual(page.complaints, []);
    const refused = await page.evaluate(() => new Promise((done) => {
      document.addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective));
      document.body.append(Object.assign(new Image(), { src: "https://example.com/x.png" }));
    }));
    assert.equal(refused, "img-src");
    await page.context().close();
  });

  test("it reads without scripts", async () => {
    const page = await open(whole, { javaScriptEnabled: false });
    assert.equal(await page.locator("#controls").isVisible(), false);
    assert.equal(await shown(page), await page.locator(".change").count());
    await page.locator(".change summary").last().click();
    assert.ok(await page.locator(".change .body").last().isVisible());
    await page.context().close();
  });

  for (const colorScheme of ["light", "dark"]) {
    test(`it is accessible, ${colorScheme}`, async () => {
      const page = await open(used, { colorScheme });
      await page.getByRole("button", { name: "Open all" }).click();
      await page.evaluate(readFileSync(join(here, "node_modules", "axe-core", "axe.min.js"), "utf8"));
      const found = await page.evaluate(() => axe.run(document));
      assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).slice(0, 3).join(" ")}`), []);
      const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.equal(await ground() === "rgb(255, 255, 255)", colorScheme === "light");
      await page.getByLabel("Colours").selectOption("light");
      assert.equal(await ground(), "rgb(255, 255, 255)");
      await page.getByLabel("Colours").selectOption("dark");
      assert.notEqual(await ground(), "rgb(255, 255, 255)");
      await page.context().close();
    });

    test(`nothing sticks out of a narrow window, ${colorScheme}`, async () => {
      const page = await open(used, { colorScheme, viewport: { width: 360, height: 800 } });
      await page.getByRole("button", { name: "Open all" }).click();
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
      await page.context().close();
    });
  }
});
