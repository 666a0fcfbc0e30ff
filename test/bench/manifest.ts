/** The bundle of the benchmark. */
import type { Manifest } from "../../src/bundle/manifest.ts";
import { definitions } from "./dags.ts";
import { manifestOf } from "./manifest-of.ts";

export const manifest: Manifest = manifestOf("bench", definitions());
