import type { FormEvent } from "react";
import { Link } from "react-router";
import { ErrorBox } from "../../ui/feedback";
import { Field, texts } from "../../ui/form";
import { Chart } from "../../ui/lazy_chart";
import { Panel } from "../../ui/page";
import { type Backtest, beginBacktest, endBacktest, useBacktest } from "./backtests";
import { pointsByDay } from "./days";

/** A rule over the past: progress while it runs, then points a day and who would get most. */
export function BacktestPanel({ id }: { id: string }) {
  const run = useBacktest(id);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    const { from, to } = texts(event);
    const range = {
      ...(from ? { from: new Date(from).toISOString() } : {}),
      ...(to ? { to: new Date(to).toISOString() } : {}),
    };
    beginBacktest(id, range);
  };
  return (
    <Panel title="Backtest">
      <form className="filters" aria-label="Range of the past" onSubmit={submit}>
        <Field label="From">
          <input name="from" type="date" />
        </Field>
        <Field label="To">
          <input name="to" type="date" />
        </Field>
        <div className="row">
          <button type="submit" className="main">
            Run over the past
          </button>
          {run?.isRunning && (
            <button type="button" onClick={() => endBacktest(id)}>
              Stop
            </button>
          )}
        </div>
      </form>
      {run?.isRunning && (
        <p className="small">
          It runs; this screen can be left.
          <progress max={1} value={run.outcome?.progress ?? 0} aria-label="Progress of the backtest" />
        </p>
      )}
      {run?.error !== undefined && <ErrorBox error={run.error} />}
      {run?.outcome && <Outcome of={run.outcome} />}
    </Panel>
  );
}

function Outcome({ of }: { of: Backtest }) {
  const { times, values } = pointsByDay(of.days ?? []);
  const customers = of.topCustomers ?? [];
  return (
    <section className="stack" aria-label="Outcome of the backtest">
      <p>
        It would have given <b>{Number(of.points ?? 0).toLocaleString()} points</b> to {of.customers?.toLocaleString()}{" "}
        customers, for {of.eventsMatched?.toLocaleString()} of {of.eventsAssessed?.toLocaleString()} events
        {of.isComplete ? "." : ", as far as it came."}
      </p>
      {times.length > 0 && (
        <>
          <h3>Points a day</h3>
          <Chart times={times} lines={[{ name: "Points", values }]} />
          <h3>Who would get most</h3>
          <table aria-label="Who would get most">
            <thead>
              <tr>
                <th>Customer</th>
                <th className="number">Events</th>
                <th className="number">Points</th>
              </tr>
            </thead>
            <tbody>
              {customers.map((one) => (
                <tr key={one.customerId}>
                  <td>
                    <Link to={`/loyalty/customers/${one.customerId}`}>{one.customerId}</Link>
                  </td>
                  <td className="number">{one.events?.toLocaleString()}</td>
                  <td className="number">{one.points?.toLocaleString()}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </section>
  );
}
