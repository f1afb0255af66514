"""Loyalty: rules that say what events earn, and a ledger of points that is never wrong.

`events` and `bodies` say what an event is, `rule` and `economy` what is earned, `assessor` works it out, `book` keeps
the points; the reactor, redemptions and expiry are the only ones that write them.
"""
