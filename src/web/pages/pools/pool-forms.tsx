import type { PoolSettings, SlotHolder } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import { counted } from "../../format.ts";
import { Page, type Shell } from "../../layout/page.tsx";
import { ActionForm } from "../../parts/action-form.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Age } from "../../parts/instant.tsx";
import { PageHeader } from "../../parts/page-header.tsx";
import { TextField } from "../../parts/text-field.tsx";
import { paths } from "../../paths.ts";

export interface PoolFormProps {
  /** As text, because what was typed comes back when it is refused. */
  readonly typed: {
    readonly name: string;
    readonly slots: string;
    readonly description: string;
    readonly includeDeferred: boolean;
  };
  readonly isNew: boolean;
  readonly errors: Readonly<Record<string, string>>;
}

export function PoolForm({ typed, isNew, errors }: PoolFormProps) {
  const form = "pool";
  return (
    <ActionForm
      id={domId("pool", "form")}
      action={isNew ? paths.newPool : paths.poolEditing(typed.name)}
      submit={isNew ? "Make the pool" : "Save"}
      backHref={paths.pools}
      error={errors[""]}
    >
      {isNew && (
        <TextField
          form={form}
          name="name"
          label="Name"
          value={typed.name}
          error={errors["name"]}
          hint="As tasks name it; it cannot be changed later"
          maxLength={250}
          isRequired
        />
      )}
      <TextField
        form={form}
        name="slots"
        label="Slots"
        value={typed.slots}
        error={errors["slots"]}
        hint="A whole number; -1 is unlimited. What holds slots keeps them when there are fewer"
        inputMode="numeric"
        isRequired
      />
      <TextField
        form={form}
        name="description"
        label="Description"
        value={typed.description}
        error={errors["description"]}
        maxLength={1_000}
      />
      <label class="checkbox">
        <input type="checkbox" name="include_deferred" value="true" checked={typed.includeDeferred} />
        Deferred task instances keep their slots
      </label>
    </ActionForm>
  );
}

export function PoolDeletionForm({
  pool,
  error,
}: {
  readonly pool: PoolSettings;
  readonly error?: string | undefined;
}) {
  return (
    <ActionForm
      id={domId("pool", "deletion")}
      action={paths.poolDeletion(pool.name)}
      submit="Delete the pool"
      isDanger
      backHref={paths.pools}
      error={error}
    >
      <p>
        Delete <strong>{pool.name}</strong>?
      </p>
      <p class="muted">Tasks that name it wait until there is a pool of this name again. What runs goes on.</p>
    </ActionForm>
  );
}

export function LimitForm({ typed, error }: { readonly typed: string; readonly error?: string | undefined }) {
  return (
    <ActionForm id={domId("pool", "limit")} action={paths.limits} submit="Save" backHref={paths.pools}>
      <TextField
        form="limit"
        name="parallelism"
        label="Active task instances of all DAGs"
        value={typed}
        error={error}
        hint="At most so many are queued or running at once; empty is unlimited"
        inputMode="numeric"
      />
    </ActionForm>
  );
}

export function PoolHoldersPage(props: {
  readonly shell: Shell;
  readonly pool: PoolSettings;
  readonly holders: readonly SlotHolder[];
}) {
  const { pool, holders } = props;
  return (
    <Page
      shell={props.shell}
      title={`Pool ${pool.name}`}
      nav="pools"
      crumbs={[
        { label: "Pools", href: paths.pools },
        { label: pool.name, href: null },
      ]}
    >
      <PageHeader
        title={pool.name}
        description={pool.description === "" ? null : pool.description}
        facts={[
          { name: "Slots", value: pool.slots < 0 ? "unlimited" : String(pool.slots) },
          { name: "Held by", value: counted(holders.length, "task instance") },
          { name: "Deferred ones", value: pool.includeDeferred ? "keep their slots" : "give them back" },
        ]}
      />
      {holders.length === 0 ? (
        <div class="card">
          <EmptyState icon="layers" title="Nobody holds a slot">
            {pool.slots < 0
              ? "The slots of a pool without a limit are not counted out."
              : "All of its slots are free for the next task that asks."}
          </EmptyState>
        </div>
      ) : (
        <HolderTable holders={holders} />
      )}
    </Page>
  );
}

function HolderTable({ holders }: { readonly holders: readonly SlotHolder[] }) {
  return (
    <div class="table-wrap">
      <table class="table blocks" id={domId("pool", "holders")}>
        <thead>
          <tr>
            <th class="fill">Task</th>
            <th>DAG</th>
            <th>Run</th>
            <th class="number">Slots</th>
            <th>Since</th>
          </tr>
        </thead>
        <tbody>
          {holders.map((holder) => (
            <tr data-key={`${holder.dagId}/${holder.ticket}`}>
              <td class="lead">
                <a class="name clip" href={paths.task(holder)}>
                  {holder.taskId}
                  {holder.mapIndex >= 0 && ` [${holder.mapIndex}]`}
                </a>
              </td>
              <td>
                <a href={paths.dag(holder.dagId)}>{holder.dagId}</a>
              </td>
              <td class="optional">
                <a class="clip mono" href={paths.run(holder.dagId, holder.runId)} title={holder.runId}>
                  {holder.runId}
                </a>
              </td>
              <td class="number lead-end">{holder.slots}</td>
              <td class="muted last">
                <Age at={holder.grantedAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
