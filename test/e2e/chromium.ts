/**
 * The Chromium for browser tests: the system's, or Debian's package when the tests run as root and there is none.
 * Playwright's own download is not used: it would be a second browser of half a gigabyte per checkout.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const elsewhere = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium() ?? installChromium();
  // Chromium refuses its sandbox to root. The pages under test are our own.
  return chromium.launch({ executablePath, args: isRoot() ? ["--no-sandbox"] : [] });
}

function findChromium(): string | null {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const candidates = [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...elsewhere];
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function installChromium(): string {
  const advice = "install one (Debian: apt-get install chromium), or put it into PATH";
  if (!isRoot()) throw new Error(`Cannot find a Chromium for the browser tests: ${advice}`);
  for (const args of [["update"], ["install", "--yes", "--no-install-recommends", "chromium"]]) {
    const { status } = spawnSync("apt-get", args, {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      stdio: "inherit",
    });
    if (status !== 0) throw new Error(`Cannot install Chromium for the browser tests: ${advice}`);
  }
  const found = findChromium();
  if (found === null) throw new Error(`Cannot find the Chromium that apt-get installed: ${advice}`);
  return found;
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
