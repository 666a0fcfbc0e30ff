/** Every page of the dashboard, for `createApp`; `errorPage` of `error-page.tsx` goes with them. */
import type { Routes } from "../auth/routes.ts";
import { runBatchRoutes } from "./pages/all-runs/batch-routes.tsx";
import { allRunRoutes } from "./pages/all-runs/routes.tsx";
import { taskBatchRoutes } from "./pages/all-task-instances/batch-routes.tsx";
import { allTaskInstanceRoutes } from "./pages/all-task-instances/routes.tsx";
import { auditLogRoutes } from "./pages/audit-log/routes.tsx";
import { backfillActionRoutes } from "./pages/backfills/action-routes.tsx";
import { backfillFormRoutes } from "./pages/backfills/form-routes.tsx";
import { backfillPageRoutes } from "./pages/backfills/routes.tsx";
import { configurationRoutes } from "./pages/configuration/routes.tsx";
import { dagCalendarRoutes } from "./pages/dag/calendar-routes.tsx";
import { dagDurationRoutes } from "./pages/dag/durations-routes.tsx";
import { dagEventRoutes } from "./pages/dag/events-routes.tsx";
import { dagGanttRoutes } from "./pages/dag/gantt-routes.tsx";
import { dagGraphRoutes } from "./pages/dag/graph-routes.tsx";
import { dagGridRoutes } from "./pages/dag/grid-routes.tsx";
import { dagRoutes } from "./pages/dag/routes.tsx";
import { dagRunListRoutes } from "./pages/dag/runs-routes.tsx";
import { dagBatchRoutes } from "./pages/dags/batch-routes.tsx";
import { dagsRoutes } from "./pages/dags/routes.tsx";
import { homeRoutes } from "./pages/home/routes.tsx";
import { importErrorRoutes } from "./pages/import-errors/routes.tsx";
import { jobRoutes } from "./pages/jobs/routes.tsx";
import { loginRoutes } from "./pages/login/routes.tsx";
import { poolPageRoutes } from "./pages/pools/routes.tsx";
import { preferenceRoutes } from "./pages/preferences/routes.tsx";
import { runActionRoutes } from "./pages/runs/action-routes.tsx";
import { callbackRoutes } from "./pages/runs/callback-routes.tsx";
import { runComparisonRoutes } from "./pages/runs/comparison-routes.tsx";
import { runEventRoutes } from "./pages/runs/events-routes.tsx";
import { runRoutes } from "./pages/runs/routes.tsx";
import { savedViewRoutes } from "./pages/saved-views/routes.ts";
import { searchRoutes } from "./pages/search/routes.tsx";
import { setupRoutes } from "./pages/setup/routes.tsx";
import { taskInstanceActionRoutes } from "./pages/task-instances/action-routes.tsx";
import { instanceRoutes } from "./pages/task-instances/instance-routes.tsx";
import { taskInstanceRoutes } from "./pages/task-instances/routes.tsx";
import { triggerRoutes } from "./pages/trigger/routes.tsx";
import { accountRoutes } from "./pages/users/account-routes.tsx";
import { userRoutes } from "./pages/users/routes.tsx";
import { xcomRoutes } from "./pages/xcoms/routes.tsx";

export const webRoutes: readonly Routes[] = [
  loginRoutes,
  homeRoutes,
  dagsRoutes,
  dagBatchRoutes,
  dagRoutes,
  dagGridRoutes,
  dagGraphRoutes,
  dagGanttRoutes,
  dagRunListRoutes,
  dagCalendarRoutes,
  dagDurationRoutes,
  dagEventRoutes,
  backfillFormRoutes,
  backfillPageRoutes,
  backfillActionRoutes,
  triggerRoutes,
  runRoutes,
  runComparisonRoutes,
  runEventRoutes,
  runActionRoutes,
  callbackRoutes,
  taskInstanceRoutes,
  instanceRoutes,
  taskInstanceActionRoutes,
  importErrorRoutes,
  jobRoutes,
  auditLogRoutes,
  allRunRoutes,
  runBatchRoutes,
  allTaskInstanceRoutes,
  taskBatchRoutes,
  xcomRoutes,
  poolPageRoutes,
  userRoutes,
  accountRoutes,
  configurationRoutes,
  preferenceRoutes,
  savedViewRoutes,
  searchRoutes,
  setupRoutes,
];
