"""The ledger: accounts, lots, ledger transactions, redemptions, reversals, expiry."""
