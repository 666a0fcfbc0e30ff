/** Files of dags/ that cannot be imported are shown, harm nobody else, and heal without a restart. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, until } from "./api.ts";
import { Project } from "./project.ts";
import { Updraft } from "./updraft.ts";

const good = (dagId: string) => `
import { dag, manual } from "updraft";
export default dag("${dagId}", { schedule: manual() }, ({ task }) => {
  task("only", () => "done");
});
`;

const broken: Readonly<Record<string, string>> = {
  throws: `throw new Error("the database of the author is away");`,
  syntax: "export default dag(",
  missing: `import { nothing } from "./no-such-file.ts";\nexport default nothing;`,
  endless: "for (;;);",
};

let project: Project;
let updraft: Updraft;

beforeAll(async () => {
  project = new Project({ withExamples: false });
  project.writeDag("sound.ts", good("sound"));
  for (const [name, source] of Object.entries(broken)) project.writeDag(`${name}.ts`, source);
  updraft = await Updraft.start(project);
}, 180_000);

afterAll(async () => {
  await updraft?.stop();
  project?.remove();
});

async function importErrors(): Promise<readonly Answer["body"][]> {
  return (await updraft.api.read("/api/v2/importErrors?limit=100"))["import_errors"] as readonly Answer["body"][];
}

test("each broken file is shown with its reason, at the terminal and in the API", async () => {
  const errors = new Map((await importErrors()).map((one) => [one["filename"], String(one["stack_trace"])]));
  expect([...errors.keys()].sort()).toEqual(["dags/endless.ts", "dags/missing.ts", "dags/syntax.ts", "dags/throws.ts"]);
  expect(errors.get("dags/throws.ts")).toContain("the database of the author is away");
  expect(errors.get("dags/missing.ts")).toContain("no-such-file");
  expect(errors.get("dags/endless.ts")).toContain("endless loop");
  for (const name of Object.keys(broken)) expect(updraft.output).toContain(`dags/${name}.ts`);
});

test("the other DAGs run", async () => {
  expect(await updraft.api.endOfRun("sound", await updraft.api.trigger("sound"), 30_000)).toBe("success");
});

test("mending the files heals them without a restart", { timeout: 180_000 }, async () => {
  for (const name of Object.keys(broken)) project.writeDag(`${name}.ts`, good(name));
  await until("no import errors", 120_000, importErrors, (errors) => errors.length === 0);
  for (const name of Object.keys(broken)) {
    const exists = async () => (await updraft.api.get(`/api/v2/dags/${name}`)).status;
    await until(`the DAG "${name}"`, 30_000, exists, (status) => status === 200);
    expect(await updraft.api.endOfRun(name, await updraft.api.trigger(name), 30_000)).toBe("success");
  }
});

test("a file that breaks again keeps the DAG it had", { timeout: 180_000 }, async () => {
  project.writeDag("throws.ts", broken["throws"] ?? "");
  await until("the import error", 120_000, importErrors, (errors) => errors.length === 1);
  const dag = await updraft.api.read("/api/v2/dags/throws");
  expect(dag["has_import_errors"]).toBe(true);
});
