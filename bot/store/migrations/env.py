"""Alembic's environment: runs the revisions on the database that `bot.store.migrate` names, each in a transaction of its own."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, event, pool

from bot.store.tables import metadata


def run() -> None:
    """Bring the database to the revision asked for."""
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    if engine.dialect.name == "sqlite":
        # Python's sqlite3 begins no transaction before DDL; a kill in the middle must leave the old schema, not half of a new one
        event.listen(engine, "connect", lambda raw, _: setattr(raw, "isolation_level", None))
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True, transactional_ddl=True)
        with context.begin_transaction():
            context.run_migrations()


run()
