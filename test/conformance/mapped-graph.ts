/**
 * A graph as the vectors draw it: `1 -> 2[x2] -> 3 ; a -> group g[x3]{b -> c} -> d`. A name with `[xN]` is mapped over N
 * values, and so is a group with all its tasks. Chains are apart by `;`.
 */
import type { GroupSpec, MapSpec, TaskSpec } from "../../src/dag/spec.ts";
import type { RunState } from "../../src/engine/run-state.ts";
import { assert } from "../../src/lib/assert.ts";
import { spec, task } from "../fixtures/engine-dag.ts";
import { World } from "../fixtures/engine-world.ts";

interface Parsed {
  readonly tasks: TaskSpec[];
  readonly groups: GroupSpec[];
}

/** A started run of the graph, expanded. */
export function mappedRun(text: string): RunState {
  const parsed: Parsed = { tasks: [], groups: [] };
  for (const chain of text.split(";")) parseChain(chain, [], null, parsed);
  const run = new World(spec(parsed)).trigger();
  for (const { index, spec: made } of run.graph.tasks) {
    const length = (made.mapped === undefined ? 1 : lengthOf(made.mapped)) * groupLength(parsed, made.groupId);
    assert(run.count[index] === length, `"${made.taskId}" has ${run.count[index]} instances, expected ${length}`);
  }
  return run;
}

function groupLength({ groups }: Parsed, groupId: string | null): number {
  const group = groups.find((one) => one.groupId === groupId);
  if (group === undefined) return 1;
  return (group.mapped === undefined ? 1 : lengthOf(group.mapped)) * groupLength({ tasks: [], groups }, group.parentId);
}

function lengthOf(mapped: MapSpec): number {
  const source = mapped.type === "each" ? mapped.source : mapped.inputs[0]?.source;
  return source?.type === "literal" ? source.length : 1;
}

/** Returns the tasks that the chain ends with. */
function parseChain(chain: string, upstream: readonly string[], groupId: string | null, into: Parsed): string[] {
  let last = [...upstream];
  for (const part of splitChain(chain)) {
    const node = /^(?<group>group )?(?<name>\w+)(\[x(?<length>\d+)\])?(\{(?<inner>.*)\})?$/.exec(part)?.groups;
    assert(node !== undefined, `unknown shape: cannot read "${part}" of a graph`);
    const { name = "", length, inner } = node;
    const mapped = length === undefined ? {} : { mapped: overLiteral(Number(length)) };
    if (node["group"] === undefined) {
      assert(inner === undefined, `unknown shape: "${part}" has tasks and is no group`);
      into.tasks.push(task(name, { upstream: last, groupId, ...mapped }));
      last = [name];
    } else {
      into.groups.push({ groupId: name, parentId: groupId, label: name, ...mapped });
      last = parseChain(inner ?? "", last, name, into);
    }
  }
  return last;
}

/** At arrows that are in no braces. */
function splitChain(chain: string): string[] {
  let depth = 0;
  const parts = [""];
  for (const word of chain.split(/(->|\{|\})/)) {
    if (word === "{") depth += 1;
    if (word === "}") depth -= 1;
    if (word === "->" && depth === 0) parts.push("");
    else parts[parts.length - 1] += word;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

function overLiteral(length: number): MapSpec {
  return { type: "product", inputs: [{ name: "x", source: { type: "literal", length } }] };
}
