-- One at a time. No parameters.
lock table projections in exclusive mode
