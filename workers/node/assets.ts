/**
 * Puts together what the dashboard's pages load, from sources that stay one file per component: `public/built/` gets
 * one stylesheet for all pages and small ones for some, one file for htmx, one for our behaviours and one sprite of
 * icons, so that a first visit is six requests at most. Nothing is compiled: the files are joined in an order that is written here; of the styles, comments and
 * spaces stay behind. Each file carries a hash of its content in its name, so that browsers may keep it for ever and
 * never show a page with the styles of another release; `.updraft/assets.ts` tells the pages the names.
 *
 * htmx and its extensions must be one blocking file. As separate deferred scripts the extensions register after htmx
 * has processed the page, and the attributes they serve stay dead (htmx issue 3693).
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ICON_NAMES } from "../../src/web/parts/icon-names.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const stylesheets = ["layers", "reset", "tokens", "states", "base", "shell"];

/**
 * Components that only some pages show, by the sheet that those pages load besides `app.css`, which has all others. One
 * stylesheet for everything would be a quarter more than a first visit may weigh.
 */
export const VIEW_SHEETS = {
  home: ["home", "pools"],
  dags: ["bars", "batch", "sort"],
  batches: ["batch"],
  grid: ["bars", "cells", "grid"],
  graph: ["cells", "graph"],
  time: ["bars", "cells", "calendar", "waterfall"],
  run: ["waterfall", "run", "json", "trace"],
  log: ["log", "trace"],
  code: ["code", "docs", "json", "trace"],
  errors: ["trace"],
  access: ["login", "secret"],
  pools: ["pools"],
  backfills: ["pools", "json"],
} as const satisfies Readonly<Record<string, readonly string[]>>;
const htmxFiles = ["htmx.min.js", "ext/hx-ptag.min.js", "ext/hx-preload.min.js"];

export async function buildAssets(folder: string = root): Promise<readonly string[]> {
  const target = join(folder, "public/built");
  await Promise.all([mkdir(target, { recursive: true }), mkdir(join(folder, ".updraft"), { recursive: true })]);
  const files = {
    ...(await joinStyles(folder)),
    "htmx.js": await joinFiles(htmxFiles.map((name) => join(folder, "node_modules/htmx.org/dist", name))),
    "app.js": await joinBehaviours(folder),
    "icons.svg": await makeSprite(folder),
  };
  const named = Object.entries(files).map(([name, text]) => ({ name, text, file: hashedName(name, text) }));
  const written: string[] = [];
  for (const { file, text } of named) if (await writeIfChanged(join(target, file), text)) written.push(file);
  await removeOthers(target, new Set(named.map(({ file }) => file)));
  const list = named.map(({ name, file }) => `  ${JSON.stringify(name)}: ${JSON.stringify(`/built/${file}`)},`);
  await writeIfChanged(
    join(folder, ".updraft/assets.ts"),
    `export const ASSETS = {\n${list.join("\n")}\n} as const;\n`,
  );
  return written;
}

/** `app.1f0c3a9b.css` */
function hashedName(name: string, text: string): string {
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 8);
  return name.replace(".", `.${hash}.`);
}

async function removeOthers(folder: string, kept: ReadonlySet<string>): Promise<void> {
  const others = (await readdir(folder)).filter((name) => !kept.has(name));
  await Promise.all(others.map((name) => rm(join(folder, name), { force: true })));
}

async function joinStyles(folder: string): Promise<Readonly<Record<string, string>>> {
  const css = join(folder, "public/css");
  const ofViews = new Set<string>(Object.values(VIEW_SHEETS).flat());
  const components = await filesOf(join(css, "components"), ".css");
  const common = components.filter((file) => !ofViews.has(basename(file, ".css")));
  const files = [...stylesheets.map((name) => join(css, `${name}.css`)), ...common, join(css, "utilities.css")];
  const sheets = [["app.css", await joinStyle(files)]];
  for (const [name, parts] of Object.entries(VIEW_SHEETS)) {
    sheets.push([`${name}.css`, await joinStyle(parts.map((part) => join(css, "components", `${part}.css`)))]);
  }
  return Object.fromEntries(sheets);
}

async function joinStyle(files: readonly string[]): Promise<string> {
  return (await joinFiles(files))
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/\s*([{};,])\s*/g, "$1")
    .replaceAll(/([{;])([\w-]+): /g, "$1$2:")
    .replaceAll(";}", "}");
}

async function joinBehaviours(folder: string): Promise<string> {
  const text = await joinFiles(await filesOf(join(folder, "public/js"), ".js"));
  // Comments that stand on lines of their own are for who reads the files, and were a quarter of what travelled.
  return text.replaceAll(/^\s*(\/\*[\s\S]*?\*\/|\/\/.*)\n/gm, "");
}

async function makeSprite(folder: string): Promise<string> {
  const symbols: string[] = [];
  for (const name of ICON_NAMES) {
    const own = name === "updraft";
    const file = own ? "public/icons/updraft.svg" : `node_modules/lucide-static/icons/${name}.svg`;
    const svg = await readFile(join(folder, file), "utf8");
    const shapes = /<svg[^>]*>(?<shapes>[\s\S]*)<\/svg>/.exec(svg)?.groups?.["shapes"];
    if (shapes === undefined) throw new Error(`Cannot read the icon "${name}": ${file} holds no <svg> element`);
    symbols.push(`<symbol id="${name}" viewBox="0 0 24 24">${shapes.replaceAll(/\s*\n\s*/g, "")}</symbol>`);
  }
  const license = "<!-- Icons by Lucide (ISC), https://lucide.dev/license; the mark is Updraft's own. -->";
  return `<svg xmlns="http://www.w3.org/2000/svg">${license}\n${symbols.join("\n")}\n</svg>\n`;
}

async function filesOf(folder: string, extension: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile() && entry.name.endsWith(extension)).map((entry) => entry.name);
  return names.sort().map((name) => join(folder, name));
}

async function joinFiles(paths: readonly string[]): Promise<string> {
  const texts = await Promise.all(paths.map((path) => readFile(path, "utf8")));
  // A minified file may end in a comment without a line break.
  return `${texts.map((text) => text.trim()).join("\n\n")}\n`;
}

/** An unchanged file keeps its time stamp, so that a watching `wrangler dev` does not reload for nothing. */
async function writeIfChanged(path: string, text: string): Promise<boolean> {
  const old = await readFile(path, "utf8").catch(() => null);
  if (old === text) return false;
  await writeFile(path, text);
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const written = await buildAssets();
  console.log(written.length === 0 ? "public/built is up to date" : `public/built: wrote ${written.join(", ")}`);
}
