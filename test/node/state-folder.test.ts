import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readLocalSettings, root } from "../../workers/node/local-settings.ts";
import { StateFolder } from "../../workers/node/state-folder.ts";

let parent: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "updraft-state-"));
});

afterEach(() => rmSync(parent, { recursive: true, force: true }));

const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8);

describe("StateFolder", () => {
  test("is for its owner alone", () => {
    const state = new StateFolder(join(parent, "state"));
    const variables = state.writeVariables({ SETUP_TOKEN: state.setupToken(), ORIGIN: "http://127.0.0.1:8787" });
    expect(modeOf(state.path)).toBe("700");
    expect(modeOf(state.file("setup-token"))).toBe("600");
    expect(modeOf(variables)).toBe("600");
    expect(readFileSync(variables, "utf8")).toContain('ORIGIN="http://127.0.0.1:8787"\n');
  });

  test("keeps its setup token, and shares it with no other folder", () => {
    const token = new StateFolder(join(parent, "one")).setupToken();
    expect(token.length).toBeGreaterThanOrEqual(32);
    expect(new StateFolder(join(parent, "one")).setupToken()).toBe(token);
    expect(new StateFolder(join(parent, "two")).setupToken()).not.toBe(token);
  });

  test("remembers that its first user was made", () => {
    const state = new StateFolder(join(parent, "state"));
    expect(state.hasUser()).toBe(false);
    state.noteUser(true);
    expect(new StateFolder(join(parent, "state")).hasUser()).toBe(true);
    state.noteUser(false);
    expect(state.hasUser()).toBe(false);
  });

  test("can be locked again after its owner is gone, even if the process id lives on as something else", () => {
    const state = new StateFolder(join(parent, "state"));
    // This process lives, but is not a standalone.
    writeFileSync(state.file("lock.json"), JSON.stringify({ pid: process.pid, server: null }));
    state.lock();
    writeFileSync(state.file("lock.json"), '{"pid": 12');
    state.lock();
    expect(JSON.parse(readFileSync(state.file("lock.json"), "utf8"))).toEqual({ pid: process.pid, server: null });
  });
});

describe("readLocalSettings()", () => {
  test("works without any", () => {
    expect(readLocalSettings({})).toEqual({ port: 8787, stateFolder: join(root, ".updraft/state"), firesCron: true });
  });

  test("takes the port, the folder and the cron trigger from the environment", () => {
    const env = { PORT: "9000", UPDRAFT_STATE: "/somewhere", UPDRAFT_NO_CRON: "1" };
    expect(readLocalSettings(env)).toEqual({ port: 9000, stateFolder: "/somewhere", firesCron: false });
    expect(readLocalSettings({ UPDRAFT_STATE: "here" }).stateFolder).toBe(join(root, "here"));
  });

  test.each(["0", "65536", "80a", "-1", "8.5"])("refuses PORT %s", (port) => {
    expect(() => readLocalSettings({ PORT: port })).toThrow(`Cannot listen on PORT "${port}"`);
  });
});
