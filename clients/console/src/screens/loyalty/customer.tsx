import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import { answered, api, type Schema } from "../../api/client";
import { Result } from "../../ui/feedback";
import { Chart } from "../../ui/lazy_chart";
import { Facts, Page, Panel, Time } from "../../ui/page";
import { LoyaltyTabs } from "./tabs";

type Entry = Schema["loyalty.Entry"];

export default function Customer() {
  const { id = "" } = useParams();
  const params = { path: { customer_id: id } };
  const statement = useQuery({
    queryKey: ["statement", id],
    queryFn: ({ signal }) => answered(api.GET("/api/v1/customers/{customer_id}/statement", { params, signal })),
  });
  const ledger = useQuery({
    queryKey: ["ledger", id],
    queryFn: ({ signal }) => {
      const query = { pageSize: 100 };
      return answered(api.GET("/api/v1/customers/{customer_id}/ledger", { params: { ...params, query }, signal }));
    },
  });
  return (
    <Page title="Customer" about={<code>{id}</code>}>
      <LoyaltyTabs />
      <Result of={statement}>{(found) => <Statement of={found} />}</Result>
      <Result of={ledger}>{({ entries = [] }) => <Ledger entries={entries} />}</Result>
    </Page>
  );
}

function Statement({ of }: { of: Schema["loyalty.Statement"] }) {
  return (
    <div className="grid">
      <Panel title="Points">
        <Facts
          of={{ Balance: of.balance?.toLocaleString(), Pending: of.pendingBalance, Held: of.held, Debt: of.debt }}
        />
      </Panel>
      <Panel title="Lots">
        {of.lots?.length ? (
          <table>
            <thead>
              <tr>
                <th>Earned</th>
                <th className="number">Points</th>
                <th>Expires</th>
              </tr>
            </thead>
            <tbody>
              {of.lots.map((lot) => (
                <tr key={`${lot.eventId}${lot.earnedAt}${lot.points}`}>
                  <td>
                    <Link to={`/events/${lot.eventId}`}>
                      <Time at={lot.earnedAt} />
                    </Link>
                  </td>
                  <td className="number">{lot.points}</td>
                  <td>{lot.expiresAt ? <Time at={lot.expiresAt} /> : "never"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        ) : (
          <p>There are no points.</p>
        )}
      </Panel>
    </div>
  );
}

function Ledger({ entries }: { entries: readonly Entry[] }) {
  const oldest = [...entries].reverse();
  const times = oldest.map((one) => Date.parse(one.bookedAt ?? "") / 1000);
  return (
    <>
      {entries.length > 1 && (
        <Panel title="Balance over time">
          <Chart times={times} lines={[{ name: "Balance", values: oldest.map((one) => one.balance ?? 0) }]} />
        </Panel>
      )}
      <Panel title="Ledger">
        {entries.length === 0 && <p>Nothing was booked yet.</p>}
        <div className="scroll">
          <table>
            <thead>
              <tr>
                <th>Booked</th>
                <th>What</th>
                <th className="number">Change</th>
                <th className="number">Balance</th>
                <th>Rule</th>
              </tr>
            </thead>
            <tbody>
              {entries.map((one) => (
                <tr key={one.entryId}>
                  <td>
                    <Link to={`/events/${one.eventId}`}>
                      <Time at={one.bookedAt} />
                    </Link>
                  </td>
                  <td>{one.type?.toLowerCase().replace("_", " ")}</td>
                  <td className="number">{one.change}</td>
                  <td className="number">{one.balance}</td>
                  <td>{one.ruleId && <Link to={`/loyalty/rules/${one.ruleId}`}>rule</Link>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Panel>
    </>
  );
}
