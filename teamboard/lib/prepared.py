"""Queries put together once: for a page of many lists, composing their SQL costs more than running it."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, overload

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, Q, QuerySet, TextField
from django.db.models.functions import Cast

Row = tuple[Any, ...]
Converters = dict[int, tuple[list[Callable[..., Any]], Any]]
# Stands for the id while the SQL is made: an id that no row has.
_ANY = -int.from_bytes(os.urandom(7))


class Prepared:
    """Rows of a query about one id, as tuples. `query` says for an id which `values_list` that is.

    A date is best read `as_text` and looked at with `moment`: to make one costs more than to read its row, and most
    rows of a board are only compared with what they were.
    """

    def __init__(self, query: Callable[[int], "QuerySet[Any, Any]"]) -> None:
        self._query = query

    def rows(self, pk: int) -> list[Row]:
        sql, values, converters = self._made
        connection = connections[DEFAULT_DB_ALIAS]
        with connection.cursor() as cursor:
            cursor.execute(sql, [pk if value == _ANY else value for value in values])
            found: list[Row] = cursor.fetchall()
        return [_converted(row, converters, connection) for row in found] if converters else found

    def some(self, pk: int, only: Q) -> list[Row]:
        """Fewer of the rows, in the same form."""
        return list(self._query(pk).filter(only))

    @cached_property
    def _made(self) -> tuple[str, Row, Converters]:
        compiler = self._query(_ANY).query.get_compiler(DEFAULT_DB_ALIAS)
        sql, values = compiler.as_sql()
        return sql, tuple(values), compiler.get_converters([column for column, *_ in compiler.select])


def _converted(row: Row, converters: Converters, connection: BaseDatabaseWrapper) -> Row:
    """As Django reads the row itself."""
    values = list(row)
    for place, (calls, expression) in converters.items():
        for call in calls:
            values[place] = call(values[place], expression, connection)
    return tuple(values)


def as_text(column: str) -> Func:
    return Cast(column, TextField())


@overload
def moment(text: str) -> datetime: ...
@overload
def moment(text: None) -> None: ...
def moment(text: str | None) -> datetime | None:
    """A date that was read as text; SQLite keeps UTC and does not say so."""
    if text is None:
        return None
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
