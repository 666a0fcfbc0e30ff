import { Document, type Theme } from "../../layout/document.tsx";
import { Icon } from "../../parts/icon.tsx";
import { TextField } from "../../parts/text-field.tsx";
import { paths } from "../../paths.ts";

export interface SetupProps {
  readonly theme: Theme;
  readonly instanceName: string;
  readonly typed: { readonly token: string; readonly username: string };
  readonly errors: Readonly<Record<string, string>>;
}

/** A new deployment's first page: whoever deployed it makes the first user. */
export function SetupPage({ theme, instanceName, typed, errors }: SetupProps) {
  return (
    <Document title="Set up · Updraft" theme={theme} now={0} sheet="access">
      <main class="login">
        <form class="login-box" method="post" action={paths.setup}>
          <div>
            <h1 class="login-brand">
              <Icon name="updraft" />
              Updraft
            </h1>
            <p class="muted small">Make the first user of {instanceName}</p>
          </div>
          {errors[""] !== undefined && (
            <p class="field-error" role="alert">
              <Icon name="circle-alert" />
              {errors[""]}
            </p>
          )}
          <TextField
            form="setup"
            name="token"
            label="Setup token"
            value={typed.token}
            error={errors["token"]}
            hint="The deployment printed it"
            maxLength={1_000}
            isRequired
          />
          <TextField
            form="setup"
            name="username"
            label="User"
            value={typed.username}
            error={errors["username"]}
            autocomplete="username"
            maxLength={100}
            isRequired
          />
          <TextField
            form="setup"
            name="password"
            type="password"
            label="Password"
            value=""
            error={errors["password"]}
            hint="8 to 128 characters"
            autocomplete="new-password"
            maxLength={1_000}
            isRequired
          />
          <button type="submit" class="button primary">
            Make the user and sign in
          </button>
        </form>
      </main>
    </Document>
  );
}
