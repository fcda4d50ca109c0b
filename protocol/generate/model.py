"""The schema as plain Python objects, which every target reads.

A target never looks at the YAML: what it needs is here, already checked, in the order of the files.
"""

from dataclasses import dataclass, field as dataclass_field

INTEGERS = {
    "u8": (0, 2**8 - 1),
    "u16": (0, 2**16 - 1),
    "u32": (0, 2**32 - 1),
    "u64": (0, 2**64 - 1),
    "i64": (-(2**63), 2**63 - 1),
    "time": (-(2**63), 2**63 - 1),
}
SCALARS = ("bool", *INTEGERS, "uuid", "hash", "slug", "text", "bytes", "raw")
SIZED = ("text", "bytes", "list")


@dataclass
class Field:
    name: str
    type: str  # a scalar, "list", "enum" or "struct"
    doc: str
    type_name: str = ""  # of an enum or a struct, as in the schema
    of: str = ""  # what a list holds: a scalar, "enum" or "struct"
    of_name: str = ""
    min: int = 0
    max: int = 0
    optional: bool = False
    has_default: bool = False
    default: object = None  # as in the schema; None is zero
    secret: bool = False
    personal: bool = False


@dataclass
class Struct:
    name: str  # "pull", "event_pack_opened", "row_wallet", ...
    doc: str
    fields: list

    @property
    def required_count(self):
        """Leading fields that may not be absent."""
        return sum(not field.has_default for field in self.fields)

    def index_of(self, name):
        return next(i for i, field in enumerate(self.fields) if field.name == name)


@dataclass
class Enum:
    name: str
    doc: str
    values: dict  # name -> number


@dataclass
class Stream:
    name: str
    number: int
    key: str  # uuid, slug, none
    doc: str


@dataclass
class Command:
    name: str
    number: int
    doc: str
    roles: list
    needs: list
    streams: list  # (kind, key): key is "actor", a field's name, or "" for a kind without keys
    payload: Struct
    events: list
    reply: str  # an event's name
    rejections: list
    id_from: str


@dataclass
class Event:
    name: str
    number: int
    doc: str
    stream: str
    version: int
    payload: Struct
    older: dict = dataclass_field(default_factory=dict)  # version -> Struct, of all before this one


@dataclass
class Message:
    name: str
    number: int
    doc: str
    push: bool
    signed_out: bool
    command: bool
    payload: Struct
    reply: Struct = None
    rejections: list = dataclass_field(default_factory=list)


@dataclass
class View:
    name: str
    number: int
    doc: str
    table: str
    projection: str
    audience: str
    push: bool
    key: list
    query: str
    query_number: int
    payload: Struct
    delta: bool = False

    @property
    def key_fields(self):
        return self.payload.fields[: len(self.key)]


@dataclass
class Error:
    name: str
    number: int
    kind: str
    retry: str
    retry_after_ms: int
    doc: str


@dataclass
class Close:
    name: str
    code: int
    advice: str
    retry_after_ms: int
    doc: str


@dataclass
class Limit:
    name: str
    value: int
    unit: str
    doc: str


@dataclass
class Schema:
    version: int
    oldest_client: int
    limits: list
    enums: dict
    structs: dict  # the shared ones, in an order in which each stands after those it uses
    streams: dict
    commands: dict
    events: dict
    messages: dict
    views: dict
    query_payload: Struct
    query_reply: Struct
    signed_out_audiences: list
    errors: dict
    closes: dict
    snapshot_version: int = 1
    snapshots: dict = dataclass_field(default_factory=dict)  # stream's name -> Struct
    snapshot_structs: dict = dataclass_field(default_factory=dict)  # what those hold, in dependency order

    def all_structs(self):
        """Every struct of the protocol, in dependency order."""
        yield from self.structs.values()
        for message in self.messages.values():
            yield message.payload
            if message.reply:
                yield message.reply
        yield self.query_payload
        yield self.query_reply
        for group in (self.commands, self.events, self.views):
            for entry in group.values():
                yield entry.payload

    def stored_structs(self):
        """What only the event store holds: older versions of events, and snapshots."""
        for event in self.events.values():
            yield from event.older.values()
        yield from self.snapshot_structs.values()
        yield from self.snapshots.values()

    def struct(self, name):
        """A struct that a field may hold."""
        return self.structs.get(name) or self.snapshot_structs[name]

    def stream_events(self, stream):
        return [event for event in self.events.values() if event.stream == stream]
