import { platformOf, principalOf } from "../../../auth/context.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { readAll } from "../../../catalog/port.ts";
import { importErrors } from "../../../catalog/sql/import-errors.ts";
import { paths } from "../../paths.ts";
import { ptagOf } from "../../ptag.ts";
import { respond, shellOf } from "../../respond.tsx";
import { IMPORT_ERRORS_REGION, ImportErrorList, ImportErrorsPage } from "./import-errors-page.tsx";

export const importErrorRoutes = new Routes("page");

const MAX_SHOWN = 200;

importErrorRoutes.get(paths.importErrors, { permission: "import_error.read" }, async (c) => {
  const filter = { allowedDagIds: allowedDagIds(principalOf(c)) };
  const errors = await readAll(platformOf(c).catalog, importErrors.list(filter, { limit: MAX_SHOWN, offset: 0 }));
  const ptag = ptagOf(errors);
  return respond(c, {
    ptag,
    page: () => <ImportErrorsPage shell={shellOf(c, errors.length)} errors={errors} ptag={ptag} />,
    parts: { [IMPORT_ERRORS_REGION]: () => <ImportErrorList errors={errors} ptag={ptag} /> },
  });
});
