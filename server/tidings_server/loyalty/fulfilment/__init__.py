"""Fulfilments: carrying out what rules give, failures and their retries."""
