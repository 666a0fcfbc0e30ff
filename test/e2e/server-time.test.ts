/**
 * Every page of the dashboard out of a deployed bundle in workerd, on a catalog of 10,000 DAGs and a million runs, with a run
 * of 5,000 tasks and one of 100,000 instances in their objects. What travels is asserted; times are printed with the budgets.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Deployment } from "../bench/deployment.ts";
import { measurePages, type PageTimes } from "../bench/pages/measure-pages.ts";
import { seed } from "../bench/pages/seed.ts";
import { noteBudgets } from "./budget-table.ts";

/** With 20, the slowest one does not decide the p95 alone. */
const REQUESTS_PER_PAGE = 20;
const SERVER_MS = 50;
/** Of the largest page, which is the grid. */
const MAX_KILOBYTES = 40;

let updraft: Deployment;

beforeAll(async () => {
  updraft = await Deployment.open("pages");
}, 120_000);

afterAll(async () => updraft?.close());

test("every page of a large deployment answers, and is no larger than it may be", { timeout: 600_000 }, async () => {
  const times = await measurePages(updraft, await seed(updraft), { count: REQUESTS_PER_PAGE });
  console.table(Object.fromEntries(times.map(({ address: _address, name, ...figures }) => [name, figures])));
  const slowest = (figure: "p50" | "p95" | "cpuMs") => times.reduce((a, b) => (b[figure] > a[figure] ? b : a));
  const row = (what: string, figure: "p50" | "p95" | "cpuMs") => {
    const found: PageTimes = slowest(figure);
    return { what: `${what}, of ${found.name}`, allowed: SERVER_MS, measured: found[figure] };
  };
  noteBudgets("server", [
    row("slowest page in workerd, median ms", "p50"),
    row("slowest page in workerd, p95 ms", "p95"),
    row("dearest page in workerd, ms of processor", "cpuMs"),
    {
      what: "pages in workerd with a p95 above that",
      allowed: 0,
      measured: times.filter(({ p95 }) => p95 > SERVER_MS).length,
    },
  ]);
  expect(times.length).toBeGreaterThan(50);
  expect(times.filter(({ kilobytes }) => kilobytes > MAX_KILOBYTES)).toEqual([]);
});
