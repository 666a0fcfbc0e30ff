/** The bundle whose pages are measured. */
import type { Manifest } from "../../src/bundle/manifest.ts";
import { manifestOf } from "./manifest-of.ts";
import { pagesDefinitions } from "./pages/dags.ts";

export const manifest: Manifest = manifestOf("bench-pages", pagesDefinitions());
