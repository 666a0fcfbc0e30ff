import type { UserView } from "../../../catalog/sql/users.ts";
import { domId } from "../../dom-id.ts";
import { hx } from "../../hx.ts";
import { Page, type Shell } from "../../layout/page.tsx";
import { ActionForm } from "../../parts/action-form.tsx";
import { Icon } from "../../parts/icon.tsx";
import type { IconName } from "../../parts/icon-names.ts";
import { Age } from "../../parts/instant.tsx";
import { PageHeader } from "../../parts/page-header.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { TextField } from "../../parts/text-field.tsx";
import { paths } from "../../paths.ts";

export function AccessTabs({ current }: { readonly current: "users" | "tokens" }) {
  return (
    <Tabs
      label="Users and tokens"
      tabs={[
        { label: "Users", href: paths.users, isCurrent: current === "users" },
        { label: "Your tokens", href: paths.tokens, isCurrent: current === "tokens" },
      ]}
    />
  );
}

export function UsersPage(props: {
  readonly shell: Shell;
  readonly users: readonly UserView[];
  readonly ownUserId: string;
}) {
  return (
    <Page shell={props.shell} title="Users" nav="users" crumbs={[{ label: "Users", href: null }]}>
      <PageHeader
        title="Users"
        actions={
          <a class="button primary" href={paths.newUser} {...dialog(paths.newUser)}>
            <Icon name="plus" />
            New user
          </a>
        }
      />
      <AccessTabs current="users" />
      <div class="table-wrap">
        <table class="table blocks" id={domId("users", "table")}>
          <thead>
            <tr>
              <th class="fill">Name</th>
              <th>Role</th>
              <th>Made</th>
              <th>State</th>
              <th class="actions">
                <span class="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {props.users.map((user) => (
              <UserRow user={user} isSelf={user.userId === props.ownUserId} />
            ))}
          </tbody>
        </table>
      </div>
    </Page>
  );
}

function UserRow({ user, isSelf }: { readonly user: UserView; readonly isSelf: boolean }) {
  return (
    <tr data-key={user.userId}>
      <td class="lead">
        <strong>{user.name}</strong> {isSelf && <span class="muted small">you</span>}
      </td>
      <td class="muted">{user.role}</td>
      <td class="muted optional">
        <Age at={user.createdAt} />
      </td>
      <td class="lead-end">
        <span class={`badge state-${user.isActive ? "success" : "removed"}`}>
          <Icon name={user.isActive ? "check" : "ban"} />
          {user.isActive ? "active" : "switched off"}
        </span>
      </td>
      <td class="actions last">
        {isSelf ? (
          <a class="button small" href={paths.ownPassword} {...dialog(paths.ownPassword)}>
            Change your password
          </a>
        ) : (
          <UserActions user={user} />
        )}
      </td>
    </tr>
  );
}

function UserActions({ user }: { readonly user: UserView }) {
  return (
    <span class="cell-line">
      <form method="post" action={paths.userState}>
        <input type="hidden" name="user_id" value={user.userId} />
        <input type="hidden" name="is_active" value={user.isActive ? "false" : "true"} />
        <button type="submit" class="button small">
          {user.isActive ? "Switch off" : "Switch on"}
          <span class="visually-hidden"> {user.name}</span>
        </button>
      </form>
      <IconLink href={paths.userPassword(user.userId)} icon="key-round" title="New password" name={user.name} />
      <IconLink href={paths.userDeletion(user.userId)} icon="trash-2" title="Delete" name={user.name} />
    </span>
  );
}

function IconLink(props: {
  readonly href: string;
  readonly icon: IconName;
  readonly title: string;
  readonly name: string;
}) {
  return (
    <a
      class="button quiet small icon-only"
      href={props.href}
      title={props.title}
      aria-label={`${props.title}: ${props.name}`}
      {...dialog(props.href)}
    >
      <Icon name={props.icon} />
    </a>
  );
}

function dialog(url: string) {
  return hx({ get: url, target: "#dialog", swap: "innerHTML" });
}

export function NewUserForm({
  typed,
  errors,
}: {
  readonly typed: string;
  readonly errors: Readonly<Record<string, string>>;
}) {
  return (
    <ActionForm
      id={domId("user", "form")}
      action={paths.newUser}
      submit="Make the user"
      backHref={paths.users}
      error={errors[""]}
    >
      <TextField
        form="user"
        name="username"
        label="Name"
        value={typed}
        error={errors["username"]}
        maxLength={100}
        isRequired
      />
      <TextField
        form="user"
        name="password"
        type="password"
        label="Password"
        value=""
        error={errors["password"]}
        hint="8 to 128 characters; tell it to them over a way you trust"
        autocomplete="new-password"
        isRequired
      />
      <p class="field-help">For now every user may do everything. Roles are told apart in a later release.</p>
    </ActionForm>
  );
}
