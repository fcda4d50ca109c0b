"""Reads protocol/schema/*.yaml, checks it and returns a model.Schema.

Every complaint names the file, the entry and the field. All of them are collected before giving up, so that one
run shows everything that is wrong. What a single state of the files cannot show (a number that was used before,
a field appended without a default) is the business of the compatibility check in CI, not of this reader.
"""

from pathlib import Path

import yaml

import model
from fields import NAME, RESERVED, FieldReader

FILES = ("limits", "types", "errors", "session", "events", "rows", "commands", "states")
ROLES = ("player", "game-service", "game-admin", "internal")
NEEDS = ("seed", "seeds")
STREAM_KEYS = ("uuid", "slug", "none")
COMMAND_STREAMS_MAX = 4  # as in server/base/descriptor.h
UNION_NEIGHBOURS = {
    "type",
    "view",
    "position",
    "deleted",
}  # members beside the unions of event, command and row


class SchemaError(Exception):
    """The schema is wrong; `problems` are readable lines."""

    def __init__(self, problems):
        super().__init__("\n".join(problems))
        self.problems = problems


class UniqueKeyLoader(yaml.SafeLoader):
    """YAML in which a key given twice is an error, not the last one's win."""


def construct_mapping(loader, node):
    seen = {}
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            line = key_node.start_mark.line + 1
            raise SchemaError([f"{key_node.start_mark.name}:{line}: key {key!r} is given twice"])
        seen[key] = True
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


UniqueKeyLoader.add_constructor("tag:yaml.org,2002:map", construct_mapping)


def load(folder):
    """The checked schema of a folder of YAML files. Raises SchemaError."""
    sources = {}
    for name in FILES:
        path = Path(folder) / f"{name}.yaml"
        with path.open(encoding="utf-8") as stream:
            stream_name = path.name
            try:
                loader = UniqueKeyLoader(stream)
                loader.name = stream_name
                sources[name] = loader.get_single_data() or {}
            except yaml.YAMLError as error:
                raise SchemaError([f"{stream_name}: {error}"]) from error
    return Reader(sources).read()


