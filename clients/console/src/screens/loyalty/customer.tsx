import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import { answered, api, type Schema } from "../../api/client";
import { Result } from "../../ui/feedback";
import { Facts, Page, Panel, Time } from "../../ui/page";
import { Ledger } from "./ledger";
import { LoyaltyTabs } from "./tabs";

export default function Customer() {
  const { id = "" } = useParams();
  const params = { path: { customer_id: id } };
  const statement = useQuery({
    queryKey: ["statement", id],
    queryFn: ({ signal }) => answered(api.GET("/api/v1/customers/{customer_id}/statement", { params, signal })),
  });
  return (
    <Page title="Customer" about={<code>{id}</code>}>
      <LoyaltyTabs />
      <Result of={statement}>{(found) => <Statement of={found} />}</Result>
      <Ledger customerId={id} />
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
