/** Every page of the showcase as a picture; `screenshots.ts` bundles and starts it. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { launchChromium } from "../e2e/chromium.ts";
import { pageAddresses, problemAddresses, runAddress } from "./routes-of-showcase.ts";
import { serve } from "./serve.ts";
import { FAILED_RUN, makeShowcase } from "./showcase.ts";
import { makeWebApp } from "./web-app.ts";

const looks = [
  { name: "light", viewport: { width: 1360, height: 860 }, colorScheme: "light" },
  { name: "dark", viewport: { width: 1360, height: 860 }, colorScheme: "dark" },
  { name: "phone", viewport: { width: 360, height: 740 }, colorScheme: "light" },
] as const;

const wanted = process.argv.slice(2);
const folder = join(process.cwd(), ".updraft/screenshots");
const all = [...pageAddresses, ...problemAddresses];
const shown = all.filter((address) => wanted.length === 0 || wanted.some((part) => address.includes(part)));

await mkdir(folder, { recursive: true });
const server = await serve(makeWebApp(await makeShowcase()));
const browser = await launchChromium();
/** The two pictures of the README, of the size of a window. */
const readme = [
  { address: "/", file: "home.png", colorScheme: "light" },
  { address: `${runAddress(FAILED_RUN)}/tasks/report.table`, file: "log.png", colorScheme: "dark" },
] as const;

for (const { name, viewport, colorScheme } of looks) {
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: "reduce" });
  const page = await context.newPage();
  for (const address of shown) {
    await page.goto(`${server.url}${address}`);
    const path = join(folder, `${fileName(address)}.${name}.png`);
    await page.screenshot({ path, fullPage: true });
  }
  await context.close();
}
if (wanted.length === 0) {
  for (const { address, file, colorScheme } of readme) {
    const context = await browser.newContext({
      viewport: { width: 1200, height: 720 },
      colorScheme,
      reducedMotion: "reduce",
    });
    const page = await context.newPage();
    await page.goto(`${server.url}${address}`);
    await page.screenshot({ path: join(process.cwd(), "public/pictures", file) });
    await context.close();
  }
}
await browser.close();
await server.close();
console.log(`${shown.length * looks.length} pictures in ${folder}`);

/** `/dags/seattle_weather/runs?state=failed` as `dags-seattle_weather-runs-state-failed`. */
function fileName(address: string): string {
  const text = decodeURIComponent(address).replaceAll(/[^A-Za-z0-9_]+/g, "-");
  return text.replaceAll(/^-+|-+$/g, "").slice(0, 120) || "home";
}
