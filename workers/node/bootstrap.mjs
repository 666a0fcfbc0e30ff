/**
 * Runs before `npm start`, `npm test` and the other scripts: installs what package-lock.json names when it is missing
 * or older than the lockfile, and does nothing otherwise. It is the only file that runs before anything is installed,
 * so it is plain JavaScript for the Node on the machine (20 or newer), without dependencies. Everything after it runs
 * on the Node of package.json, which npm puts first in the path of its scripts.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const oldestNode = 20;

/** @returns the `packages` table of a lockfile, or null when there is none to read. */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), "utf8")).packages;
  } catch {
    return null; // Missing or cut short: the caller installs, and npm names what is wrong with the file.
  }
}

function whyInstall() {
  const wanted = readPackages("package-lock.json");
  if (wanted === null)
    throw new Error("Cannot read package-lock.json: restore it with `git checkout package-lock.json`");
  // npm keeps the lockfile of what it installed in here.
  const installed = readPackages("node_modules/.package-lock.json");
  if (installed === null) return "nothing is installed yet";
  for (const [path, { version, optional }] of Object.entries(wanted)) {
    // Optional packages are those of one platform each: most are absent everywhere.
    if (path === "" || optional) continue;
    if (installed[path]?.version !== version) return `package-lock.json wants ${path} ${version}`;
  }
  // The runtime comes from an install script, which npm can be told to skip.
  const node = spawnSync(join(root, "node_modules/.bin/node"), ["--version"], { encoding: "utf8" });
  if (node.stdout?.trim() !== `v${wanted["node_modules/node"].version}`) return "the Node of package.json is missing";
  return null;
}

function install() {
  // `npm ci` empties node_modules: npm itself must not run on the Node in there.
  const path = (process.env.PATH ?? "")
    .split(delimiter)
    .filter((entry) => !entry.includes("node_modules"))
    .join(delimiter);
  const { status, error } = spawnSync("npm", ["ci", "--loglevel=error", "--no-audit", "--no-fund"], {
    cwd: root,
    env: { ...process.env, PATH: path },
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (error) throw new Error(`Cannot run npm: ${error.message}`);
  if (status !== 0) throw new Error("Cannot install the packages of package-lock.json: npm says why above");
}

try {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < oldestNode)
    throw new Error(`Cannot run on Node ${process.versions.node}: install Node ${oldestNode} or newer`);
  const reason = whyInstall();
  if (reason !== null) {
    console.log(`Installing packages, about half a minute: ${reason}`);
    install();
    const still = whyInstall();
    if (still !== null) {
      throw new Error(
        `Cannot use what npm installed: ${still}. Are install scripts switched off (npm config get ignore-scripts)?`,
      );
    }
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
