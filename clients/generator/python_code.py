"""Python: typed dictionaries, and a method for each call."""

import keyword

from model import paragraphs, snake

WIDTH = 110


def written(api):
    lines = [f'"""{api.title}: types and calls. Made by clients/generate; do not change it by hand."""', ""]
    lines += ["from typing import Any, BinaryIO, Iterable, Literal, NotRequired, TypedDict", ""]
    lines += ["from .http import Api, Answer", ""]
    for one in api.types:
        lines += type_of(one)
    name = api.name.capitalize()
    lines += ["", f"class {name}(Api):", f'    """{api.title}."""']
    for call in api.calls:
        lines += method(call)
    return "\n".join(lines) + "\n"


def type_of(one):
    if one.words:
        words = ", ".join(f'"{word}"' for word in one.words)
        return ["", *paragraphs(one.text, WIDTH, "# "), f"{one.name} = Literal[{words}]"]
    if not one.members:
        return ["", *paragraphs(one.text, WIDTH, "# "), f"{one.name} = dict[str, Any]"]
    lines = ["", *paragraphs(one.text, WIDTH, "# "), f'{one.name} = TypedDict(', f'    "{one.name}",', "    {"]
    for member in one.members:
        lines += paragraphs(member.text, WIDTH, "        # ") if member.text else []
        kind = hint(member.kind)
        kind = kind if member.wanted else f"NotRequired[{kind}]"
        lines.append(f'        "{member.name}": {kind},')
    return [*lines, "    },", ")"]


def hint(kind, quoted=True):
    words = {"text": "str", "integer": "int", "number": "float", "truth": "bool", "any": "Any"}
    if kind.word == "list":
        return f"list[{hint(kind.of, quoted)}]"
    if kind.word == "map":
        return f"dict[str, {hint(kind.of, quoted)}]"
    if kind.word == "named":
        return f'"{kind.name}"' if quoted else kind.name
    return words[kind.word]


def variable(name):
    name = snake(name)
    return f"{name}_" if keyword.iskeyword(name) or name in ("id",) else name


def method(call):
    wanted = [one for one in call.parameters if one[3]]
    optional = [one for one in call.parameters if not one[3]]
    arguments = ["self"] + [f"{variable(name)}: {hint(kind, False)}" for _, name, kind, _, _ in wanted]
    if call.takes:
        arguments.append(f"body: {body_hint(call)}")
    if call.takes == "application/octet-stream":
        arguments += ['media_type: str = "application/octet-stream"']
    if optional:
        arguments += ["*"] + [f"{variable(name)}: {hint(kind, False)} | None = None" for _, name, kind, _, _ in optional]
    streams = call.gives is not None and call.answer is None
    gives = "Answer" if streams else hint(call.answer, False) if call.answer else "None"
    if call.answer and call.may_be_nothing:
        gives += " | None"
    lines = ["", f"    def {snake(call.name)}(", *[f"        {one}," for one in arguments], f"    ) -> {gives}:"]
    text = paragraphs(call.text, WIDTH, "        ")
    lines += [f'        """{text[0].strip()}', *text[1:], '        """'] if len(text) > 1 else [f'        """{text[0].strip()}"""']
    return lines + body_of(call, streams)


def body_hint(call):
    if call.takes == "application/json":
        return hint(call.body, False)
    if call.takes == "multipart/form-data":
        return "dict[str, Any]"
    return "bytes | BinaryIO | Iterable[bytes]"


def body_of(call, streams):
    def pairs(place):
        found = [f'"{name}": {variable(name)}' for where, name, *_ in call.parameters if where == place]
        return "{" + ", ".join(found) + "}"

    path = call.path
    steps = [f'"{path}"']
    for where, name, *_ in call.parameters:
        if where == "path":
            steps.append(f'.replace("{{{name}}}", self.step({variable(name)}))')
    arguments = [f'"{call.method}"', "".join(steps)]
    for place in ("query", "header"):
        if any(one[0] == place for one in call.parameters):
            arguments.append(f"{'headers' if place == 'header' else place}={pairs(place)}")
    if call.takes == "application/json":
        arguments.append("json=body")
    elif call.takes == "multipart/form-data":
        arguments.append("form=body")
    elif call.takes == "application/octet-stream":
        arguments += ["stream=body", "media_type=media_type"]
    elif call.takes:
        arguments += ["stream=body", f'media_type="{call.takes}"']
    if call.gives:
        arguments.append(f'accept="{call.gives}"')
    asked = f"self.ask({', '.join(arguments)})"
    if streams:
        return [f"        return {asked}"]
    if call.answer:
        return [f"        return {asked}.json()"]
    return [f"        {asked}.close()"]
