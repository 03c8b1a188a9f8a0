"""What an OpenAPI description allows: random values of a schema, broken ones, and a check of values against it. Only what
our description uses is understood; anything else is an error."""
import datetime
import random
import string
import uuid

UNKNOWN = {"description", "default", "pattern", "minimum", "maximum", "explode"}
KNOWN = {"type", "properties", "required", "additionalProperties", "items", "enum", "format", "$ref", "oneOf", "minItems"}


class Schemas:
    def __init__(self, document, seed):
        self.document, self.random = document, random.Random(seed)

    def resolve(self, schema):
        unknown = set(schema) - UNKNOWN - KNOWN
        assert not unknown, "not understood: %s" % unknown
        while "$ref" in schema:
            node = self.document
            for part in schema["$ref"].split("/")[1:]:
                node = node[part]
            schema = node
        return schema

    # ---- values ----

    def text(self):
        alphabet = self.random.choice((string.ascii_lowercase, string.printable, "äß日本\u2028\U0001f600\"\\<>&{}=~\u0000\u007f"))
        return "".join(self.random.choice(alphabet) for _ in range(self.random.choice((0, 1, 3, 8, 40))))

    def string_of(self, schema):
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        form = schema.get("format")
        if form == "date-time":
            at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self.random.randint(-7200, 7200))
            return at.isoformat()
        if form == "uri":
            return self.random.choice(("http://h/x?y", "/abs", "mailto:x@y", ""))
        if form == "uuid":
            return str(uuid.UUID(int=self.random.getrandbits(128)))
        if "pattern" in schema:
            return "%016x" % self.random.getrandbits(64)
        return self.text()

    def valid(self, schema, depth=0):
        schema = self.resolve(schema)
        if "oneOf" in schema:
            return self.valid(self.random.choice(schema["oneOf"]), depth)
        kind = schema["type"]
        if kind == "string":
            return self.string_of(schema)
        if kind == "boolean":
            return self.random.random() < 0.5
        if kind == "integer":
            return self.random.randint(schema.get("minimum", -5), schema.get("maximum", 1000))
        if kind == "array":
            n = self.random.randint(schema.get("minItems", 0), schema.get("minItems", 0) + 3)
            return [self.valid(schema["items"], depth + 1) for _ in range(n)]
        if "additionalProperties" in schema:
            return {self.text() or "a": self.valid(schema["additionalProperties"]) for _ in range(self.random.randint(0, 4))}
        required = schema.get("required", ())
        return {name: self.valid(sub, depth + 1) for name, sub in schema.get("properties", {}).items()
                if name in required or self.random.random() < 0.5}

    def broken(self, schema):
        """A value with something wrong somewhere in it, mostly."""
        value = self.valid(schema)
        odd = (None, 0, -1, 1e300, 2 ** 70, True, "", "x" * 70000, [], {}, [None], {"a": None}, "\ud800", [[[]]])
        for _ in range(self.random.randint(1, 3)):
            value = self._break(value, odd)
        return value

    def _break(self, value, odd):
        if isinstance(value, dict) and value and self.random.random() < 0.8:
            name = self.random.choice(sorted(value))
            if self.random.random() < 0.3:
                return {k: v for k, v in value.items() if k != name}
            return dict(value, **{name: self._break(value[name], odd)})
        if isinstance(value, list) and value and self.random.random() < 0.8:
            i = self.random.randrange(len(value))
            return value[:i] + [self._break(value[i], odd)] + value[i + 1:]
        return self.random.choice(odd)

    # ---- the check ----

    def fault(self, schema, value, where="$"):
        """Why the value is not one of the schema; None when it is."""
        schema = self.resolve(schema)
        if "oneOf" in schema:
            faults = [self.fault(s, value, where) for s in schema["oneOf"]]
            return None if None in faults else faults[0]
        kinds = schema.get("type")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        types = {"string": str, "boolean": bool, "integer": int, "array": list, "object": dict, "null": type(None)}
        if not any(isinstance(value, types[k]) and (k == "boolean" or not isinstance(value, bool)) for k in kinds):
            return "%s: %r is no %s" % (where, value, "/".join(kinds))
        if "enum" in schema and value not in schema["enum"]:
            return "%s: %r is none of %s" % (where, value, schema["enum"])
        if isinstance(value, list):
            return next(filter(None, (self.fault(schema["items"], v, "%s[%d]" % (where, i)) for i, v in enumerate(value))), None)
        if isinstance(value, dict):
            return self._object_fault(schema, value, where)
        if schema.get("format") == "date-time":
            datetime.datetime.fromisoformat(value)
        return None

    def _object_fault(self, schema, value, where):
        missing = [n for n in schema.get("required", ()) if n not in value]
        if missing:
            return "%s: %s missing" % (where, missing)
        for name, item in value.items():
            sub = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
            fault = self.fault(sub, item, where + "." + name) if sub else None
            if fault:
                return fault
        return None
