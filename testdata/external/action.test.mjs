// The action and the workflows: action.yml by the schema of actions, workflows
// of the repository and of the documentation by actionlint, which checks the
// inputs that they give to the action too.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { here, root } from "./tools.mjs";

function validate(file, input) {
  return spawnSync(process.execPath, [join(here, "node_modules", "@action-validator", "cli", "cli.mjs"), file], { cwd: root, encoding: "utf8", input });
}

// actionlint checks a workflow as if it were one of the repository, for which the
// file that it is named after has to exist.
function actionlint(workflow) {
  return spawnSync("go", ["tool", "-modfile=.ci/tools.mod", "actionlint", "-no-color", "-stdin-filename", ".github/workflows/ci.yml", "-"], {
    cwd: root, encoding: "utf8", input: workflow,
  });
}

test("action.yml and the workflows fit their schemas", () => {
  for (const file of ["action.yml", ...readdirSync(join(root, ".github/workflows")).map((name) => `.github/workflows/${name}`)]) {
    const run = validate(file);
    assert.equal(run.status, 0, run.stdout + run.stderr);
  }
});

test("documented workflows use the action as it is", () => {
  let workflows = 0;
  for (const page of readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"))) {
    for (const [, block] of readFileSync(join(root, "docs", page), "utf8").matchAll(/```yaml\n(.*?)```/gs)) {
      if (!block.startsWith("name:")) continue;
      const run = actionlint(block.replaceAll("btflint/btflint@main", "./"));
      assert.equal(run.status, 0, `${page}: ${run.stdout}${run.stderr}`);
      workflows++;
    }
  }
  assert.ok(workflows >= 5);
  const wrong = actionlint("on: push\njobs:\n  x:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: ./\n        with:\n          pahts: build\n");
  assert.match(wrong.stdout, /input "pahts" is not defined/);
});
