import type { BackfillView } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import { ActionForm } from "../../parts/action-form.tsx";
import { Instant } from "../../parts/instant.tsx";
import { paths } from "../../paths.ts";

export function CancellationForm(props: { readonly backfill: BackfillView; readonly error: string | undefined }) {
  const { dagId, id, fromAt, toAt } = props.backfill;
  return (
    <ActionForm
      id={domId("backfill", "cancellation")}
      action={paths.backfillAction(dagId, id, "cancellation")}
      submit="Cancel the backfill"
      isDanger
      backHref={paths.backfill(dagId, id)}
      error={props.error}
    >
      <p>
        Of <strong>{dagId}</strong> from <Instant at={fromAt} /> to <Instant at={toAt} />
      </p>
      <p class="muted">Its queued runs fail, and it cannot be taken up again. Runs that are running go on.</p>
    </ActionForm>
  );
}
