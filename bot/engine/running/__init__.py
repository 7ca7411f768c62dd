"""Runs the engine: events in and out, processes, pacing, housekeeping, who is who."""
