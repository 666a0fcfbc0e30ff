/** A handful of DAGs, as a deployment has them on its first day: for the size of a bundle, and for how it starts. */
import type { Manifest } from "../../src/bundle/manifest.ts";
import { smallDefinitions } from "./dags.ts";
import { manifestOf } from "./manifest-of.ts";

export const manifest: Manifest = manifestOf("bench-small", smallDefinitions());
