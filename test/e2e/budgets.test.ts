/**
 * What a visit costs a browser: bytes, requests, elements, shifts of the layout, and what the content security policy
 * refused. These are asserted. Times are measured on a slow line and a slow processor, and printed: they are the
 * machine's as much as ours.
 */
import type { Browser, CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runAddress } from "../web/routes-of-showcase.ts";
import { type Served, serve } from "../web/serve.ts";
import { FAILED_RUN, makeShowcase, WEATHER } from "../web/showcase.ts";
import { makeWebApp } from "../web/web-app.ts";
import { launchChromium } from "./chromium.ts";

/** Budgets of the design, in bytes as they travel. */
const FIRST_VISIT = 50_000;
const SCRIPTS = 24_000;
/** The common styles, and those of the view. */
const STYLES = 8 * 1_024;
const REPEAT_VISIT = 15_000;
const REQUESTS = 6;
const LIST_ELEMENTS = 3_000;
const LAYOUT_SHIFT = 0.01;
/** Of a log page. */
const MANY_ELEMENTS = 12_000;

const pages = [
  ["/", LIST_ELEMENTS],
  ["/dags", LIST_ELEMENTS],
  ["/runs", LIST_ELEMENTS],
  ["/task-instances", LIST_ELEMENTS],
  ["/pools", LIST_ELEMENTS],
  ["/audit-log", LIST_ELEMENTS],
  [`/dags/${WEATHER}/trigger`, LIST_ELEMENTS],
  [`${runAddress(FAILED_RUN)}/tasks/report.table`, MANY_ELEMENTS],
] as const;

let browser: Browser;
let server: Served;
const measured: Record<string, object> = {};

beforeAll(async () => {
  const showcase = await makeShowcase({ extraDags: 60 });
  [browser, server] = await Promise.all([launchChromium(), serve(makeWebApp(showcase))]);
}, 60_000);

afterAll(async () => {
  await Promise.all([browser?.close(), server?.close()]);
});

interface Visit {
  readonly bytes: number;
  readonly scripts: number;
  readonly styles: number;
  readonly requests: number;
}

/** 1.6 Mb/s, a round trip of 150 ms, a processor four times as slow. */
async function slowDown(session: CDPSession): Promise<void> {
  await session.send("Network.enable");
  const line = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 90_000 };
  await session.send("Network.emulateNetworkConditions", line);
  await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
}

async function visit(page: Page, session: CDPSession, address: string): Promise<Visit> {
  const types = new Map<string, string>();
  const bytes = new Map<string, number>();
  const onResponse = ({
    requestId,
    type,
    response,
  }: {
    requestId: string;
    type: string;
    response: { url: string };
  }) => {
    // The browser draws some controls with pictures of its own, which nobody sends.
    if (response.url.startsWith(server.url)) types.set(requestId, type);
  };
  const onEnd = ({ requestId, encodedDataLength }: { requestId: string; encodedDataLength: number }) => {
    if (types.has(requestId)) bytes.set(requestId, encodedDataLength);
  };
  session.on("Network.responseReceived", onResponse);
  session.on("Network.loadingFinished", onEnd);
  await page.goto(`${server.url}${address}`, { waitUntil: "networkidle" });
  session.off("Network.responseReceived", onResponse);
  session.off("Network.loadingFinished", onEnd);
  const sum = (type: string | null) =>
    [...bytes].reduce((total, [id, size]) => (type === null || types.get(id) === type ? total + size : total), 0);
  return { bytes: sum(null), scripts: sum("Script"), styles: sum("Stylesheet"), requests: bytes.size };
}

const WATCH = `
  window.measured = { shift: 0, paint: 0, refused: [] };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.measured.shift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  new PerformanceObserver((list) => {
    window.measured.paint = list.getEntries().at(-1).startTime;
  }).observe({ type: "largest-contentful-paint", buffered: true });
  document.addEventListener("securitypolicyviolation", (event) => window.measured.refused.push(event.violatedDirective));
`;

describe.each([
  ["desktop", { width: 1360, height: 900 }],
  ["phone", { width: 360, height: 740 }],
] as const)("on a %s", (look, viewport) => {
  test.each(pages)("%s stays within its budget", async (address, maxElements) => {
    const context = await browser.newContext({ viewport });
    await context.addInitScript(WATCH);
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await slowDown(session);
    const first = await visit(page, session, address);
    const seen = (await page.evaluate("window.measured")) as { shift: number; paint: number; refused: string[] };
    const elements = (await page.evaluate("document.querySelectorAll('*').length")) as number;
    const again = await visit(page, session, address);
    await context.close();
    measured[`${look} ${address.replace(/%3A.*tasks/, "…/tasks")}`] = {
      "first kB": first.bytes / 1_000,
      "scripts kB": first.scripts / 1_000,
      "styles kB": first.styles / 1_000,
      requests: first.requests,
      "again kB": again.bytes / 1_000,
      elements,
      shift: Math.round(seen.shift * 10_000) / 10_000,
      "largest paint ms": Math.round(seen.paint),
    };
    expect(first.bytes).toBeLessThanOrEqual(FIRST_VISIT);
    expect(first.scripts).toBeLessThanOrEqual(SCRIPTS);
    expect(first.styles).toBeLessThanOrEqual(STYLES);
    expect(first.requests).toBeLessThanOrEqual(REQUESTS);
    expect(again.bytes).toBeLessThanOrEqual(REPEAT_VISIT);
    expect(elements).toBeLessThanOrEqual(maxElements);
    expect(seen.shift).toBeLessThanOrEqual(LAYOUT_SHIFT);
    expect(seen.refused).toEqual([]);
  });
});

test("how long it takes until a click on the list of DAGs is answered on the screen", async () => {
  const page = await browser.newPage({ viewport: { width: 1360, height: 900 } });
  await page.goto(`${server.url}/dags`);
  const times: number[] = [];
  for (let click = 0; click < 20; click += 1) {
    times.push(
      (await page.evaluate(`new Promise((resolve) => {
        const start = performance.now();
        document.querySelectorAll("tbody [data-select]")[${click}].click();
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - start)));
      })`)) as number,
    );
  }
  await page.close();
  times.sort((a, b) => a - b);
  measured["selecting a row: p50, p95 in ms"] = { p50: Math.round(times[9] ?? 0), p95: Math.round(times[18] ?? 0) };
  expect(times).toHaveLength(20);
});

test("the table of what was measured", () => {
  console.table(measured);
  expect(Object.keys(measured)).toHaveLength(2 * pages.length + 1);
});