class Reader(FieldReader):
    """One reading: `problems` grows, `read` raises them together."""

    def read(self):
        self.enums = self.read_enums()
        self.struct_sources = self.collect_struct_sources()
        structs = {name: self.read_struct(name, *source) for name, source in self.struct_sources.items()}
        structs = self.in_dependency_order(structs)
        of_states = {name for _, name, _ in self.entries("states", "structs", ("doc", "fields"), ())}
        self.errors = self.read_errors()
        self.streams = self.read_streams()
        self.events = self.read_events()
        snapshots = self.read_snapshots()
        messages = self.read_messages()
        commands = self.read_commands()
        views = self.read_views()
        query = self.section("rows", "query", dict)
        schema = model.Schema(
            **self.read_protocol(),
            limits=self.read_limits(),
            enums=self.enums,
            structs={name: struct for name, struct in structs.items() if name not in of_states},
            streams=self.streams,
            commands=commands,
            events=self.events,
            messages=messages,
            views=views,
            query_payload=self.read_struct(
                "query_list", "rows.yaml: query", query.get("fields"), "What every list_ query takes."
            ),
            query_reply=self.read_struct(
                "reply_list", "rows.yaml: query.reply", query.get("reply"), "What every list_ query answers."
            ),
            signed_out_audiences=query.get("signed_out_audiences", []),
            errors=self.errors,
            closes=self.read_closes(),
            snapshot_version=self.number("states.yaml", self.sources["states"], "version", 1, 32767),
            snapshots=snapshots,
            snapshot_structs={name: struct for name, struct in structs.items() if name in of_states},
        )
        self.check_wire_numbers(schema)
        self.check_names(schema)
        if self.problems:
            raise SchemaError(self.problems)
        return schema

    # ------------------------------------------------------------------ entries

    def read_protocol(self):
        entry = self.section("limits", "protocol", dict)
        version = self.number("limits.yaml: protocol", entry, "version", 1, 65535)
        oldest = self.number("limits.yaml: protocol", entry, "oldest_client", 1, 65535)
        if oldest > version:
            self.problem("limits.yaml: protocol", "`oldest_client` is above `version`")
        return {"version": version, "oldest_client": oldest}

    def read_limits(self):
        return [
            model.Limit(name, self.number(where, entry, "value", 1, 2**31 - 1), entry["unit"], entry["doc"])
            for where, name, entry in self.entries("limits", "limits", ("value", "unit", "doc"), ())
        ]

    def read_errors(self):
        errors, taken = {}, {}
        retries = self.enums["retry"].values if "retry" in self.enums else {}
        required = ("number", "kind", "retry", "doc")
        for where, name, entry in self.entries("errors", "errors", required, ("retry_after_ms",)):
            error = model.Error(
                name,
                self.number(where, entry, "number", 1, 65535),
                self.one_of(where, entry, "kind", ("protocol", "rejection", "failure")),
                self.one_of(where, entry, "retry", retries),
                self.number(where, entry, "retry_after_ms", 0, 600_000),
                entry["doc"],
            )
            if (error.retry == "later") != (error.retry_after_ms > 0):
                self.problem(where, "`retry_after_ms` belongs to retry later, and only to it")
            self.unique(where, taken, error.number, "number")
            errors[name] = error
        return errors

    def read_closes(self):
        closes, taken = {}, {}
        advices = self.enums["close_advice"].values if "close_advice" in self.enums else {}
        required = ("code", "advice", "doc")
        for where, name, entry in self.entries("errors", "closes", required, ("retry_after_ms",)):
            close = model.Close(
                name,
                self.number(where, entry, "code", 1000, 4999),
                self.one_of(where, entry, "advice", advices),
                self.number(where, entry, "retry_after_ms", 0, 600_000),
                entry["doc"],
            )
            self.unique(where, taken, close.code, "code")
            closes[name] = close
        return closes

    def read_streams(self):
        streams, taken = {}, {}
        for where, name, entry in self.entries("commands", "streams", ("number", "key", "doc"), ()):
            stream = model.Stream(
                name,
                self.number(where, entry, "number", 1, 127),
                self.one_of(where, entry, "key", STREAM_KEYS),
                entry["doc"],
            )
            self.unique(where, taken, stream.number, "number")
            streams[name] = stream
        return streams

    def read_events(self):
        events, taken = {}, {}
        required = ("number", "stream", "version", "doc", "fields")
        for where, name, entry in self.entries("events", "events", required, ("older",)):
            event = model.Event(
                name,
                self.number(where, entry, "number", 1, 32767),
                entry["doc"],
                self.one_of(where, entry, "stream", self.streams),
                self.number(where, entry, "version", 1, 32767),
                self.read_struct(f"event_{name}", where, entry["fields"], entry["doc"]),
            )
            event.older = self.read_older(where, name, entry.get("older", {}), event.version)
            for struct in (event.payload, *event.older.values()):
                for field in struct.fields:
                    if field.secret:
                        self.problem(f"{where}.{field.name}", "a secret can never be in an event")
            self.unique(where, taken, event.number, "number")
            events[name] = event
        return events

    def read_older(self, where, name, entries, version):
        """The shapes an event had in the versions before this one: all of them, for ever."""
        if not isinstance(entries, dict) or sorted(map(str, entries)) != sorted(map(str, range(1, version))):
            self.problem(where, f"`older` has not just the versions before {version}, each with its `fields`")
            return {}
        older = {}
        for number in range(1, version):
            entry = entries[number] if isinstance(entries[number], dict) else {}
            doc = f"Version {number} of {name}, as it is in the log."
            older[number] = self.read_struct(
                f"event_{name}_v{number}", f"{where}.older.{number}", entry.get("fields"), doc
            )
        return older

    def read_snapshots(self):
        """One for each kind of stream."""
        snapshots = {}
        for where, name, entry in self.entries("states", "snapshots", ("doc", "fields"), ()):
            if name not in self.streams:
                self.problem(where, "is not a kind of stream")
            snapshots[name] = self.read_struct(f"snapshot_{name}", where, entry["fields"], entry["doc"])
        for name in self.streams:
            if name not in snapshots:
                self.problem(f"states.yaml: {name}", "the snapshot of this kind of stream is missing")
        return snapshots

    def read_messages(self):
        messages = {}
        allowed = ("signed_out", "command", "reply", "rejections")
        for where, name, entry in self.entries(
            "session", "messages", ("number", "direction", "doc", "fields"), allowed
        ):
            push = self.one_of(where, entry, "direction", ("push", "request")) == "push"
            if push and "reply" in entry:
                self.problem(where, "a push has no reply")
            if not push and "reply" not in entry:
                self.problem(where, "`reply` is missing")
            reply = None
            if "reply" in entry:
                reply = self.read_struct(
                    f"reply_{name}", f"{where}.reply", entry["reply"], f"Answers {name}."
                )
            messages[name] = model.Message(
                name,
                self.number(where, entry, "number", 1, 65535),
                entry["doc"],
                push,
                self.flag(where, entry, "signed_out"),
                self.flag(where, entry, "command"),
                self.read_struct(f"message_{name}", where, entry["fields"], entry["doc"]),
                reply,
                self.names_from(where, entry, "rejections", self.errors, "an error"),
            )
        return messages

    def read_commands(self):
        commands = {}
        required = ("number", "roles", "doc", "streams", "fields", "events", "reply")
        for where, name, entry in self.entries(
            "commands", "commands", required, ("needs", "id_from", "rejections")
        ):
            payload = self.read_struct(f"command_{name}", where, entry["fields"], entry["doc"])
            command = model.Command(
                name,
                self.number(where, entry, "number", 1, 65535),
                entry["doc"],
                self.names_from(where, entry, "roles", ROLES, f"one of {', '.join(ROLES)}"),
                self.names_from(where, entry, "needs", NEEDS, f"one of {', '.join(NEEDS)}"),
                self.read_command_streams(where, entry["streams"], payload),
                payload,
                self.names_from(where, entry, "events", self.events, "an event"),
                entry["reply"],
                self.names_from(where, entry, "rejections", self.errors, "an error"),
                entry.get("id_from", ""),
            )
            self.check_command(where, command)
            commands[name] = command
        return commands

    def read_command_streams(self, where, entries, payload):
        fields = {field.name: field for field in payload.fields}
        streams = []
        if not isinstance(entries, list) or not 1 <= len(entries) <= COMMAND_STREAMS_MAX:
            self.problem(where, f"`streams` is not a list of 1 to {COMMAND_STREAMS_MAX}")
            return streams
        for entry in entries:
            kind = entry.get("kind") if isinstance(entry, dict) else None
            if kind not in self.streams:
                self.problem(where, f"`streams` names {kind!r}, which is not a kind of stream")
                continue
            key, wanted = entry.get("key", ""), self.streams[kind].key
            if wanted == "none":
                valid = not key
            elif key == "actor":
                valid = wanted == "uuid"
            else:
                valid = key in fields and fields[key].type == wanted
            if not valid:
                self.problem(
                    where, f"stream {kind} has a {wanted} key, and `key: {key}` gives none of that type"
                )
            streams.append((kind, key))
        return streams

    def check_command(self, where, command):
        if not command.roles:
            self.problem(where, "nobody may send it: `roles` is empty")
        if command.reply not in command.events:
            self.problem(where, f"`reply` {command.reply!r} is not one of its events")
        kinds = {kind for kind, _ in command.streams}
        for name in command.events:
            if self.events[name].stream not in kinds:
                self.problem(
                    where, f"event {name} belongs to a {self.events[name].stream}, which it does not load"
                )
        for name in command.rejections:
            if self.errors[name].kind != "rejection":
                self.problem(
                    where, f"`rejections` names {name}, which is an error of kind {self.errors[name].kind}"
                )
        if command.id_from and command.id_from not in [field.name for field in command.payload.fields]:
            self.problem(where, f"`id_from` {command.id_from!r} is not one of its fields")

    def read_views(self):
        views, numbers, tables = {}, {}, {}
        required = ("number", "table", "projection", "audience", "push", "key", "query", "doc", "fields")
        audiences = self.enums["audience"].values if "audience" in self.enums else {}
        for where, name, entry in self.entries("rows", "rows", required, ("delta",)):
            query = entry["query"] if isinstance(entry["query"], dict) else {}
            if not NAME.match(str(query.get("name", ""))):
                self.problem(where, "`query` has no name")
            view = model.View(
                name,
                self.number(where, entry, "number", 1, 65535),
                entry["doc"],
                entry["table"],
                entry["projection"],
                self.one_of(where, entry, "audience", audiences),
                self.flag(where, entry, "push"),
                entry["key"] if isinstance(entry["key"], list) else [],
                str(query.get("name", "")),
                self.number(f"{where}.query", query, "number", 1, 65535),
                self.read_struct(f"row_{name}", where, entry["fields"], entry["doc"]),
                "delta" in entry and self.flag(where, entry, "delta"),
            )
            self.unique(where, numbers, view.number, "number")
            self.unique(where, tables, view.table, "table")
            self.check_view(where, view)
            views[name] = view
        return views

    def check_view(self, where, view):
        for key in ("table", "projection"):
            if not NAME.match(str(getattr(view, key))):
                self.problem(where, f"`{key}` is not lower case words joined by _")
        names = [field.name for field in view.payload.fields]
        if not view.key or view.key != names[: len(view.key)]:
            self.problem(where, "`key` is not the leading fields, in their order")
        if view.delta and (view.push or any(field.type != "u64" for field in view.payload.fields[len(view.key) :])):
            self.problem(where, "a delta view is not pushed, and has only u64 fields besides its key")
        if view.audience == "own" and view.key[:1] != ["player"]:
            self.problem(where, "the key of an own view starts with `player`")
        for field in view.payload.fields:
            field_where = f"{where}.{field.name}"
            if field.name in ("position", "deleted"):
                self.problem(field_where, "every row has a column of that name already")
            if field.type in ("u16", "raw", "struct"):
                self.problem(field_where, f"a row cannot hold a {field.type} (for u16 take u32)")
            if field.secret or field.personal or field.has_default:
                self.problem(field_where, "a row's field cannot be secret or personal or have a default")
        for field in view.key_fields:
            if field.optional or field.type not in ("uuid", "slug", "text", "u8", "u32", "u64", "enum"):
                self.problem(f"{where}.{field.name}", f"a key cannot be optional or a {field.type}")

    # ------------------------------------------------------------------ the whole

    def check_wire_numbers(self, schema):
        """Messages, commands and queries share the type numbers of the wire."""
        taken = {}
        for message in schema.messages.values():
            self.unique(f"session.yaml: {message.name}", taken, message.number, "message type")
        for command in schema.commands.values():
            self.unique(f"commands.yaml: {command.name}", taken, command.number, "message type")
        for view in schema.views.values():
            self.unique(f"rows.yaml: {view.name}.query", taken, view.query_number, "message type")

    def check_names(self, schema):
        """Request names are unique, and members of the generated unions are no reserved words."""
        taken = {}
        for file, names in (
            ("session", [message.name for message in schema.messages.values()]),
            ("commands", list(schema.commands)),
            ("rows", [view.query for view in schema.views.values()]),
        ):
            for name in names:
                self.unique(f"{file}.yaml: {name}", taken, name, "the name")
        for file, names in (("commands", schema.commands), ("events", schema.events), ("rows", schema.views)):
            for name in names:
                if name in RESERVED | UNION_NEIGHBOURS:
                    self.problem(f"{file}.yaml: {name}", "the name is a reserved word")
        tags = {}
        for struct in (*schema.all_structs(), *schema.stored_structs()):
            self.unique(f"struct {struct.name}", tags, struct.name, "the name")
        for name in ("event", "command", "row", "snapshot", "slice", "uuid", "slug", "hash", "list_value"):
            if name in tags:
                self.problem(tags[name], "the name is used by the generated C itself")
