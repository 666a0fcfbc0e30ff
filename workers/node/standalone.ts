/**
 * `npm start`: the whole of Updraft on one machine. Everything is simulated on disk under the state folder, so stopping
 * it, or killing it, loses nothing. On the first start of a state it makes a user and prints the password, once: only
 * its hash is kept.
 */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import metadata from "../../package.json" with { type: "json" };
import { buildPublicFiles } from "./build.ts";
import { DevServer, type DevServerEvent } from "./dev-server.ts";
import { firstUserName, makeFirstUser } from "./first-user.ts";
import { readHealth, waitForHealth } from "./health.ts";
import { readLocalSettings, root } from "./local-settings.ts";
import { resetUsers } from "./reset-users.ts";
import { StateFolder } from "./state-folder.ts";

const settings = readLocalSettings(process.env);
const url = `http://127.0.0.1:${settings.port}`;
const dataFolder = (state: StateFolder) => state.file("bindings");
const startLimitMs = 120_000;
const cronMs = 60_000;
const parentCheckMs = 500;

async function main(): Promise<void> {
  const { values: options } = parseArgs({ options: { "reset-users": { type: "boolean", default: false } } });
  const state = new StateFolder(settings.stateFolder);
  state.lock();
  try {
    await assertPortIsFree(settings.port);
    console.log(`Updraft ${metadata.version} starts; its state and log are in ${relative(root, state.path) || "."}`);
    buildPublicFiles();
    if (options["reset-users"]) {
      resetUsers(dataFolder(state));
      state.noteUser(false);
    }
    await serve(state);
  } finally {
    state.unlock();
  }
}

/** Returns after a signal asked us to stop; throws when the server does not start or does not stay. */
async function serve(state: StateFolder): Promise<void> {
  const server = startServer(state);
  const stop = stopRequest(server);
  const ended = Promise.race([once(stop, "abort"), server.exited()]);
  try {
    await Promise.race([announce(state, stop), ended]);
    if (settings.firesCron) setInterval(fireCron, cronMs).unref();
    await ended;
    if (!stop.aborted) throw new Error("wrangler ended by itself");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${reason}; wrangler said last:\n${server.lastLines(20)}`, { cause: error });
  } finally {
    await server.stop();
  }
}

function startServer(state: StateFolder): DevServer {
  const variables = state.writeVariables({
    INSTANCE_NAME: "local",
    LOCAL_PARALLEL: "1",
    ORIGIN: url,
    SETUP_TOKEN: state.setupToken(),
  });
  // What authors keep for their own tasks, as `wrangler dev` alone would read it.
  const ownVariables = [join(root, ".dev.vars")].filter((file) => existsSync(file));
  const server = new DevServer({
    port: settings.port,
    dataFolder: dataFolder(state),
    variableFiles: [...ownVariables, variables],
    logFile: state.file("wrangler.log"),
    onEvent: report,
  });
  state.setServer(server.group);
  return server;
}

async function announce(state: StateFolder, stop: AbortSignal): Promise<void> {
  const problem = await waitForHealth(url, AbortSignal.any([stop, AbortSignal.timeout(startLimitMs)]));
  if (stop.aborted) return;
  if (problem !== null) throw new Error(`Cannot start within ${startLimitMs / 1000} s: ${url} ${problem}`);
  // Asking every time would run into the limit on attempts, which is there for strangers.
  const password = state.hasUser() ? null : await makeFirstUser(url, state.setupToken());
  state.noteUser(true);
  const secret =
    password === null
      ? "as printed at the first start (lost it? npm start -- --reset-users)"
      : `${password}   (shown this once)`;
  console.log(`ready\n  url       ${url}\n  user      ${firstUserName}\n  password  ${secret}`);
}

function report(event: DevServerEvent): void {
  if (event.type === "said") console.log(event.line);
  // A failure shows at the next request, to whoever makes it.
  else void readHealth(url).catch(() => undefined);
}

function fireCron(): void {
  const target = `${url}/cdn-cgi/local/scheduled?cron=${encodeURIComponent("* * * * *")}`;
  fetch(target, { signal: AbortSignal.timeout(cronMs) }).then(
    (response) => response.arrayBuffer(),
    () => undefined, // The watchdog is a safety net: the next minute fires again.
  );
}

/** Aborted by the first signal that asks us to end; the second one ends the server without waiting for it. */
function stopRequest(server: DevServer): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) server.kill("SIGKILL");
      else controller.abort();
    });
  }
  // npm that is killed takes nobody with it: its child lives on with another parent.
  const parent = process.ppid;
  const watch = () => process.ppid === parent || controller.abort();
  if (process.env["npm_lifecycle_event"] !== undefined) setInterval(watch, parentCheckMs).unref();
  return controller.signal;
}

/** Binding it is the only honest test: a port can be taken by a process that we cannot see. */
async function assertPortIsFree(port: number): Promise<void> {
  const probe = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  probe.once("error", reject).listen(port, "127.0.0.1", resolve);
  try {
    await promise;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot listen on 127.0.0.1:${port}: ${reason}; choose another with PORT=${port + 1} npm start`);
  } finally {
    probe.close();
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
