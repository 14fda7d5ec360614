"""Django composes the SQL of a query anew each time; worlds ask the same few hundred queries a thousand times over.

Only what Django does is shortened, never what the board does: for a plain SELECT (no subqueries, no aggregates) the
compiled text is kept under the query's shape, and just the values are put in. On the first of each shape Django's own
result is compared with ours; a shape in which they differ is never kept.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import Value
from django.db.models.expressions import Col
from django.db.models.lookups import Lookup
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.where import WhereNode

_compile, _converters = SQLCompiler.as_sql, SQLCompiler.get_converters
_KEPT = ("select", "klass_info", "annotation_col_map", "has_extra_select", "col_count")
_made: dict[Any, "Made | None"] = {}


class Unusual(Exception):
    """Django itself has to see to this query."""


class Made:
    """One shape's text and whatever Django's compiler is asked for afterwards."""

    def __init__(self, compiler: Any, sql: str, before: tuple[Any, ...]) -> None:
        self.sql, self.before = sql, before
        self.state = {name: getattr(compiler, name) for name in _KEPT}
        self.converters: dict[int, Any] | None = None


@contextmanager
def kept() -> Iterator[None]:
    SQLCompiler.as_sql, SQLCompiler.get_converters = as_sql, get_converters  # type: ignore[method-assign]
    try:
        yield
    finally:
        SQLCompiler.as_sql, SQLCompiler.get_converters = _compile, _converters  # type: ignore[method-assign]


def as_sql(compiler: Any, with_limits: bool = True, with_col_aliases: bool = False) -> tuple[str, tuple[Any, ...]]:
    values: list[Any] = []
    try:
        if type(compiler) is not SQLCompiler or with_col_aliases or not with_limits:
            raise Unusual
        shape = (_shape(compiler.query), compiler.elide_empty, _where(compiler.query.where, compiler, values))
    except Unusual:
        return _compile(compiler, with_limits, with_col_aliases)
    made = _made.get(shape)
    if made is None:
        return _first(compiler, shape, tuple(values))
    compiler.__dict__.update(made.state)
    compiler.made = made
    return made.sql, made.before + tuple(values)


def _first(compiler: Any, shape: Any, values: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    sql, given = _compile(compiler)
    params = tuple(given)
    if shape not in _made:
        same = not values or params[-len(values) :] == values
        _made[shape] = Made(compiler, sql, params[: len(params) - len(values)]) if same else None
    return sql, params


def get_converters(compiler: Any, expressions: Any) -> dict[int, Any]:
    made = getattr(compiler, "made", None)
    if made is None:
        return _converters(compiler, expressions)
    if made.converters is None:
        made.converters = _converters(compiler, expressions)
    return made.converters  # type: ignore[no-any-return]


def _shape(query: Any) -> tuple[Any, ...]:
    """Everything of the text but its conditions."""
    if (
        query.combinator or query.group_by is not None or query.extra or query.extra_tables or query.extra_order_by
        or query.distinct_fields or query._filtered_relations or query.explain_info
        or not all(type(name) is str for name in query.order_by)
    ):  # fmt: skip
        raise Unusual
    return (
        query.model,
        tuple(_table(alias, query) for alias in query.alias_map),
        tuple(_column(column) for column in query.select),
        None if query.selected is None else tuple(query.selected.items()),
        tuple((name, _constant(value)) for name, value in query.annotations.items()),
        None if query.annotation_select_mask is None else frozenset(query.annotation_select_mask),
        query.default_cols, query.order_by, query.default_ordering, query.standard_ordering,
        query.low_mark, query.high_mark, query.distinct,
        frozenset(query.deferred_loading[0]), query.deferred_loading[1],
        _frozen(query.select_related), query.max_depth, query.select_for_update,
    )  # fmt: skip


def _table(alias: str, query: Any) -> tuple[Any, ...]:
    table = query.alias_map[alias]
    how = (table.parent_alias, getattr(table, "join_type", None), getattr(table, "join_field", None))
    return alias, query.alias_refcount[alias] > 0, table.table_name, *how


def _column(column: Any) -> tuple[Any, ...]:
    if type(column) is not Col:
        raise Unusual
    return column.alias, column.target


def _constant(value: Any) -> Any:
    if type(value) is not Value:
        raise Unusual
    return value.value


def _frozen(related: Any) -> Any:
    if isinstance(related, dict):
        return tuple((name, _frozen(below)) for name, below in related.items())
    return related


def _where(node: Any, compiler: Any, values: list[Any]) -> tuple[Any, ...]:
    """The conditions' shape; their values are appended in the order of the text."""
    if type(node) is WhereNode:
        inner = tuple(_where(child, compiler, values) for child in node.children)
        return node.connector, node.negated, inner
    if not isinstance(node, Lookup) or node.bilateral_transforms or not _plain(node.rhs):
        raise Unusual
    column = _column(node.lhs)
    if node.lookup_name == "isnull":
        return type(node), column, node.rhs
    text, params = node.process_rhs(compiler, compiler.connection)
    values += params
    return type(node), column, text, len(params), type(node.rhs) is bool and node.rhs


def _plain(value: Any) -> bool:
    if isinstance(value, list | tuple | set):
        return bool(value) and all(_plain(one) and one is not None for one in value)
    return value is not None and not hasattr(value, "resolve_expression") and not hasattr(value, "as_sql")
