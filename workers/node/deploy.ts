/**
 * `npm run deploy`: puts the Worker on Cloudflare, with everything it binds made on the way, and prints how to make the
 * first user. `-- --dry-run` builds the same Worker, prints its size and needs no account. Running it again is how a
 * new release, or a changed DAG, is deployed; it never replaces a secret that is there.
 */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { buildPublicFiles } from "./build.ts";
import { waitForHealth } from "./health.ts";
import { root } from "./local-settings.ts";

const outputFolder = join(root, "dist");
/** Beyond it a start of the Worker costs users noticeable time, long before Cloudflare refuses the Worker. */
const gzipBudgetBytes = 3_000_000;
const healthLimitMs = 180_000;

interface WranglerCall {
  readonly args: readonly string[];
  /** `show` lets wrangler talk to the terminal and ask questions; `capture` reads what it prints. */
  readonly output: "show" | "capture";
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

function wrangler({ args, output, input, env }: WranglerCall): { readonly ok: boolean; readonly stdout: string } {
  const result = spawnSync(process.execPath, [join(root, "node_modules/wrangler/bin/wrangler.js"), ...args], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true", ...env },
    stdio: [input === undefined ? "inherit" : "pipe", output === "show" ? "inherit" : "pipe", "inherit"],
    ...(input === undefined ? {} : { input }),
  });
  return { ok: result.status === 0, stdout: result.stdout ?? "" };
}

function dryRun(): void {
  rmSync(outputFolder, { recursive: true, force: true });
  const args = ["deploy", "--dry-run", "--outdir", outputFolder];
  if (!wrangler({ args, output: "show" }).ok) throw new Error("Cannot build the Worker: wrangler says why above");
  const parts = readdirSync(outputFolder).filter((name) => !/\.map$|^README/.test(name));
  const files = parts.map((name) => readFileSync(join(outputFolder, name)));
  const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
  const rawBytes = sum(files.map((file) => file.length));
  const gzipBytes = sum(files.map((file) => gzipSync(file).length));
  const kb = (bytes: number) => `${(bytes / 1000).toFixed(0)} kB`;
  console.log(`\nThe Worker is in dist: ${kb(rawBytes)}, ${kb(gzipBytes)} gzipped (budget ${kb(gzipBudgetBytes)})`);
  if (gzipBytes > gzipBudgetBytes) throw new Error("The Worker is over its budget: see what was added to src or dags");
}

function assertSignedIn(): void {
  const { stdout } = wrangler({ args: ["whoami", "--json"], output: "capture" });
  if (/"loggedIn":\s*true/.test(stdout)) return;
  throw new Error(
    [
      "Cannot deploy: no Cloudflare account is signed in.",
      "  On your machine: npx wrangler login",
      "  Elsewhere:       set CLOUDFLARE_API_TOKEN (template “Edit Cloudflare Workers”, with D1 and Queues added)",
      "  The account needs the Workers Paid plan. To see what would be deployed: npm run deploy -- --dry-run",
    ].join("\n"),
  );
}

/** Deploys and returns the address: that of UPDRAFT_ORIGIN, or the first one that wrangler reports. */
function deployWorker(): string {
  const folder = mkdtempSync(join(tmpdir(), "updraft-deploy-"));
  const record = join(folder, "wrangler.ndjson");
  try {
    // It makes what wrangler.toml names and the account lacks: the queues, the database, the bucket.
    const deployed = wrangler({ args: ["deploy"], output: "show", env: { WRANGLER_OUTPUT_FILE_PATH: record } });
    if (!deployed.ok)
      throw new Error("Cannot deploy: wrangler says why above; nothing is half done that a second run would not mend");
    const lines = readFileSync(record, "utf8").trim().split("\n");
    const targets: unknown = lines.map((line) => JSON.parse(line)).find((entry) => entry.type === "deploy")?.targets;
    const reported = Array.isArray(targets)
      ? targets.find((target) => /^(https:\/\/)?[\w.-]+$/.test(target))
      : undefined;
    const origin = process.env["UPDRAFT_ORIGIN"] ?? reported;
    if (origin === undefined)
      throw new Error("Cannot tell the address of the Worker: set UPDRAFT_ORIGIN=https://… and run again");
    return new URL(/^https?:/.test(origin) ? origin : `https://${origin}`).origin;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Sets the secrets that are missing; returns the setup token if it was made now. */
function setSecrets(origin: string, options: { readonly newSetupToken: boolean }): string | null {
  const listed = wrangler({ args: ["secret", "list", "--format", "json"], output: "capture" });
  if (!listed.ok) throw new Error("Cannot list the secrets of the Worker: wrangler says why above");
  const present = new Set((JSON.parse(listed.stdout) as readonly { name: string }[]).map(({ name }) => name));
  const token = options.newSetupToken || !present.has("SETUP_TOKEN") ? randomBytes(24).toString("base64url") : null;
  const secrets = {
    ...(token === null ? {} : { SETUP_TOKEN: token }),
    // Tasks fetch the example data from here. A secret, because a deployment keeps it where it would reset a variable.
    ...(present.has("ORIGIN") && process.env["UPDRAFT_ORIGIN"] === undefined ? {} : { ORIGIN: origin }),
  };
  if (Object.keys(secrets).length === 0) return null;
  const set = wrangler({ args: ["secret", "bulk"], output: "capture", input: JSON.stringify(secrets) });
  if (!set.ok) throw new Error("Cannot set the secrets of the Worker: wrangler says why above");
  return token;
}

async function deploy(options: { readonly newSetupToken: boolean }): Promise<void> {
  assertSignedIn();
  const origin = deployWorker();
  const token = setSecrets(origin, options);
  console.log(`Waiting for ${origin}: its first request migrates the catalog and reads the DAGs`);
  const problem = await waitForHealth(origin, AbortSignal.timeout(healthLimitMs));
  if (problem !== null)
    throw new Error(`Cannot reach the deployed Worker: ${origin} ${problem}; see npx wrangler tail`);
  console.log(`ready\n  url  ${origin}`);
  if (token === null) {
    console.log(
      "  The first user exists, or waits for the setup token printed before; -- --new-setup-token makes another",
    );
  } else {
    console.log("  Make the first user there, with a password of your own. The link works once:");
    console.log(`  ${origin}/setup?token=${token}`);
  }
}

const { values } = parseArgs({
  options: { "dry-run": { type: "boolean", default: false }, "new-setup-token": { type: "boolean", default: false } },
});
try {
  buildPublicFiles();
  if (values["dry-run"]) dryRun();
  else await deploy({ newSetupToken: values["new-setup-token"] });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
