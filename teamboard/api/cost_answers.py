"""What comes out of costs, budgets and prices."""

from teamboard.api.answers import Answer, At


class Cost(Answer):
    """`usd` is null where no money is known, never 0; `unpriced_tokens` have no price and are not in it.

    `money`: reported by the `agent`, priced by a `table`, or both. `counted_by`: the `door`, the `agent`, or both of
    them for different turns. `agent_told_more` is by how many tokens what agents say differs from the door's count,
    which is the one that counts. `seconds` at work; `waited_seconds` come on top.
    """

    input_tokens: int
    output_tokens: int
    cached_tokens: int
    usd: float | None
    unpriced_tokens: int
    unread_answers: int
    money: list[str]
    counted_by: list[str]
    agent_told_more: int
    seconds: float
    waited_seconds: float


class CostOf(Answer):
    """`of` is the id of what was asked by, or the day (UTC)."""

    of: str
    cost: Cost


class Costs(Answer):
    by: str
    total: Cost
    rows: list[CostOf]


class Standing(Answer):
    """How far a budget is used. `unit`: usd or tokens; `state`: ok, warns, or spent, which stops the turn at work."""

    scope: str
    unit: str
    limit: float
    used: float
    share: float
    state: str
    unpriced_tokens: int


class Budget(Answer):
    """`scope`: run, task, agent_day or project_day. Null is no budget of that unit."""

    scope: str
    usd: float | None
    tokens: int | None
    warn_share: float


class Price(Answer):
    """Dollars for a million tokens."""

    model: str
    input: float
    output: float
    cached: float
    written: float
    entered_at: At


class Table(Answer):
    """`date` and `source` of the published prices, and the address that they hold for."""

    date: str
    source: str
    hosts: list[str]


class Prices(Answer):
    """`entered` come first; `without_price` are models that were used and cannot be priced yet."""

    entered: list[Price]
    published: Table
    without_price: list[str]


class LedgerEntry(Answer):
    """`runs`: all that were on the way to it; `thrown_away` of them ended without a part in it."""

    change: int
    title: str
    cost: Cost
    runs: int
    thrown_away: int


class Ledger(Answer):
    """The costs of all `merged` changes and the `rest`, which went into work that is not merged, make the `total`."""

    merged: list[LedgerEntry]
    rest: Cost
    total: Cost
    thrown_away: int
