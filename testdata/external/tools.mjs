// What the tests of this directory share: the command, its reports of objects
// of the tests, and the programs of others.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const here = dirname(fileURLToPath(import.meta.url));
export const root = join(here, "..", "..");
export const scratch = mkdtempSync(join(tmpdir(), "btflint-external-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

let built = "";

// btflint builds the command once and returns its path.
export function btflint() {
  if (built === "") {
    const path = join(scratch, "btflint");
    execFileSync("go", ["build", "-o", path, "./cmd/btflint"], { cwd: root, stdio: "inherit" });
    built = path;
  }
  return built;
}

// targets are two kernels of the tests.
export const targets = [
  "--kernel", "5.10=testdata/kernels/old.o,symbols=testdata/kernels/old.symbols,modules=none",
  "--kernel", "7.2=testdata/kernels/modern.o,symbols=testdata/kernels/modern.symbols",
  "--loader", "libbpf", "--loader", "cilium",
];

// check writes a report of everything below some paths and returns its path.
export function check(format, file, paths, ...args) {
  const path = join(scratch, file);
  const run = spawnSync(btflint(), ["check", `--format=${format}=${path}`, ...targets, ...args, ...paths], { cwd: root, encoding: "utf8" });
  if (run.status === null || !existsSync(path)) throw new Error(`btflint check: ${run.error ?? run.stderr}`);
  return path;
}

// diff writes the difference of the two kernels of testdata/diff, as their names
// say, and returns its path.
export function diff(format, file, before, after, ...args) {
  const path = join(scratch, file);
  const kernels = [`${before}=testdata/diff/before.o,modules=none`, `${after}=testdata/diff/after.o,modules=none`];
  const run = spawnSync(btflint(), ["diff", `--format=${format}=${path}`, ...kernels, ...args], { cwd: root, encoding: "utf8" });
  if (run.status === null || !existsSync(path)) throw new Error(`btflint diff: ${run.error ?? run.stderr}`);
  return path;
}

// program is the path of a program of a package, which npm may have unpacked
// without leave to run it.
export function program(...path) {
  const file = join(here, "node_modules", ...path);
  if (!existsSync(file)) throw new Error(`${file} is missing: npm ci`);
  chmodSync(file, 0o755);
  return file;
}

// chromium is the distribution's browser, "" if there is none.
export function chromium() {
  const names = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  return names.find((name) => name && existsSync(name)) ?? "";
}
