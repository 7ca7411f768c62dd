"""What a desk can be asked about how it does: a file a report, all of one form (report.py), listed in registry.py."""
