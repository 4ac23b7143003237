# SPDX-License-Identifier: Apache-2.0
"""XPath 1.0 over the trees of `manor.cli.xml`, for `--xpath` (W3C recommendation of 16 November 1999).

A name test with a prefix compares the name as it is written; one without matches elements without a namespace.
Variables are not supported, there is nothing that could set them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from manor.cli.xml import Element
from manor.cli.xpath_model import (
    ARITHMETIC,
    AXES,
    NODE_TESTS,
    Attribute,
    Document,
    Node,
    Test,
    Value,
    XPathError,
    ancestors,
    compare,
    in_order,
    name_test,
    string_value,
    to_boolean,
    to_number,
    to_string,
)


class Context(NamedTuple):
    """Where an expression is evaluated."""

    node: Node
    position: int
    size: int
    document: Document


Expression = Callable[[Context], Value]


def select(root: Element, expression: str) -> list[Node]:
    """The nodes that an expression selects from the root element, in the order of the document.

    Raises XPathError, also for other results than nodes.
    """
    document = Document(root)
    try:
        value = _Parser(expression).whole()(Context(root, 1, 1, document))
    except RecursionError:
        raise XPathError("the expression is nested too deeply") from None
    if not isinstance(value, list):
        raise XPathError("the expression does not select nodes")
    return value


# Functions ------------------------------------------------------------------------------------------------------


def _string_argument(values: list[Value], context: Context) -> str:
    return to_string(values[0]) if values else string_value(context.node)


def _nodes(value: Value) -> list[Node]:
    if not isinstance(value, list):
        raise XPathError("a set of nodes is needed")
    return value


def _name(values: list[Value], context: Context) -> str:
    nodes = _nodes(values[0]) if values else [context.node]
    return nodes[0].name if nodes and isinstance(nodes[0], Element | Attribute) else ""


def _substring(values: list[Value], context: Context) -> str:
    text, start = to_string(values[0]), math.floor(to_number(values[1]) + 0.5)
    end = math.inf if len(values) < 3 else start + math.floor(to_number(values[2]) + 0.5)
    return "".join(char for place, char in enumerate(text, 1) if start <= place < end)


def _substring_before(values: list[Value], context: Context) -> str:
    before, found, _ = to_string(values[0]).partition(to_string(values[1]))
    return before if found else ""


def _translate(values: list[Value], context: Context) -> str:
    text, old, new = (to_string(value) for value in values)
    table = {ord(char): new[place] if place < len(new) else None for place, char in reversed(list(enumerate(old)))}
    return text.translate(table)


def _by_id(values: list[Value], context: Context) -> Value:
    # No document here has a type definition that would declare attributes to be ids.
    return []


def _language(values: list[Value], context: Context) -> bool:
    wanted = to_string(values[0]).lower()
    for node in (context.node, *ancestors(context.node, context.document)):
        if isinstance(node, Element) and "xml:lang" in node.attributes:
            language = node.attributes["xml:lang"].lower()
            return language == wanted or language.startswith(f"{wanted}-")
    return False


class Function(NamedTuple):
    """A function: how many arguments it takes, and what it does."""

    least: int
    most: int
    run: Callable[[list[Value], Context], Value]


FUNCTIONS: dict[str, Function] = {
    "boolean": Function(1, 1, lambda values, context: to_boolean(values[0])),
    "ceiling": Function(1, 1, lambda values, context: float(math.ceil(to_number(values[0])))),
    "concat": Function(2, 99, lambda values, context: "".join(map(to_string, values))),
    "contains": Function(2, 2, lambda values, context: to_string(values[1]) in to_string(values[0])),
    "count": Function(1, 1, lambda values, context: float(len(_nodes(values[0])))),
    "false": Function(0, 0, lambda values, context: False),
    "floor": Function(1, 1, lambda values, context: float(math.floor(to_number(values[0])))),
    "id": Function(1, 1, _by_id),
    "lang": Function(1, 1, _language),
    "last": Function(0, 0, lambda values, context: float(context.size)),
    "local-name": Function(0, 1, lambda values, context: _name(values, context).rpartition(":")[2]),
    "name": Function(0, 1, _name),
    "normalize-space": Function(0, 1, lambda values, context: " ".join(_string_argument(values, context).split())),
    "not": Function(1, 1, lambda values, context: not to_boolean(values[0])),
    "number": Function(0, 1, lambda values, context: to_number(values[0] if values else [context.node])),
    "position": Function(0, 0, lambda values, context: float(context.position)),
    "round": Function(1, 1, lambda values, context: float(math.floor(to_number(values[0]) + 0.5))),
    "starts-with": Function(2, 2, lambda values, context: to_string(values[0]).startswith(to_string(values[1]))),
    "string": Function(0, 1, _string_argument),
    "string-length": Function(0, 1, lambda values, context: float(len(_string_argument(values, context)))),
    "substring": Function(2, 3, _substring),
    "substring-after": Function(2, 2, lambda values, context: to_string(values[0]).partition(to_string(values[1]))[2]),
    "substring-before": Function(2, 2, _substring_before),
    "sum": Function(1, 1, lambda values, context: math.fsum(to_number([node]) for node in _nodes(values[0]))),
    "translate": Function(3, 3, _translate),
    "true": Function(0, 0, lambda values, context: True),
}


# The grammar ----------------------------------------------------------------------------------------------------

SYMBOLS = (
    "::",
    "//",
    "..",
    "!=",
    "<=",
    ">=",
    "/",
    "[",
    "]",
    "(",
    ")",
    "@",
    ",",
    "|",
    "+",
    "-",
    "*",
    "=",
    "<",
    ">",
    ".",
    "$",
)
OPERATORS = frozenset(("and", "or", "div", "mod"))
BINARY = (("or",), ("and",), ("=", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "div", "mod"))
"""Binary operators, the loosest first."""


class Token(NamedTuple):
    """A token; kind is symbol, operator, name, number, literal or end."""

    kind: str
    text: str


def tokens(expression: str) -> Iterator[Token]:
    """The tokens of an expression (section 3.7, with its rules for `*` and operator names)."""
    position = 0
    previous = Token("start", "")
    while position < len(expression):
        if expression[position] in " \t\r\n":
            position += 1
            continue
        previous, position = _token(expression, position, previous)
        yield previous
    yield Token("end", "")


def _token(text: str, start: int, previous: Token) -> tuple[Token, int]:
    char = text[start]
    after_operand = previous.kind in ("name", "number", "literal") or previous.text in (")", "]", "..", ".")
    if char in "\"'":
        end = text.find(char, start + 1)
        if end < 0:
            raise XPathError("a quote is not closed")
        return Token("literal", text[start + 1 : end]), end + 1
    if char.isdigit() or (char == "." and text[start + 1 : start + 2].isdigit()):
        end = start
        while end < len(text) and (text[end].isdigit() or text[end] == "."):
            end += 1
        return Token("number", text[start:end]), end
    for symbol in SYMBOLS:
        if text.startswith(symbol, start):
            kind = "operator" if symbol == "*" and after_operand else "name" if symbol == "*" else "symbol"
            return Token(kind, symbol), start + len(symbol)
    end = _end_of_name(text, start)
    word = text[start:end]
    return Token("operator" if word in OPERATORS and after_operand else "name", word), end


def _end_of_name(text: str, start: int) -> int:
    end = start
    while end < len(text) and (text[end].isalnum() or text[end] in "_-."):
        end += 1
    if end == start:
        raise XPathError(f"unexpected character {text[start]!r}")
    if text[end : end + 1] == ":" and text[end + 1 : end + 2] not in (":", ""):
        return end + 2 if text[end + 1] == "*" else _end_of_name(text, end + 1)
    return end


class _Parser:
    """Recursive descent; each method returns what evaluates the part it has read."""

    def __init__(self, expression: str) -> None:
        self.tokens = list(tokens(expression))
        self.place = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.place]

    def take(self, *texts: str, kinds: Sequence[str] = ("symbol", "operator")) -> str | None:
        """Take the next token if it is one of these symbols or operators."""
        token = self.next
        if token.kind in kinds and token.text in texts:
            self.place += 1
            return token.text
        return None

    def expect(self, text: str) -> None:
        if self.take(text) is None:
            raise XPathError(f"expected {text!r} before {self.next.text or 'the end'!r}")

    def whole(self) -> Expression:
        made = self.binary(0)
        if self.next.kind != "end":
            raise XPathError(f"unexpected {self.next.text!r}")
        return made

    def binary(self, level: int) -> Expression:
        if level == len(BINARY):
            return self.unary()
        left = self.binary(level + 1)
        while operator := self.take(*BINARY[level]):
            left = _combine(left, operator, self.binary(level + 1))
        return left

    def unary(self) -> Expression:
        if self.take("-"):
            operand = self.unary()
            return lambda context: -to_number(operand(context))
        return self.union()

    def union(self) -> Expression:
        left = self.path()
        while self.take("|"):
            left = _unite(left, self.path())
        return left

    def path(self) -> Expression:
        if self._starts_filter():
            origin = self.filter()
        elif self.next.text == "/" and self.next.kind == "symbol":
            self.take("/")
            origin = _root
            if not self._starts_step():
                return origin
            origin = self.step(origin)
        elif self.next.text == "//" and self.next.kind == "symbol":
            origin = _root
        else:
            origin = self.step(_self)
        while separator := self.take("/", "//"):
            if separator == "//":
                origin = _walk(origin, "descendant-or-self", NODE_TESTS["node"], [])
            origin = self.step(origin)
        return origin

    def _starts_step(self) -> bool:
        return self.next.kind == "name" or self.next.text in (".", "..", "@")

    def _starts_filter(self) -> bool:
        token, following = self.next, self.tokens[min(self.place + 1, len(self.tokens) - 1)]
        if token.kind in ("literal", "number") or (token.kind == "symbol" and token.text == "("):
            return True
        return token.kind == "name" and following.text == "(" and token.text not in NODE_TESTS

    def filter(self) -> Expression:
        made = self.primary()
        for predicate in self.predicates():
            made = _filtered(made, predicate)
        return made

    def primary(self) -> Expression:
        token = self.next
        self.place += 1
        if token.kind == "literal":
            return lambda context: token.text
        if token.kind == "number":
            number = to_number(token.text)
            return lambda context: number
        if token.text == "(":
            inside = self.binary(0)
            self.expect(")")
            return inside
        return self.call(token.text)

    def call(self, name: str) -> Expression:
        function = FUNCTIONS.get(name)
        if function is None:
            raise XPathError(f"there is no function {name}()")
        self.expect("(")
        arguments: list[Expression] = []
        if not self.take(")"):
            arguments.append(self.binary(0))
            while self.take(","):
                arguments.append(self.binary(0))
            self.expect(")")
        if not function.least <= len(arguments) <= function.most:
            raise XPathError(f"{name}() has a wrong number of arguments")
        return lambda context: function.run([argument(context) for argument in arguments], context)

    def step(self, origin: Expression) -> Expression:
        if self.take("."):
            return _walk(origin, "self", NODE_TESTS["node"], [])
        if self.take(".."):
            return _walk(origin, "parent", NODE_TESTS["node"], [])
        axis = "attribute" if self.take("@") else "child"
        if self.next.kind == "name" and self.tokens[self.place + 1].text == "::":
            axis = self.next.text
            self.place += 2
            if axis not in AXES:
                raise XPathError(f"there is no axis {axis}")
        return _walk(origin, axis, self.node_test(axis), self.predicates())

    def node_test(self, axis: str) -> Test:
        if self.next.kind != "name":
            raise XPathError(f"expected a name before {self.next.text or 'the end'!r}")
        name = self.next.text
        self.place += 1
        if name in NODE_TESTS and self.take("("):
            self.expect(")")
            return NODE_TESTS[name]
        return name_test(name, axis)

    def predicates(self) -> list[Expression]:
        found: list[Expression] = []
        while self.take("["):
            found.append(self.binary(0))
            self.expect("]")
        return found


def _root(context: Context) -> Value:
    return [context.document]


def _self(context: Context) -> Value:
    return [context.node]


def _combine(left: Expression, operator: str, right: Expression) -> Expression:
    if operator == "or":
        return lambda context: to_boolean(left(context)) or to_boolean(right(context))
    if operator == "and":
        return lambda context: to_boolean(left(context)) and to_boolean(right(context))
    if operator in ARITHMETIC:
        compute = ARITHMETIC[operator]
        return lambda context: compute(to_number(left(context)), to_number(right(context)))
    return lambda context: compare(left(context), right(context), operator)


def _unite(left: Expression, right: Expression) -> Expression:
    return lambda context: in_order([*_nodes(left(context)), *_nodes(right(context))])


def _keep(nodes: list[Node], predicate: Expression, document: Document) -> list[Node]:
    kept = []
    for position, node in enumerate(nodes, 1):
        value = predicate(Context(node, position, len(nodes), document))
        if (value == position) if isinstance(value, float) else to_boolean(value):
            kept.append(node)
    return kept


def _filtered(origin: Expression, predicate: Expression) -> Expression:
    return lambda context: _keep(_nodes(origin(context)), predicate, context.document)


def _walk(origin: Expression, axis: str, test: Test, predicates: list[Expression]) -> Expression:
    def evaluate(context: Context) -> Value:
        found: list[Node] = []
        for node in _nodes(origin(context)):
            reached = [other for other in AXES[axis](node, context.document) if test(other)]
            for predicate in predicates:
                reached = _keep(reached, predicate, context.document)
            found.extend(reached)
        return in_order(found)

    return evaluate
