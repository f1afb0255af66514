import { Link, useSearchParams } from "react-router";
import { answered, api } from "../../api/client";
import { Empty, Result } from "../../ui/feedback";
import { Field, texts } from "../../ui/form";
import { Page, Panel, Time } from "../../ui/page";
import { More, usePages } from "../../ui/paged";
import { LoyaltyTabs } from "./tabs";

const FIRST = `curl -s ${window.location.origin}/api/v1/events/actions -H "$AUTH" -H "Content-Type: application/json" -d '{
  "eventId": "8f4e52a0-2c5e-4c43-9a5e-0d1c57f6b0a1", "customerId": "0b0e7c1e-9e54-4b4f-8d52-35d8a4f5f5f1",
  "nameSpace": "Customer.Registration", "action": {"count": 1}}'`;

export default function Customers() {
  const [params, setParams] = useSearchParams();
  const emailAddress = params.get("email") ?? "";
  const externalReference = params.get("reference") ?? "";
  const found = usePages(
    ["customers", emailAddress, externalReference],
    (after, signal) => {
      const query = {
        pageSize: 100,
        ...(emailAddress ? { emailAddress } : {}),
        ...(externalReference ? { externalReference } : {}),
        ...(after ? { after } : {}),
      };
      return answered(api.GET("/api/v1/customers", { params: { query }, signal }));
    },
    (page) => page.customers,
  );
  return (
    <Page title="Loyalty">
      <LoyaltyTabs />
      <form className="panel filters" aria-label="Filters" onSubmit={(event) => setParams(texts(event))}>
        <Field label="E-mail address">
          <input name="email" defaultValue={emailAddress} />
        </Field>
        <Field label="External reference">
          <input name="reference" defaultValue={externalReference} />
        </Field>
        <button type="submit" className="main">
          Search
        </button>
      </form>
      <Result of={found}>
        {(customers) =>
          customers.length === 0 ? (
            <Empty title="No customer is like this" paste={FIRST}>
              A customer comes with the first event that names it, with a token in $AUTH:
            </Empty>
          ) : (
            <Panel title="Customers">
              <div className="scroll">
                <table>
                  <thead>
                    <tr>
                      <th>Customer</th>
                      <th>E-mail address</th>
                      <th className="number">Balance</th>
                      <th>Changed</th>
                    </tr>
                  </thead>
                  <tbody>
                    {customers.map((one) => (
                      <tr key={one.customerId}>
                        <td>
                          <Link to={`/loyalty/customers/${one.customerId}`}>{one.displayName || one.customerId}</Link>
                        </td>
                        <td>{one.emailAddress}</td>
                        <td className="number">{one.balance?.toLocaleString()}</td>
                        <td>
                          <Time at={one.changedAt} />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
              <More of={found} />
            </Panel>
          )
        }
      </Result>
    </Page>
  );
}
