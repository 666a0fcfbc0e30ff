/**
 * axe (WCAG 2.2 AA and its best practices) over every page of the showcase: as on a desktop and as on a phone, light and
 * dark, with something in every state, with nothing at all, and where something is refused. Dark differs from light in its
 * colours alone, so there the rule about colours is enough.
 */
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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

/** Each page is loaded once: its colours follow the scheme without a reload. */
async function violationsOf(context: BrowserContext, url: string): Promise<readonly string[]> {
  const page = await context.newPage();
  await page.goto(url, { waitUntil: "load" });
  const light = await axe(page).withTags(TAGS).analyze();
  await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
  const dark = await axe(page).withRules(["color-contrast"]).analyze();
  await page.close();
  const told = (scheme: string, { violations }: typeof light) =>
    violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => {
        const reason = failureSummary?.split("\n")[1]?.trim() ?? "";
        return `${scheme}: ${id}: ${target.join(" ")}: ${reason}`;
      }),
    );
  return [...told("light", light), ...told("dark", dark)];
}

/** There are no frames, so one document is all there is to look at. */
function axe(page: Page): AxeBuilder {
  return new AxeBuilder({ page }).setLegacyMode(true);
}

describe.each(looks)("$name", ({ viewport }) => {
  test.each([
    ["with something in every state", () => full.url, pageAddresses],
    ["with nothing yet", () => empty.url, emptyAddresses],
    ["where something is refused", () => full.url, errorAddresses],
  ] as const)(
    "pages %s have no violation, light or dark",
    async (_name, origin, addresses) => {
      const context = await browser.newContext({ viewport, colorScheme: "light", reducedMotion: "reduce" });
      /** What stands on many pages is told once. */
      const found = new Map<string, string[]>();
      const queue = addresses.values();
      const work = async () => {
        for (const address of queue) {
          for (const violation of await violationsOf(context, `${origin()}${address}`))
            found.set(violation, [...(found.get(violation) ?? []), address]);
        }
      };
      await Promise.all([work(), work()]);
      await context.close();
      expect([...found].map(([violation, places]) => `${violation} at ${places.length}: ${places[0]}`)).toEqual([]);
    },
    300_000,
  );
});
