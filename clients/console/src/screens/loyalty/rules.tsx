import { Link } from "react-router";
import { answered, api, type Schema } from "../../api/client";
import { Badge, Empty, Result, type Tone } from "../../ui/feedback";
import { Page, Panel } from "../../ui/page";
import { More, usePages } from "../../ui/paged";
import { LoyaltyTabs } from "./tabs";

const TONES: Record<string, Tone> = { ACTIVE: "good", TEST: "warn", CONFIGURE: "warn" };

export function RuleState({ of }: { of: Schema["loyalty.Rule"] }) {
  return <Badge tone={TONES[of.status ?? ""] ?? ""}>{of.status?.toLowerCase()}</Badge>;
}

const FIRST = `curl -s ${window.location.origin}/api/v1/rules -H "$AUTH" -H "Content-Type: application/json" \\
  -d @examples/loyalty/rules/01-sign-up-bonus.json`;

export default function Rules() {
  const found = usePages(
    ["rules", "list"],
    (after, signal) => {
      const query = { pageSize: 100, ...(after ? { after } : {}) };
      return answered(api.GET("/api/v1/rules", { params: { query }, signal }));
    },
    (page) => page.rules,
  );
  return (
    <Page title="Loyalty">
      <LoyaltyTabs />
      <Result of={found}>
        {(rules) =>
          rules.length === 0 ? (
            <Empty title="No rules yet" paste={FIRST}>
              An example to begin with, with a token in $AUTH:
            </Empty>
          ) : (
            <Panel title="Rules">
              {rules.map((one) => (
                <p className="row" key={one.ruleId}>
                  <RuleState of={one} />
                  <Link to={`/loyalty/rules/${one.ruleId}`}>{one.name}</Link>
                  <span className="soft">{one.description}</span>
                </p>
              ))}
              <More of={found} />
            </Panel>
          )
        }
      </Result>
    </Page>
  );
}
