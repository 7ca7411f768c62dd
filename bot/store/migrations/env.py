"""Alembic's environment: runs the revisions on the connection that `bot.store.migrate` gives, each in a transaction of its own."""

from __future__ import annotations

from typing import Any

from alembic import context
from alembic.ddl.mysql import MySQLImpl
from sqlalchemy import Column, Index, Table

from bot.store.tables import metadata


class Resumed(MySQLImpl):
    """MariaDB has no transaction around changes of tables: a revision that was broken off runs again, and passes over what it had done."""

    __dialect__ = "mysql"

    def create_table(self, table: Table, **options: Any) -> None:
        """Unless it is there."""
        super().create_table(table, **{**options, "if_not_exists": True})

    def create_index(self, index: Index, **options: Any) -> None:
        """Unless it is there."""
        super().create_index(index, **{**options, "if_not_exists": True})

    def add_column(self, table_name: str, column: Column[Any], **options: Any) -> None:
        """Unless it is there."""
        super().add_column(table_name, column, **{**options, "if_not_exists": True})


context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transaction_per_migration=True, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
