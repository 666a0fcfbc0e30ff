import type { AppContext } from "../auth/context.ts";
import { ToastPartial } from "./layout/toast.tsx";
import { type Holder, type Problem, ProblemPage } from "./pages/problem/problem-page.tsx";
import { paths } from "./paths.ts";
import { themeOf } from "./request.ts";
import { fragment, html } from "./respond.tsx";

/** What the app's one `onError` shows to a browser: a page, or a toast when htmx asked for a part. */
export function errorPage(c: AppContext, problem: Problem): Response | Promise<Response> {
  c.status(problem.status as 500);
  if (c.req.header("hx-request") !== "true") {
    const holders = problem.status === 404 ? holdersOf(c.req.path) : [];
    return html(c, <ProblemPage problem={problem} theme={themeOf(c)} holders={holders} />);
  }
  c.header("HX-Reswap", "none");
  return fragment(c, <ToastPartial flash={{ tone: "danger", text: problem.message, requestId: problem.requestId }} />);
}

/** By the address alone, since nothing may be asked for the sake of an error: the next higher one may be missing as well. */
function holdersOf(path: string): readonly Holder[] {
  const [place, dagId, tab, runId, tasks] = path.split("/").slice(1).map(decoded);
  const search = { label: "Search", href: paths.search };
  if (place !== "dags" || dagId === undefined) return [{ label: "All DAGs", href: paths.dags }, search];
  if (tab === undefined) return [{ label: "All DAGs", href: paths.dags }, search];
  if (tab !== "runs" || runId === undefined) return [{ label: `DAG ${dagId}`, href: paths.dag(dagId) }, search];
  if (tasks === undefined) return [{ label: `Runs of ${dagId}`, href: paths.dagTab(dagId, "runs") }, search];
  return [{ label: `Run ${runId}`, href: paths.run(dagId, runId) }, search];
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // Not an address that any page has.
    return part;
  }
}
