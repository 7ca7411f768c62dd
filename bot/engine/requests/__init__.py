"""A requester's side: asked, answered by tier 1, their own tickets, the wait, how the help was."""
