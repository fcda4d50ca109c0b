"""protocol/gen/sql: the tables of the views and the three statements of each.

Every parameter is cast, so that its type never depends on where it stands. `position` and `deleted` come first in
every row, so that one reader serves `since` and `page`. Parameters that say where to go on may be null, all of
them, for the start: they then read as the lowest value of their type, which keeps the index condition.
"""

from text import NOTICE, sql_string

COLUMNS = {
    "bool": "boolean",
    "u8": "smallint",
    "enum": "smallint",
    "u32": "bigint",
    "u64": "bigint",
    "i64": "bigint",
    "time": "timestamptz",
    "uuid": "uuid",
    "hash": "bytea",
    "slug": "text",
    "text": "text",
    "bytes": "bytea",
    "list": "bytea",
}
LOWEST = {
    "text": "''",
    "uuid": "'00000000-0000-0000-0000-000000000000'",
    "smallint": "'-32768'",  # quoted: unquoted, the cast would bind before the minus
    "bigint": "'-9223372036854775808'",
}
# PostgreSQL's keywords that are not free for every use (pg_get_keywords() with catcode R, C or T).
KEYWORDS = set(
    """all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case
    cast char character check coalesce collate collation column concurrently constraint create cross current_catalog
    current_date current_role current_schema current_time current_timestamp current_user dec decimal default
    deferrable desc distinct do else end except exists extract false fetch float for foreign freeze from full grant
    greatest group grouping having ilike in initially inner inout int integer intersect interval into is isnull join
    lateral leading least left like limit localtime localtimestamp national natural nchar none normalize not notnull
    null nullif numeric offset on only or order out outer overlaps overlay placing position precision primary real
    references returning right row select session_user setof similar smallint some substring symmetric table
    tablesample then time timestamp to trailing treat trim true union unique user using values varchar variadic
    verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse
    xmlpi xmlroot xmlserialize xmltable""".split()
)


def name(word):
    """An identifier, quoted where it is a keyword."""
    return f'"{word}"' if word in KEYWORDS else word


def column_type(field):
    return COLUMNS[field.type]


def columns(view):
    """(name, type) of every column, in the order of the parameters of upsert and of the results of the others."""
    yield name("position"), "bigint"
    yield name("deleted"), "boolean"
    for field in view.payload.fields:
        yield name(field.name), column_type(field)


def create_tables(schema):
    head = (
        "-- projections: one table a view. `position` is that of the event that last touched the row; `deleted` marks a\n"
        "-- tombstone, of which only the key counts (hence the check instead of `not null`).\n"
        f"-- {NOTICE}\n\n"
    )
    return head + "\n".join(create_table(view) for view in schema.views.values())


def create_table(view):
    lines = [f"    {name('position')} bigint not null", f"    {name('deleted')} boolean not null"]
    keys = [field.name for field in view.key_fields]
    for field in view.payload.fields:
        collation = ' collate "C"' if column_type(field) == "text" else ""
        nullability = " not null" if field.name in keys else ""
        lines.append(f"    {name(field.name)} {column_type(field)}{collation}{nullability}")
    whole = [name(f.name) for f in view.payload.fields if not f.optional and f.name not in keys]
    if whole:
        lines.append(
            f"    constraint {view.table}_whole check ({name('deleted')} or num_nulls({', '.join(whole)}) = 0)"
        )
    lines.append(f"    primary key ({', '.join(map(name, keys))})")
    fill = " with (fillfactor = 85)" if view.audience == "own" else ""
    table = name(view.table)
    text = f"create table {table} (\n" + ",\n".join(lines) + f"\n){fill};\n"
    text += f"comment on table {table} is {sql_string(view.doc)};\n"
    text += f"comment on column {table}.{name('position')} is 'Position of the event that last touched the row.';\n"
    text += f"comment on column {table}.{name('deleted')} is 'A tombstone: only the key counts.';\n"
    for field in view.payload.fields:
        doc = field.doc + (" (msgpack)" if field.type == "list" else "")
        text += f"comment on column {table}.{name(field.name)} is {sql_string(doc)};\n"
    return text


def upsert(view):
    table = name(view.table)
    cols = list(columns(view))
    keys = [name(key) for key in view.key]
    arrays = ", ".join(f"${i}::{kind}[]" for i, (_, kind) in enumerate(cols, 1))
    names = ", ".join(column for column, _ in cols)
    updates = ", ".join(f"{column} = {new_value(view, table, column)}" for column, _ in cols if column not in keys)
    newer = f"\nwhere {table}.{name('position')} <= excluded.{name('position')}"
    return (
        f"insert into {table} ({names})\n"
        f"select * from unnest({arrays})\n"
        f"on conflict ({', '.join(keys)}) do update set {updates}" + ("" if view.delta else newer)
    )


def new_value(view, table, column):
    """What a column becomes when the row is there: the newer one's, or, of a delta, the sum."""
    if not view.delta or column == name("deleted"):
        return f"excluded.{column}"
    if column == name("position"):
        return f"greatest({table}.{column}, excluded.{column})"
    return f"{table}.{column} + excluded.{column}"


def since(view):
    return select(view, newer=True)


def page(view):
    return select(view, newer=False)


def select(view, newer):
    own = view.audience == "own"
    conditions, number = [], 0
    if own:
        number += 1
        conditions.append(f"{name('player')} = ${number}::uuid")
    if newer:
        number += 1
        conditions.append(f"{name('position')} > ${number}::bigint")
    else:
        conditions.append(f"not {name('deleted')}")
    rest = view.key_fields[1:] if own else view.key_fields
    if rest:
        starts = []
        for field in rest:
            number += 1
            kind = column_type(field)
            starts.append(f"coalesce(${number}::{kind}, {LOWEST[kind]}::{kind})")
        names = ", ".join(name(field.name) for field in rest)
        conditions.append(f"({names}) > ({', '.join(starts)})")
    order = f"order by {', '.join(name(field.name) for field in rest)}\n" if rest else ""
    return (
        f"select {', '.join(column for column, _ in columns(view))}\n"
        f"from {name(view.table)}\n"
        f"where {' and '.join(conditions)}\n"
        f"{order}limit ${number + 1}::bigint"
    )


def parameters(view, statement):
    """What stands on top of a statement's file."""
    own = view.audience == "own"
    if statement == "upsert":
        named = [column.strip('"') + "[]" for column, _ in columns(view)]
    else:
        named = ["player"] if own else []
        named += ["position"] if statement == "since" else []
        named += [
            f"{field.name} to start after, or null"
            for field in (view.key_fields[1:] if own else view.key_fields)
        ]
        named += ["most rows"]
    return ", ".join(f"${i} {text}" for i, text in enumerate(named, 1))


def statement_files(schema):
    """(path, text): one file per view and statement."""
    for view in schema.views.values():
        for kind, text in (("upsert", upsert(view)), ("since", since(view)), ("page", page(view))):
            head = f"-- {kind}_{view.name}: {parameters(view, kind)}.\n-- {NOTICE}\n"
            yield f"gen/sql/{kind}_{view.name}.sql", f"{head}{text};\n"
