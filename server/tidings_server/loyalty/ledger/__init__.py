"""The points ledger: accounts, lots, transactions, redemptions, reversals, expiry."""
