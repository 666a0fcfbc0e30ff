import { describe, expect, test } from "vitest";
import { planSync, type SyncPlan } from "../../src/bundle/plan-sync.ts";
import { failedFile, knownDag, loadedFile, manifestOf } from "./fixtures.ts";

function idsOf(plan: SyncPlan): Record<keyof SyncPlan, string[]> {
  return {
    push: plan.push.map(({ spec }) => spec.dagId),
    markFailed: plan.markFailed.map(({ dagId }) => dagId),
    retire: plan.retire.map(({ dagId }) => dagId),
  };
}

const nothing = { push: [], markFailed: [], retire: [] };

describe("planSync()", () => {
  test("pushes a DAG that is not known", () => {
    expect(idsOf(planSync(manifestOf(loadedFile("a")), []))).toEqual({ ...nothing, push: ["a"] });
  });

  test("leaves a DAG alone that is as it was", () => {
    expect(idsOf(planSync(manifestOf(loadedFile("a")), [knownDag("a")]))).toEqual(nothing);
  });

  test.each([
    ["spec", { specHash: "other" }],
    ["source", { sourceHash: "other" }],
    ["place", { filePath: "dags/other.ts" }],
    ["import error", { hasImportError: true }],
    ["retirement", { isRetired: true }],
    ["unknown definition", { specHash: null, sourceHash: null }],
  ])("pushes a DAG whose %s is not what was told", (_what, difference) => {
    const plan = planSync(manifestOf(loadedFile("a")), [knownDag("a", difference)]);
    expect(idsOf(plan)).toEqual({ ...nothing, push: ["a"] });
  });

  test("marks the DAG of a file that fails now, once", () => {
    const manifest = manifestOf(failedFile("dags/a.ts"));
    expect(idsOf(planSync(manifest, [knownDag("a")]))).toEqual({ ...nothing, markFailed: ["a"] });
    expect(idsOf(planSync(manifest, [knownDag("a", { hasImportError: true })]))).toEqual(nothing);
  });

  test("retires a DAG whose file is gone, once, also when the file failed before", () => {
    const manifest = manifestOf();
    expect(idsOf(planSync(manifest, [knownDag("a")]))).toEqual({ ...nothing, retire: ["a"] });
    const failed = knownDag("a", { hasImportError: true });
    expect(idsOf(planSync(manifest, [failed]))).toEqual({ ...nothing, retire: ["a"] });
    expect(idsOf(planSync(manifest, [knownDag("a", { isRetired: true })]))).toEqual(nothing);
  });

  test("retires the old id of a file that defines another DAG now", () => {
    const manifest = manifestOf(loadedFile("new", { filePath: "dags/file.ts" }));
    const plan = planSync(manifest, [knownDag("old", { filePath: "dags/file.ts" })]);
    expect(idsOf(plan)).toEqual({ ...nothing, push: ["new"], retire: ["old"] });
  });

  test("follows a DAG into another file while its old file fails", () => {
    const manifest = manifestOf(failedFile("dags/a.ts"), loadedFile("a", { filePath: "dags/b.ts" }));
    expect(idsOf(planSync(manifest, [knownDag("a")]))).toEqual({ ...nothing, push: ["a"] });
  });

  test("does not wake a retired DAG when its file comes back and fails", () => {
    const manifest = manifestOf(failedFile("dags/a.ts"));
    expect(idsOf(planSync(manifest, [knownDag("a", { isRetired: true })]))).toEqual(nothing);
  });
});
