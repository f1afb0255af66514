"""Fulfilment: executing what rules give beside points, failures and their retries."""
