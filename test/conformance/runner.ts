/**
 * Puts every case of a file of vectors to the engine and counts what came of it, group by group. A group, field or value
 * that is not known fails, with its place: nothing is left out because nobody looked.
 */
import { CONTRADICTIONS } from "./contradictions.ts";
import type { Group } from "./group.ts";
import { GROUPS } from "./groups.ts";

export interface CaseResult {
  readonly group: string;
  readonly id: string;
  readonly outcome: "passed" | "failed" | "by_hand" | "contradicts";
  /** Why, for all but `passed` and `by_hand`. */
  readonly message: string;
}

/** Keys of a file that hold words for its reader. */
const isComment = (key: string): boolean => key.startsWith("_");

export async function runVectors(file: unknown): Promise<CaseResult[]> {
  if (typeof file !== "object" || file === null || Array.isArray(file)) {
    return [failure("file", "", "unknown shape: expected an object of groups")];
  }
  const results: CaseResult[] = [];
  for (const [name, value] of Object.entries(file)) {
    if (isComment(name)) continue;
    const made = GROUPS[name];
    if (made === undefined) results.push(failure(name, "", "unknown shape: no group of this name is known"));
    else for (const [at, one] of casesOf(value).entries()) results.push(await runCase(name, made, one, at));
  }
  return results;
}

/** One group is an object that holds the graph all its cases share. */
function casesOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  const { cases, ...shared } = (value ?? {}) as { readonly cases?: unknown };
  if (!Array.isArray(cases)) return [value];
  return cases.map((one: unknown) => ({ ...shared, case: one }));
}

async function runCase(name: string, made: Group, one: unknown, at: number): Promise<CaseResult> {
  const parsed = made.shape.safeParse(one);
  if (!parsed.success) {
    const places = parsed.error.issues.map(({ path, message }) => `${[at, ...path].join(".")}: ${message}`);
    return failure(name, `#${at}`, `unknown shape at ${name}.${places.join("; ")}`);
  }
  const id = made.id(parsed.data);
  const contradiction = CONTRADICTIONS.find((entry) => entry.group === name && entry.isAbout(parsed.data, id));
  const asked = contradiction === undefined ? parsed.data : contradiction.instead(parsed.data);
  const contradicts = { group: name, id, outcome: "contradicts", message: contradiction?.reason ?? "" } as const;
  if (asked === null) return contradicts;
  try {
    const finding = await made.check(asked);
    if (contradiction !== undefined) return contradicts;
    return { group: name, id, outcome: finding.type, message: "" };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return failure(name, id, contradiction === undefined ? message : `even as the reference has it: ${message}`);
  }
}

function failure(group: string, id: string, message: string): CaseResult {
  return { group, id, outcome: "failed", message };
}

/** The report as lines; the last one is `N passed, N failed`. */
export function reportLines(results: readonly CaseResult[]): string[] {
  const lines: string[] = [];
  for (const name of new Set(results.map(({ group }) => group))) {
    const ofGroup = results.filter(({ group }) => group === name);
    const counts = (["passed", "by_hand", "contradicts", "failed"] as const).flatMap((outcome) => {
      const count = ofGroup.filter((one) => one.outcome === outcome).length;
      return count === 0 ? [] : [`${count} ${WORDS[outcome]}`];
    });
    lines.push(`${name}: ${counts.join(", ")}`);
    for (const { id, outcome, message } of ofGroup) {
      if (message !== "") lines.push(`  ${outcome === "failed" ? "FAILED" : WORDS[outcome]} ${id}: ${message}`);
    }
  }
  const count = (outcome: CaseResult["outcome"]) => results.filter((one) => one.outcome === outcome).length;
  const apart = (["by_hand", "contradicts"] as const).map((outcome) => `${count(outcome)} ${WORDS[outcome]}`);
  lines.push(apart.join(", "));
  lines.push(`${count("passed") + count("by_hand")} passed, ${count("failed")} failed`);
  return lines;
}

const WORDS: Readonly<Record<CaseResult["outcome"], string>> = {
  passed: "passed",
  by_hand: "by hand",
  contradicts: "against the reference",
  failed: "failed",
};
