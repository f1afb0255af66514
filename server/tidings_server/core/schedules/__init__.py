"""When what a client schedules is due, and that each of its runs happens once, whatever fails.

`timing` says when, `firing` turns what is due into runs, `running` carries runs out, and `triggers` makes runs of
events. What a run does is a `work.Work`, of which each kind of schedule has one.
"""
