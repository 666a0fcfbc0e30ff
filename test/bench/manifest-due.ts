/** The same with a thousand scheduled DAGs. */
import type { Manifest } from "../../src/bundle/manifest.ts";
import { definitions, dueDefinitions } from "./dags.ts";
import { manifestOf } from "./manifest-of.ts";

export const manifest: Manifest = manifestOf("bench-due", [...definitions(), ...dueDefinitions()]);
