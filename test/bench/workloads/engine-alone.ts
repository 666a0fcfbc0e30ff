import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../../tidy/source-tree.ts";
import type { LoneWorkload } from "../workload.ts";

const LARGEST = 100_000;

/** W8: the engine in Node without any I/O; `engine.ts` tells more when it is run by itself. */
export const engineAlone: LoneWorkload = {
  name: "W8",
  title: "engine alone, 100,000 task instances",
  deployment: "none",
  measureAlone: async () => {
    const file = join(root, "test/bench/engine.ts");
    const text = execFileSync(process.execPath, ["--expose-gc", file], { encoding: "utf8", stdio: "pipe" });
    const rates = [...text.matchAll(/^ *(\d+) tasks {2}batched +([\d,]+) transitions\/s/gm)].map(
      ([, tasks, rate]) => [Number(tasks), Number(rate?.replaceAll(",", ""))] as const,
    );
    const rateOf = (tasks: number) => rates.find(([size]) => size === tasks)?.[1] ?? 0;
    const bytes = /expanding .* (\d+) of them the instance's/.exec(text)?.[1];
    const perSecond = rates.map(([size, rate]) => `${size}: ${rate.toLocaleString("en")}/s`).join(", ");
    const slower = (rateOf(100) / rateOf(LARGEST)).toFixed(2);
    const transitions = 4 * (LARGEST + 2);
    return {
      n: transitions,
      ms: (transitions * 1_000) / rateOf(LARGEST),
      notes: `transitions in batches of 100: ${perSecond}; a transition among 100,000 costs ${slower} times one among 100; ${bytes} bytes per mapped instance`,
    };
  },
};
