"""The lower half of the schema's reader: entries, numbers, enums, structs and fields, and how problems are told."""

import re

import model

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
FIELD_KEYS = {"name", "type", "doc", "of", "min", "max", "optional", "default", "secret", "personal"}
# Words that C cannot take as a member.
RESERVED = set(
    "auto break case char const continue default do double else enum extern float for goto if inline int long "
    "register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while "
    "bool true false".split()
)


class FieldReader:
    """Reads types. `problems` grows with every complaint; what is wrong is left out or takes a harmless value."""

    def __init__(self, sources):
        self.sources = sources
        self.problems = []
        self.enums = {}
        self.struct_sources = {}

    def problem(self, where, text):
        self.problems.append(f"{where}: {text}")

    def section(self, file, key, kind):
        value = self.sources[file].get(key)
        if not isinstance(value, kind):
            self.problem(f"{file}.yaml", f"`{key}` is missing or not a {kind.__name__}")
            return kind()
        return value

    def entries(self, file, key, required, allowed):
        """The (where, name, entry) of a mapping of entries, keys checked."""
        for name, entry in self.section(file, key, dict).items():
            where = f"{file}.yaml: {name}"
            if not isinstance(name, str) or not NAME.match(name):
                self.problem(where, "the name is not lower case words joined by _")
                continue
            if not isinstance(entry, dict):
                self.problem(where, "is not a mapping")
                continue
            missing = [word for word in required if word not in entry]
            for word in missing:
                self.problem(where, f"`{word}` is missing")
            for word in entry:
                if word not in required and word not in allowed:
                    self.problem(where, f"unknown key `{word}`")
            self.check_doc(where, entry.get("doc"))
            if not missing:
                yield where, name, entry

    def check_doc(self, where, doc):
        if not isinstance(doc, str) or not doc.strip() or "\n" in doc or "*/" in doc:
            self.problem(where, "`doc` is missing or not one line of text")

    def number(self, where, entry, key, low, high, default=0):
        value = entry.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.problem(where, f"`{key}` is not a number from {low} to {high}")
            return low
        return value

    def flag(self, where, entry, key):
        value = entry.get(key, False)
        if not isinstance(value, bool):
            self.problem(where, f"`{key}` is not true or false")
        return bool(value)

    def one_of(self, where, entry, key, choices):
        value = entry.get(key)
        if value not in choices:
            self.problem(where, f"`{key}` is {value!r}, not one of {', '.join(choices)}")
            return next(iter(choices), "")
        return value

    def names_from(self, where, entry, key, known, what):
        """A list of names that all have to be known."""
        names = entry.get(key, [])
        if not isinstance(names, list):
            self.problem(where, f"`{key}` is not a list")
            return []
        for name in names:
            if name not in known:
                self.problem(where, f"`{key}` names {name!r}, which is not {what}")
            if names.count(name) > 1:
                self.problem(where, f"`{key}` names {name!r} twice")
        return [name for name in names if name in known]

    def unique(self, where, taken, number, what):
        if number in taken:
            self.problem(where, f"{what} {number} is taken by {taken[number]}")
        taken[number] = where

    # ------------------------------------------------------------------ types

    def read_enums(self):
        enums = {}
        for where, name, entry in self.entries("types", "enums", ("doc", "values"), ()):
            values, taken = entry["values"], {}
            if not isinstance(values, dict) or not values:
                self.problem(where, "`values` is not a mapping of names to numbers")
                continue
            for value_name, number in values.items():
                if not isinstance(value_name, str) or not NAME.match(value_name):
                    self.problem(where, f"value {value_name!r} is not lower case words joined by _")
                elif isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= 127:
                    self.problem(where, f"value {value_name} is not a number from 1 to 127 (0 means none)")
                else:
                    self.unique(f"{where}.{value_name}", taken, number, "number")
            enums[name] = model.Enum(name, entry["doc"], values)
        return enums

    def collect_struct_sources(self):
        """Shared structs of types.yaml and session.yaml, and those of states.yaml: name -> (where, fields, doc)."""
        found = {}
        for file in ("types", "session", "states"):
            for where, name, entry in self.entries(file, "structs", ("doc", "fields"), ()):
                if name in found or name in self.enums:
                    self.problem(where, "the name is taken by another shared type")
                found[name] = (where, entry["fields"], entry["doc"])
        return found

    def in_dependency_order(self, structs):
        ordered, visiting = {}, []

        def visit(name):
            if name in ordered:
                return
            if name in visiting:
                self.problem(f"types.yaml: {name}", "contains itself")
                return
            visiting.append(name)
            for field in structs[name].fields:
                for used in (field.type_name, field.of_name):
                    if used in structs:
                        visit(used)
            visiting.pop()
            ordered[name] = structs[name]

        for name in structs:
            visit(name)
        return ordered

    def read_struct(self, name, where, fields, doc):
        if not isinstance(fields, list):
            self.problem(where, "`fields` is not a list")
            fields = []
        read, seen, defaulted = [], set(), None
        for entry in fields:
            if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
                self.problem(where, f"field {entry!r} has no name")
                continue
            field = self.read_field(f"{where}.{entry['name']}", entry)
            if field is None:
                continue
            if field.name in seen:
                self.problem(f"{where}.{field.name}", "the field is given twice")
            seen.add(field.name)
            if defaulted and not field.has_default:
                self.problem(
                    f"{where}.{field.name}",
                    f"needs a default, as it stands after `{defaulted}`, which has one",
                )
            if field.has_default:
                defaulted = field.name
            read.append(field)
        return model.Struct(name, doc, read)

    def read_field(self, where, entry):
        for key in entry:
            if key not in FIELD_KEYS:
                self.problem(where, f"unknown key `{key}`")
        self.check_doc(where, entry.get("doc"))
        name = entry["name"]
        if not NAME.match(name) or name in RESERVED:
            self.problem(where, "the name is a reserved word or not lower case words joined by _")
        field = model.Field(name=name, type="", doc=entry.get("doc", ""))
        field.type, field.type_name = self.resolve(where, entry.get("type"), ("list",))
        if not field.type:
            return None
        if field.type == "list":
            field.of, field.of_name = self.resolve(where, entry.get("of"), ())
            if field.of == "raw":
                self.problem(where, "a list cannot hold raw")
        elif "of" in entry:
            self.problem(where, "`of` is for lists")
        self.read_bounds(where, entry, field)
        for key in ("optional", "secret", "personal"):
            setattr(field, key, self.flag(where, entry, key))
        if field.personal and field.type != "text":
            self.problem(where, "only a text can be personal")
        if field.optional and field.type in ("list", "struct", "raw", "bool"):
            self.problem(where, f"a {field.type} cannot be optional")
        if "default" in entry:
            field.has_default, field.default = True, entry["default"]
            self.check_default(where, field)
        return field

    def resolve(self, where, name, extra):
        """A type's kind and, for enums and structs, its name."""
        if name in model.SCALARS or name in extra:
            return name, ""
        if name in self.enums:
            return "enum", name
        if name in self.struct_sources:
            return "struct", name
        self.problem(where, f"unknown type {name!r}")
        return "", ""

    def read_bounds(self, where, entry, field):
        sized = field.type in model.SIZED
        if not sized:
            for key in ("min", "max"):
                if key in entry:
                    self.problem(where, f"`{key}` is for text, bytes and lists")
            return
        if "max" not in entry:
            self.problem(where, f"`max` is missing: every {field.type} is bounded")
            return
        field.max = self.number(where, entry, "max", 1, 2**20)
        field.min = self.number(where, entry, "min", 0, 2**20)
        if field.min > field.max:
            self.problem(where, "`min` is above `max`")

    def check_default(self, where, field):
        value = field.default
        if field.type == "enum":
            valid = value is None or value in self.enums[field.type_name].values
        elif field.type == "bool":
            valid = value is None or isinstance(value, bool)
        elif field.type in model.INTEGERS:
            low, high = model.INTEGERS[field.type]
            number = isinstance(value, int) and not isinstance(value, bool)
            valid = value is None or (number and low <= value <= min(high, 2**63 - 1))
        elif field.type in ("text", "bytes"):
            valid = value in (None, "")
        elif field.type == "list":
            valid = value in (None, [])
        else:
            valid = value is None
        if not valid:
            self.problem(
                where, f"`default` {value!r} does not fit (only numbers, enums and bools have one but zero)"
            )
