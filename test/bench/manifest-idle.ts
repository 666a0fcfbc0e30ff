/** A thousand DAGs that are due next year. */
import type { Manifest } from "../../src/bundle/manifest.ts";
import { definitions, idleDefinitions } from "./dags.ts";
import { manifestOf } from "./manifest-of.ts";

export const manifest: Manifest = manifestOf("bench-idle", [...definitions(), ...idleDefinitions()]);
