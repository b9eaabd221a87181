"""An OpenAPI document as clients see it: named types, and calls."""

import re
import textwrap

COMPONENT = "#/components/schemas/"
METHODS = ("get", "put", "post", "delete", "options")
# Gateways and operators have clients of their own.
NOT_FOR_CLIENTS = ("Operators", "Gateways")


def snake(name):
    name = re.sub(r"[^0-9A-Za-z]+", "_", name)
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def pascal(name):
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^0-9A-Za-z]+", name) if part)


class Kind:
    """What a value is: text, integer, number, truth, any, bytes; a list or map of a kind; or a named type."""

    def __init__(self, word, of=None, name=None):
        self.word, self.of, self.name = word, of, name


class Member:
    def __init__(self, name, kind, wanted, text):
        self.name, self.kind, self.wanted, self.text = name, kind, wanted, text


class Type:
    """A named type: words, or an object with members."""

    def __init__(self, name, text, words, members):
        self.name, self.text, self.words, self.members = name, text, words, members


class Call:
    """One operation."""

    def __init__(self, api, method, path, operation):
        self.name = operation["operationId"]
        self.method, self.path = method.upper(), path
        lines = [operation.get("summary", ""), operation.get("description", "")]
        self.text = "\n\n".join(line for line in lines if line)
        self.parameters = [
            (one["in"], one["name"], api.kind(one["schema"]), one.get("required", False), one.get("description", ""))
            for one in operation.get("parameters", [])
        ]
        self.takes, self.body = self.read_body(api, operation.get("requestBody"))
        self.gives, self.answer, self.may_be_nothing = self.read_answer(api, operation["responses"])

    @staticmethod
    def read_body(api, body):
        if not body:
            return None, None
        ((media_type, content),) = body["content"].items()
        return media_type, api.kind(content["schema"])

    @staticmethod
    def read_answer(api, responses):
        good = {status: one for status, one in responses.items() if status.startswith("2")}
        nothing = any("content" not in one for one in good.values())
        for one in good.values():
            for media_type, content in one.get("content", {}).items():
                if media_type == "application/json":
                    return media_type, api.kind(content["schema"]), nothing
        for one in good.values():
            for media_type in one.get("content", {}):
                return media_type, None, nothing
        return None, None, True


class Api:
    def __init__(self, name, document):
        self.name, self.title = name, document["info"]["title"]
        self.schemas = document["components"]["schemas"]
        self.types = [self.type(name) for name in sorted(self.schemas)]
        self.calls = [
            Call(self, method, path, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if method in METHODS and operation["tags"][0] not in NOT_FOR_CLIENTS
        ]
        self.types = [one for one in self.types if one.name in self.reached()]

    def type(self, name):
        schema = self.schemas[name]
        return Type(pascal(name), schema.get("description", ""), schema.get("enum", []), self.members(schema))

    def members(self, schema):
        if "$ref" in schema:
            return self.members(self.schemas[schema["$ref"].removeprefix(COMPONENT)])
        found = [member for part in schema.get("allOf", []) for member in self.members(part)]
        wanted = schema.get("required", [])
        for name, member in schema.get("properties", {}).items():
            found.append(Member(name, self.kind(member), name in wanted, member.get("description", "")))
        return found

    def kind(self, schema):
        if "$ref" in schema:
            return Kind("named", name=pascal(schema["$ref"].removeprefix(COMPONENT)))
        for choice in schema.get("oneOf", []):
            if choice.get("type") != "null":
                return self.kind(choice)
        types = schema.get("type")
        types = [types] if isinstance(types, str) else types or []
        kind = next((one for one in types if one != "null"), None)
        if kind == "array":
            return Kind("list", of=self.kind(schema.get("items", {})))
        if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
            return Kind("map", of=self.kind(schema["additionalProperties"]))
        words = {"string": "text", "integer": "integer", "number": "number", "boolean": "truth"}
        return Kind(words.get(kind, "any"))

    def reached(self):
        """Names of types that some call leads to."""
        found, waiting = set(), []
        for call in self.calls:
            waiting += [call.body, call.answer] + [one[2] for one in call.parameters]
        by_name = {one.name: one for one in self.types}
        while waiting:
            kind = waiting.pop()
            if kind is None:
                continue
            waiting.append(kind.of)
            if kind.word == "named" and kind.name not in found:
                found.add(kind.name)
                waiting += [member.kind for member in by_name[kind.name].members]
        return found


def paragraphs(text, width, prefix):
    """Text as lines of a comment."""
    lines = []
    for paragraph in text.strip().split("\n\n"):
        if lines:
            lines.append(prefix.rstrip())
        lines += [prefix + line for line in textwrap.wrap(" ".join(paragraph.split()), width - len(prefix))]
    return lines
