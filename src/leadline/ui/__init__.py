"""A local page over a record: the turns of the loop, two of them compared, their reports, and the next one started."""
