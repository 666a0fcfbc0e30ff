import { Page, type Shell } from "../../layout/page.tsx";
import { Card } from "../../parts/card.tsx";
import { Details, type Fact, PageHeader } from "../../parts/page-header.tsx";

export interface Section {
  readonly title: string;
  readonly facts: readonly Fact[];
}

export function ConfigurationPage(props: { readonly shell: Shell; readonly sections: readonly Section[] }) {
  return (
    <Page
      shell={props.shell}
      title="Configuration"
      nav="configuration"
      crumbs={[{ label: "Configuration", href: null }]}
    >
      <PageHeader
        title="Configuration"
        description="What is in force here. Secrets are never shown, only whether they are set."
      />
      <div class="columns">
        {props.sections.map((section) => (
          <Card title={section.title}>
            <Details facts={section.facts} />
          </Card>
        ))}
      </div>
    </Page>
  );
}
