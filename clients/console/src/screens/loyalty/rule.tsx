import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { answered, api, type Schema } from "../../api/client";
import { useMay } from "../../app/rights";
import { Deed } from "../../ui/deed";
import { Result } from "../../ui/feedback";
import { Json } from "../../ui/json";
import { Facts, Page, Panel } from "../../ui/page";
import { BacktestPanel } from "./backtest";
import { RuleState } from "./rules";
import { LoyaltyTabs } from "./tabs";

export default function Rule() {
  const { id = "" } = useParams();
  const params = { path: { rule_id: id } };
  const mayWrite = useMay("rules:write");
  const found = useQuery({
    queryKey: ["rules", id],
    queryFn: ({ signal }) => answered(api.GET("/api/v1/rules/{rule_id}", { params, signal })),
  });
  return (
    <Result title="Rule" of={found}>
      {(rule) => (
        <Page title={rule.name ?? id} about={<code>{id}</code>} deeds={mayWrite && <Deeds rule={rule} id={id} />}>
          <LoyaltyTabs />
          <Panel title="Rule">
            <Facts
              of={{
                State: <RuleState of={rule} />,
                Description: rule.description,
                Assesses: rule.assesses,
                Condition: rule.condition && <code>{rule.condition}</code>,
                "Fault of the condition": rule.lastConditionError,
              }}
            />
            <h3>What it gives</h3>
            <Json value={rule.fulfilments} label="What the rule gives" />
          </Panel>
          <BacktestPanel id={id} />
        </Page>
      )}
    </Result>
  );
}

function Deeds({ rule, id }: { rule: Schema["loyalty.Rule"]; id: string }) {
  const params = { path: { rule_id: id } };
  const isNew = rule.status === "CONFIGURE" || rule.status === "TEST";
  return (
    <>
      {rule.status === "CONFIGURE" && (
        <Deed
          label="Test"
          run={() => answered(api.POST("/api/v1/rules/{rule_id}/test", { params }))}
          changes={["rules"]}
        />
      )}
      {isNew && (
        <Deed
          label="Activate"
          run={() => answered(api.POST("/api/v1/rules/{rule_id}/activate", { params }))}
          changes={["rules"]}
          ask={{
            name: rule.name ?? id,
            warning: "From now on it rewards customers. It cannot be changed then, only ended.",
          }}
        />
      )}
      {rule.status === "ACTIVE" && (
        <Deed
          label="Deactivate"
          run={() => answered(api.POST("/api/v1/rules/{rule_id}/deactivate", { params }))}
          changes={["rules"]}
          ask={{ name: rule.name ?? id, warning: "It rewards nobody any more, for good." }}
        />
      )}
    </>
  );
}
