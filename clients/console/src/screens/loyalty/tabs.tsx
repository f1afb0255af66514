import { NavLink } from "react-router";

export function LoyaltyTabs() {
  return (
    <nav className="tabs" aria-label="Loyalty">
      <NavLink to="/loyalty" end>
        Customers
      </NavLink>
      <NavLink to="/loyalty/rules">Rules</NavLink>
    </nav>
  );
}
