/** The DAGs whose pages are measured, with as many tasks as the dashboard promises to stay fast on. */
import { type DagDefinition as Definition, dag, type Task } from "updraft";

/** Tasks of a group, each behind the one before it. */
const GROUP_SIZE = 50;
export const GRID_SIZES = [1_000, 5_000] as const;
/** Nothing of it is ever let in, so the instances that wait for it stay as they are. */
export const CLOSED_POOL = "closed";

export const nameOfGrid = (tasks: number) => `pages_${tasks}`;
export const WAITING = "pages_waiting";

function gridOf(tasks: number): Definition {
  return dag(nameOfGrid(tasks), {}, ({ task, group }) => {
    for (let place = 0; place < tasks / GROUP_SIZE; place++) {
      group(`group_${String(place).padStart(3, "0")}`, () => {
        let before: Task<unknown> | null = null;
        for (let link = 0; link < GROUP_SIZE; link++) {
          const added: Task<unknown> = task(`task_${link}`, before === null ? {} : { after: before }, () => null);
          before = added;
        }
      });
    }
  });
}

/** Mapped over as many items as the trigger's `conf` says, all of which wait. */
const waiting = (): Definition =>
  dag(WAITING, {}, ({ task }) => {
    const list = task("list", ({ conf }) => Array.from({ length: Number(conf["count"]) }, (_, place) => place));
    task.map("part", { over: { place: list }, pool: CLOSED_POOL, maxMapLength: 100_000 }, ({ place }) => place);
  });

export const pagesDefinitions = (): readonly Definition[] => [...GRID_SIZES.map(gridOf), waiting()];
