"""The web: chat for requesters, pages for agents and curators. A channel like the others, over the same ports."""
