"""The kinds of database there are, as SQLAlchemy writes their SQL."""

from __future__ import annotations

from sqlalchemy import Dialect
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.mysql.asyncmy import MySQLDialect_asyncmy
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

SQLITE: Dialect = sqlite.dialect()
POSTGRES: Dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
MARIADB: Dialect = MySQLDialect_asyncmy(is_mariadb=True)
