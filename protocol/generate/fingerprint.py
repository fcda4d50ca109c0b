"""A hash over what the read models are made of: the views, and the enums and structs their fields use.

Docs do not count: a better sentence does not rebuild a table.
"""

import hashlib
import json


def of_views(schema):
    parts = []
    for view in schema.views.values():
        parts.append(
            [
                view.name,
                view.number,
                view.table,
                view.projection,
                view.audience,
                view.key,
                shape(schema, view.payload),
            ]
            + (["delta"] if view.delta else [])
        )
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def of_snapshots(schema):
    """A positive 31-bit number: another one whenever a snapshot's shape, or its `version`, is another."""
    parts = [schema.snapshot_version, [[name, shape(schema, s)] for name, s in schema.snapshots.items()]]
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1 | 1


def shape(schema, struct):
    return [
        [
            f.name,
            f.type,
            f.of,
            f.min,
            f.max,
            f.optional,
            used(schema, f.type, f.type_name),
            used(schema, f.of, f.of_name),
        ]
        for f in struct.fields
    ]


def used(schema, kind, name):
    if kind == "enum":
        return schema.enums[name].values
    if kind == "struct":
        return shape(schema, schema.struct(name))
    return None
