import type { Child } from "hono/jsx";
import type { AppContext } from "../../../auth/context.ts";
import { paths } from "../../paths.ts";
import { respondWithForm, shellOf } from "../../respond.tsx";
import { importErrorCountOf } from "../../shell-facts.ts";

/** A form about users and what they hold: in a dialog, or on a page of its own. */
export async function showForm(c: AppContext, title: string, content: Child, status: 200 | 409 | 422 = 200) {
  const importErrorCount = await importErrorCountOf(c);
  const crumbs = [
    { label: "Users and tokens", href: paths.users },
    { label: title, href: null },
  ];
  const view = { title, crumbs, form: content, nav: "users" as const, shell: () => shellOf(c, importErrorCount) };
  return respondWithForm(c, view, status);
}
