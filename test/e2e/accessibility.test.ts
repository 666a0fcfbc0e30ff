/**
 * axe (WCAG 2.2 AA and its best practices) over every page of the showcase: as on a desktop and as on a phone, light and
 * dark, with something in every state, with nothing at all, and where something is refused. Dark differs from light in its
 * colours alone, so there the rule about colours is enough.
 */
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makePlatform } from "../api/fake-platform.ts";
import { pageAddresses } from "../web/routes-of-showcase.ts";
import { type Served, serve } from "../web/serve.ts";
import { makeShowcase } from "../web/showcase.ts";
import { makeWebApp } from "../web/web-app.ts";
import { launchChromium } from "./chromium.ts";
import { emptyAddresses, errorAddresses } from "./showcase-addresses.ts";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const looks = [
  { name: "desktop", viewport: { width: 1360, height: 900 } },
  { name: "phone", viewport: { width: 360, height: 740 } },
] as const;

let browser: Browser;
let full: Served;
let empty: Served;

beforeAll(async () => {
  [browser, full, empty] = await Promise.all([
    launchChromium(),
    makeShowcase().then((platform) => serve(makeWebApp(platform))),
    makePlatform().then(async (platform) => {
      await platform.addUser("ada", "a long password");
      return serve(makeWebApp(platform));
    }),
  ]);
}, 60_000);

afterAll(async () => {
  await Promise.all([browser?.close(), full?.close(), empty?.close()]);
});

interface Found {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[];
  }[];
}

/**
 * Each page is loaded once: its colours follow the scheme, and its layout the width, without a reload. axe is put into it
 * once as well, which costs more than most of its rules.
 */
async function violationsOf(page: Page, url: string): Promise<readonly string[]> {
  const told: string[] = [];
  const tell = (look: string, { violations }: Found) => {
    for (const { id, nodes } of violations) {
      for (const { target, failureSummary } of nodes) {
        const reason = failureSummary?.split("\n")[1]?.trim() ?? "";
        told.push(`${look}: ${id}: ${target.join(" ")}: ${reason}`);
      }
    }
  };
  for (const { name, viewport } of looks) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    const isLoaded = name !== looks[0].name;
    if (!isLoaded) await page.goto(url, { waitUntil: "load" });
    tell(`${name}, light`, await axe(page, { isLoaded, runOnly: { type: "tag", values: TAGS } }).analyze());
    await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
    const contrast = { type: "rule", values: ["color-contrast"] } as const;
    tell(`${name}, dark`, await axe(page, { isLoaded: true, runOnly: contrast }).analyze());
  }
  return told;
}

/**
 * There are no frames, so one document is all there is to look at. What passes is not told, and no rule of ours reads the
 * files of styles again.
 */
function axe(
  page: Page,
  options: {
    readonly isLoaded: boolean;
    readonly runOnly: { readonly type: "tag" | "rule"; readonly values: readonly string[] };
  },
): AxeBuilder {
  const { type, values } = options.runOnly;
  const builder = options.isLoaded ? new AxeBuilder({ page, axeSource: "void 0" }) : new AxeBuilder({ page });
  return builder
    .options({ runOnly: { type, values: [...values] }, resultTypes: ["violations"], preload: false })
    .setLegacyMode(true);
}

test.each([
  ["with something in every state", () => full.url, pageAddresses],
  ["with nothing yet", () => empty.url, emptyAddresses],
  ["where something is refused", () => full.url, errorAddresses],
] as const)(
  "pages %s have no violation, on a desktop and on a phone, light and dark",
  async (_name, origin, addresses) => {
    const context = await browser.newContext();
    /** What stands on many pages is told once. */
    const found = new Map<string, string[]>();
    const queue = addresses.values();
    let count = 0;
    const work = async () => {
      const page = await context.newPage();
      for (const address of queue) {
        for (const violation of await violationsOf(page, `${origin()}${address}`))
          found.set(violation, [...(found.get(violation) ?? []), address]);
        count += 1;
      }
    };
    await Promise.all([work(), work()]);
    await context.close();
    expect([...found].map(([violation, places]) => `${violation} at ${places.length}: ${places[0]}`)).toEqual([]);
    expect(count).toBe(addresses.length);
  },
  300_000,
);

test("a violation would be found in each look", async () => {
  const page = await (await browser.newContext()).newPage();
  await page.route("**/*", (route) =>
    route.fulfill({
      contentType: "text/html",
      body: `<!doctype html><html lang="en"><title>t</title><style>
        p { color: #000; background: #fff } @media (prefers-color-scheme: dark) { p { color: #ddd } }
        button { display: none } @media (max-width: 400px) { button { display: block } }
      </style><main><h1>t</h1><img src="x"><p>text</p><button></button></main></html>`,
    }),
  );
  const found = await violationsOf(page, "http://127.0.0.1/");
  expect(found.map((violation) => violation.split(": ").slice(0, 3).join(": "))).toEqual([
    "desktop, light: image-alt: img",
    "desktop, dark: color-contrast: p",
    "phone, light: button-name: button",
    "phone, light: image-alt: img",
    "phone, dark: color-contrast: p",
  ]);
  await page.context().close();
});
