"""Column types of the revisions: the same meaning on every database. A revision that needs another one adds it here and changes none."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.types import TypeEngine

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql")
CONTENT = sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql")


def key(length: int) -> TypeEngine[str]:
    """A short text, ordered byte by byte (MariaDB: by its table's collation)."""
    return sa.String(length).with_variant(postgresql.VARCHAR(length, collation="C"), "postgresql")
