/** What a workload is given, and what it answers with. */
import type { Deployment, DeploymentKind } from "./deployment.ts";
import type { RawLimits } from "./raw/raw-limits.ts";

export interface Lab {
  readonly updraft: Deployment;
  readonly raw: RawLimits;
}

export interface Figures {
  /** How many tasks, runs or DAGs, and how long all of them took by the scheduler's own record. */
  readonly n: number;
  readonly ms: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  /** The raw limit of the same run, in the unit of the notes, and how this compares: above 1 is faster than the limit. */
  readonly ofRaw?: number;
  readonly notes: string;
}

interface Named {
  readonly name: string;
  readonly title: string;
  /** What is measured, if it is not Updraft. */
  readonly system?: "workerd";
}

/** In a deployment that is there for it. */
export interface DeployedWorkload extends Named {
  readonly deployment: DeploymentKind;
  /** It takes minutes, or leaves behind what a second time would find: measured once. */
  readonly isOnce?: boolean;
  readonly measure: (lab: Lab) => Promise<Figures>;
}

/** With nothing, or with what it starts itself. */
export interface LoneWorkload extends Named {
  readonly deployment: "none";
  readonly measureAlone: () => Promise<Figures>;
}

export type Workload = DeployedWorkload | LoneWorkload;
