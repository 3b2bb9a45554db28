// The SARIF that btflint writes, judged by Microsoft's multitool with the rules
// of GitHub switched on. It exits with 0 whatever it finds, so that its own log
// is what counts.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { check, here, program, root, scratch } from "./tools.mjs";

// problems are the errors and warnings in files, by file.
function problems(...files) {
  const log = join(scratch, "result.sarif");
  execFileSync(program("@microsoft", "sarif-multitool-linux", "Sarif.Multitool"), [
    "validate", ...files, "--config", join(here, "multitool.xml"), "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning",
    "--log", "ForceOverwrite", "-o", log,
  ], { stdio: "pipe" });
  const run = JSON.parse(readFileSync(log, "utf8")).runs[0];
  assert.notEqual(run.invocations?.[0]?.executionSuccessful, false);
  const found = Object.fromEntries(files.map((file) => [basename(file), []]));
  for (const r of run.results) {
    const file = basename(r.locations[0].physicalLocation.artifactLocation.uri);
    found[file].push(`${r.ruleId} ${JSON.stringify(r.message.arguments)}`);
  }
  return found;
}

test("the multitool finds nothing", () => {
  const files = [];
  for (const format of ["sarif", "github-sarif"]) {
    files.push(
      check(format, `rules.${format}.sarif`, ["testdata/example", "testdata/rules"], "--notes", "--category", "tests", "--source-root", root),
      check(format, `core.${format}.sarif`, ["testdata/core"]),
      check(format, `clean.${format}.sarif`, ["testdata/example"], "--enable", "map-slot"),
    );
    const rules = JSON.parse(readFileSync(files.at(-3), "utf8")).runs[0];
    assert.ok(rules.results.length > 100);
    assert.ok(rules.results.some((r) => r.relatedLocations?.length > 1));
  }
  assert.deepEqual(problems(...files), Object.fromEntries(files.map((file) => [basename(file), []])));
});

test("the multitool sees what GitHub would refuse", () => {
  const log = JSON.parse(readFileSync(check("github-sarif", "good.sarif", ["testdata/example"]), "utf8"));
  delete log.runs[0].results[0].locations[0].physicalLocation.region;
  const bad = join(scratch, "bad.sarif");
  writeFileSync(bad, JSON.stringify(log));
  assert.notEqual(problems(bad)["bad.sarif"].length, 0);
});
