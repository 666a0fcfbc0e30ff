/**
 * `npm run screenshots`: pictures of every page, light, dark and as on a phone, in `.updraft/screenshots`, for looking at
 * them before a change of the dashboard is proposed. Arguments choose pages by a part of their address; without any, the
 * two pictures of the README are taken anew.
 */
import { runBundled } from "./bundle.ts";

await runBundled("take-screenshots");
