"""Programs that are told what happens, each at an address of its own, by the rules of Standard Webhooks."""
