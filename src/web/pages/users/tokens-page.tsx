import type { ApiTokenView } from "../../../catalog/sql/api-tokens.ts";
import { domId } from "../../dom-id.ts";
import { hx } from "../../hx.ts";
import { useClock } from "../../layout/clock.ts";
import { Page, type Shell } from "../../layout/page.tsx";
import { ActionForm } from "../../parts/action-form.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Icon } from "../../parts/icon.tsx";
import { Age } from "../../parts/instant.tsx";
import { PageHeader } from "../../parts/page-header.tsx";
import { TextField } from "../../parts/text-field.tsx";
import { paths } from "../../paths.ts";
import { AccessTabs } from "./users-page.tsx";

export function TokensPage({ shell, tokens }: { readonly shell: Shell; readonly tokens: readonly ApiTokenView[] }) {
  return (
    <Page shell={shell} title="Your tokens" nav="users" sheet="access" crumbs={[{ label: "Your tokens", href: null }]}>
      <PageHeader
        title="Your tokens"
        description="A bearer token lets a program call the API as you. It is shown once, when it is made."
        actions={
          <a
            class="button primary"
            href={paths.newToken}
            {...hx({ get: paths.newToken, target: "#dialog", swap: "innerHTML" })}
          >
            <Icon name="plus" />
            New token
          </a>
        }
      />
      <AccessTabs current="tokens" />
      {tokens.length === 0 ? (
        <div class="card">
          <EmptyState icon="key-round" title="No tokens yet">
            Make one for a script or a program. It does what you may do.
          </EmptyState>
        </div>
      ) : (
        <TokenTable tokens={tokens} />
      )}
    </Page>
  );
}

function TokenTable({ tokens }: { readonly tokens: readonly ApiTokenView[] }) {
  return (
    <div class="table-wrap">
      <table class="table blocks" id={domId("tokens", "table")}>
        <thead>
          <tr>
            <th class="fill">Name</th>
            <th>State</th>
            <th>Made</th>
            <th>Last used</th>
            <th>Ends</th>
            <th class="actions">
              <span class="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <TokenRow token={token} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TokenRow({ token }: { readonly token: ApiTokenView }) {
  const { now } = useClock();
  const isOver = token.expiresAt !== null && token.expiresAt <= now;
  const state = token.revokedAt !== null ? "revoked" : isOver ? "over" : "valid";
  return (
    <tr data-key={token.tokenId}>
      <td class="lead">
        <span class="clip" title={token.name}>
          {token.name}
        </span>
      </td>
      <td class="lead-end">
        <span class={`badge state-${state === "valid" ? "success" : "removed"}`}>
          <Icon name={state === "valid" ? "check" : "ban"} />
          {state}
        </span>
      </td>
      <td class="muted optional">
        <Age at={token.createdAt} />
      </td>
      <td class="muted">
        <Age at={token.usedAt} />
      </td>
      <td class="muted optional">{token.expiresAt === null ? "never" : <Age at={token.expiresAt} />}</td>
      <td class="actions last">
        {state === "valid" && (
          <form method="post" action={paths.tokenRevocation}>
            <input type="hidden" name="token_id" value={token.tokenId} />
            <button type="submit" class="button small danger">
              Revoke<span class="visually-hidden"> {token.name}</span>
            </button>
          </form>
        )}
      </td>
    </tr>
  );
}

export const TOKEN_LIVES = { "1": "1 day", "30": "30 days", "90": "90 days", "365": "1 year" } as const;
export type TokenLife = keyof typeof TOKEN_LIVES;

export function NewTokenForm({ typed, error }: { readonly typed: string; readonly error?: string | undefined }) {
  return (
    <ActionForm id={domId("token", "form")} action={paths.newToken} submit="Make the token" backHref={paths.tokens}>
      <TextField
        form="token"
        name="name"
        label="What it is for"
        value={typed}
        error={error}
        maxLength={100}
        isRequired
      />
      <label class="field">
        <span class="field-label">Valid for</span>
        <select class="select" name="days">
          {Object.entries(TOKEN_LIVES).map(([days, label]) => (
            <option value={days} selected={days === "90"}>
              {label}
            </option>
          ))}
        </select>
      </label>
    </ActionForm>
  );
}

/** The only time that the token can be read. */
export function MadeToken({ name, token }: { readonly name: string; readonly token: string }) {
  return (
    <div class="form" id={domId("token", "made")}>
      <p>
        The token <strong>{name}</strong> is made. Copy it now: it is kept as a hash and cannot be shown again.
      </p>
      <p class="secret">
        <code>{token}</code>
        <button type="button" class="button small needs-script" data-copy={token}>
          <Icon name="copy" />
          <span>Copy</span>
        </button>
      </p>
      <div class="form-foot">
        <a class="button primary" href={paths.tokens}>
          Done
        </a>
      </div>
    </div>
  );
}
