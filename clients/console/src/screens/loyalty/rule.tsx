import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import { answered, api, type Schema } from "../../api/client";
import { Deed } from "../../ui/deed";
import { ErrorBox, Result } from "../../ui/feedback";
import { Field, texts } from "../../ui/form";
import { Json } from "../../ui/json";
import { Chart } from "../../ui/lazy_chart";
import { Facts, Page, Panel } from "../../ui/page";
import { pointsByDay, topCustomers } from "./days";
import { RuleState } from "./rules";
import { LoyaltyTabs } from "./tabs";

const EXAMPLES = 100;
const TOP = 10;

export default function Rule() {
  const { id = "" } = useParams();
  const params = { path: { rule_id: id } };
  const found = useQuery({
    queryKey: ["rules", id],
    queryFn: ({ signal }) => answered(api.GET("/api/v1/rules/{rule_id}", { params, signal })),
  });
  return (
    <Result title="Rule" of={found}>
      {(rule) => (
        <Page title={rule.name ?? id} about={<code>{id}</code>} deeds={<Deeds rule={rule} id={id} />}>
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
          <Backtest id={id} />
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

function Backtest({ id }: { id: string }) {
  const test = useMutation({
    mutationFn: ({ from, to }: Record<string, string>) => {
      const body = {
        examples: EXAMPLES,
        ...(from ? { from: new Date(from).toISOString() } : {}),
        ...(to ? { to: new Date(to).toISOString() } : {}),
      };
      return answered(api.POST("/api/v1/rules/{rule_id}/backtest", { params: { path: { rule_id: id } }, body }));
    },
  });
  return (
    <Panel title="Backtest">
      <form className="filters" aria-label="Range of the past" onSubmit={(event) => test.mutate(texts(event))}>
        <Field label="From">
          <input name="from" type="date" />
        </Field>
        <Field label="To">
          <input name="to" type="date" />
        </Field>
        <button type="submit" className="main" disabled={test.isPending}>
          {test.isPending ? "Running …" : "Run over the past"}
        </button>
      </form>
      {test.isError && <ErrorBox error={test.error} />}
      {test.data && <Outcome of={test.data} />}
    </Panel>
  );
}

function Outcome({ of }: { of: Schema["loyalty.Backtest"] }) {
  const examples = of.examples ?? [];
  const { times, values } = pointsByDay(examples);
  return (
    <section className="stack" aria-label="Outcome of the backtest">
      <p>
        It would have given <b>{Number(of.points ?? 0).toLocaleString()} points</b> to {of.customers} customers, for{" "}
        {of.eventsMatched} of {of.eventsAssessed} events{of.isComplete ? "." : ", as far as it came."}
      </p>
      {(of.eventsMatched ?? 0) > examples.length && (
        <p className="soft">The chart and the customers are of {examples.length} of these events.</p>
      )}
      {times.length > 0 && (
        <>
          <h3>Points a day</h3>
          <Chart times={times} lines={[{ name: "Points", values }]} />
          <h3>Who would get most</h3>
          <table>
            <tbody>
              {topCustomers(examples, TOP).map(([customer, points]) => (
                <tr key={customer}>
                  <td>
                    <Link to={`/loyalty/customers/${customer}`}>{customer}</Link>
                  </td>
                  <td className="number">{points.toLocaleString()}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </section>
  );
}
