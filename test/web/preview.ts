/**
 * Shows the dashboard with something in every state, for looking at the pages while one works on them:
 *
 *   node test/web/preview.ts [port] [more DAGs]
 *
 * The real thing is `npm start`.
 */
import { runBundled } from "./bundle.ts";

await runBundled("preview-server");
