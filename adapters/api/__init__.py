"""/api/v1: programs do what people do, with keys of their own. A channel like the others: what they want comes in through the same door."""
