"""Running jobs: from a claimed job to its next turn, statement by statement.

Read in this order: `worker` claims jobs, `driver` moves one job from boundary to boundary, `turn` decides what comes
next, `request` and `reply` talk to the model, `block` runs code on the job's own thread, `commits` writes each
boundary.
"""
