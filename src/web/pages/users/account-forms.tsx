import type { UserView } from "../../../catalog/sql/users.ts";
import { domId } from "../../dom-id.ts";
import { ActionForm } from "../../parts/action-form.tsx";
import { TextField } from "../../parts/text-field.tsx";
import { paths } from "../../paths.ts";

/** By the name of a field; "" is the whole form. */
export type FieldErrors = Readonly<Record<string, string>>;

export function OwnPasswordForm({ errors }: { readonly errors: FieldErrors }) {
  return (
    <ActionForm
      id={domId("own-password", "form")}
      action={paths.ownPassword}
      submit="Change the password"
      backHref={paths.tokens}
      error={errors[""]}
    >
      <TextField
        {...{ form: "own-password", name: "current", label: "Current password", value: "", type: "password" }}
        autocomplete="current-password"
        error={errors["current"]}
        isRequired
      />
      <NewPasswordField form="own-password" error={errors["password"]} />
      <TextField
        {...{ form: "own-password", name: "repeated", label: "New password again", value: "", type: "password" }}
        autocomplete="new-password"
        error={errors["repeated"]}
        isRequired
      />
      <p class="field-help">
        It ends your sessions in other browsers, and your tokens: whoever had the old password is out.
      </p>
    </ActionForm>
  );
}

interface UserFormProps {
  readonly user: UserView;
  readonly error?: string | undefined;
}

export function UserPasswordForm({ user, error }: UserFormProps) {
  return (
    <ActionForm
      id={domId("user-password", "form")}
      action={paths.userPassword(user.userId)}
      submit="Set the password"
      backHref={paths.users}
    >
      <p>
        For <strong>{user.name}</strong>, whose sessions and tokens end with it.
      </p>
      <NewPasswordField form="user-password" error={error} hint="; tell it to them over a way you trust" />
    </ActionForm>
  );
}

function NewPasswordField(props: {
  readonly form: string;
  readonly error: string | undefined;
  readonly hint?: string;
}) {
  return (
    <TextField
      {...{ form: props.form, name: "password", label: "New password", value: "", type: "password" }}
      autocomplete="new-password"
      hint={`8 to 128 characters${props.hint ?? ""}`}
      error={props.error}
      isRequired
    />
  );
}

export function UserDeletionForm({ user, error }: UserFormProps) {
  return (
    <ActionForm
      id={domId("user-deletion", "form")}
      action={paths.userDeletion(user.userId)}
      submit="Delete the user"
      isDanger
      backHref={paths.users}
      error={error}
    >
      <p>
        <strong>{user.name}</strong> is signed out for good. Their tokens and saved views go with them; what they did
        stays in the audit log under their name. To keep the name for them, switch them off instead.
      </p>
    </ActionForm>
  );
}
