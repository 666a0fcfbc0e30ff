import { Document, type Theme } from "../../layout/document.tsx";
import { Icon } from "../../parts/icon.tsx";

export interface LoginProps {
  readonly theme: Theme;
  readonly instanceName: string;
  /** Where to go afterwards; a path of this site. */
  readonly next: string;
  readonly error: string | null;
}

export function LoginPage({ theme, instanceName, next, error }: LoginProps) {
  return (
    <Document title="Sign in · Updraft" theme={theme} now={0} sheet="access">
      <main class="login">
        <form class="login-box" method="post" action="/auth/login">
          <div>
            <h1 class="login-brand">
              <Icon name="updraft" />
              Updraft
            </h1>
            <p class="muted small">Sign in to {instanceName}</p>
          </div>
          <input type="hidden" name="next" value={next} />
          {error !== null && (
            <p class="field-error" id="login-error" role="alert">
              <Icon name="circle-alert" />
              {error}
            </p>
          )}
          <label class="field">
            <span class="field-label">User</span>
            <input
              class="input"
              name="username"
              autocomplete="username"
              required
              maxlength={250}
              autofocus
              aria-describedby={error === null ? undefined : "login-error"}
            />
          </label>
          <label class="field">
            <span class="field-label">Password</span>
            <input
              class="input"
              type="password"
              name="password"
              autocomplete="current-password"
              required
              maxlength={1000}
            />
          </label>
          <button type="submit" class="button primary">
            Sign in
          </button>
        </form>
      </main>
    </Document>
  );
}
