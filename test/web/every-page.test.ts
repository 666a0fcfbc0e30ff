import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ASSETS } from "#assets";
import { browserOf, tagsOf } from "./browser.ts";
import { pageAddresses, runAddress } from "./routes-of-showcase.ts";
import { LIVE_RUN, makeShowcase, WEATHER } from "./showcase.ts";
import { makeWebApp } from "./web-app.ts";

const built = join(import.meta.dirname, "../../public/built");

/** The classes that a rule of each sheet begins with: what only follows another one is a part of that. */
const styles = new Map(
  readdirSync(built, "utf8")
    .filter((file) => file.endsWith(".css"))
    .map((file) => {
      const text = readFileSync(join(built, file), "utf8").replaceAll(/\([^)]*\)/g, "");
      const names = [...text.matchAll(/(?<=[{},])\.([a-z][\w-]*)/g)].map(([, name = ""]) => name);
      return [file.split(".")[0] ?? "", new Set(names)];
    }),
);

let browser: ReturnType<typeof browserOf>;
beforeAll(async () => {
  browser = browserOf(makeWebApp(await makeShowcase()));
});

describe.each(pageAddresses)("%s", (address) => {
  test("answers a whole document with a title, a language and one main heading", async () => {
    const { status, text, headers } = await browser.page(address);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toContain("text/html");
    expect(text).toMatch(/^<!doctype html><html lang="en"/);
    expect(text).toMatch(/<title>[^<]+<\/title>/);
    expect(tagsOf(text).filter(({ name }) => name === "h1")).toHaveLength(1);
    expect(tagsOf(text).filter(({ name }) => name === "main")).toHaveLength(1);
  });

  test("needs nothing that the policy forbids: no inline style, script or handler, nothing evaluated", async () => {
    const { text } = await browser.page(address);
    for (const { name, attributes } of tagsOf(text)) {
      expect(name).not.toBe("style");
      if (name === "script") expect(attributes["src"]).toMatch(/^\/built\//);
      for (const [attribute, value] of Object.entries(attributes)) {
        expect(attribute).not.toMatch(/^(style$|on|hx-on)/);
        if (attribute === "hx-trigger") expect(value).not.toContain("[");
        if (attribute.startsWith("hx-")) expect(value).not.toMatch(/^(js|javascript):/);
        // Only documentation links elsewhere, and says so.
        const isElsewhere = attributes["rel"] === "noopener noreferrer" && /^https:\/\//.test(value);
        if (attributes["rel"] === "icon") expect(attributes["href"]).toMatch(/^data:image\/svg\+xml,/);
        else if (attribute === "href" || attribute === "action")
          expect(isElsewhere || /^(\/|#|\?)/.test(value)).toBe(true);
      }
    }
    expect(text).not.toMatch(/<script(?![^>]*\bsrc=)/);
  });

  test("loads the styles of what it shows", async () => {
    const tags = tagsOf((await browser.page(address)).text);
    const loaded = tags.flatMap(
      ({ attributes }) => /built\/(\w+)\.\w+\.css$/.exec(attributes["href"] ?? "")?.[1] ?? [],
    );
    const styled = new Set(loaded.flatMap((sheet) => [...(styles.get(sheet) ?? [])]));
    const used = tags.flatMap(({ attributes }) => (attributes["class"] ?? "").split(/\s+/));
    const ofOthers = new Set([...styles.values()].flatMap((names) => [...names]));
    expect(used.filter((name) => ofOthers.has(name) && !styled.has(name))).toEqual([]);
  });

  test("works as forms and links alone: every form posts or gets to an address, every id is unique", async () => {
    const tags = tagsOf((await browser.page(address)).text);
    for (const { attributes } of tags.filter(({ name }) => name === "form")) {
      expect(attributes["method"]).toMatch(/^(post|get|dialog)$/);
      if (attributes["method"] !== "dialog") expect(attributes["action"]).toMatch(/^\//);
    }
    for (const { name, attributes } of tags) {
      // What htmx can ask for, a browser without it can reach.
      if (attributes["hx-get"] && name === "a") expect(attributes["href"]).toBe(attributes["hx-get"]);
      if (attributes["hx-post"]) expect(attributes["action"]).toBe(attributes["hx-post"]);
    }
    const ids = tags.flatMap(({ attributes }) => attributes["id"] ?? []);
    expect(ids.filter((id, place) => ids.indexOf(id) !== place)).toEqual([]);
  });

  test("names its controls and says its states in words", async () => {
    const { text } = await browser.page(address);
    for (const { name, attributes } of tagsOf(text)) {
      if (attributes["class"]?.includes("icon-only")) expect(attributes["aria-label"]).toBeTruthy();
      if (name === "img") expect(attributes["alt"]).toBeTruthy();
      if (name === "svg") expect(attributes["aria-hidden"] ?? attributes["role"] ?? attributes["class"]).toBeTruthy();
    }
    for (const [, content] of text.matchAll(/<span class="badge state-[a-z_]+">(.*?)<\/span>/g)) {
      expect(content?.replaceAll(/<[^>]*>/g, "").trim()).not.toBe("");
    }
  });
});

test("the views of a DAG have titles of their own, so that tabs and the history tell them apart", async () => {
  const tabs = ["", "/graph", "/gantt", "/runs", "/backfills", "/tasks", "/calendar", "/durations", "/code", "/events"];
  const titles = await Promise.all(
    tabs.map(async (tab) => /<title>(.*?)<\/title>/.exec((await browser.page(`/dags/${WEATHER}${tab}`)).text)?.[1]),
  );
  expect(titles.slice(0, 2)).toEqual([`Grid · ${WEATHER} · test`, `Graph · ${WEATHER} · test`]);
  expect(new Set(titles).size).toBe(tabs.length);
});

describe("a page that is not there", () => {
  test("says so to a browser, with the request's id", async () => {
    const { status, text } = await browser.page("/dags/no_such_dag");
    expect(status).toBe(404);
    expect(text).toContain("Not found");
    expect(text).toMatch(/Request <code>[0-9a-f]+<\/code>/);
  });

  test("is dressed like the page to sign in, whatever was asked for", async () => {
    expect((await browser.page("/dags/no_such_dag")).text).toContain(`href="${ASSETS["access.css"]}"`);
  });

  test.each([
    ["/nothing-here", ["/", "/dags", "/search"]],
    ["/dags/no_such_dag", ["/", "/dags", "/search"]],
    ["/dags/no_such_dag/graph", ["/", "/dags/no_such_dag", "/search"]],
    [runAddress("no_such_run"), ["/", `/dags/${WEATHER}/runs`, "/search"]],
    [`${runAddress(LIVE_RUN)}/tasks/no_such_task`, ["/", runAddress(LIVE_RUN), "/search"]],
    ["/dags/%E0%A4/graph", ["/", "/dags/%25E0%25A4", "/search"]],
  ])("%s leads to what would hold it", async (address, expected) => {
    const { status, text } = await browser.page(address);
    expect(status).toBe(404);
    expect([...text.matchAll(/<a class="button[^"]*" href="([^"]*)"/g)].map(([, href]) => href)).toEqual(expected);
  });

  test("is a toast for htmx, which swaps nothing else", async () => {
    const { status, text, headers } = await browser.part("/dags/no_such_dag", "dag-grid");
    expect(status).toBe(404);
    expect(headers.get("hx-reswap")).toBe("none");
    expect(text).toContain('hx-target="#toasts"');
    expect(text).not.toContain("<html");
  });
});
